"""Marks of an account's equity, the metrics over them, and the leaderboard's lines."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from arena.kit.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Mark:
    """An account at a bar's close, in quote units: `equity` = `cash` + `exposure`, the open positions' value."""

    at: datetime
    equity: Decimal
    cash: Decimal
    exposure: Decimal


@dataclass(frozen=True, slots=True)
class Month:
    """The net return of a calendar month (UTC, `2021-09`), the first and last ones possibly of a part."""

    month: str
    net_return: float


@dataclass(frozen=True, slots=True)
class Metrics:
    """What a record comes to, net of all fees; `metrics.metrics` says how each is computed.

    Fractions, not per cent: 0.05 is five per cent. Annual figures count 365 days. None: not defined here
    (history too short, no variance, nothing lost). `fees_paid` in quote units, `days` in days.
    """

    since: datetime
    until: datetime
    days: float
    daily_returns: int
    fills: int
    total_return: float
    cagr: float | None
    volatility: float | None
    sharpe: float | None
    sharpe_low: float | None
    sharpe_high: float | None
    sortino: float | None
    calmar: float | None
    max_drawdown: float
    turnover: float | None
    hit_rate: float | None
    under_water_days_max: float
    under_water_share: float | None
    exposure_share: float | None
    exposure_mean: float | None
    fees_paid: Decimal
    monthly: tuple[Month, ...]


VenueKind = Literal["all", "paper", "live"]
PERIODS_DAYS = (30, 90, 365)
"""The spans, in days before the board's midnight, that a board can be of; besides the whole record."""


@dataclass(frozen=True, slots=True)
class Sieve:
    """Which accounts a board is of, and over which span: on paper or live, the last so many `days` (None: the whole
    record), those that traded an instrument."""

    venue: VenueKind = "all"
    days: int | None = None
    symbol: str | None = None


@dataclass(frozen=True, slots=True)
class Ranked:
    """A line of the leaderboard. `rank` is None under the minimum history; `daily_returns` counts its days.

    Returns are time-weighted: deposits and withdrawals do not count. `accounts_before` is how many accounts of the
    kind the owner had opened before this one, closed ones included: more than none says that it was begun anew.
    """

    rank: int | None
    account_id: str
    kind: str
    owner_id: str
    opened_at: datetime
    daily_returns: int
    total_return: float | None
    volatility: float | None
    sharpe: float | None
    sharpe_low: float | None
    sharpe_high: float | None
    max_drawdown: float | None
    venue: str = "paper"
    closed_at: datetime | None = None
    accounts_before: int = 0


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """The board as of a UTC midnight of product time, best first, the unranked last."""

    as_of: datetime
    days_min: int
    lines: tuple[Ranked, ...]


class BoardBusy(Unavailable):
    """The leaderboard of this day is being worked out right now; ask again in some seconds."""
