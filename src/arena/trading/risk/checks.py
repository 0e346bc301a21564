"""The checks of an order, one limit each. Pure: each looks at a case and answers with its refusal, or with None."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from arena.kit.clock import iso_ms
from arena.kit.errors import ArenaError
from arena.trading.portfolio import InsufficientFunds, Portfolio
from arena.trading.risk.model import (
    BelowNotionalMin,
    DailyDrawdownReached,
    DrawdownReached,
    ExposureTooLarge,
    InstrumentHalted,
    Limits,
    LiquidationUnderWay,
    NoPriceYet,
    OffStep,
    OffTick,
    OrdersTooFast,
    OrderTooLarge,
    PositionQuantityTooLarge,
    PositionTooLarge,
    PriceOutsideCollar,
    Proposal,
    SymbolNotAllowed,
    TooManyOpenOrders,
    TradingBarred,
    TradingKilled,
    Watch,
)

BPS = Decimal(10_000)
NOTHING = Decimal(0)


@dataclass(frozen=True)
class Case:
    """All a decision looks at, and what several checks derive from it, derived once."""

    limits: Limits
    portfolio: Portfolio
    order: Proposal
    prices: Mapping[str, Decimal]
    watch: Watch

    @cached_property
    def price(self) -> Decimal:
        """What the order is valued at, in quote units a base unit."""
        return reference_price(self.order, self.prices)

    @cached_property
    def notional(self) -> Decimal:
        """What the order is worth, in quote units."""
        return self.order.quote_quantity or self.order.quantity * self.price

    @cached_property
    def equity(self) -> Decimal:
        """At `prices`, in quote units. Every held symbol has one by then, see `priced`."""
        held = self.portfolio.positions.values()
        return self.portfolio.cash + sum(
            (p.quantity * self.prices[p.symbol] for p in held if p.quantity), NOTHING
        )

    @cached_property
    def after(self) -> dict[str, Decimal]:
        """Base units held after the order and all open buys were filled, costs aside."""
        after = {
            symbol: position.quantity
            for symbol, position in self.portfolio.positions.items()
            if position.quantity
        }
        symbol = self.order.instrument.symbol
        for pending, quantity in (*self.order.pending.items(), (symbol, self.order.quantity)):
            after[pending] = after.get(pending, NOTHING) + quantity
        return after

    @cached_property
    def equity_after(self) -> Decimal:
        """The equity with this instrument valued at the order's price, as the weights value it."""
        symbol = self.order.instrument.symbol
        return self.equity + self.portfolio.quantity(symbol) * (self.price - self.prices[symbol])

    def worth_after(self, symbol: str) -> Decimal:
        price = self.price if symbol == self.order.instrument.symbol else self.prices[symbol]
        return self.after[symbol] * price


def reference_price(order: Proposal, prices: Mapping[str, Decimal]) -> Decimal:
    """What the order is valued at, in quote units: the price it may trade at."""
    return (
        order.limit_price or order.stop_price or order.estimate or prices[order.instrument.symbol]
    )


def barred(case: Case) -> ArenaError | None:
    """The operator's stop holds everything, what the arena sells included."""
    if case.limits.barred_at is not None:
        return TradingBarred(barred_at=iso_ms(case.limits.barred_at))
    return None


def killed(case: Case) -> ArenaError | None:
    """The owner's stop holds all that is the owner's; it is no way out of a liquidation."""
    if case.limits.killed_at is not None and not case.order.liquidates:
        return TradingKilled(killed_at=iso_ms(case.limits.killed_at))
    return None


def halted(case: Case) -> ArenaError | None:
    if case.order.instrument.status != "trading":
        return InstrumentHalted(symbol=case.order.instrument.symbol)
    return None


def allowed(case: Case) -> ArenaError | None:
    """What may no longer be bought may still be sold."""
    symbols, symbol = case.limits.symbols, case.order.instrument.symbol
    if symbols is not None and symbol not in symbols:
        return SymbolNotAllowed(symbol=symbol, allowed=", ".join(sorted(symbols)) or "nothing")
    return None


def on_step(case: Case) -> ArenaError | None:
    """An order by worth has no quantity of its own to be on a step."""
    order, step = case.order, case.order.instrument.step
    if order.quote_quantity is not None:
        return None if order.quantity > 0 else OffStep(quantity=order.quantity, step=step)
    if order.quantity <= 0 or order.quantity % step != 0:
        return OffStep(quantity=order.quantity, step=step)
    return None


def on_tick(case: Case) -> ArenaError | None:
    tick = case.order.instrument.tick
    for price in (case.order.limit_price, case.order.stop_price):
        if price is not None and (price <= 0 or price % tick != 0):
            return OffTick(price=price, tick=tick)
    return None


def priced(case: Case) -> ArenaError | None:
    """Nothing is decided about what cannot be valued."""
    prices = case.prices
    if case.order.instrument.symbol not in prices:
        return NoPriceYet(symbol=case.order.instrument.symbol)
    if not case.order.reduces:
        for symbol in case.after:
            if symbol not in prices:
                return NoPriceYet(symbol=symbol)
    return None


def notional_min(case: Case) -> ArenaError | None:
    """By the last price. It does not bind what protects, which may have only a rest to close."""
    order, least = case.order, case.order.instrument.notional_min
    if order.liquidates or (order.reduces and order.type not in ("market", "limit", "limit_maker")):
        return None
    last = case.prices[order.instrument.symbol]
    notional = order.quote_quantity or order.quantity * last
    if notional < least:
        return BelowNotionalMin(notional=notional, notional_min=least)
    return None


def order_size(case: Case) -> ArenaError | None:
    limit = case.limits.order_notional_max
    if limit is not None and case.notional > limit and not case.order.liquidates:
        return OrderTooLarge(notional=case.notional, limit=limit)
    return None


def collar(case: Case) -> ArenaError | None:
    """Only the wrong side counts: buying above, selling below. An order with a stop is measured from its stop, for
    there the market will be when it trades; a market order by what the book gives for it now."""
    limit, order = case.limits.price_collar_bps, case.order
    price = order.limit_price or (order.estimate if order.stop_price is None else None)
    if limit is None or price is None or order.liquidates:
        return None
    reference = order.stop_price or case.prices[order.instrument.symbol]
    away = price - reference if order.side == "buy" else reference - price
    if away * BPS > limit * reference:
        return PriceOutsideCollar(
            price=price, away_bps=round(away * BPS / reference, 1), reference=reference, limit=limit
        )
    return None


def pace(case: Case) -> ArenaError | None:
    """Sells count like buys: who runs wild does so on both sides."""
    limits, watch = case.limits, case.watch
    if case.order.liquidates:
        return None
    if limits.orders_10s_max is not None and watch.orders_10s >= limits.orders_10s_max:
        return OrdersTooFast(
            placed=watch.orders_10s, window="ten seconds", limit=limits.orders_10s_max
        )
    if limits.orders_day_max is not None and watch.orders_day >= limits.orders_day_max:
        return OrdersTooFast(
            placed=watch.orders_day, window="a day (UTC)", limit=limits.orders_day_max
        )
    return None


def open_orders(case: Case) -> ArenaError | None:
    limit = case.limits.open_orders_max
    if limit is not None and case.watch.open_orders >= limit and not case.order.liquidates:
        return TooManyOpenOrders(limit=limit)
    return None


def funds(case: Case) -> ArenaError | None:
    order = case.order
    if order.side == "sell":
        needed, free, asset = order.quantity, order.free_quantity, order.instrument.base
    else:
        needed, free, asset = case.notional, order.free_cash, order.instrument.quote
    if needed > free:
        return InsufficientFunds(needed=needed, asset=asset, free=free)
    return None


def liquidating(case: Case) -> ArenaError | None:
    if case.limits.liquidating_since is not None:
        return LiquidationUnderWay(since=iso_ms(case.limits.liquidating_since))
    return None


def daily_drawdown(case: Case) -> ArenaError | None:
    limit = case.limits.daily_drawdown_max
    if limit < 1 and (lost := loss(case.equity, case.watch.day_start_equity)) >= limit:
        return DailyDrawdownReached(lost=rounded(lost), limit=limit)
    return None


def drawdown(case: Case) -> ArenaError | None:
    """What would be liquidated may not be bought either, so the trigger halts like the limit."""
    limit = drawdown_halt(case.limits)
    if limit < 1 and (lost := loss(case.equity, case.watch.peak_equity)) >= limit:
        return DrawdownReached(lost=rounded(lost), limit=limit)
    return None


def position_quantity(case: Case) -> ArenaError | None:
    symbol = case.order.instrument.symbol
    limit = case.limits.position_quantity_max.get(symbol)
    if limit is not None and case.after[symbol] > limit:
        return PositionQuantityTooLarge(symbol=symbol, quantity=case.after[symbol], limit=limit)
    return None


def position_weight(case: Case) -> ArenaError | None:
    symbol, limit = case.order.instrument.symbol, case.limits.position_weight_max
    worth = case.worth_after(symbol)
    if worth > limit * case.equity_after:
        return PositionTooLarge(symbol=symbol, weight=share(worth, case.equity_after), limit=limit)
    return None


def exposure(case: Case) -> ArenaError | None:
    limit = case.limits.exposure_max
    exposed = sum((case.worth_after(symbol) for symbol in case.after), NOTHING)
    if exposed > limit * case.equity_after:
        return ExposureTooLarge(weight=share(exposed, case.equity_after), limit=limit)
    return None


def drawdown_halt(limits: Limits) -> Decimal:
    """From which total drawdown on only reducing orders pass."""
    trigger = limits.liquidation_drawdown
    return limits.drawdown_max if trigger is None else min(limits.drawdown_max, trigger)


def loss(equity: Decimal, since: Decimal) -> Decimal:
    """The fraction of `since` that is gone; all of it where there was nothing to begin with."""
    return 1 - equity / since if since > 0 else Decimal(1)


def share(part: Decimal, whole: Decimal) -> Decimal:
    return rounded(part / whole) if whole else part


def rounded(value: Decimal) -> Decimal:
    return round(value, 4)
