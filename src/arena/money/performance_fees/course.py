"""The course of a contract: how profit and mark went from reading to reading, over all its periods."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from arena.kit.db import Tx
from arena.money.performance_fees import reading_store, store
from arena.money.performance_fees.books import read, settle
from arena.money.performance_fees.model import MICROS, Books, Policy
from arena.money.performance_fees.read import seen


@dataclass(frozen=True, slots=True)
class Point:
    """Cents. `value` is what is measured, `mark` what it has to pass: all profits together, or with marks by account
    what the accounts are worth."""

    at: datetime
    value: int
    mark: int


async def course(tx: Tx, contract_id: str, person_id: str) -> Sequence[Point]:
    """From the first reading to the last, two where a period closes: before its mark rises, and after. Raises
    NoSuchContract."""
    found = await seen(tx, contract_id, person_id)
    closes = await store.closes(tx, contract_id)
    readings = (await reading_store.readings(tx, [contract_id], {}))[contract_id]
    books, points = Books(), list[Point]()
    for each in readings:
        while closes and each.number > closes[0].reading_last:
            books = settle(books, found.terms).books
            points.append(_point(closes.pop(0).period_end, books, found.terms.policy))
        books = read(books, each.reading, found.terms)
        points.append(_point(each.reading.at, books, found.terms.policy))
    for over in closes:
        books = settle(books, found.terms).books
        points.append(_point(over.period_end, books, found.terms.policy))
    return points


def _point(at: datetime, books: Books, policy: Policy) -> Point:
    if policy == "cumulative_profit":
        return Point(at, books.profit // MICROS, books.mark // MICROS)
    marks = sum(lot.mark for book in books.accounts.values() for lot in book.lots)
    return Point(at, books.equity // MICROS, marks // MICROS)
