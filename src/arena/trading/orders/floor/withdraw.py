"""Takes orders off the floor. In memory and at once; what was filled stays filled."""

from arena.people.access import SYSTEM, Actor
from arena.trading.orders.floor.purse import Purse
from arena.trading.orders.floor.resting import Resting
from arena.trading.orders.floor.settle import end, settle
from arena.trading.orders.floor.state import State


def withdraw(
    state: State,
    purse: Purse,
    order: Resting,
    *,
    by: Actor = SYSTEM,
    cancel_id: str | None = None,
    reason: str = "canceled",
) -> list[Resting]:
    """Cancels an open order, and with it the other leg of its list; returns those that ended, itself first.

    First the order meets what has come due by now: a cancel does not overtake what arrived before it.
    """
    market = state.market(order.request.symbol)
    now = state.now()
    settle(state, market, market.advance(now))
    ended: list[Resting] = []
    for leg in (order, order.sibling):
        if leg is None or not leg.open:
            continue
        market.engine.cancel(leg.id)
        end(state, purse, leg, status="canceled", reason=reason, at=now, cancel_id=cancel_id, by=by)
        ended.append(leg)
    if ended:
        state.tell_balances(purse, [order.hold_asset], now, by=by)
    return ended
