"""Limits, what is asked, the decision, and the refusals by name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from arena.kit.errors import ArenaError, Refused
from arena.trading.market import Instrument, Side
from arena.trading.venues import TicketType


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of an account. Weights are fractions of its equity; `order_notional_max` in quote units.

    `daily_drawdown_max`: how much of the equity at the last UTC midnight may be lost before only reducing
    orders pass; 1 or more means no such halt. `killed_at`: since when nothing at all is taken.
    """

    position_weight_max: Decimal = Decimal(1)
    exposure_max: Decimal = Decimal(1)
    daily_drawdown_max: Decimal = Decimal(1)
    order_notional_max: Decimal | None = None
    killed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """An order before it goes. Quantities in base units, prices in quote units.

    `free_cash` and `free_quantity` are what open orders leave of cash and of the position; `pending` are the
    base units that open buys may still add, by symbol.
    """

    instrument: Instrument
    side: Side
    type: TicketType
    quantity: Decimal
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    free_cash: Decimal = Decimal(0)
    free_quantity: Decimal = Decimal(0)
    pending: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def reduces(self) -> bool:
        """Nothing is shorted or borrowed here, so every sell reduces."""
        return self.side == "sell"


@dataclass(frozen=True, slots=True)
class Decision:
    """Accepted, or refused by name."""

    refusal: ArenaError | None = None

    @property
    def accepted(self) -> bool:
        return self.refusal is None


class TradingKilled(Refused):
    """Trading in this account was stopped at {killed_at}; nothing is taken until the stop is lifted."""


class InstrumentHalted(Refused):
    """{symbol} is halted; wait until GET /market-data/instruments shows it trading."""


class NoPriceYet(Refused):
    """No bar of {symbol} has closed yet, so an order cannot be valued; wait for the first."""


class OffStep(Refused):
    """The quantity {quantity} is not a positive multiple of {step}; round it down to one."""


class OffTick(Refused):
    """The price {price} is not a positive multiple of {tick}; round it to one."""


class BelowNotionalMin(Refused):
    """The order is worth {notional} and at least {notional_min} is asked; raise the quantity."""


class OrderTooLarge(Refused):
    """The order is worth {notional} and this account's orders may be worth {limit} at most."""


class PositionTooLarge(Refused):
    """{symbol} would make {weight} of the equity and {limit} is this account's limit for one position."""


class ExposureTooLarge(Refused):
    """Open positions would make {weight} of the equity and {limit} is this account's limit."""


class DailyDrawdownReached(Refused):
    """The account has lost {lost} of its equity since midnight UTC, its limit is {limit}; until the next
    midnight only orders that reduce a position pass."""


class BadLimits(Refused):
    """Limits are positive numbers: {why}."""
