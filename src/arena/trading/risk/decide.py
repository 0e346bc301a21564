"""The decision on an order. Pure: the same limits, holdings and prices give the same answer."""

from collections.abc import Mapping
from decimal import Decimal, localcontext

from arena.kit.clock import iso_ms
from arena.kit.errors import ArenaError
from arena.trading.market import ARITHMETIC
from arena.trading.portfolio import InsufficientFunds, Portfolio
from arena.trading.risk.model import (
    BelowNotionalMin,
    DailyDrawdownReached,
    Decision,
    ExposureTooLarge,
    InstrumentHalted,
    Limits,
    NoPriceYet,
    OffStep,
    OffTick,
    OrderTooLarge,
    PositionTooLarge,
    Proposal,
    TradingKilled,
)


def decide(
    limits: Limits,
    portfolio: Portfolio,
    order: Proposal,
    prices: Mapping[str, Decimal],
    day_start_equity: Decimal,
) -> Decision:
    """Whether the order may go. `prices` are the last closes by symbol, in quote units.

    A buy is valued, and its weight taken, at the price it may trade at: its limit or stop price, else the
    last close; the minimum notional goes by the last close, and does not bind protective orders, which may
    have only a rest to close. Sells pass the drawdown halt and the weights: they reduce.
    """
    with localcontext(ARITHMETIC):
        refusal = (
            _standing(limits, order)
            or _shape(order)
            or _size(limits, order, prices)
            or _funds(order, prices)
            or (
                None
                if order.reduces
                else _drawdown(limits, portfolio, prices, day_start_equity)
                or _weights(limits, portfolio, order, prices)
            )
        )
    return Decision(refusal)


def reference_price(order: Proposal, prices: Mapping[str, Decimal]) -> Decimal:
    """What the order is valued at, in quote units."""
    return order.limit_price or order.stop_price or prices[order.instrument.symbol]


def _standing(limits: Limits, order: Proposal) -> ArenaError | None:
    if limits.killed_at is not None:
        return TradingKilled(killed_at=iso_ms(limits.killed_at))
    if order.instrument.status != "trading":
        return InstrumentHalted(symbol=order.instrument.symbol)
    return None


def _shape(order: Proposal) -> ArenaError | None:
    step, tick = order.instrument.step, order.instrument.tick
    if order.quantity <= 0 or order.quantity % step != 0:
        return OffStep(quantity=order.quantity, step=step)
    for price in (order.limit_price, order.stop_price):
        if price is not None and (price <= 0 or price % tick != 0):
            return OffTick(price=price, tick=tick)
    return None


def _size(limits: Limits, order: Proposal, prices: Mapping[str, Decimal]) -> ArenaError | None:
    last = prices.get(order.instrument.symbol)
    if last is None:
        return NoPriceYet(symbol=order.instrument.symbol)
    notional = order.quantity * last
    protects = order.reduces and order.type in ("stop_loss", "take_profit")
    if notional < order.instrument.notional_min and not protects:
        return BelowNotionalMin(notional=notional, notional_min=order.instrument.notional_min)
    notional = order.quantity * reference_price(order, prices)
    if limits.order_notional_max is not None and notional > limits.order_notional_max:
        return OrderTooLarge(notional=notional, limit=limits.order_notional_max)
    return None


def _funds(order: Proposal, prices: Mapping[str, Decimal]) -> ArenaError | None:
    if order.side == "sell":
        if order.quantity > order.free_quantity:
            return InsufficientFunds(
                needed=order.quantity, asset=order.instrument.base, free=order.free_quantity
            )
        return None
    needed = order.quantity * reference_price(order, prices)
    if needed > order.free_cash:
        return InsufficientFunds(needed=needed, asset=order.instrument.quote, free=order.free_cash)
    return None


def _drawdown(
    limits: Limits,
    portfolio: Portfolio,
    prices: Mapping[str, Decimal],
    day_start_equity: Decimal,
) -> ArenaError | None:
    if limits.daily_drawdown_max >= 1:
        return None
    lost = 1 - _equity(portfolio, prices) / day_start_equity if day_start_equity else Decimal(1)
    if lost >= limits.daily_drawdown_max:
        return DailyDrawdownReached(lost=_rounded(lost), limit=limits.daily_drawdown_max)
    return None


def _weights(
    limits: Limits, portfolio: Portfolio, order: Proposal, prices: Mapping[str, Decimal]
) -> ArenaError | None:
    """Weights after the order and all open buys were filled at the price it may trade at, costs aside."""
    symbol = order.instrument.symbol
    prices = {**prices, symbol: reference_price(order, prices)}
    after = {held: portfolio.quantity(held) for held in portfolio.positions}
    for pending, quantity in (*order.pending.items(), (symbol, order.quantity)):
        after[pending] = after.get(pending, Decimal(0)) + quantity
    worth = {held: quantity * prices[held] for held, quantity in after.items() if quantity}
    equity = _equity(portfolio, prices)
    if worth[symbol] > limits.position_weight_max * equity:
        return PositionTooLarge(
            symbol=symbol, weight=_share(worth[symbol], equity), limit=limits.position_weight_max
        )
    exposed = sum(worth.values(), Decimal(0))
    if exposed > limits.exposure_max * equity:
        return ExposureTooLarge(weight=_share(exposed, equity), limit=limits.exposure_max)
    return None


def _equity(portfolio: Portfolio, prices: Mapping[str, Decimal]) -> Decimal:
    held = portfolio.positions.values()
    return portfolio.cash + sum(
        (p.quantity * prices[p.symbol] for p in held if p.quantity), Decimal(0)
    )


def _share(part: Decimal, whole: Decimal) -> Decimal:
    return _rounded(part / whole) if whole else part


def _rounded(value: Decimal) -> Decimal:
    return round(value, 4)
