"""The form of a listing: what its creator says of it; the bounds are those of the API."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from arena.marketplace import listings
from arena.web.page import Filled, Form, Line
from arena.web.pages.studio import prices


def _lines(text: Any) -> Any:
    """Browsers send the end of a line as two characters; it counts, and is kept, as one."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if isinstance(text, str) else text


Prose = Annotated[str, BeforeValidator(_lines)]


class ListingForm(Form):
    """A new listing's words. Its prices are read by `prices.offered`, tier by tier."""

    title: Line = Field(min_length=3, max_length=120)
    summary: Prose = Field(min_length=10, max_length=500)
    intended_use: Prose = Field(min_length=10, max_length=2000)
    method: Prose = Field(min_length=10, max_length=4000)
    risks: Prose = Field(min_length=10, max_length=4000)

    def words(self) -> listings.Words:
        return listings.Words(self.title, self.summary, self.intended_use, self.method, self.risks)


class ChangeForm(ListingForm):
    """A new version: `note` says what changed and why, `expected_version` which one was changed."""

    note: Prose = Field(min_length=1, max_length=500)
    expected_version: int = Field(ge=1, le=2_000_000_000)


def new_form() -> Filled[ListingForm]:
    """Empty, with all tiers on sale at their usual prices."""
    usual = [listings.Tier(t, prices.usual(t)) for t in listings.TIERS]
    return Filled(prices.shown(usual))


def filled_form(listing: listings.Listing) -> Filled[ChangeForm]:
    """With what the newest version says."""
    return Filled({**asdict(listing.words), **prices.shown(listing.tiers)})


def body_of(words: listings.Words, tiers: Sequence[listings.Tier]) -> dict[str, Any]:
    """What was typed in the form of a version's body, to be compared with one."""
    sold = {
        tier.tier: {
            "amount": str(tier.amount.minor),
            "currency": tier.amount.currency,
            "seats": None if tier.seats is None else str(tier.seats),
        }
        for tier in tiers
    }
    return {**asdict(words), "tiers": sold}
