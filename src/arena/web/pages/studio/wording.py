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


def _whole(text: Any) -> Any:
    """An empty field is nothing said."""
    return None if isinstance(text, str) and not text.strip() else text


Prose = Annotated[str, BeforeValidator(_lines)]
Limit = Annotated[int | None, BeforeValidator(_whole)]


class ListingForm(Form):
    """A new listing's words. Its prices are read by `prices.offered`, tier by tier."""

    title: Line = Field(min_length=3, max_length=120)
    summary: Prose = Field(min_length=10, max_length=500)
    intended_use: Prose = Field(min_length=10, max_length=2000)
    method: Prose = Field(min_length=10, max_length=4000)
    risks: Prose = Field(min_length=10, max_length=4000)

    def words(self) -> listings.Words:
        return listings.Words(self.title, self.summary, self.intended_use, self.method, self.risks)


class PromiseForm(Form):
    """What a feed is held to, each or none of it."""

    drawdown_max_pct: Limit = Field(None, ge=1, le=100)
    weight_max_pct: Limit = Field(None, ge=1, le=100)
    volatility_max_pct: Limit = Field(None, ge=100, le=1000)
    shortfall_errors_max: Limit = Field(None, ge=1, le=10)

    def thresholds(self) -> listings.Thresholds | None:
        """None where nothing is said: those stay that there are."""
        held = listings.Thresholds(
            self.drawdown_max_pct, self.weight_max_pct, self.volatility_max_pct, self.shortfall_errors_max
        )  # fmt: skip
        return None if held == listings.Thresholds() else held


class ChangeForm(ListingForm, PromiseForm):
    """A new version: `note` says what changed and why, `expected_version` which one was changed."""

    note: Prose = Field(min_length=1, max_length=500)
    expected_version: int = Field(ge=1, le=2_000_000_000)


def new_form() -> Filled[ListingForm]:
    """Empty, with all tiers on sale at their usual prices."""
    usual = [
        listings.Tier(
            t, prices.usual(t), team_seats=prices.TEAM_SEATS_USUAL if t == "enterprise" else 0
        )
        for t in listings.TIERS
    ]
    return Filled(prices.shown(usual))


def filled_form(listing: listings.Listing) -> Filled[ChangeForm]:
    """With what the newest version says."""
    held = asdict(listing.thresholds) if listing.thresholds else {}
    said = {name: "" if limit is None else str(limit) for name, limit in held.items()}
    return Filled({**asdict(listing.words), **prices.shown(listing.tiers), **said})


def body_of(
    words: listings.Words,
    tiers: Sequence[listings.Tier],
    thresholds: listings.Thresholds | None = None,
) -> dict[str, Any]:
    """What was typed in the form of a version's body, to be compared with one."""
    sold = {
        tier.tier: {
            "amount": str(tier.amount.minor),
            "currency": tier.amount.currency,
            "seats": None if tier.seats is None else str(tier.seats),
            **({} if tier.year is None else {"year": str(tier.year.minor)}),
            **({"trial_days": str(tier.trial_days)} if tier.trial_days else {}),
            **({"team_seats": str(tier.team_seats)} if tier.team_seats else {}),
        }
        for tier in tiers
    }
    body = {**asdict(words), "tiers": sold}
    return body if thresholds is None else {**body, "thresholds": asdict(thresholds)}
