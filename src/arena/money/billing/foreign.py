"""Refunds that nobody asked us for, e.g. from the gateway's own dashboard: ours all the same, and booked."""

from arena.kit.db import Tx
from arena.money.billing import book, store
from arena.money.billing.book import Refund
from arena.money.billing.refund import RefundWish, ask_refund, settle_refund
from arena.money.billing.stripe import ForeignRefund, foreign_key
from arena.people.access import SYSTEM

REASON = "given back at the gateway"


async def adopt_refund(tx: Tx, attempt_id: str, gateway: str, news: ForeignRefund) -> Refund:
    """Books it as it stands at the gateway; repeatable. Where the customer is owed as much for the same thing, this is
    it, and does not go back a second time. Raises RefundAboveCharge where our books have less left of the payment."""
    attempt = await store.attempt(tx, attempt_id, lock=True)
    assert attempt is not None, f"no attempt {attempt_id}"
    owed = await book.promised(tx, attempt) >= news.amount.minor
    wish = RefundWish(
        attempt_id, foreign_key(gateway, news.refunded.refund_id), REASON, news.amount, owed=owed
    )
    made = await ask_refund(tx, wish, actor=SYSTEM)
    return await settle_refund(tx, made.id, news.refunded)
