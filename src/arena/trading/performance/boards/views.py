"""The JSON of boards, comparisons and seasons. Fractions, not per cent; null where not defined; times in UTC."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from arena.kit.clock import iso_ms
from arena.trading.performance.days import midnight_of, number_of
from arena.trading.performance.leaderboard import DAYS_MIN
from arena.trading.performance.model import Ranked, VenueKind
from arena.trading.performance.pairs import Difference, Pair, Side
from arena.trading.performance.season_terms import Season

Time = Annotated[
    datetime, PlainSerializer(iso_ms, return_type=str), Field(examples=["2021-10-27T00:00:00.000Z"])
]
Line = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$")]


class RankedView(BaseModel):
    """A line of the leaderboard. Fractions, not per cent; null where not defined."""

    rank: int | None = Field(description=f"Null under {DAYS_MIN} daily returns.")
    account_id: str
    kind: Literal["reference", "collective"]
    owner_id: str = Field(
        description="fd_… for a feed's reference account, col_… for a collective."
    )
    opened_at: Time
    daily_returns: int
    sharpe_low: float | None = Field(description="What the board is ordered by.")
    sharpe: float | None
    sharpe_high: float | None
    total_return: float | None = Field(
        description="Time-weighted: deposits and withdrawals do not count."
    )
    volatility: float | None
    max_drawdown: float | None
    venue: str = Field("paper", description="paper, or the exchange the account trades on.")
    closed_at: Time | None = None
    accounts_before: int = Field(
        0, description="Accounts the owner had opened before this one, closed ones included."
    )

    @classmethod
    def of(cls, line: Ranked) -> "RankedView":
        return cls(
            rank=line.rank,
            account_id=line.account_id,
            kind="reference" if line.kind == "reference" else "collective",
            owner_id=line.owner_id,
            opened_at=line.opened_at,
            daily_returns=line.daily_returns,
            sharpe_low=line.sharpe_low,
            sharpe=line.sharpe,
            sharpe_high=line.sharpe_high,
            total_return=line.total_return,
            volatility=line.volatility,
            max_drawdown=line.max_drawdown,
            venue=line.venue,
            closed_at=line.closed_at,
            accounts_before=line.accounts_before,
        )


class DifferenceView(BaseModel):
    """The first's figure minus the second's with its 95 % interval."""

    value: float | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, found: Difference) -> "DifferenceView":
        return cls(value=found.value, low=found.low, high=found.high)


class SideView(BaseModel):
    """One of the two over the days both share."""

    account: RankedView = Field(description="Its whole record, without a rank.")
    total_return: float | None
    volatility: float | None
    sharpe: float | None
    sharpe_low: float | None
    sharpe_high: float | None
    max_drawdown: float | None


class DayView(BaseModel):
    """Both from 1 on, as they stood at a midnight."""

    at: Time
    first: float
    second: float


class PairView(BaseModel):
    """Two accounts over the whole days both were open."""

    days: int
    days_min: int = Field(description="Under so many days nobody leads.")
    since: Time | None
    until: Time | None
    first: SideView
    second: SideView
    correlation: float | None = Field(description="Of the daily returns.")
    sharpe_difference: DifferenceView
    annual_return_difference: DifferenceView = Field(description="Of the mean daily returns × 365.")
    leads: Literal["first", "second"] | None = Field(
        description="Whose Sharpe ratio is above the other's by the whole interval; null: not told apart."
    )
    data: list[DayView]

    @classmethod
    def of(cls, first: Ranked, second: Ranked, *, pair: Pair, days_min: int) -> "PairView":
        return cls(
            days=pair.days,
            days_min=days_min,
            since=pair.since,
            until=pair.until,
            first=_side(first, pair.first),
            second=_side(second, pair.second),
            correlation=pair.correlation,
            sharpe_difference=DifferenceView.of(pair.sharpe),
            annual_return_difference=DifferenceView.of(pair.annual_return),
            leads=pair.leads,
            data=_days(pair),
        )


class SeasonDraft(BaseModel):
    """A span between two midnights (UTC) of the arena's time, and whom it is for."""

    model_config = ConfigDict(extra="forbid")

    name: Line = Field(max_length=60, examples=["Winter 2026"])
    note: str = Field(
        "", max_length=2000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$", description="For whom, and why."
    )  # fmt: skip
    starts_at: datetime = Field(examples=["2026-01-01T00:00:00Z"])
    ends_at: datetime = Field(examples=["2026-04-01T00:00:00Z"])
    venue: VenueKind = "all"
    symbol: str | None = Field(
        None, pattern="^[A-Z0-9_-]{2,30}$", description="Only accounts that traded it.",
        examples=["BTC-USD"],
    )  # fmt: skip


class Withdrawal(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: Line = Field(min_length=3, max_length=500, examples=["announced with the wrong dates"])


class SeasonView(BaseModel):
    id: str = Field(examples=["sea_06ema5rqtsfdtr2vbjd06dh2d4"])
    name: str
    note: str
    starts_at: Time
    ends_at: Time
    venue: VenueKind
    symbol: str | None
    phase: Literal["announced", "running", "over", "frozen", "withdrawn"] = Field(
        description="over: ended, its result is being worked out."
    )
    document_sha: str | None = Field(description="SHA-256 of the frozen result's bytes, hex.")
    log_index: int | None = Field(description="Where the transparency log has it.")

    @classmethod
    def of(cls, found: Season, now: datetime) -> "SeasonView":
        return cls(
            id=found.id,
            name=found.name,
            note=found.note,
            starts_at=found.starts_at,
            ends_at=found.ends_at,
            venue=found.venue,
            symbol=found.symbol,
            phase=found.phase(now),
            document_sha=found.document_sha,
            log_index=found.log_index,
        )


class SeasonStandings(SeasonView):
    """A season with its lines, best first; `final` once they are frozen."""

    as_of: Time | None = Field(description="The midnight these are of; null before the first.")
    final: bool
    data: list[RankedView]
    has_more: bool
    next: str | None


def _side(account: Ranked, side: Side | None) -> SideView:
    return SideView(
        account=RankedView.of(account),
        total_return=None if side is None else side.total_return,
        volatility=None if side is None else side.volatility,
        sharpe=None if side is None else side.sharpe.value,
        sharpe_low=None if side is None else side.sharpe.low,
        sharpe_high=None if side is None else side.sharpe.high,
        max_drawdown=None if side is None else side.max_drawdown,
    )


def _days(pair: Pair) -> list[DayView]:
    if pair.since is None or pair.first is None or pair.second is None:
        return []
    begin = number_of(pair.since)
    return [
        DayView(at=midnight_of(begin + number), first=first, second=second)
        for number, (first, second) in enumerate(
            zip(pair.first.levels, pair.second.levels, strict=True)
        )
    ]
