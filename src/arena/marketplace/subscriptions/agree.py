"""Agree to what the next renewal costs, or to what the listing asks now: from then on it is what is paid."""

from arena.evidence import audit
from arena.kit.db import Tx
from arena.kit.money import Money
from arena.marketplace.subscriptions import store
from arena.marketplace.subscriptions.model import NotRunning, PriceNotAsked, Status, Subscription
from arena.marketplace.subscriptions.price import asked, counts_at, rise
from arena.marketplace.subscriptions.read import own
from arena.people.access import Actor


async def agree(
    tx: Tx, subscription_id: str, price: Money, *, actor: Actor, request_id: str | None = None
) -> Subscription:
    """`price` is what its person was shown; agreeing again changes nothing. Lower prices are taken in the same way.

    What is past due is charged as it fell due, unless a dispute has moved its period: then a rise can stand in its way,
    and be agreed to. Raises NoSuchSubscription, NotRunning, PriceNotAsked where something else is asked.
    """
    found = await own(tx, subscription_id, actor, lock=True)
    risen = await rise(tx, found)
    if found.status not in (Status.ACTIVE, Status.PAUSED) and risen is None:
        raise NotRunning(subscription_id=subscription_id, status=found.status.value)
    now = await asked(tx, found)
    if price not in (risen, now):
        raise PriceNotAsked(asked=str(risen or now or found.amount), agreed=str(price))
    # Of two rises the later one counts for the renewal after: it is still to be agreed to then.
    since = tx.now if price == now else counts_at(found, tx.now)
    await store.set_terms(
        tx, subscription_id, tier=found.tier, price=price, period=found.period, agreed_at=since
    )
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="subscriptions.agree", object=subscription_id,
        detail={"from": str(found.amount), "price": str(price)}, reason=None, request_id=request_id,
    )  # fmt: skip
    return await own(tx, subscription_id, actor)
