"""Read closed months: one, all, a year's sums."""

from datetime import date

from arena.kit.db import Tx
from arena.money.statements import store
from arena.money.statements.model import NoSuchStatement, Statement, Yearly


async def statement(tx: Tx, creator_id: str, month: date) -> Statement:
    """Of the month that begins that day. Raises NoSuchStatement."""
    found = await store.of_month(tx, creator_id, month)
    if found is None:
        raise NoSuchStatement(month=f"{month:%Y-%m}")
    return found


async def statements(tx: Tx, creator_id: str, *, limit: int = 24) -> list[Statement]:
    """Newest first."""
    return await store.between(tx, creator_id, date.min, date.max, limit)


async def yearly(tx: Tx, creator_id: str, year: int) -> Yearly:
    """The sums of a year's closed months. Raises NoSuchStatement where none of it is closed."""
    found = await store.between(tx, creator_id, date(year, 1, 1), date(year + 1, 1, 1), 12)
    if not found:
        raise NoSuchStatement(month=str(year))
    kinds: dict[str, int] = {}
    for each in found:
        for movement in each.document["movements"]:
            kinds[movement["kind"]] = kinds.get(movement["kind"], 0) + int(movement["total"])
    first, last = found[-1].document["opening"], found[0].document["closing"]
    return Yearly(
        year, len(found), dict(sorted(kinds.items())), int(first["total"]), int(last["total"])
    )


def first_of(month: str) -> date:
    """2024-01 is the first of January."""
    return date.fromisoformat(month + "-01")
