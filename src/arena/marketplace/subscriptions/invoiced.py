"""The reaction to a charge for a subscription: its invoice, with the period that it paid for."""

from dataclasses import dataclass
from datetime import datetime

from arena.evidence import audit
from arena.kit.db import Tx
from arena.marketplace import listings
from arena.marketplace.listings import Listing, Period
from arena.marketplace.subscriptions.model import Subscription
from arena.marketplace.subscriptions.periods import period_end
from arena.marketplace.subscriptions.read import change_of, charged, terms_of_period
from arena.money import billing, invoices
from arena.money.billing import ChargeSucceeded
from arena.money.invoices import Line, NewInvoice, Seller
from arena.people import identity


@dataclass(frozen=True, slots=True)
class Sold:
    """What a charge paid for: a tier of a listing for [start, end), product time. `rest`: the rest of a period, in
    another tier. `offered_by` is the creator's name."""

    subscription: Subscription
    listing: Listing
    tier: str
    period: Period
    rest: bool
    start: datetime
    end: datetime
    offered_by: str


async def invoice_charge(tx: Tx, fact: ChargeSucceeded, *, seller: Seller) -> None:
    """Repeatable; charges that are for no subscription have their invoice elsewhere."""
    if not fact.reference.startswith(("sub_", "chg_")):
        return
    charge = await billing.charge(tx, fact.person_id, fact.attempt_id)
    found = await charged(tx, fact.reference)
    sold = await sold_by(tx, found, charge)
    words = f"Subscription to {sold.listing.words.title}, {sold.tier.capitalize()}, "
    words += "the rest of a period" if sold.rest else f"one {sold.period}"
    line = Line(words, sold.start, sold.end, fact.amount)
    about = {"Offered by": sold.offered_by, "Subscription": found.id}
    tax = await billing.tax_of_charge(tx, fact.attempt_id)
    new = NewInvoice(
        fact.attempt_id, found.person_id, [line], fact.currency, paid_with=charge.card, about=about, tax=tax,
        taxed=tax.within(fact.amount),
    )  # fmt: skip
    await invoices.issue(tx, new, seller=seller)


async def sold_by(tx: Tx, found: Subscription, charge: billing.Charge) -> Sold:
    """What this charge, for the subscription or for a change of it, has paid."""
    listing = await listings.listing(tx, found.listing_id)
    change = await change_of(tx, charge.reference)
    start = begun = charge.period_start
    if change is not None:  # the rest of a period, in its new tier
        begun, tier, period = change.period_start, change.tier, change.period
    else:
        start = begun = await _begun(tx, found, charge)
        tier, period = await terms_of_period(tx, found, start)
    return Sold(
        found, listing, tier, period, change is not None, start, period_end(begun, found.anchor_day, period),
        await _name(tx, listing.creator_id),
    )  # fmt: skip


async def _begun(tx: Tx, found: Subscription, charge: billing.Charge) -> datetime:
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
