"""Risk: the operator's bounds, the owner's, and what was liquidated."""

from arena_migrations import run_sql

revision = "0013"
down_revision = "0012"

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
