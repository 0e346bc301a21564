"""Seasons: those that run, those that are over with their frozen results, and one of them with its standing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Path, Query
from starlette.responses import Response

from arena.kit.page import encode_cursor, page_of, place_after, start_after
from arena.people.access import public
from arena.trading import performance
from arena.trading.performance import Season
from arena.web.page import N_, Pages, VisitDep
from arena.web.views.ranking import Line, lines_of

routes = Pages()
ON_A_PAGE = 50
OPEN = public("who won what is the arena's public statement")
SeasonId = Annotated[str, Path(pattern=r"^sea_[0-9a-hjkmnp-tv-z]{26}$")]
After = Annotated[str | None, Query(max_length=500)]
# By phase: its words, and the tone of its badge.
PHASES = {
    "announced": (N_("announced"), "plain"), "running": (N_("running"), "accent"),
    "over": (N_("being worked out"), "warn"), "frozen": (N_("frozen"), "good"),
    "withdrawn": (N_("withdrawn"), "bad"),
}  # fmt: skip
VENUES = {"all": N_("paper and live"), "paper": N_("paper"), "live": N_("live")}


@dataclass(frozen=True, slots=True)
class Shown:
    """A season's page. `gone` is the share of it that has passed."""

    season: Season
    phase: str
    lines: list[Line]
    total: int
    as_of: datetime | None
    final: bool
    gone: float
    first: str
    next: str


@routes.get("/arena/seasons", gate=OPEN)
async def all_seasons(visit: VisitDep, after: After = None) -> Response:
    """Raises BadCursor."""
    found = await performance.seasons(visit.tx, after=place_after(after), limit=ON_A_PAGE + 1)
    page = page_of(found, ON_A_PAGE, lambda one: encode_cursor(one.starts_at.isoformat(), one.id))
    return visit.page(
        "open/seasons.html", seasons=page.data, now=visit.tx.now, phases=PHASES, venues=VENUES,
        next=f"/arena/seasons?after={page.next}" if page.next else "",
        first="/arena/seasons" if after else "",
    )  # fmt: skip


@routes.get("/arena/seasons/{season_id}", gate=OPEN)
async def one_season(visit: VisitDep, season_id: SeasonId, after: After = None) -> Response:
    """Raises NoSuchSeason, BadCursor."""
    tx, start = visit.tx, start_after(after)
    season = await performance.season(tx, season_id)
    standings = await performance.season_standings(tx, season)
    path, more = f"/arena/seasons/{season_id}", len(standings.lines) > start + ON_A_PAGE
    shown = Shown(
        season, season.phase(tx.now), await lines_of(tx, standings.lines[start : start + ON_A_PAGE]),
        len(standings.lines), standings.as_of, standings.final, _gone(season, tx.now),
        first=path if start else "", next=f"{path}?after={encode_cursor(start + ON_A_PAGE)}" if more else "",
    )  # fmt: skip
    return visit.page(
        "open/season.html", shown=shown, phases=PHASES, venues=VENUES, days_min=performance.DAYS_MIN,
        days=(season.ends_at - season.starts_at) // timedelta(days=1),
    )  # fmt: skip


def _gone(season: Season, now: datetime) -> float:
    return min(1.0, max(0.0, (now - season.starts_at) / (season.ends_at - season.starts_at)))
