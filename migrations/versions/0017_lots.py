"""Positions: lots, flows of money, the day's profit and loss."""

from arena_migrations import run_sql

revision = "0017"
down_revision = "0016"

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
