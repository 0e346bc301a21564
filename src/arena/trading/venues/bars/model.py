"""What rests at the bar venue, what a step of the tape did there, and the rules of the record."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal, Self

import msgspec

from arena.kit.errors import Conflict
from arena.kit.settings import Settings
from arena.trading.market import Side
from arena.trading.venues.model import Fill

TicketType = Literal["market", "limit", "stop_loss", "take_profit"]
Reason = Literal["filled", "expired", "budget", "group", "canceled"]
"""Why the venue closed a ticket: all done; out of time; out of budget; another of its group was filled; asked to."""


class Ticket(msgspec.Struct, frozen=True, gc=False):
    """An order as a venue holds it. Quantities in base units, prices and `budget` in quote units.

    A struct, not a dataclass: each fill changes it twice, and a back-test has thousands (20 times as quick).

    `budget` is what a buy may still spend, None for no bound. `sequence` is the arrival at the venue, given
    by the venue. `seen_at` is the open of the first bar the ticket was in; `starved_at` are the opens of bars
    that hit it when their liquidity was gone.
    """

    order_id: str
    account_id: str
    symbol: str
    side: Side
    type: TicketType
    remaining: Decimal
    effective_at: datetime
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    group_id: str | None = None
    budget: Decimal | None = None
    expires_at: datetime | None = None
    fills: int = 0
    sequence: int = 0
    seen_at: datetime | None = None
    starved_at: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Matched:
    """What a step of the tape did at a venue: fills in their order, and tickets that left it."""

    fills: tuple[Fill, ...] = ()
    closed: tuple[tuple[str, Reason], ...] = ()


class RulesChanged(Conflict):
    """The records of this arena were made with {name} = {kept}, and it is {given} now: none of them could be
    recomputed any more. Start with the settings it began with, choose another ARENA_HOME for a new arena, or empty
    the database for good with `arena db reset`."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The parameters of docs/reference/record.md; bps are 1/10,000."""

    fee_maker_bps: int = 10
    fee_taker_bps: int = 10
    half_spread_bps: int = 1
    latency_ms: int = 250
    impact_y: Decimal = Decimal("0.8")
    participation_bps: int = 1000
    reserve_bps: int = 50
    rebalance_bps: int = 50

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        return cls(
            fee_maker_bps=settings.fee_maker_bps,
            fee_taker_bps=settings.fee_taker_bps,
            half_spread_bps=settings.half_spread_bps,
            latency_ms=settings.latency_ms,
        )

    @property
    def latency(self) -> timedelta:
        return timedelta(milliseconds=self.latency_ms)

    def document(self) -> dict[str, int | str]:
        """The rules as JSON: whole numbers, and `impact_y` as a decimal string."""
        return {
            "fee_maker_bps": self.fee_maker_bps,
            "fee_taker_bps": self.fee_taker_bps,
            "half_spread_bps": self.half_spread_bps,
            "latency_ms": self.latency_ms,
            "impact_y": format(self.impact_y, "f"),
            "participation_bps": self.participation_bps,
            "reserve_bps": self.reserve_bps,
            "rebalance_bps": self.rebalance_bps,
        }
