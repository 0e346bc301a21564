"""The leaderboard, comparisons of two accounts, and seasons over HTTP. Parse, call one verb, answer."""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import Path, Query
from starlette.responses import Response

from arena.kit.page import LIMIT_MAX, Page, encode_cursor, page_of, place_after, start_after
from arena.people.access import CallDep, Routes, needs, public
from arena.trading.market import instrument
from arena.trading.performance import season_acts
from arena.trading.performance.boards.views import (
    PairView,
    RankedView,
    SeasonDraft,
    SeasonStandings,
    SeasonView,
    Withdrawal,
)
from arena.trading.performance.compare import compare
from arena.trading.performance.leaderboard import leaderboard
from arena.trading.performance.model import Ranked, Sieve, VenueKind
from arena.trading.performance.pairs import DAYS_MIN
from arena.trading.performance.season_terms import NewSeason

routes = Routes("leaderboard")
OPEN = public("who has proven what is the arena's public statement")
OPERATOR = needs("operate", kinds=("person",))
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}

SeasonId = Annotated[str, Path(pattern=r"^sea_[0-9a-hjkmnp-tv-z]{26}$")]
Account = Annotated[str, Query(pattern="^acc_[0-9a-z]{26}$", description="An account's id.")]
After = Annotated[str | None, Query(max_length=500, description="`next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX)]
Span = Annotated[
    Literal["30", "90", "365", "all"],
    Query(description="Of how many days up to the board's midnight; all: the whole record."),
]


@routes.add("GET", "/leaderboard", gate=OPEN)
async def get_leaderboard(
    call: CallDep,
    after: After = None,
    limit: Limit = 50,
    days: Span = "all",
    venue: Annotated[VenueKind, Query(description="Where the accounts trade.")] = "all",
    symbol: Annotated[
        str | None,
        Query(pattern="^[A-Z0-9_-]{2,30}$", description="Only accounts that traded it."),
    ] = None,
) -> Page[RankedView]:
    """Accounts by the lower end of their Sharpe ratio's 95 % interval, as of the last UTC midnight of
    product time; those without enough history follow without a rank. Never by raw return."""
    start = start_after(after)
    if symbol is not None:
        await instrument(call.tx, symbol)
    sieve = Sieve(venue, None if days == "all" else int(days), symbol)
    board = await leaderboard(call.tx, sieve=sieve)
    return _page(board.lines, start, limit)


@routes.add("GET", "/leaderboard/compare", gate=OPEN)
async def get_comparison(call: CallDep, a: Account, b: Account, days: Span = "all") -> PairView:
    """Two accounts over the whole days both were open: their figures, the differences with their intervals, and
    who leads, if that can be said. Closed accounts can be compared, too."""
    found = await compare(call.tx, a, b, span_days=None if days == "all" else int(days))
    return PairView.of(found.first, found.second, pair=found.pair, days_min=DAYS_MIN)


@routes.add("GET", "/leaderboard/seasons", gate=OPEN)
async def list_seasons(call: CallDep, after: After = None, limit: Limit = 50) -> Page[SeasonView]:
    """Seasons, those that start last first; withdrawn ones are left out."""
    found = await season_acts.seasons(call.tx, after=place_after(after), limit=limit + 1)
    page = page_of(found, limit, lambda one: encode_cursor(one.starts_at.isoformat(), one.id))
    data = [SeasonView.of(one, call.tx.now) for one in page.data]
    return Page(data=data, has_more=page.has_more, next=page.next)


@routes.add("GET", "/leaderboard/seasons/{season_id}", gate=OPEN)
async def get_season(
    call: CallDep, season_id: SeasonId, after: After = None, limit: Limit = 50
) -> SeasonStandings:
    """A season with its standing: frozen once it is over, until then as of the last midnight, which decides nothing."""
    start = start_after(after)
    found = await season_acts.season(call.tx, season_id)
    standings = await season_acts.season_standings(call.tx, found)
    page = _page(standings.lines, start, limit)
    return SeasonStandings(
        **SeasonView.of(found, call.tx.now).model_dump(), as_of=standings.as_of, final=standings.final,
        data=page.data, has_more=page.has_more, next=page.next,
    )  # fmt: skip


@routes.add("GET", "/leaderboard/seasons/{season_id}/document", gate=OPEN, response_class=Response)
async def get_season_document(call: CallDep, season_id: SeasonId) -> Response:
    """The frozen result to the byte: canonical JSON, whose SHA-256 stands in the transparency log."""
    document = await season_acts.season_document(call.tx, season_id)
    return Response(document, 200, FOR_EVER, "application/json")


@routes.add("POST", "/leaderboard/seasons", gate=OPERATOR, status_code=201)
async def open_season(call: CallDep, body: SeasonDraft) -> SeasonView:
    """Announce a season (operator). Its result is frozen at the midnight it ends at, and never changes after."""
    wanted = NewSeason(body.name, body.note, body.starts_at, body.ends_at, body.venue, body.symbol)
    made = await season_acts.open_season(
        call.tx, wanted, actor=call.actor, request_id=call.request_id
    )
    return SeasonView.of(made, call.tx.now)


@routes.add("POST", "/leaderboard/seasons/{season_id}/withdraw", gate=OPERATOR)
async def withdraw_season(call: CallDep, season_id: SeasonId, body: Withdrawal) -> SeasonView:
    """Take back a season that has not begun (operator)."""
    found = await season_acts.withdraw_season(
        call.tx, season_id, reason=body.reason, actor=call.actor, request_id=call.request_id
    )
    return SeasonView.of(found, call.tx.now)


def _page(lines: Sequence[Ranked], start: int, limit: int) -> Page[RankedView]:
    numbered = list(enumerate(lines, 1))[start : start + limit + 1]
    page = page_of(numbered, limit, lambda one: encode_cursor(one[0]))
    return Page(
        data=[RankedView.of(line) for _, line in page.data], has_more=page.has_more, next=page.next
    )
