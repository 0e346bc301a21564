"""Live trading: keys of exchanges, orders sent there, differences found."""

from arena_migrations import run_sql

revision = "0016"
down_revision = "0015"

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
