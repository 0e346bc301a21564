"""Search what is on offer. Sorted by the lower bound of the risk-adjusted result, never by raw return."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from arena.kit.db import Row, Tx
from arena.kit.page import BadCursor, Page, decode_cursor, encode_cursor, page_of
from arena.marketplace.listings import store
from arena.marketplace.listings.find import UNRANKED, Finding, Search, Sort
from arena.marketplace.listings.model import Listing

Walk = Callable[[Finding, float | None, str, int], str]
# What a place may be, by order: the database must be able to take it back.
_BOUNDS: dict[Sort, tuple[float, float]] = {
    "score": (UNRANKED, math.inf), "newest": (-1e11, 1e11), "price": (-1e15, 0.0),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """A listing on offer with the derived row it was found by; score and metrics may be empty before the
    first rescore. `account_id` is the reference account of its feed, `collective` the name of who publishes;
    `matched` is how many fit in all, where the search came to know it."""

    listing: Listing
    score: dict[str, Any] | None
    metrics: dict[str, Any] | None
    history_days: int | None
    badges: tuple[str, ...]
    account_id: str
    collective_id: str
    collective: str
    place: float = field(repr=False)
    matched: int | None = field(repr=False)


async def search(tx: Tx, wanted: Search, *, after: str | None, limit: int) -> Page[Found]:
    """A page of listings that are listed. Raises BadCursor."""
    place, last_id = (None, "") if after is None else _place(after, wanted.sort)
    rows: list[Row] = []
    for walk in _walks(wanted, place):
        if len(rows) <= limit:
            finding = Finding(wanted, tx.now)
            rows += await _read(tx, finding, walk(finding, place, last_id, limit + 1 - len(rows)))
    return page_of(
        [_found(row) for row in rows],
        limit,
        lambda f: encode_cursor(wanted.sort, repr(f.place), f.listing.id),
    )


async def count(tx: Tx, wanted: Search, *, at_most: int) -> int:
    """How many there are on all pages together; whoever asks says how far to count."""
    finding = Finding(wanted, tx.now)
    statement = finding.count(at_most)
    counted: int = await tx.fetchval(statement, *finding.values)
    return counted


async def instruments(tx: Tx) -> list[str]:
    """The instruments there are listings of, by name."""
    rows = await tx.fetch(
        "select distinct instrument from listing where status = 'listed' order by 1"
    )
    return [row["instrument"] for row in rows]


def _walks(wanted: Search, place: float | None) -> tuple[Walk, ...]:
    """One after the other until the page is full."""
    if wanted.sort != "score":
        return (Finding.newest if wanted.sort == "newest" else Finding.cheapest,)
    if wanted.words:
        return (Finding.by_score,)
    return (Finding.unranked,) if place == UNRANKED else (Finding.ranked, Finding.unranked)


async def _read(tx: Tx, finding: Finding, walk: str) -> list[Row]:
    """First which listings, then what is shown of them: the wide rows are read for one page only."""
    return await tx.fetch(
        f"""with found as materialized ({walk})
            select q.*, s.score, s.metrics, s.history_days, s.badges, f.account_id, f.collective_id,
              k.name as collective, found.place, found.matched
            from found join ({store.LISTING}) q on q.id = found.id
            join feed f on f.id = q.feed_id join collective k on k.id = f.collective_id
            left join listing_score s on s.listing_id = q.id
            order by found.place desc, found.id""",
        *finding.values,
    )


def _found(row: Row) -> Found:
    return Found(
        listing=store.to_listing(row), score=row["score"], metrics=row["metrics"],
        history_days=row["history_days"], badges=tuple(row["badges"] or ()),
        account_id=row["account_id"], collective_id=row["collective_id"],
        collective=row["collective"], place=row["place"],
        matched=row["matched"],
    )  # fmt: skip


def _place(after: str, sort: Sort) -> tuple[float, str]:
    """The place and id after which the page begins. Raises BadCursor, also for a cursor of another sort."""
    sorted_by, place, last_id = decode_cursor(after, (str, str, str))
    try:
        number = float(place)
    except ValueError:
        raise BadCursor from None
    least, greatest = _BOUNDS[sort]
    if sorted_by != sort or not least <= number <= greatest:  # which NaN is not, either
        raise BadCursor
    return number, last_id
