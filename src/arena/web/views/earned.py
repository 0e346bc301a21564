"""What money was earned or paid out with, in a creator's words: his listing, a fee, a payout."""

from collections.abc import Iterable
from dataclasses import dataclass

from arena.kit.db import Tx
from arena.kit.errors import NotFound
from arena.marketplace import listings, subscriptions
from arena.web.page import _
from arena.web.views.offer import NAMES


@dataclass(frozen=True, slots=True)
class Earned:
    """`words` name it, `path` leads to it; both may be empty. Nothing says who the customer is."""

    words: str = ""
    path: str = ""


async def earned_with(tx: Tx, references: Iterable[str]) -> dict[str, Earned]:
    """By reference, as journals name them."""
    return {each: await _one(tx, each) for each in dict.fromkeys(references)}


async def _one(tx: Tx, reference: str) -> Earned:
    kind = reference.partition("_")[0]
    if kind == "pfc":
        return Earned(_("Performance fee"), f"/studio/performance-fees/{reference}")
    if kind == "pyo":
        return Earned(_("Payout"), "/studio/payouts")
    if kind == "inv":
        return Earned(_("An invoice"))
    try:
        sold = await subscriptions.charged(tx, reference)
        listing = await listings.listing(tx, sold.listing_id)
    except NotFound:
        return Earned()
    tier = _(NAMES.get(sold.tier, sold.tier))
    return Earned(f"{listing.words.title}, {tier}", f"/studio/{listing.id}")
