"""Cancels orders. What a venue has filled meanwhile stays filled.

Whoever touches orders locks the account first and tickets after it; so nobody waits in a circle.
"""

from arena.evidence import audit
from arena.kit.db import Tx
from arena.people.access import SYSTEM, Actor
from arena.trading.orders import store
from arena.trading.orders.model import NoSuchOrder, Order, OrderNotOpen
from arena.trading.portfolio import lock_accounts
from arena.trading.venues import withdraw


async def cancel(
    tx: Tx,
    order_id: str,
    reason: str,
    *,
    actor: Actor = SYSTEM,
    request_id: str | None = None,
) -> Order:
    """Cancels what is left of the order; repeated on a cancelled one it does nothing.

    Raises NoSuchOrder, OrderNotOpen where it had ended otherwise.
    """
    order = await store.order(tx, order_id)
    if order is None:
        raise NoSuchOrder(order_id=order_id)
    await lock_accounts(tx, [order.account_id])
    withdrawn = await withdraw(tx, [order_id])
    if withdrawn:
        await _end(tx, withdrawn, reason, actor, request_id)
    order = await store.order(tx, order_id)
    assert order is not None, "orders are never deleted"
    if order.status != "canceled":
        raise OrderNotOpen(order_id=order_id, status=order.status)
    return order


async def cancel_open(
    tx: Tx,
    account_id: str,
    symbol: str | None,
    reason: str,
    *,
    actor: Actor = SYSTEM,
    request_id: str | None = None,
) -> list[str]:
    """Cancels the account's open orders in the instrument (None: in all); returns their ids."""
    await lock_accounts(tx, [account_id])
    there = await store.open_orders(tx, account_id, symbol)
    if not there:
        return []
    withdrawn = await withdraw(tx, [order.id for order in there])
    ids = [order.id for order in there if order.id in withdrawn]
    await _end(tx, ids, reason, actor, request_id)
    return ids


async def _end(
    tx: Tx, order_ids: list[str], reason: str, actor: Actor, request_id: str | None
) -> None:
    await store.end(tx, order_ids, "canceled", reason)
    for order_id in order_ids:
        await audit.record(
            tx, actor=actor.id, actor_kind=actor.kind, action="orders.cancel", object=order_id,
            reason=reason, request_id=request_id,
        )  # fmt: skip
