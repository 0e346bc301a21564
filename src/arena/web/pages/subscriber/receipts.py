"""Receipts: each charge of a subscription, to print or to keep."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Path
from starlette.responses import Response

from arena.evidence import audit
from arena.kit.db import Tx
from arena.marketplace import listings, subscriptions
from arena.money import billing, ledger
from arena.people import identity
from arena.people.access import Actor, needs
from arena.web.page import Pages, VisitDep
from arena.web.pages.subscriber.detail import own
from arena.web.pages.subscriber.watch import SubscriptionId
from arena.web.views.offer import NAMES

routes = Pages()


@dataclass(frozen=True, slots=True)
class Receipt:
    """A charge that went through at `paid_at`, for the period from `start` to `end`; all product time. `rest`: it is
    the rest of a period in another tier."""

    charge: billing.Charge
    subscription: subscriptions.Subscription
    listing: listings.Listing
    tier: str
    period: listings.Period
    rest: bool
    paid_at: datetime
    start: datetime
    end: datetime
    seller: str


@routes.get(
    "/subscriptions/{subscription_id}/receipts/{attempt_id}",
    gate=needs("subscriptions:read", kinds=("person",)),
)
async def receipt(
    visit: VisitDep,
    subscription_id: SubscriptionId,
    attempt_id: Annotated[str, Path(pattern=r"^pay_[0-9a-z]{26}$")],
) -> Response:
    found = await _receipt(visit.tx, visit.actor, subscription_id, attempt_id)
    return visit.page("subscriber/receipt.html", receipt=found)


async def _receipt(tx: Tx, actor: Actor, subscription_id: str, attempt_id: str) -> Receipt:
    """Raises NoSuchSubscription, and AttemptUnknown also for a charge that did not go through."""
    found = await own(tx, actor, subscription_id)
    charge = await billing.charge(tx, actor.id, attempt_id)
    if (
        charge.reference not in await subscriptions.references(tx, found.id)
        or charge.state != "succeeded"
    ):
        raise billing.AttemptUnknown(attempt_id=attempt_id)
    listing = await listings.listing(tx, found.listing_id)
    paid_at = await _paid_at(tx, charge)
    change = await subscriptions.change_of(tx, charge.reference)
    if change is not None:  # the rest of a period, in its new tier
        start, begun, tier, period = (
            charge.period_start,
            change.period_start,
            change.tier,
            change.period,
        )
    else:
        start = begun = await _begun(tx, found, charge)
        tier, period = await subscriptions.terms_of_period(tx, found, start)
    return Receipt(
        charge, found, listing, NAMES[tier], period, change is not None, paid_at, start,
        subscriptions.period_end(begun, found.anchor_day, period), await _name(tx, listing.creator_id),
    )  # fmt: skip


async def _paid_at(tx: Tx, charge: billing.Charge) -> datetime:
    """When the ledger has it, which may be later than it was begun."""
    captured = [j.at for j in await ledger.journals_of(tx, charge.reference) if j.idem == charge.id]
    return captured[0] if captured else charge.at


async def _begun(tx: Tx, found: subscriptions.Subscription, charge: billing.Charge) -> datetime:
    """When the paid period began. The first one begins when the charge goes through, which may be later than
    it was begun, where the bank asked for a confirmation."""
    first = await billing.first_attempt(tx, found.id)
    if charge.period_start == first.charge.period_start:
        activated = await audit.search(
            tx, object=found.id, action="subscriptions.activate", limit=1
        )
        if activated:
            return activated[0].at
    return charge.period_start


async def _name(tx: Tx, creator_id: str) -> str:
    """Of whoever is paid: a person, or a collective that nobody owns."""
    if creator_id.startswith("usr_"):
        return (await identity.person(tx, creator_id)).name
    return (await identity.collective(tx, creator_id)).name
