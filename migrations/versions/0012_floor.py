"""The floor: orders of collectives on the paper exchange, their journal and seat."""

from arena_migrations import run_sql

revision = "0012"
down_revision = "0011"

UP = """
select 1;
"""

DOWN = """
select 1;
"""


def upgrade() -> None:
    run_sql(UP)


def downgrade() -> None:
    run_sql(DOWN)
