"""Packs of market history."""

from arena_migrations import run_sql

revision = "0018"
down_revision = "0017"

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
