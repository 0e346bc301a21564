"""What the floor remembers: markets, purses, counters, and the batch that will be written next."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from arena.kit.clock import Clock
from arena.people.access import SYSTEM, Actor
from arena.trading.market import UnknownInstrument
from arena.trading.orders.floor.batch import Batch
from arena.trading.orders.floor.hub import Hub
from arena.trading.orders.floor.market import FloorMarket
from arena.trading.orders.floor.purse import Purse
from arena.trading.orders.floor.resting import Resting
from arena.trading.risk import Limits
from arena.trading.venues import FeeRates, Fill, OrderList, UserEvent, whole_ms


@dataclass(frozen=True, slots=True)
class Terms:
    """What the floor charges and how long an order takes to reach it, where an account has no terms of its own."""

    fees: FeeRates
    latency_ms: int


@dataclass(slots=True)
class State:
    """All of it changes in one thread and without waiting in between, so every act is whole."""

    clock: Clock
    terms: Terms
    limits: Limits
    """The installation's, which bind every account."""
    markets: dict[str, FloorMarket] = field(default_factory=dict)
    purses: dict[str, Purse] = field(default_factory=dict)
    hub: Hub = field(default_factory=Hub)
    batch: Batch = field(default_factory=Batch)
    orders: int = 0
    """The number of the last order; lists count along."""
    trades: dict[str, int] = field(default_factory=dict)
    """The number of the last trade, by symbol."""
    played_until: datetime | None = None
    resumed_at: datetime | None = None
    """How far an earlier floor had come by its last commit, where this one took up its work."""
    at: datetime | None = None

    def now(self) -> datetime:
        """The product's time, or that of the last event where a tape is between two bars. Whole milliseconds."""
        now = self.clock.now()
        return whole_ms(max(now, self.at) if self.at else now)

    def market(self, symbol: str) -> FloorMarket:
        """Raises UnknownInstrument."""
        found = self.markets.get(symbol)
        if found is None:
            raise UnknownInstrument(symbol=symbol)
        return found

    def prices(self) -> dict[str, Decimal]:
        """Last prices of the instruments that have one."""
        return {
            symbol: market.last_price
            for symbol, market in self.markets.items()
            if market.last_price is not None
        }

    def next_order(self) -> int:
        self.orders += 1
        return self.orders

    def next_trade(self, symbol: str) -> int:
        self.trades[symbol] = self.trades.get(symbol, 0) + 1
        return self.trades[symbol]

    def tell_order(self, purse: Purse, order: Resting, *fills: Fill, by: Actor = SYSTEM) -> None:
        """The order is new or has changed: to be written, and told after that."""
        self.batch.orders[order.id] = order
        if not order.open:
            purse.open.pop(order.id, None)
        self._tell(purse, UserEvent(
            purse.events + 1, purse.account.id, "fill" if fills else "order", order.updated_at,
            order=order.picture(*fills),
        ), by)  # fmt: skip

    def tell_balances(
        self,
        purse: Purse,
        assets: Iterable[str],
        at: datetime,
        *,
        by: Actor = SYSTEM,
        changes: Mapping[str, Decimal] | None = None,
    ) -> None:
        """`changes` are those that came by no trade."""
        self._tell(purse, UserEvent(
            purse.events + 1, purse.account.id, "balances", at, balances=purse.shown(assets), changes=changes or {},
        ), by)  # fmt: skip

    def tell_list(self, purse: Purse, made: OrderList, at: datetime, *, by: Actor = SYSTEM) -> None:
        self._tell(purse, UserEvent(
            purse.events + 1, purse.account.id, "list", at, order_list=made
        ), by)  # fmt: skip

    def _tell(self, purse: Purse, event: UserEvent, by: Actor) -> None:
        purse.events = event.number
        self.batch.events.append((event, by))
