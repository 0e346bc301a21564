"""What the engine did becomes fills, order states, holdings and events; in memory, to be written with the batch."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, localcontext

from arena.kit.ids import derived
from arena.people.access import SYSTEM, Actor
from arena.trading.market import ARITHMETIC
from arena.trading.orders.floor.market import FloorMarket
from arena.trading.orders.floor.purse import Purse
from arena.trading.orders.floor.resting import Resting
from arena.trading.orders.floor.state import State
from arena.trading.venues import (
    Ended,
    EngineEvent,
    Fill,
    Filled,
    OrderList,
    OrderStatus,
    Triggered,
)

# How an engine's ending reads as a status.
ENDS: Mapping[str, OrderStatus] = {
    "filled": "filled",
    "canceled": "canceled",
    "group": "canceled",
    "expired": "expired",
    "ioc": "expired",
    "fok": "expired",
    "no_liquidity": "expired",
    "budget": "expired",
    "would_take": "rejected",
    "self_match": "expired_in_match",
}


def settle(state: State, market: FloorMarket, events: Sequence[EngineEvent]) -> None:
    """Carries out what the engine reports, in its order, and tells the accounts of it."""
    touched: dict[str, tuple[Purse, datetime]] = {}
    with localcontext(ARITHMETIC):
        for event in events:
            found = _find(state, event.order_id, event.account_id)
            if found is None:  # it ended in this process before the engine heard of it
                continue
            purse, order = found
            at = market.time(event.at_ms)
            match event:
                case Filled():
                    _fill(state, market, purse, order, event)
                case Triggered():
                    order.working, order.working_at, order.updated_at = True, at, at
                    order.resume = {**order.resume, "triggered": True}
                    state.tell_order(purse, order)
                case Ended():
                    if event.reason == "filled":
                        continue  # the last fill has said so
                    end(
                        state, purse, order, status=_status(order, event.reason),
                        reason=event.reason, at=at,
                    )  # fmt: skip
            touched[purse.account.id] = (purse, at)
        for purse, at in touched.values():
            assets = {purse.account.quote, market.instrument.base}
            state.tell_balances(purse, sorted(assets), at)


def end(
    state: State,
    purse: Purse,
    order: Resting,
    *,
    status: OrderStatus,
    reason: str | None,
    at: datetime,
    cancel_id: str | None = None,
    by: Actor = SYSTEM,
) -> None:
    """What is left of the order is nothing: its hold is lifted, its list closed where no leg is open any more."""
    order.move(status, at, reason)
    order.working = False
    order.cancel_id = cancel_id
    release(purse, order)
    state.tell_order(purse, order, by=by)
    close_list(state, purse, order, at)


def release(purse: Purse, order: Resting) -> None:
    """Lifts the hold, or hands it to the other leg of the list while that one is open."""
    order.expected = Decimal(0)
    held = order.hold
    purse.hold(order, Decimal(0))
    other = order.sibling
    if held and other is not None and other.open and not other.hold:
        purse.hold(other, held)


def close_list(state: State, purse: Purse, order: Resting, at: datetime) -> None:
    other = order.sibling
    if other is None or order.open or other.open:
        return
    first, second = sorted((order, other), key=lambda leg: leg.number)
    assert order.list_number is not None, "an order with a sibling is of a list"
    made = OrderList(
        order.list_number, order.list_client_order_id or "", order.request.symbol, first.placed_at,
        True, (first.picture(), second.picture()),
    )  # fmt: skip
    state.tell_list(purse, made, at)


def _status(order: Resting, reason: str) -> OrderStatus:
    """An order by quote has done all it was asked when its budget is used up."""
    if reason == "budget" and order.request.quote_quantity and order.filled_quantity:
        return "filled"
    return ENDS[reason]


def _find(state: State, order_id: str, account_id: str) -> tuple[Purse, Resting] | None:
    purse = state.purses.get(account_id)
    order = purse.open.get(order_id) if purse else None
    return (purse, order) if purse and order else None


def _fill(state: State, market: FloorMarket, purse: Purse, order: Resting, filled: Filled) -> None:
    """Books one fill: holdings, what the order still holds, and the event."""
    quantity, price = market.quantity(filled.quantity), market.price(filled.price)
    worth = quantity * price
    fee, fee_asset = state.terms.fees.charge(
        market.instrument, order.request.side, filled.liquidity, quantity=quantity, price=price
    )
    order.fills += 1
    fill = Fill(
        id=derived("fil", order.id, order.fills),
        order_id=order.id,
        account_id=order.account_id,
        number=order.fills,
        symbol=market.symbol,
        side=order.request.side,
        quantity=quantity,
        price=price,
        fee=fee,
        fee_asset=fee_asset,
        liquidity=filled.liquidity,
        evidence=dict(filled.evidence),
        at=market.time(filled.at_ms),
        trade_number=state.next_trade(market.symbol),
    )
    purse.apply(fill, market.instrument.base)
    order.filled_quantity += quantity
    order.filled_quote += worth
    done = filled.left == 0
    order.move("filled" if done else "partially_filled", fill.at)
    order.made.append(fill)
    _spend(purse, order, quantity, worth)
    state.batch.touch(purse, fill, market.instrument.base)
    state.tell_order(purse, order, fill)
    if done:
        release(purse, order)
        close_list(state, purse, order, fill.at)


def _spend(purse: Purse, order: Resting, quantity: Decimal, worth: Decimal) -> None:
    """Takes what the fill used off the hold. A limit buy keeps holding its limit for what is left."""
    order.expected = max(order.expected - quantity, Decimal(0))
    holder = order
    if not order.hold and order.sibling is not None and order.sibling.hold:
        holder = order.sibling  # of a list one leg holds for both
    asked = order.request
    if asked.side == "sell":
        left = holder.hold - quantity
    elif asked.limit_price is not None and asked.quantity is not None and order.sibling is None:
        left = (asked.quantity - order.filled_quantity) * asked.limit_price
    else:
        left = holder.hold - worth
    purse.hold(holder, max(left, Decimal(0)))
