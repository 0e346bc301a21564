"""Takes an order onto the floor: asks its shape, the market and risk, holds what it may spend, hands it to the engine.

All in memory and at once. A refusal leaves nothing behind.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, localcontext

from arena.kit.clock import to_ms
from arena.kit.ids import derived
from arena.people.access import Actor
from arena.trading import risk
from arena.trading.market import ARITHMETIC
from arena.trading.orders.floor.market import FloorMarket
from arena.trading.orders.floor.purse import Purse
from arena.trading.orders.floor.resting import Resting
from arena.trading.orders.floor.settle import settle
from arena.trading.orders.floor.shape import check_list, check_shape
from arena.trading.orders.floor.state import State
from arena.trading.orders.model import WrongQuote
from arena.trading.portfolio import AccountClosed
from arena.trading.venues import (
    MarketClosed,
    NothingToTrade,
    OrderList,
    OrderListRequest,
    OrderRequest,
    PaperTicket,
    WouldTake,
    WouldTrigger,
)

MARGIN = Decimal("1.1")
"""How much more than its worth now a market or stop buy holds, where the balance allows."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """An order that may go: what it will hold, and the most base units it may trade."""

    quantity: Decimal
    hold_asset: str
    hold: Decimal


def accept(state: State, purse: Purse, asked: OrderRequest, *, by: Actor) -> Resting:
    """The order as it stands once it is taken (and, without latency, filled). Raises what `weigh` raises."""
    weighed = weigh(state, purse, asked, by=by)
    order = _make(state, purse, asked, weighed)
    if by == risk.LIQUIDATOR:
        order.effective_at = order.placed_at  # the arena stands beside its own book
    purse.hold(order, weighed.hold)
    purse.remember(order)
    purse.meter.pace.add(order.placed_at)
    state.tell_order(purse, order, by=by)
    state.tell_balances(purse, [weighed.hold_asset], order.placed_at, by=by)
    submit(state, purse, order)
    return order


def accept_list(state: State, purse: Purse, asked: OrderListRequest, *, by: Actor) -> OrderList:
    """One cancels the other: both are weighed, the dearer hold is kept by the first for both."""
    check_list(asked)
    above = weigh(state, purse, asked.above, by=by)
    below = weigh(state, purse, asked.below, by=by, ahead=1)
    number = state.next_order()
    first, second = (
        _make(state, purse, leg, weighed)
        for leg, weighed in ((asked.above, above), (asked.below, below))
    )
    for leg, other in ((first, second), (second, first)):
        leg.sibling, leg.list_number = other, number
        leg.list_client_order_id = asked.client_order_id
    second.expected = Decimal(0)
    purse.hold(first, max(above.hold, below.hold))
    made = OrderList(
        number, asked.client_order_id, asked.symbol, first.placed_at, False,
        (first.picture(), second.picture()),
    )  # fmt: skip
    purse.meter.pace.add(first.placed_at, 2)
    state.batch.lists.append((purse.account.id, made))
    state.tell_list(purse, made, first.placed_at, by=by)
    for leg in (first, second):
        purse.remember(leg)
        state.tell_order(purse, leg, by=by)
    state.tell_balances(purse, [first.hold_asset], first.placed_at, by=by)
    submit(state, purse, first, second)
    return made


def weigh(state: State, purse: Purse, asked: OrderRequest, *, by: Actor, ahead: int = 0) -> Weighed:
    """Whether the order may go now, and what it holds; `ahead` orders are taken together with it and before it.

    Raises BadOrderRequest, UnknownInstrument, MarketClosed, AccountClosed, WrongQuote, WouldTake, WouldTrigger,
    NothingToTrade, or the refusal risk decides on.
    """
    market = state.market(asked.symbol)
    traded, account = market.instrument, purse.account
    if traded.status != "trading":
        raise MarketClosed(symbol=traded.symbol)
    if account.closed_at is not None:
        raise AccountClosed(account_id=account.id)
    if traded.quote != account.quote:
        raise WrongQuote(symbol=traded.symbol, quote=traded.quote, account_quote=account.quote)
    check_shape(asked, state.now())
    with localcontext(ARITHMETIC):
        quantity = asked.quantity or _quantity_of(market, asked)
        proposal = risk.Proposal(
            instrument=traded,
            side=asked.side,
            type=asked.type,
            quantity=quantity,
            limit_price=asked.limit_price,
            stop_price=asked.stop_price,
            free_cash=purse.free(account.quote),
            free_quantity=purse.free(traded.base),
            pending=purse.pending(),
            quote_quantity=asked.quote_quantity,
            estimate=market.walked(asked.side, quantity) if asked.type == "market" else None,
            liquidates=by == risk.LIQUIDATOR,
        )
        watch = purse.meter.watch(state.now(), len(purse.open), ahead=ahead)
        decision = risk.decide(purse.limits, purse.portfolio, proposal, state.prices(), watch)
        if decision.refusal is not None:
            raise decision.refusal
        _look_at_market(market, asked)
        if asked.side == "sell":
            free = purse.free(traded.base)
            most = quantity if asked.quantity else min(free, traded.floor_step(quantity * MARGIN))
            return Weighed(most, traded.base, most)
        return Weighed(quantity, account.quote, _spends(market, purse, asked, quantity))


def submit(state: State, purse: Purse, *orders: Resting) -> None:
    """Hands orders to the engine; those without latency take effect at once."""
    market = state.market(orders[0].request.symbol)
    for order in orders:
        market.engine.submit(_ticket(market, order))
    if orders[0].effective_at <= state.now():
        settle(state, market, market.advance(state.now()))


def _quantity_of(market: FloorMarket, asked: OrderRequest) -> Decimal:
    """The base units that a quote quantity is worth now, rounded down to the step. Raises NothingToTrade."""
    assert asked.quote_quantity is not None, "the shape was checked"
    price = market.best(asked.side) or market.last_price
    if price is None:
        raise NothingToTrade(symbol=market.symbol)
    return market.instrument.floor_step(asked.quote_quantity / price)


def _look_at_market(market: FloorMarket, asked: OrderRequest) -> None:
    """What Binance refuses at once because of where the market stands."""
    if asked.type == "market" and market.best(asked.side) is None:
        raise NothingToTrade(symbol=market.symbol)
    if asked.type == "limit_maker":
        best = market.best(asked.side)
        limit = asked.limit_price
        assert limit is not None, "the shape was checked"
        if best is not None and (best <= limit if asked.side == "buy" else best >= limit):
            raise WouldTake
    last, stop = market.last_price, asked.stop_price
    if stop is None or last is None or asked.trailing_bps is not None:
        return
    rising = (asked.side == "buy") is asked.type.startswith("stop_loss")
    if last >= stop if rising else last <= stop:
        raise WouldTrigger


def _spends(market: FloorMarket, purse: Purse, asked: OrderRequest, quantity: Decimal) -> Decimal:
    """What a buy holds: its limit's worth exactly, a quote quantity exactly, else its worth now and a margin."""
    if asked.quote_quantity is not None:
        return asked.quote_quantity
    if asked.limit_price is not None:
        return quantity * asked.limit_price
    free = purse.free(purse.account.quote)
    price = asked.stop_price or market.walked("buy", quantity) or market.last_price
    assert price is not None, "risk has valued the order"
    return min(free, quantity * price * MARGIN)


def _make(state: State, purse: Purse, asked: OrderRequest, weighed: Weighed) -> Resting:
    now = state.now()
    latency_ms = purse.latency_ms
    stop = asked.stop_price is not None or asked.trailing_bps is not None
    return Resting(
        id=derived("ord", purse.account.id, asked.client_order_id),
        account_id=purse.account.id,
        number=state.next_order(),
        request=asked,
        status="accepted",
        placed_at=now,
        updated_at=now,
        effective_at=now + timedelta(milliseconds=latency_ms),
        hold_asset=weighed.hold_asset,
        expected=weighed.quantity if asked.side == "buy" else Decimal(0),
        working=not stop,
        working_at=None if stop else now,
    )


def _ticket(market: FloorMarket, order: Resting) -> PaperTicket:
    asked = order.request
    buys = asked.side == "buy"
    holder = order if order.hold or order.sibling is None else order.sibling
    extreme = order.resume.get("extreme")
    by_quote = asked.quote_quantity
    return PaperTicket(
        order_id=order.id,
        account_id=order.account_id,
        sequence=order.number,
        side=asked.side,
        type=asked.type,
        # A sell by what it shall bring in may not sell more than it holds.
        quantity=market.steps(
            asked.quantity or (None if buys else order.hold + order.filled_quantity)
        ),
        quote_budget=holder.hold if buys else by_quote and by_quote - order.filled_quote,
        limit=market.ticks(asked.limit_price),
        stop=market.ticks(asked.stop_price),
        trailing_bps=asked.trailing_bps,
        time_in_force=asked.time_in_force,
        self_match=asked.self_match,
        effective_ms=to_ms(order.effective_at),
        expires_ms=None if asked.expires_at is None else to_ms(asked.expires_at),
        group_id=None if order.list_number is None else str(order.list_number),
        filled=0 if asked.quantity is None and buys else market.steps(order.filled_quantity) or 0,
        triggered=bool(order.resume.get("triggered")),
        extreme=None if extreme is None else int(extreme),
        accepted_ms=to_ms(order.effective_at) if order.taken_up else None,
    )
