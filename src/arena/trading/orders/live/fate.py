"""What becomes of an order that was sent: an answer, a refusal, or silence; and how the silent ones are found out."""

from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from arena.kit.clock import wall_now
from arena.kit.db import Database
from arena.kit.errors import ArenaError
from arena.trading.orders.live import store
from arena.trading.orders.live.absorb import absorb
from arena.trading.orders.live.differences import note_difference
from arena.trading.orders.live.model import LiveOrder, OrderFateUnknown
from arena.trading.portfolio import lock_accounts
from arena.trading.venues import (
    MOVES,
    OrderRef,
    OrderStatus,
    UnknownOrder,
    Venue,
    VenueOrder,
    VenueSilent,
)

NEVER_ARRIVED = "it never reached the exchange"
NOT_KNOWN_THERE = "the exchange does not know it any more"
log = structlog.get_logger()


async def send(db: Database, venue: Venue, order: LiveOrder) -> LiveOrder:
    """Sends an order that is written down. Silence makes it `unknown`, a refusal `rejected`, and is raised again."""
    try:
        seen = await venue.place_order(order.request)
    except VenueSilent:
        return await _lose_sight(db, venue, order)
    except ArenaError as refused:
        await end(db, order, "rejected", refused.detail)
        raise
    return await learn(db, venue, order.id, seen)


async def learn(db: Database, venue: Venue, order_id: str, seen: VenueOrder) -> LiveOrder:
    """Books what the exchange says; where it counts fills that it did not tell, it is asked for them."""
    async with db.transaction() as tx:
        order, complete = await absorb(tx, order_id, seen)
    if not complete:
        try:
            whole = await venue.get_order(_ref(order))
        except ArenaError as broken:  # it is open for us still, so it will be asked about again
            log.info("fills not told yet", order=order_id, why=broken.detail[:200])
            return order
        async with db.transaction() as tx:
            order, _ = await absorb(tx, order_id, whole)
    return order


async def ask(db: Database, venue: Venue, order: LiveOrder) -> LiveOrder:
    """Asks the exchange for an order by its client order id. That it knows none is believed only from `settles_at` on,
    when the request can come to nothing any more. Raises VenueAway, VenueSilent and what else the exchange raises."""
    async with db.transaction() as tx:
        await store.note_asked(tx, order.id, wall_now())
    try:
        seen = await venue.get_order(_ref(order))
    except UnknownOrder:
        if wall_now() < order.settles_at:
            return order
        if order.status in ("pending", "unknown") and not order.venue_order_id:
            return await end(db, order, "rejected", NEVER_ARRIVED)
        async with db.transaction() as tx:
            await note_difference(
                tx, order.account_id, order.venue, "order_missing", order.venue_order_id or order.id,
                ours=order.status, theirs="unknown",
            )  # fmt: skip
        return await end(db, order, "canceled", NOT_KNOWN_THERE)
    return await learn(db, venue, order.id, seen)


async def end(db: Database, order: LiveOrder, status: OrderStatus, reason: str) -> LiveOrder:
    """Ends an order that the exchange does not have; one that has moved on meanwhile is left as it is."""
    async with db.transaction() as tx:
        await lock_accounts(tx, [order.account_id])
        now = await store.order(tx, order.id)
        assert now is not None, "an order that was written down is never deleted"
        if now.status != order.status or status not in MOVES[now.status]:
            return now
        ended = replace(now, status=status, reason=reason)
        await store.update_order(tx, ended, tx.now)
        tx.tell(f"account:{order.account_id}")
    return ended


async def _lose_sight(db: Database, venue: Venue, order: LiveOrder) -> LiveOrder:
    async with db.transaction() as tx:
        await lock_accounts(tx, [order.account_id])
        now = await store.order(tx, order.id)
        assert now is not None, "an order that was written down is never deleted"
        if now.status != "pending":  # the exchange's stream was quicker than its answer
            return now
        lost = replace(now, status="unknown", settles_at=_settles_at(venue))
        await store.update_order(tx, lost, tx.now)
        await store.settle_later(tx, order.id, lost.settles_at)
        await tx.record(
            OrderFateUnknown(
                order_id=order.id, account_id=order.account_id, venue=order.venue,
                symbol=order.request.symbol,
            )
        )  # fmt: skip
        tx.tell(f"account:{order.account_id}")
    log.warning("nobody knows what became of an order", order=order.id, venue=order.venue)
    return lost


def _settles_at(venue: Venue) -> datetime:
    return wall_now() + timedelta(seconds=venue.settles_s)


def _ref(order: LiveOrder) -> OrderRef:
    return OrderRef(
        order.request.symbol,
        client_order_id=order.request.client_order_id,
        venue_order_id=order.venue_order_id,
    )
