"""The leaderboard: every account of the arena by what its record proves at least."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, cast, get_args
from urllib.parse import urlencode

from fastapi import Query
from starlette.responses import Response

from arena.kit.db import Tx
from arena.kit.page import BadCursor, decode_cursor, encode_cursor
from arena.people.access import public
from arena.trading import performance
from arena.trading.performance import PERIODS_DAYS, Ranked, Season, Sieve, VenueKind
from arena.web.page import N_, Pages, VisitDep, _
from arena.web.views.ranking import Line, lines_of

routes = Pages()
ON_A_PAGE = 50
SEASONS_SHOWN = 3
COMPARED_WITH = timedelta(days=7)
VENUES: Mapping[str, str] = {"all": N_("Paper and live"), "paper": N_("Paper"), "live": N_("Live")}
Asked = Annotated[str, Query(max_length=40)]


@dataclass(frozen=True, slots=True)
class Sort:
    """An order of the ranked: its name in the address, its words, and which way its figures run."""

    name: str
    words: str
    direction: str
    key: Callable[[Ranked], float]


# Raw return is not among them: it would set those on top who risked most.
SORTS: Mapping[str, Sort] = {
    sort.name: sort
    for sort in (
        Sort("rank", N_("Rank"), "ascending", lambda line: float(line.rank or 0)),
        Sort("drawdown", N_("Worst drawdown"), "ascending", lambda line: line.max_drawdown or 0.0),
        Sort("volatility", N_("Volatility"), "ascending", lambda line: line.volatility or 0.0),
        Sort("days", N_("Days"), "descending", lambda line: float(-line.daily_returns)),
    )
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to look at the board: what it is called, where it is, and whether it is looked at now."""

    words: str
    path: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Filters:
    """What may be chosen. `others` are instruments that fewer accounts trade; `any` is whether one is chosen."""

    periods: tuple[Choice, ...]
    venues: tuple[Choice, ...]
    instruments: tuple[Choice, ...]
    others: tuple[Choice, ...]
    any: bool


@dataclass(frozen=True, slots=True)
class Board:
    """What the page shows. `compared` is whether anybody had a rank a week before."""

    as_of: datetime
    days_min: int
    ranked: tuple[Line, ...]
    unranked: tuple[Line, ...]
    total: int
    compared: bool
    sort: Sort
    sieve: Sieve
    first: str
    next: str


@routes.get("/arena", gate=public("who has proven what is the arena's public statement"))
async def leaderboard(
    visit: VisitDep,
    sort: Asked = "rank",
    days: Asked = "",
    venue: Asked = "",
    symbol: Asked = "",
    after: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """An order or a filter there is not is the usual one. Raises BadCursor."""
    by = SORTS.get(sort, SORTS["rank"])
    symbols = await _traded(visit.tx)
    sieve = _sieve(days, venue, symbol if symbol in symbols else None)
    board = await _board(visit.tx, by, sieve, start=_start(by, after))
    found = await performance.seasons(visit.tx, limit=SEASONS_SHOWN)
    return visit.page(
        "open/leaderboard.html", board=board, sorts=SORTS, path=lambda by: path_of(by, sieve),
        filters=_filters(by, sieve, symbols), seasons=_current(found, visit.tx.now), now=visit.tx.now,
    )  # fmt: skip


def path_of(by: Sort, sieve: Sieve, after: str | None = None) -> str:
    """Where the board is looked at in this way."""
    asked: dict[str, str] = {} if by.name == "rank" else {"sort": by.name}
    if sieve.days is not None:
        asked["days"] = str(sieve.days)
    if sieve.venue != "all":
        asked["venue"] = sieve.venue
    if sieve.symbol is not None:
        asked["symbol"] = sieve.symbol
    if after is not None:
        asked["after"] = after
    return f"/arena?{urlencode(asked)}" if asked else "/arena"


async def _board(tx: Tx, by: Sort, sieve: Sieve, *, start: int) -> Board:
    as_of = await performance.last_board_at(tx)
    now, before = await performance.leaderboards(tx, [as_of, as_of - COMPARED_WITH], sieve)
    was = {line.account_id: line.rank for line in before.lines if line.rank is not None}
    ordered = in_order(now.lines, by)
    lines = await lines_of(tx, ordered[start : start + ON_A_PAGE], was=was)
    more = len(ordered) > start + ON_A_PAGE
    after = encode_cursor(by.name, start + ON_A_PAGE)
    return Board(
        as_of=now.as_of, days_min=now.days_min,
        ranked=tuple(line for line in lines if line.ranked.rank is not None),
        unranked=tuple(line for line in lines if line.ranked.rank is None),
        total=len(ordered), compared=bool(was), sort=by, sieve=sieve,
        first=path_of(by, sieve) if start else "", next=path_of(by, sieve, after) if more else "",
    )  # fmt: skip


def in_order(lines: Sequence[Ranked], by: Sort) -> list[Ranked]:
    """The ranked in that order, the unranked below as the board has them."""
    ranked = sorted((line for line in lines if line.rank is not None), key=by.key)
    return [*ranked, *(line for line in lines if line.rank is None)]


def _sieve(days: str, venue: str, symbol: str | None) -> Sieve:
    period = int(days) if days in {str(n) for n in PERIODS_DAYS} else None
    return Sieve(cast(VenueKind, venue) if venue in get_args(VenueKind) else "all", period, symbol)


def _filters(by: Sort, sieve: Sieve, symbols: Sequence[str]) -> Filters:
    def choice(words: str, other: Sieve) -> Choice:
        return Choice(words, path_of(by, other), other == sieve)

    periods = [choice(_("Whole record"), replace(sieve, days=None))]
    periods += [
        choice(_("%(count)s days", count=n), replace(sieve, days=n)) for n in reversed(PERIODS_DAYS)
    ]
    venues = [choice(_(VENUES[name]), replace(sieve, venue=name)) for name in get_args(VenueKind)]
    traded = [choice(_("All instruments"), replace(sieve, symbol=None))]
    traded += [choice(symbol, replace(sieve, symbol=symbol)) for symbol in symbols]
    shown = 7
    return Filters(
        tuple(periods),
        tuple(venues),
        tuple(traded[:shown]),
        tuple(traded[shown:]),
        sieve != Sieve(),
    )


async def _traded(tx: Tx) -> list[str]:
    """Instruments that accounts of the board have traded, the most traded first."""
    rows = await tx.fetch(
        """select p.symbol from position p join account a on a.id = p.account_id
           where a.kind in ('reference', 'collective') group by p.symbol order by count(*) desc, p.symbol"""
    )
    return [row["symbol"] for row in rows]


def _current(found: Sequence[Season], now: datetime) -> list[Season]:
    """Seasons that are announced or run, and the last one that was frozen."""
    going = [one for one in found if one.phase(now) in ("announced", "running", "over")]
    over = [one for one in found if one.phase(now) == "frozen"]
    return [*going, *over[:1]]


def _start(by: Sort, after: str | None) -> int:
    """At which line the page begins. Raises BadCursor, also for a cursor of another order."""
    if after is None:
        return 0
    name, start = decode_cursor(after, (str, int))
    if name != by.name or not 0 <= start < 2**31:
        raise BadCursor
    return int(start)
