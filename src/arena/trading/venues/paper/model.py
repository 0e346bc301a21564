"""What the matching engine takes and what it reports: tickets, fills, triggers, endings. Plain values.

Prices are whole ticks, quantities whole steps of the instrument, times milliseconds since 1970 (UTC).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from arena.trading.market import Side
from arena.trading.venues.model import Liquidity, OrderType, SelfMatch, TimeInForce

Ending = Literal[
    "filled", "canceled", "expired", "ioc", "fok", "would_take", "self_match", "no_liquidity", "budget",
    "group",
]  # fmt: skip
"""Why an order left: all done, as its last fill said (`left` 0); asked to; out of time; the rest of an IOC; a FOK that
could not be whole; a limit maker that would have taken; its own account was on the other side; the book was exhausted;
its budget buys no further step; another of its group traded, triggered or left."""
Evidence = Mapping[str, str | int | bool | None]

STOPS: frozenset[OrderType] = frozenset(
    {"stop_loss", "stop_loss_limit", "take_profit", "take_profit_limit"}
)
LIMITS: frozenset[OrderType] = frozenset(
    {"limit", "limit_maker", "stop_loss_limit", "take_profit_limit"}
)


@dataclass(frozen=True, slots=True)
class PaperTicket:
    """An order as the engine gets it, and gives it back where it is asked how an order stands.

    `sequence` is the arrival, unique within the instrument. A market order has a `quantity`, or only a `quote_budget`:
    then that is what it spends (a buy) or brings in (a sell). Where a buy has both, the budget is what it may spend at
    most. `stop` and `trailing_bps` are for stop and take-profit types. Nothing happens before `effective_ms`, and
    nothing any more from `expires_ms` on. Of the orders of a group (`group_id`) at most one trades.

    The rest is how far it has come; it is given to take an order up again after a restart: `filled` steps of
    `quantity` (`quote_budget` is then what is left of it), a stop that `triggered`, `extreme` the best price its trail
    has seen, `accepted_ms` when it took effect (it then rests or waits again at once and takes nothing), `queue_ahead`
    of it at its price; None: behind all that is displayed.
    """

    order_id: str
    account_id: str
    sequence: int
    side: Side
    type: OrderType
    effective_ms: int
    quantity: int | None = None
    quote_budget: Decimal | None = None
    limit: int | None = None
    stop: int | None = None
    trailing_bps: int | None = None
    time_in_force: TimeInForce = "gtc"
    self_match: SelfMatch = "expire_maker"
    expires_ms: int | None = None
    group_id: str | None = None
    filled: int = 0
    triggered: bool = False
    extreme: int | None = None
    accepted_ms: int | None = None
    queue_ahead: int | None = None


@dataclass(frozen=True, slots=True)
class Filled:
    """A trade of one order. `left` is what is still to fill, 0 with the last fill; an order by quote says how much more
    its budget would buy at this price. `counterparty` is the order on the other side where that is one of ours."""

    order_id: str
    account_id: str
    quantity: int
    price: int
    liquidity: Liquidity
    evidence: Evidence
    at_ms: int
    left: int
    counterparty: str | None = None


@dataclass(frozen=True, slots=True)
class Triggered:
    """A stop works from now on: the trade `trade_id` at `price` reached it (None: the last price before it came)."""

    order_id: str
    account_id: str
    at_ms: int
    price: int
    trade_id: int | None


@dataclass(frozen=True, slots=True)
class Ended:
    """The order is gone, with `left` steps unfilled (0 for an order by quote)."""

    order_id: str
    account_id: str
    reason: Ending
    at_ms: int
    left: int


EngineEvent = Filled | Triggered | Ended
