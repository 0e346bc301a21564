"""Prices as people write them, dollars and cents, to whole cents and back: exactly, or not at all."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from arena.kit.money import Money
from arena.marketplace import listings
from arena.web.page import N_, Filled, _

CENTS_MIN, CENTS_MAX = 100, 10_000_000
SEATS_MAX = 1_000_000
# Digits, thousands parted by commas or not at all, at most two digits behind the point.
_DOLLARS = re.compile(r"\$? ?((?:\d{1,3}(?:,\d{3})+|\d{1,12})(?:\.\d{1,2})?)", re.ASCII)
_SEATS = re.compile(r"\d{1,7}", re.ASCII)
TIER_WORDS: dict[str, tuple[str, str]] = {
    "basic": (N_("Basic"), N_("a digest of each day, without rationale")),
    "pro": (N_("Pro"), N_("every signal at once, with its rationale")),
    "enterprise": (N_("Enterprise"), N_("as Pro; there is nothing more in it today")),
}


def cents(text: str) -> int:
    """$1,234.50 is 123450. Raises ValueError, with words for whoever typed it."""
    found = _DOLLARS.fullmatch(text.strip())
    if found is None:
        raise ValueError(_("Dollars and cents, like 29 or 29.50."))
    minor = Decimal(found[1].replace(",", "")) * 100
    if not CENTS_MIN <= minor <= CENTS_MAX:
        raise ValueError(_("From $1 to $100,000 a month."))
    return int(minor)


def dollars(minor: int) -> str:
    """What `cents` reads back as the same amount: 29.00."""
    return f"{minor // 100}.{minor % 100:02d}"


def seats(text: str) -> int | None:
    """None where nothing is said: no bound. Raises ValueError."""
    if not text.strip():
        return None
    if not _SEATS.fullmatch(text.strip()) or int(text) > SEATS_MAX:
        raise ValueError(_("A whole number up to 1,000,000, or nothing for no bound."))
    return int(text)


def offered(form: Filled[Any]) -> list[listings.Tier]:
    """The tiers that are switched on, in rising order; what is wrong with them is noted on the form.

    Fields of a tier that is switched off are not looked at: they may hold anything.
    """
    found = []
    for tier in listings.TIERS:
        if form.value(tier) != "true":
            continue
        price, places = 0, None
        try:
            price = cents(form.value(f"{tier}_price"))
        except ValueError as wrong:
            form.errors[f"{tier}_price"] = str(wrong)
        try:
            places = seats(form.value(f"{tier}_seats"))
        except ValueError as wrong:
            form.errors[f"{tier}_seats"] = str(wrong)
        found.append(listings.Tier(tier, Money(price), places))
    if not found:
        form.errors["tiers"] = _("Sell at least one tier.")
    return found


def usual(tier: listings.TierName) -> Money:
    """What a tier costs a month where nobody says otherwise."""
    return Money(listings.DEFAULT_PRICES[tier])


def shown(tiers: Sequence[listings.Tier]) -> dict[str, str]:
    """The fields of the form that say these tiers; one that is not sold stands there with its usual price."""
    sold = {tier.tier: tier for tier in tiers}
    fields: dict[str, str] = {}
    for tier in listings.TIERS:
        here = sold.get(tier)
        fields[tier] = "true" if here else ""
        fields[f"{tier}_price"] = dollars((here.amount if here else usual(tier)).minor)
        fields[f"{tier}_seats"] = "" if here is None or here.seats is None else str(here.seats)
    return fields
