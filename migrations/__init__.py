"""The schema's history. Each revision belongs to one package and says which."""

from alembic import op
from sqlalchemy.util import await_only


def run_sql(sql: str) -> None:
    """Runs a script of several statements on Alembic's connection (asyncpg, inside its transaction)."""
    driver = op.get_bind().connection.driver_connection
    await_only(driver.execute(sql))
