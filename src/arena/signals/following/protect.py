"""A fill of a signal's order (re)places the stop-loss and take-profit the signal asked for."""

from datetime import timedelta

from arena.evidence import audit
from arena.kit.clock import from_ms
from arena.kit.db import Tx
from arena.kit.errors import ArenaError, Unavailable
from arena.kit.ids import derived
from arena.signals import feeds
from arena.signals.feeds import Terms
from arena.signals.following import store
from arena.signals.following.follow import as_of
from arena.signals.following.plan import guarded, protective_orders
from arena.trading import orders
from arena.trading.market import instrument, tape
from arena.trading.orders import OrderFilled
from arena.trading.portfolio import portfolio
from arena.trading.venues import BarVenue, Fill


async def protect(tx: Tx, fact: OrderFilled, *, venue: BarVenue) -> None:
    """The reaction to OrderFilled. Fills of other orders, and of signals without such prices, need nothing.

    Repeated for the same fill it changes nothing, and once a later signal has been followed, this one's
    protection is over.
    """
    if fact.signal_id is None:
        return
    order = await orders.order(tx, fact.order_id)
    if order is None or order.client_order_id != fact.signal_id:
        return
    signal = await feeds.signal_by_id(tx, fact.signal_id)
    assert signal is not None, "an order tells of a signal that is not there"
    terms = signal.terms
    if not guarded(terms) or await store.superseded(
        tx, terms.feed_id, terms.sequence, fact.account_id
    ):
        return
    filled = await orders.fill(tx, fact.fill_id)
    assert filled is not None, "a fact tells of a fill that is not there"
    close_at = from_ms(filled.evidence["bar"]) + timedelta(seconds=(await tape(tx)).interval_s)
    with as_of(tx, close_at):
        await _replace(tx, signal.terms, filled, venue)


async def _replace(tx: Tx, terms: Terms, filled: Fill, venue: BarVenue) -> None:
    """What an open sell of the signal itself still has to sell is not protected: it is leaving."""
    account_id = filled.account_id
    standing = await orders.open_orders(tx, account_id, terms.instrument)
    guards = [order for order in standing if order.type in ("stop_loss", "take_profit")]
    held = (await portfolio(tx, account_id)).quantity(terms.instrument)
    for order in standing:
        if order.side == "sell" and order not in guards:
            held -= order.quantity - order.filled_quantity
    traded = await instrument(tx, terms.instrument)
    wanted = protective_orders(terms, account_id, filled.number, held=held, instrument=traded)
    if wanted and await orders.order(tx, derived("ord", account_id, wanted[0].client_order_id)):
        return
    for order in guards:
        await orders.cancel(tx, order.id, f"replaced after fill {filled.number}")
    for new in wanted:
        try:
            async with tx.savepoint():
                await orders.place(tx, new, venue=venue)
        except Unavailable:
            raise
        except ArenaError as refused:
            await audit.record(
                tx, actor="system", actor_kind="system", action="following.unprotected",
                object=account_id, detail={"order": new.client_order_id, "code": refused.code()},
                reason=refused.detail,
            )  # fmt: skip
