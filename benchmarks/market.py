"""The market page with 10,000 listings: the product's app on a database, against the search as it was before."""

import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from typing import Any

import asyncpg
from fastapi import FastAPI

from arena.app import build_app
from arena.kit.clock import monotonic_s
from arena.kit.db import Database, connect_options
from arena.kit.page import decode_cursor
from arena.kit.settings import Settings
from arena.marketplace import listings
from arena.marketplace.listings.store import LISTING
from arena.wire import open_arena
from benchmarks.market_stage import LISTINGS, populate
from benchmarks.table import Goal, show

PAGE_MS_MAX = 50.0
REPEATED_MAX = 40
DEEP = 8_000
VIEWS: dict[str, tuple[str, listings.Search]] = {
    "default view": ("", listings.Search()),
    "newest": ("sort=newest", listings.Search(sort="newest")),
    "by price": ("sort=price", listings.Search(sort="price")),
    "words": ("q=harbour+drift", listings.Search(words="harbour drift")),
    "words, nothing found": ("q=nowhere", listings.Search(words="nowhere")),
    "instrument": ("instrument=ETH-USD", listings.Search(instrument="ETH-USD")),
    "badge": ("badge=proven", listings.Search(badge="proven")),
    "history": ("days=120", listings.Search(history_days_min=120)),
    "drawdown": ("drawdown=10", listings.Search(drawdown_max=0.1)),
    "price": ("price=30", listings.Search(price_max=3_000)),
    "seats left": ("seats=left", listings.Search(seats_left=True)),
    "seats left, by price": ("seats=left&sort=price", listings.Search(seats_left=True, sort="price")),
    "all filters, words": (
        "q=follows&instrument=ETH-USD&badge=ranked&days=60&drawdown=25&price=60&seats=left",
        listings.Search(
            words="follows", instrument="ETH-USD", badge="ranked", history_days_min=60, drawdown_max=0.25,
            price_max=6_000, seats_left=True,
        ),
    ),
}  # fmt: skip
# What the search was: one statement over everything, with no index to go by, and without the newer filters.
_KEYS = {
    "score": "coalesce(s.rank, '-infinity'::float8)",
    "newest": "extract(epoch from l.listed_at)::float8",
    "price": "-coalesce(p.amount, 0)::float8",
}
_BEFORE = """select q.*, s.score, s.metrics, s.history_days, {key} as place from ({listing}) q
    join listing l on l.id = q.id left join listing_score s on s.listing_id = l.id
    left join lateral (select min(t.amount) as amount from listing_tier t
      where t.listing_id = l.id and ($4::text is null or t.tier = $4)) p on true
    where l.status = 'listed'
      and ($1::text is null or strpos(lower(l.title || ' ' || l.summary), lower($1)) > 0)
      and ($2::text is null or l.instrument = $2) and ($3::text is null or l.creator_id = $3)
      and ($4::text is null or p.amount is not null) and ($5::bigint is null or p.amount <= $5)
      and ($6::int is null or s.history_days >= $6)
      and ($7::int is null or (s.score->>'value')::float8 >= $7)
      and ($8::float8 is null or {key} < $8 or ({key} = $8 and l.id > $9))
    order by {key} desc, l.id limit $10"""
Act = Callable[[], Awaitable[object]]


async def market(url: str, *, rounds: int, seconds: float) -> None:
    """Prints the table. Server time of a page is from the request's arrival in the app to its last byte."""
    connection = await asyncpg.connect(**connect_options(url))
    await populate(connection, LISTINGS)
    await connection.close()
    with tempfile.TemporaryDirectory(prefix="arena-bench-home-") as home:
        settings = Settings(home=Path(home), seed="benchmark", demo=False, rate_anonymous_per_min=0)
        async with open_arena(settings, url) as arena:
            sides = await _sides(build_app(arena), arena.db)
            taken = {name: [list[float]() for _ in acts] for name, acts in sides.items()}
            for _ in range(rounds):
                for name, acts in sides.items():
                    for act, times in zip(acts, taken[name], strict=True):
                        times += await _time(act, seconds / rounds)
    ratios = [median(now) / median(was) for _, now, *rest in taken.values() for was in rest]
    show(
        f"The market with {LISTINGS:,} listings, server ms, {rounds} rounds, all views in turn in each",
        ["view", "page, median", "p95", "search in it", "search before", "now / before"],
        [_row(name, *times) for name, times in taken.items()],
        [
            Goal("page, median ms of each view", [median(page) for page, *_ in taken.values()], None),
            Goal(
                "the slowest view's median page, ms", [max(median(page) for page, *_ in taken.values())],
                PAGE_MS_MAX, at_most=True,
            ),
            Goal("search now against the search before", ratios, 0.5, at_most=True),
        ],
    )  # fmt: skip


async def _sides(app: FastAPI, db: Database) -> dict[str, list[Act]]:
    """By view: its page, the search in it, and the search as it was before where that could answer at all."""
    sides = {
        name: [_page(app, query), _search(db, wanted), *_before(db, wanted)]
        for name, (query, wanted) in VIEWS.items()
    }
    after = None
    async with db.transaction(readonly=True) as tx:
        for _ in range(DEEP // 200):
            after = (await listings.search(tx, listings.Search(), after=after, limit=200)).next
    assert after is not None
    sides[f"after {DEEP:,} of the default view"] = [
        _page(app, f"after={after}"), _search(db, listings.Search(), after),
        *_before(db, listings.Search(), after),
    ]  # fmt: skip
    return sides


def _row(name: str, page: list[float], now: list[float], *before: list[float]) -> list[str]:
    p95 = sorted(page)[int(0.95 * (len(page) - 1))]
    row = [name, f"{median(page):.1f}", f"{p95:.1f}", f"{median(now):.1f}"]
    for was in before:
        row += [f"{median(was):.1f}", f"{median(now) / median(was):.2f}"]
    return row + [""] * (6 - len(row))


def _page(app: FastAPI, query: str) -> Act:
    """One request for the page, without a socket between."""
    scope: dict[str, Any] = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": "/market", "raw_path": b"/market", "query_string": query.encode(), "root_path": "",
        "headers": [(b"host", b"localhost"), (b"accept", b"text/html"), (b"accept-encoding", b"gzip")],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def act() -> None:
        sent: list[dict[str, Any]] = []

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await app({**scope}, receive, send)  # type: ignore[arg-type]  # plain dictionaries are what ASGI is
        assert sent[0]["status"] == 200, sent

    return act


def _search(db: Database, wanted: listings.Search, after: str | None = None) -> Act:
    async def act() -> None:
        async with db.transaction(readonly=True) as tx:
            await listings.search(tx, wanted, after=after, limit=24)

    return act


def _before(db: Database, wanted: listings.Search, after: str | None = None) -> list[Act]:
    """The same question put to the statement of before; none where it knew no such filter."""
    if wanted.badge or wanted.drawdown_max is not None or wanted.seats_left:
        return []
    statement = _BEFORE.format(key=_KEYS[wanted.sort], listing=LISTING)
    place: tuple[float | None, str] = (None, "")
    if after is not None:
        _, number, last_id = decode_cursor(after, (str, str, str))
        place = (float(number), last_id)

    async def act() -> None:
        async with db.transaction(readonly=True) as tx:
            await tx.fetch(
                statement, wanted.words, wanted.instrument, wanted.creator_id, wanted.tier, wanted.price_max,
                wanted.history_days_min, wanted.score_min, *place, 25,
            )  # fmt: skip

    return [act]


async def _time(act: Act, seconds: float) -> list[float]:
    """Milliseconds of each repetition: three at least, and as many as there is time for up to a bound."""
    await act()  # what is made on first use is not what is asked here
    taken: list[float] = []
    until = monotonic_s() + seconds
    while len(taken) < 3 or (monotonic_s() < until and len(taken) < REPEATED_MAX):
        began = monotonic_s()
        await act()
        taken.append(1000 * (monotonic_s() - began))
    return taken
