"""Seasons: spans that an operator announces, and whose results are frozen when they are over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from arena.kit.clock import iso_ms
from arena.kit.errors import Conflict, NotFound, Refused
from arena.trading.performance.model import Ranked, Sieve, VenueKind

Phase = Literal["announced", "running", "over", "frozen", "withdrawn"]


class SeasonStatus(StrEnum):
    """`open` until it is frozen, whether it has begun or not."""

    OPEN = "open"
    FROZEN = "frozen"
    WITHDRAWN = "withdrawn"


SEASON_MOVES: Mapping[SeasonStatus, frozenset[SeasonStatus]] = {
    SeasonStatus.OPEN: frozenset({SeasonStatus.FROZEN, SeasonStatus.WITHDRAWN}),
    SeasonStatus.FROZEN: frozenset(),
    SeasonStatus.WITHDRAWN: frozenset(),
}


@dataclass(frozen=True, slots=True)
class NewSeason:
    """What an operator announces. `starts_at` and `ends_at` are midnights (UTC) of product time."""

    name: str
    note: str
    starts_at: datetime
    ends_at: datetime
    venue: VenueKind = "all"
    symbol: str | None = None


@dataclass(frozen=True, slots=True)
class Season:
    """All times are product time. What is frozen has the SHA-256 of its document and its place in the log."""

    id: str
    name: str
    note: str
    starts_at: datetime
    ends_at: datetime
    venue: VenueKind
    symbol: str | None
    status: SeasonStatus
    opened_by: str
    opened_at: datetime
    ended_at: datetime | None
    document_sha: str | None
    log_index: int | None

    @property
    def sieve(self) -> Sieve:
        return Sieve(venue=self.venue, symbol=self.symbol)

    def phase(self, now: datetime) -> Phase:
        """`over`: it has ended, and its result is being worked out."""
        if self.status is SeasonStatus.FROZEN:
            return "frozen"
        if self.status is SeasonStatus.WITHDRAWN:
            return "withdrawn"
        if now < self.starts_at:
            return "announced"
        return "running" if now < self.ends_at else "over"


@dataclass(frozen=True, slots=True)
class Standings:
    """A season's lines, best first, as of a midnight; `final` once they are frozen."""

    season: Season
    as_of: datetime | None
    lines: Sequence[Ranked]
    final: bool


class NoSuchSeason(NotFound):
    """There is no season {season_id}."""


class SeasonMoved(Conflict):
    """This season is {phase} already; only one that has not begun can be withdrawn."""


class SeasonNameTaken(Conflict):
    """There is a season called {name} already; choose another name."""


class SeasonSpanRefused(Refused):
    """A season lasts from a midnight (UTC) that is not past to another, {days_min} to {days_max} days later: {why}."""


class SeasonNotFrozen(NotFound):
    """Season {season_id} has no result yet; it is frozen after the midnight it ends at."""


def document_of(season: Season, lines: Sequence[Ranked], *, at: str) -> dict[str, Any]:
    """A season's result in the form its SHA-256 is taken of; figures are strings, fractions with ten decimals."""
    return {
        "type": "season_result/v1",
        "season": season.id,
        "name": season.name,
        "starts_at": iso_ms(season.starts_at),
        "ends_at": iso_ms(season.ends_at),
        "venue": season.venue,
        "symbol": season.symbol,
        "frozen_at": at,
        "lines": [_line(line) for line in lines],
    }


def _line(line: Ranked) -> dict[str, Any]:
    figures = ("sharpe_low", "sharpe", "sharpe_high", "total_return", "volatility", "max_drawdown")
    return {
        "rank": None if line.rank is None else str(line.rank),
        "account": line.account_id,
        "kind": line.kind,
        "owner": line.owner_id,
        "venue": line.venue,
        "opened_at": iso_ms(line.opened_at),
        "closed_at": None if line.closed_at is None else iso_ms(line.closed_at),
        "accounts_before": str(line.accounts_before),
        "daily_returns": str(line.daily_returns),
        **{name: _figure(getattr(line, name)) for name in figures},
    }


def _figure(value: float | None) -> str | None:
    return None if value is None else f"{value:.10f}"
