"""The Binance dialect: HMAC secrets and listen keys."""

from arena_migrations import run_sql

revision = "0015"
down_revision = "0014"

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
