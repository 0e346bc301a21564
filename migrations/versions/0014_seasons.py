"""Collectives and the board: recovery of keys, seasons with frozen results."""

from arena_migrations import run_sql

revision = "0014"
down_revision = "0013"

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
