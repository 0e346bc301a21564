"""Sales to invoice, and what is kept of them."""

from datetime import UTC, datetime

from arena.kit.db import Database, Tx
from arena.money.invoices import Line, NewInvoice, Seller

SELLER = Seller("Arena Ltd", "1 Example Street\nDublin", "IE", "IE6433435F")
JANUARY, FEBRUARY = datetime(2022, 1, 1, tzinfo=UTC), datetime(2022, 2, 1, tzinfo=UTC)


def sale(source: str, subject: str, amount: int = 9_900) -> NewInvoice:
    line = Line("Subscription, one month", JANUARY, FEBRUARY, amount)
    return NewInvoice(source, subject, [line], paid_with="test card ending in 4242")


async def numbers(db: Database) -> dict[str, list[int]]:
    """Of each series, in the order in which they were given."""
    async with db.transaction(readonly=True) as tx:
        rows = await tx.fetch("select series, number from invoice order by at, number")
    found: dict[str, list[int]] = {}
    for row in rows:
        found.setdefault(row["series"], []).append(row["number"])
    return found


async def count(tx: Tx, table: str) -> int:
    total: int = await tx.fetchval(f"select count(*) from {table}")
    return total
