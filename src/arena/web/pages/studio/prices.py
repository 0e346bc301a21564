"""Prices as people write them, dollars and cents, to whole cents and back: exactly, or not at all."""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from arena.kit.money import Money
from arena.marketplace import listings
from arena.web.page import N_, Filled, _

CENTS_MIN, CENTS_MAX = 100, 10_000_000
SEATS_MAX = 1_000_000
TRIAL_DAYS_MAX = 30
TEAM_SEATS_MAX, TEAM_SEATS_USUAL = 1000, 5
# Digits, thousands parted by commas or not at all, at most two digits behind the point.
_DOLLARS = re.compile(r"\$? ?((?:\d{1,3}(?:,\d{3})+|\d{1,12})(?:\.\d{1,2})?)", re.ASCII)
_SEATS = re.compile(r"\d{1,7}", re.ASCII)
T = TypeVar("T")
TIER_WORDS: dict[str, tuple[str, str]] = {
    "basic": (N_("Basic"), N_("a digest of each day, without rationale")),
    "pro": (N_("Pro"), N_("every signal at once, with its rationale")),
    "enterprise": (N_("Enterprise"), N_("as Pro, for a team: the subscriber invites its people")),
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


def year_price(text: str) -> Money | None:
    """None where nothing is said: not sold by the year. Raises ValueError."""
    return Money(cents(text)) if text.strip() else None


def trial_days(text: str) -> int:
    """0 where nothing is said: no trial. Raises ValueError."""
    if not text.strip():
        return 0
    if not _SEATS.fullmatch(text.strip()) or int(text) > TRIAL_DAYS_MAX:
        raise ValueError(_("A whole number of days up to 30, or nothing for no trial."))
    return int(text)


def team_seats(text: str) -> int:
    """0 where nothing is said: for the subscriber alone. Raises ValueError."""
    if not text.strip():
        return 0
    if not _SEATS.fullmatch(text.strip()) or int(text) > TEAM_SEATS_MAX:
        raise ValueError(_("A whole number of people up to 1,000, or nothing for none."))
    return int(text)


def offered(form: Filled[Any]) -> list[listings.Tier]:
    """The tiers that are switched on, in rising order; what is wrong with them is noted on the form.

    Fields of a tier that is switched off are not looked at: they may hold anything.
    """
    found = []
    for tier in listings.TIERS:
        if form.value(tier) != "true":
            continue
        price = _read(form, f"{tier}_price", cents, 0)
        places = _read(form, f"{tier}_seats", seats, None)
        year = _read(form, f"{tier}_year", year_price, None)
        trial = _read(form, f"{tier}_trial", trial_days, 0)
        team = _read(form, f"{tier}_team", team_seats, 0) if tier == "enterprise" else 0
        found.append(listings.Tier(tier, Money(price), places, year, trial, team))
    if not found:
        form.errors["tiers"] = _("Sell at least one tier.")
    return found


def _read(form: Filled[Any], field: str, read: Callable[[str], T], otherwise: T) -> T:
    """What the field says; what is wrong with it is noted on the form."""
    try:
        return read(form.value(field))
    except ValueError as wrong:
        form.errors[field] = str(wrong)
        return otherwise


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
        fields[f"{tier}_year"] = dollars(here.year.minor) if here and here.year else ""
        fields[f"{tier}_trial"] = str(here.trial_days) if here and here.trial_days else ""
    team = sold["enterprise"].team_seats if "enterprise" in sold else TEAM_SEATS_USUAL
    fields["enterprise_team"] = str(team) if team else ""
    return fields
