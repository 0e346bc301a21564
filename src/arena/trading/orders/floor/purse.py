"""An account as the floor holds it in memory: balances, what open orders hold of them, positions, bounds.

It is a copy of what the database has, changed first and written a moment later; nobody outside sees it before
that. What breaks in between is thrown away and read again.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, localcontext

from arena.trading.market import ARITHMETIC
from arena.trading.orders.floor.resting import Resting
from arena.trading.portfolio import Account, Holding, Portfolio, Position, apply_fill
from arena.trading.risk import Limits, Meter
from arena.trading.venues import Balance, Fill

_KNOWN_MAX = 50_000


@dataclass(slots=True, eq=False)
class Purse:
    """`known` are client order ids of late, newest last; `all_known`: there are no others in the database."""

    account: Account
    number: int
    latency_ms: int
    balances: dict[str, Decimal]
    positions: dict[str, Position]
    limits: Limits
    meter: Meter
    events: int
    """How many user events the account has had."""
    held: dict[str, Decimal] = field(default_factory=dict)
    open: dict[str, Resting] = field(default_factory=dict)
    known: OrderedDict[str, str] = field(default_factory=OrderedDict)
    all_known: bool = True
    stale: bool = False
    """Somebody else has changed the account: it is read again before it is used."""

    @property
    def stopped(self) -> bool:
        """Nothing is taken: by the owner, by the operator, or because the account is closed."""
        limits = self.limits
        return bool(limits.killed_at or limits.barred_at or self.account.closed_at)

    @property
    def portfolio(self) -> Portfolio:
        return Portfolio(self.account, self.balances, self.positions)

    def refresh(self, read: "Purse") -> None:
        """Takes over what somebody else has changed; orders, and what they hold, stay."""
        self.account, self.latency_ms, self.limits = read.account, read.latency_ms, read.limits
        self.balances, self.positions = read.balances, read.positions
        self.meter = read.meter
        self.stale = False

    def equity(self, prices: Mapping[str, Decimal]) -> Decimal:
        """Cash and positions at these prices, in quote units; what has no price counts at its cost."""
        with localcontext(ARITHMETIC):
            return self.balances.get(self.account.quote, Decimal(0)) + sum(
                p.quantity * prices.get(p.symbol, p.average_cost) for p in self.positions.values()
            )

    def free(self, asset: str) -> Decimal:
        return self.balances.get(asset, Decimal(0)) - self.held.get(asset, Decimal(0))

    def balance(self, asset: str) -> Balance:
        locked = self.held.get(asset, Decimal(0))
        return Balance(self.balances.get(asset, Decimal(0)) - locked, locked)

    def shown(self, assets: Iterable[str] | None = None) -> dict[str, Balance]:
        return {asset: self.balance(asset) for asset in (assets or sorted(self.balances))}

    def hold(self, order: Resting, amount: Decimal) -> None:
        """Changes what the order holds to `amount`."""
        with localcontext(ARITHMETIC):
            self.held[order.hold_asset] = (
                self.held.get(order.hold_asset, Decimal(0)) + amount - order.hold
            )
        order.hold = amount

    def pending(self) -> dict[str, Decimal]:
        """Base units that open buys may still add, by symbol."""
        found: dict[str, Decimal] = {}
        for order in self.open.values():
            if order.expected:
                symbol = order.request.symbol
                found[symbol] = found.get(symbol, Decimal(0)) + order.expected
        return found

    def remember(self, order: Resting) -> None:
        self.known[order.request.client_order_id] = order.id
        if order.open:
            self.open[order.id] = order
        while len(self.known) > _KNOWN_MAX:
            name, order_id = self.known.popitem(last=False)
            if order_id in self.open:
                self.known[name] = order_id
                self.known.move_to_end(name, last=False)
                break
            self.all_known = False

    def apply(self, fill: Fill, base: str) -> None:
        """Books a fill. Raises InsufficientFunds where a balance would go below zero, which holds make impossible."""
        position = self.positions.get(fill.symbol) or Position(fill.symbol, Decimal(0), Decimal(0))
        quote = self.account.quote
        after = apply_fill(
            Holding(
                self.balances.get(quote, Decimal(0)), position.quantity, position.average_cost,
                position.realised_pnl, position.fees,
            ),
            fill,
        )  # fmt: skip
        self.balances[quote] = after.cash
        self.balances[base] = after.quantity
        self.positions[fill.symbol] = Position(
            fill.symbol, after.quantity, after.average_cost, after.realised_pnl, after.fees
        )
