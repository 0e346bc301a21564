"""Brings our books in line with what an exchange says of an order of ours; what is told twice is booked once."""

from dataclasses import replace
from decimal import Decimal, localcontext

from arena.kit.db import Tx
from arena.people.access import SYSTEM
from arena.trading.market import ARITHMETIC, Instrument, instrument
from arena.trading.orders import store as orders
from arena.trading.orders.live import store
from arena.trading.orders.live.model import LiveOrder
from arena.trading.orders.model import OrderFilled
from arena.trading.portfolio import apply_all, lock_accounts, portfolio, record_flow
from arena.trading.venues import MOVES, Fill, OrderStatus, VenueOrder

UNTOLD = "the exchange had more than our books said when a fill came"


async def absorb(tx: Tx, order_id: str, seen: VenueOrder) -> tuple[LiveOrder, bool]:
    """The order as it now stands, and whether all fills the exchange counts are in our books; where they are not, its
    end is not written either. Fills are booked once, whatever the order's status here. Locks the account."""
    await lock_accounts(tx, [seen.account_id])
    order = await store.order(tx, order_id)
    assert order is not None, "an order that was sent is never deleted"
    there = await store.fill_ids(tx, order_id)
    new = [fill for fill in seen.fills if fill.id not in there]
    made = [
        replace(fill, order_id=order_id, account_id=order.account_id, number=len(there) + place)
        for place, fill in enumerate(new, 1)
    ]
    if made:
        await _book(tx, order, made)
    with localcontext(ARITHMETIC):
        quantity = order.filled_quantity + sum((f.quantity for f in made), Decimal(0))
        worth = order.filled_quote + sum((f.quantity * f.price for f in made), Decimal(0))
    complete = quantity >= seen.filled_quantity
    moved = replace(
        order, filled_quantity=quantity, filled_quote=worth,
        status=_status(order.status, seen, quantity, complete=complete),
        reason=order.reason if MOVES[seen.status] else seen.reason or order.reason,
        venue_order_id=seen.venue_order_id or (str(seen.number) if seen.number else None),
    )  # fmt: skip
    if moved != order:
        await store.update_order(tx, moved, tx.now)
        tx.tell(f"account:{order.account_id}")
    return moved, complete


def is_news(order: LiveOrder, seen: VenueOrder) -> bool:
    """False where what is told is booked already: the answer to an order and the stream tell the same twice."""
    if seen.filled_quantity > order.filled_quantity:
        return True
    known = order.venue_order_id is not None and order.status not in ("pending", "unknown")
    return not known or (seen.status != order.status and seen.status in MOVES[order.status])


def _status(
    status: OrderStatus, seen: VenueOrder, quantity: Decimal, *, complete: bool
) -> OrderStatus:
    """News may be old: a status that cannot follow is none. What has ended has ended."""
    told = seen.status
    if not MOVES[told] and not complete:
        told = "partially_filled" if quantity else "accepted"
    if told == "accepted" and quantity:
        told = "partially_filled"
    if told in ("pending", "unknown"):
        return status
    reachable = {status, *MOVES[status]}
    # On its way and already partly filled: two moves in one.
    if status == "pending":
        reachable |= MOVES["accepted"]
    return told if told in reachable else status


async def _book(tx: Tx, order: LiveOrder, fills: list[Fill]) -> None:
    traded = await instrument(tx, order.request.symbol)
    for fill in fills:
        await _make_good(tx, order, fill, traded)
        await orders.insert_fills(tx, [fill])
        await apply_all(tx, [fill], {traded.symbol: traded})
        await tx.record(
            OrderFilled(
                order_id=order.id, account_id=order.account_id, symbol=traded.symbol, signal_id=None,
                fill_id=fill.id, at=fill.at,
            )
        )  # fmt: skip


async def _make_good(tx: Tx, order: LiveOrder, fill: Fill, traded: Instrument) -> None:
    """A fill is a fact even where our books lack what it was paid with: money came in that nobody told us of."""
    paid, taken = (traded.quote, fill.quantity * fill.price), (fill.fee_asset, fill.fee)
    if fill.side == "sell":
        paid = (traded.base, fill.quantity)
    needed: dict[str, Decimal] = {}
    for asset, quantity in (paid, taken):
        needed[asset] = needed.get(asset, Decimal(0)) + quantity
    received = traded.base if fill.side == "buy" else traded.quote
    needed.pop(received, None)  # a fee in what was received is taken from it
    held = await portfolio(tx, order.account_id)
    for asset, quantity in needed.items():
        missing = quantity - held.balances.get(asset, Decimal(0))
        if missing > 0:
            await record_flow(tx, order.account_id, asset, missing, note=UNTOLD, actor=SYSTEM)
