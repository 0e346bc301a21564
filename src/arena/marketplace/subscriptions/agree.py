"""Agree to what the listing asks now: from the next renewal on it is what is paid."""

from arena.evidence import audit
from arena.kit.db import Tx
from arena.kit.money import Money
from arena.marketplace.subscriptions import store
from arena.marketplace.subscriptions.model import NotRunning, PriceNotAsked, Status, Subscription
from arena.marketplace.subscriptions.price import asked
from arena.marketplace.subscriptions.read import own
from arena.people.access import Actor


async def agree(
    tx: Tx, subscription_id: str, price: Money, *, actor: Actor, request_id: str | None = None
) -> Subscription:
    """`price` is what its person was shown; agreeing again changes nothing. Lower prices are taken in the same way.

    Raises NoSuchSubscription, NotRunning, PriceNotAsked where the listing asks something else.
    """
    found = await own(tx, subscription_id, actor, lock=True)
    if found.status is not Status.ACTIVE:
        raise NotRunning(subscription_id=subscription_id, status=found.status.value)
    now = await asked(tx, found)
    if now != price:
        raise PriceNotAsked(asked=str(now or found.amount), agreed=str(price))
    await store.set_terms(
        tx, subscription_id, tier=found.tier, price=price, period=found.period, agreed_at=tx.now
    )
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="subscriptions.agree", object=subscription_id,
        detail={"from": str(found.amount), "price": str(price)}, reason=None, request_id=request_id,
    )  # fmt: skip
    return await own(tx, subscription_id, actor)
