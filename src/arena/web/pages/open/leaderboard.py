"""The leaderboard: every account of the arena by what its record proves at least."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query
from markupsafe import Markup
from starlette.responses import Response

from arena.kit.db import Row, Tx
from arena.kit.page import BadCursor, decode_cursor, encode_cursor
from arena.people.access import public
from arena.trading import performance
from arena.trading.performance import Ranked
from arena.web.draw import sparkline
from arena.web.page import N_, Pages, VisitDep, _
from arena.web.page.numbers import signed_percent

routes = Pages()
ON_A_PAGE = 50
COMPARED_WITH = timedelta(days=7)


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
class Line:
    """A row: an account's line of the board with its names. `was` is its rank a week before, None where it
    had none; `trust` is None where it has no listing or is not scored."""

    ranked: Ranked
    name: str
    collective_id: str
    collective: str
    closed: bool
    listing_id: str | None
    trust: int | None
    was: int | None
    curve: Markup

    @property
    def risen(self) -> int:
        """By how many ranks; 0 where it stands as it stood."""
        return self.was - self.ranked.rank if self.was and self.ranked.rank else 0


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
    first: str
    next: str


@routes.get("/arena", gate=public("who has proven what is the arena's public statement"))
async def leaderboard(
    visit: VisitDep,
    sort: Annotated[str, Query(max_length=40)] = "rank",
    after: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """An order there is not is that by rank. Raises BadCursor."""
    by = SORTS.get(sort, SORTS["rank"])
    board = await _board(visit.tx, by, start=_start(by, after))
    return visit.page("open/leaderboard.html", board=board, sorts=SORTS, path=_path)


async def _board(tx: Tx, by: Sort, *, start: int) -> Board:
    as_of = await performance.last_board_at(tx)
    # The earlier one first: the later one goes on from it.
    before = await performance.leaderboard(tx, as_of - COMPARED_WITH)
    now = await performance.leaderboard(tx, as_of)
    was = {line.account_id: line.rank for line in before.lines if line.rank is not None}
    ordered = in_order(now.lines, by)
    shown = ordered[start : start + ON_A_PAGE]
    names = await _names(tx, [line.owner_id for line in shown])
    curves = await performance.outlines(tx, [line.account_id for line in shown])
    lines = [
        _line(line, names[line.owner_id], curves.get(line.account_id, ()), was.get(line.account_id))
        for line in shown
    ]
    more = len(ordered) > start + ON_A_PAGE
    return Board(
        as_of=now.as_of, days_min=now.days_min,
        ranked=tuple(line for line in lines if line.ranked.rank is not None),
        unranked=tuple(line for line in lines if line.ranked.rank is None),
        total=len(ordered), compared=bool(was), sort=by, first=_path(by) if start else "",
        next=_path(by, after=encode_cursor(by.name, start + ON_A_PAGE)) if more else "",
    )  # fmt: skip


def in_order(lines: Sequence[Ranked], by: Sort) -> list[Ranked]:
    """The ranked in that order, the unranked below as the board has them."""
    ranked = sorted((line for line in lines if line.rank is not None), key=by.key)
    return [*ranked, *(line for line in lines if line.rank is None)]


def _line(ranked: Ranked, names: Row, curve: Sequence[float], was: int | None) -> Line:
    words = _(
        "Equity over %(days)s days, %(change)s net",
        days=ranked.daily_returns, change=signed_percent(ranked.total_return),
    )  # fmt: skip
    return Line(
        ranked, names["name"], names["collective_id"], names["collective"], names["closed"], names["listing_id"],
        names["trust"], was, sparkline(curve, words),
    )  # fmt: skip


async def _names(tx: Tx, owner_ids: Sequence[str]) -> dict[str, Row]:
    """Of feeds and collectives, with the listing of a feed as far as everybody may know of it."""
    rows = await tx.fetch(
        """select o.id, coalesce(f.name, c.name) as name, c.id as collective_id, c.name as collective,
             coalesce(f.status = 'closed', false) as closed, l.id as listing_id, s.score_value as trust
           from unnest($1::text[]) o(id) left join feed f on f.id = o.id
             join collective c on c.id = coalesce(f.collective_id, o.id)
             left join listing l on l.feed_id = f.id and l.status in ('listed', 'paused')
             left join listing_score s on s.listing_id = l.id""",
        list(owner_ids),
    )
    return {row["id"]: row for row in rows}


def _start(by: Sort, after: str | None) -> int:
    """At which line the page begins. Raises BadCursor, also for a cursor of another order."""
    if after is None:
        return 0
    name, start = decode_cursor(after, (str, int))
    if name != by.name or not 0 <= start < 2**31:
        raise BadCursor
    return int(start)


def _path(by: Sort, after: str | None = None) -> str:
    asked = {} if by.name == "rank" else {"sort": by.name}
    if after is not None:
        asked["after"] = after
    return f"/arena?{urlencode(asked)}" if asked else "/arena"
