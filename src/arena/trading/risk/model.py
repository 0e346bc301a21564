"""Limits, what is asked, the decision, and the refusals by name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from arena.kit.errors import ArenaError, Conflict, Forbidden, NotFound, Refused, Unavailable
from arena.people.access import Actor
from arena.trading.market import Instrument, Side
from arena.trading.venues import OrderType

LIQUIDATOR = Actor("system", "liquidation")
"""Who sells for an account that has passed its trigger. No route makes this actor."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of an account. Weights and drawdowns are fractions of its equity; None: no such bound.

    `daily_drawdown_max`: how much of the equity at the last UTC midnight may be lost before only reducing orders
    pass; `drawdown_max` the same from the highest equity so far; 1 or more means no such halt.
    `position_quantity_max`: base units by symbol. `order_notional_max` in quote units. `orders_10s_max` and
    `orders_day_max` count orders placed in a window of product time (see `pace`). `price_collar_bps`: how far beyond
    the reference price, in 1/10,000, an order may buy or sell. `symbols`: which may be bought; sold may be all.
    `liquidation_drawdown` and `liquidation_exposure` are triggers: from there the position is sold in slices.

    `killed_at`: since when the owner lets nothing be taken, `barred_at`: since when the operator does;
    `liquidating_since`: a liquidation is under way, and only reducing orders pass.
    """

    position_weight_max: Decimal = Decimal(1)
    exposure_max: Decimal = Decimal(1)
    daily_drawdown_max: Decimal = Decimal(1)
    order_notional_max: Decimal | None = None
    killed_at: datetime | None = None
    drawdown_max: Decimal = Decimal(1)
    position_quantity_max: Mapping[str, Decimal] = field(default_factory=dict)
    orders_10s_max: int | None = None
    orders_day_max: int | None = None
    open_orders_max: int | None = None
    price_collar_bps: int | None = None
    symbols: frozenset[str] | None = None
    liquidation_drawdown: Decimal | None = None
    liquidation_exposure: Decimal | None = None
    barred_at: datetime | None = None
    liquidating_since: datetime | None = None

    @property
    def stopped(self) -> bool:
        """Nothing of the account's own is taken: one of the two switches is pulled."""
        return self.killed_at is not None or self.barred_at is not None


@dataclass(frozen=True, slots=True)
class Watch:
    """What an account's limits are measured against besides its portfolio.

    `day_start_equity` is the equity at the last UTC midnight, `peak_equity` the highest so far, both in quote units
    and with what was paid in or out since counted in, so that a flow is neither loss nor gain. `orders_10s` and
    `orders_day` are the orders placed in the windows of now, `open_orders` those that are open; all without the
    order that is asked about.
    """

    day_start_equity: Decimal
    peak_equity: Decimal = Decimal(0)
    orders_10s: int = 0
    orders_day: int = 0
    open_orders: int = 0


@dataclass(frozen=True, slots=True)
class Proposal:
    """An order before it goes. Quantities in base units, prices in quote units.

    `free_cash` and `free_quantity` are what open orders leave of cash and of the position; `pending` are the
    base units that open buys may still add, by symbol. A market order by worth has its `quote_quantity`, and as
    `quantity` what that is expected to trade; `estimate` is the price the book now gives for it, per base unit.
    `liquidates`: the arena sells for the account, see LIQUIDATOR.
    """

    instrument: Instrument
    side: Side
    type: OrderType
    quantity: Decimal
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    free_cash: Decimal = Decimal(0)
    free_quantity: Decimal = Decimal(0)
    pending: Mapping[str, Decimal] = field(default_factory=dict)
    quote_quantity: Decimal | None = None
    estimate: Decimal | None = None
    liquidates: bool = False

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


class TradingBarred(Refused):
    """The operator stopped trading in this account at {barred_at}; nothing is taken until the operator lifts that."""


class InstrumentHalted(Refused):
    """{symbol} is halted; wait until GET /market-data/instruments shows it trading."""


class SymbolNotAllowed(Refused):
    """{symbol} is not among what this account may buy: {allowed}."""


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


class PriceOutsideCollar(Refused):
    """The price {price} is {away_bps} bps beyond {reference} and this account's orders may go {limit} bps beyond;
    move the limit price closer, or trade less at once."""


class OrdersTooFast(Unavailable):
    """This account has placed {placed} orders in {window} and {limit} is its limit; wait for the next window."""

    status, title = 429, "Too many orders"


class TooManyOpenOrders(Conflict):
    """This account has {limit} open orders, the most it may have; cancel one first."""


class PositionTooLarge(Refused):
    """{symbol} would make {weight} of the equity and {limit} is this account's limit for one position."""


class PositionQuantityTooLarge(Refused):
    """The position would grow to {quantity} {symbol} units and {limit} is this account's limit for it."""


class ExposureTooLarge(Refused):
    """Open positions would make {weight} of the equity and {limit} is this account's limit."""


class DailyDrawdownReached(Refused):
    """The account has lost {lost} of its equity since midnight UTC, its limit is {limit}; until the next
    midnight only orders that reduce a position pass."""


class DrawdownReached(Refused):
    """The account has lost {lost} of its highest equity, its limit is {limit}; only orders that reduce a position
    pass until it has recovered or the operator lets the drawdown be counted anew."""


class LiquidationUnderWay(Refused):
    """This account is being liquidated since {since}; only orders that reduce a position pass meanwhile."""


class BadLimits(Refused):
    """Limits are positive numbers: {why}."""


class LooserThanBound(Refused):
    """{limit} may be set to {bound} or tighter, which is the operator's bound, and {asked} is looser."""


class StopIsTheOperators(Forbidden):
    """The operator stopped trading in this account at {barred_at}, and only the operator lifts that; write to them."""


class NoSuchLiquidation(NotFound):
    """There is no liquidation {liquidation_id} that you can see; GET /risk/liquidations lists yours."""
