"""Receipts: each charge of a subscription, to print or to keep."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Path
from starlette.responses import Response

from arena.kit.db import Tx
from arena.marketplace import subscriptions
from arena.money import billing, invoices, ledger
from arena.people.access import Actor, needs
from arena.web.page import Pages, VisitDep
from arena.web.pages.subscriber.detail import own
from arena.web.pages.subscriber.watch import SubscriptionId
from arena.web.views.offer import NAMES

routes = Pages()


@dataclass(frozen=True, slots=True)
class Receipt:
    """A charge that went through at `paid_at` (product time), what it paid for, and its invoice: None for a moment
    after the charge, and for charges that are older than invoices."""

    charge: billing.Charge
    sold: subscriptions.Sold
    tier: str
    paid_at: datetime
    invoice: invoices.Invoice | None


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
    sold = await subscriptions.sold_by(tx, found, charge)
    return Receipt(
        charge,
        sold,
        NAMES[sold.tier],
        await _paid_at(tx, charge),
        await invoices.of_source(tx, charge.id),
    )


async def _paid_at(tx: Tx, charge: billing.Charge) -> datetime:
    """When the ledger has it, which may be later than it was begun."""
    captured = await ledger.journal_by_key(tx, charge.id)
    return charge.at if captured is None else captured.at
