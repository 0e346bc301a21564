"""Pay with another card from now on; what is past due is charged to it at once."""

from arena.evidence import audit
from arena.kit.db import Database
from arena.marketplace.subscriptions import store
from arena.marketplace.subscriptions.apply import apply
from arena.marketplace.subscriptions.model import (
    NoSuchSubscription,
    Status,
    Subscription,
    SubscriptionOver,
)
from arena.marketplace.subscriptions.renew import retry
from arena.money import billing
from arena.people.access import Actor


async def pay_with(
    db: Database,
    gateway: billing.Gateway,
    wish: tuple[str, str],
    *,
    actor: Actor,
    request_id: str | None = None,
) -> Subscription:
    """`wish` is subscription and payment method. Harmless to repeat.

    Raises NoSuchSubscription, SubscriptionOver, PaymentMethodUnknown, GatewayUnavailable,
    ChargeUnderWay.
    """
    subscription_id, payment_method_id = wish
    async with db.transaction() as tx:
        found = await store.by_id(tx, subscription_id)
        if found is None or found.person_id != actor.id:
            raise NoSuchSubscription(subscription_id=subscription_id)
        if found.status not in (Status.ACTIVE, Status.PAST_DUE, Status.PAUSED):
            raise SubscriptionOver(subscription_id=subscription_id, status=found.status.value)
        await billing.payment_method(tx, actor.id, payment_method_id)
    if found.status is Status.PAST_DUE:
        # A charge that waits on the old card is given up; where it went through meanwhile, it counts.
        attempt = await billing.abandon(db, gateway, subscription_id)
        if attempt is not None:
            async with db.transaction() as tx:
                await apply(tx, attempt)
    async with db.transaction() as tx:
        await store.set_payment_method(tx, subscription_id, payment_method_id)
        await audit.record(
            tx, actor=actor.id, actor_kind=actor.kind, action="subscriptions.pay_with",
            object=subscription_id, detail={"payment_method": payment_method_id}, reason=None,
            request_id=request_id,
        )  # fmt: skip
    await retry(db, gateway, subscription_id)
    async with db.transaction(readonly=True) as tx:
        after = await store.by_id(tx, subscription_id)
        assert after is not None
        return after
