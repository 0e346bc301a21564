"""Accounts: passwords reset by e-mail, who may create."""

from arena_migrations import run_sql

revision = "0009"
down_revision = "0008"

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
