"""How listings look in JSON, in and out."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator

from arena.kit.clock import iso_ms
from arena.kit.money import Money
from arena.marketplace.listings.model import (
    DEFAULT_PRICES,
    TIERS,
    Gate,
    Listing,
    Thresholds,
    Tier,
    TierName,
    Version,
    Words,
)
from arena.marketplace.listings.promises import Promise
from arena.marketplace.listings.search import Found

TEXT = r"^[^\x00]*$"  # PostgreSQL keeps no NUL characters
ListingId = Annotated[str, Path(pattern=r"^lst_[0-9a-z]{26}$", description="The listing, lst_….")]
After = Annotated[str | None, Query(max_length=500, description="`next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=200)]


class Price(BaseModel):
    """What a tier costs a month, in whole cents of US dollars; `seats` bounds how many may hold it."""

    model_config = ConfigDict(extra="forbid")
    amount: int = Field(ge=100, le=10_000_000, examples=[9900], description="Cents a month.")
    seats: int | None = Field(None, ge=0, le=1_000_000, description="Null: no bound.")
    year_amount: int | None = Field(
        None, ge=100, le=100_000_000, description="Cents a year; null: not sold by the year."
    )
    trial_days: int = Field(
        0,
        ge=0,
        le=30,
        description="A person may try it that long first, once a listing; 0: no trial.",
    )
    team_seats: int = Field(
        0,
        ge=0,
        le=1000,
        description="Enterprise: how many people beside himself a subscriber may let in.",
    )


def prices_of(tiers: Mapping[TierName, Price]) -> list[Tier]:
    """In rising order of tiers."""
    return [
        Tier(
            name,
            Money(price.amount),
            price.seats,
            None if price.year_amount is None else Money(price.year_amount),
            price.trial_days,
            price.team_seats if name == "enterprise" else 0,
        )
        for name in TIERS
        if (price := tiers.get(name)) is not None
    ]


class ThresholdsView(BaseModel):
    """What a creator holds a feed to. Null: nothing is said of it."""

    model_config = ConfigDict(extra="forbid")
    drawdown_max_pct: int | None = Field(
        None, ge=1, le=100, description="Deepest fall of equity from its highest, in percent."
    )
    weight_max_pct: int | None = Field(
        None, ge=1, le=100, description="Largest target, in percent of equity."
    )
    volatility_max_pct: int | None = Field(
        None, ge=100, le=1000, description="Drift: volatility, in percent of the back-test's."
    )
    shortfall_errors_max: int | None = Field(
        None, ge=1, le=10,
        description="Drift: by how many standard errors the mean daily return may lie below the back-test's.",
    )  # fmt: skip

    def thresholds(self) -> Thresholds:
        return Thresholds(**self.model_dump())


class ListingDraft(BaseModel):
    """A new listing of a feed, or with `id` a new version of one. What is not said is not sold."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "feed_id": "fd_0123456789abcdefghjkmnpqrs",
                    "title": "Northwind Crossing",
                    "summary": "Follows the trend of Bitcoin with two moving averages.",
                    "intended_use": "A part of a spot account that may lie flat for weeks.",
                    "method": "Long while the 20-bar average is above the 80-bar average.",
                    "risks": "Loses in sideways markets; drawdowns of a quarter are to be expected.",
                    "tiers": {"basic": {"amount": 2900}, "pro": {"amount": 9900, "seats": 100}},
                }
            ]
        },
    )
    id: str | None = Field(None, pattern=r"^lst_[0-9a-z]{26}$", description="To update: which one.")
    feed_id: str | None = Field(
        None, pattern=r"^fd_[0-9a-z]{26}$", description="To create: of which."
    )
    title: str = Field(min_length=3, max_length=120, pattern=TEXT)
    summary: str = Field(min_length=10, max_length=500, pattern=TEXT)
    intended_use: str = Field(min_length=10, max_length=2000, pattern=TEXT)
    method: str = Field(min_length=10, max_length=4000, pattern=TEXT)
    risks: str = Field(min_length=10, max_length=4000, pattern=TEXT)
    tiers: dict[TierName, Price] = Field(
        default_factory=lambda: {name: Price(amount=DEFAULT_PRICES[name]) for name in TIERS},
        min_length=1,
        description="Prices by tier; left out: $29, $99 and $499 a month.",
    )
    thresholds: ThresholdsView | None = Field(None, description="Left out: those stay that it has.")
    note: str = Field(
        "Changed",
        min_length=1,
        max_length=500,
        pattern=TEXT,
        description="Shown in the change log.",
    )
    expected_version: int | None = Field(
        None, ge=1, le=2_000_000_000, description="To update: refused where the newest is another."
    )

    @model_validator(mode="after")
    def _one_target(self) -> "ListingDraft":
        if (self.id is None) == (self.feed_id is None):
            raise ValueError("give feed_id to create a listing, or id to update one")
        return self

    def words(self) -> Words:
        return Words(self.title, self.summary, self.intended_use, self.method, self.risks)

    def prices(self) -> list[Tier]:
        """In rising order of tiers."""
        return prices_of(self.tiers)

    def held_to(self) -> Thresholds | None:
        return None if self.thresholds is None else self.thresholds.thresholds()


class CardDraft(BaseModel):
    """A kept card to publish with a feed of the same lineage."""

    model_config = ConfigDict(extra="forbid")

    card: str = Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the card.")
    feed_id: str = Field(pattern=r"^fd_[0-9a-z]{26}$")
    tiers: dict[TierName, Price] = Field(
        default_factory=lambda: {name: Price(amount=DEFAULT_PRICES[name]) for name in TIERS},
        min_length=1,
        description="Prices of a new draft by tier; left out: $29, $99 and $499 a month.",
    )
    thresholds: ThresholdsView = Field(
        default_factory=ThresholdsView,
        description="Of a new draft; what is left out follows from the card's policy and back-test.",
    )

    def prices(self) -> list[Tier]:
        """In rising order of tiers."""
        return prices_of(self.tiers)


class TierView(BaseModel):
    """A tier's price, whole cents a month."""

    tier: str = Field(examples=["pro"])
    amount: int = Field(examples=[9900])
    currency: str = Field(examples=["USD"])
    seats: int | None = Field(None, description="Null: no bound.")
    year_amount: int | None = Field(None, description="Cents a year; null: not sold by the year.")
    trial_days: int = Field(0, description="Free days before the first charge, once a person.")
    team_seats: int = Field(0, description="People a subscriber may let in beside himself.")


class ListingView(BaseModel):
    """A listing. Times are the arena's product time."""

    id: str
    feed_id: str
    creator_id: str
    status: str = Field(examples=["listed"])
    version: int
    title: str
    summary: str
    intended_use: str
    method: str
    risks: str
    instrument: str = Field(examples=["BTC-USD"])
    tiers: list[TierView]
    thresholds: ThresholdsView | None = Field(
        None, description="How the record stands to them: GET /market/listings/{listing_id}/thresholds."
    )  # fmt: skip
    listed_at: str | None
    created_at: str
    updated_at: str


class FoundView(ListingView):
    """A listing in a list, with the figures of the last daily rescore."""

    score: dict[str, Any] | None = Field(
        None, description="See GET /market/scores; null before the first rescore."
    )
    metrics: dict[str, Any] | None = Field(None, description="Metrics of the record, net of costs.")
    history_days: int | None = None
    badges: list[str] = Field(
        default_factory=list,
        description="What the record has come through.",
        examples=[["forward"]],
    )


class VersionView(BaseModel):
    """A line of the change log. The entry at `log_index` of the transparency log names `sha`."""

    version: int
    sha: str
    note: str
    author_id: str
    log_index: int
    at: str
    body: dict[str, Any]


class GateView(BaseModel):
    """A check before submission."""

    name: str = Field(examples=["burn_in_days"])
    passed: bool
    detail: str


class GatesView(BaseModel):
    """The creator's checklist."""

    passed: bool
    gates: list[GateView]


class PromiseView(BaseModel):
    """A threshold beside what the record has come to, up to the last UTC midnight."""

    name: str = Field(examples=["drawdown_max_pct"])
    limit: float
    found: float | None = Field(description="In the limit's own unit; null: too early to tell.")
    kept: bool | None
    detail: str


class PromisesView(BaseModel):
    """What the creator holds the feed to. `kept` is false once any of it is broken."""

    kept: bool
    thresholds: list[PromiseView]


class SweptView(BaseModel):
    """The newest finished sweep of the model's family. Sharpe ratios are annual, in sample."""

    id: str
    run_by: str = Field(description="creator: his word; arena: run by the arena itself.")
    configurations: int
    best: float | None
    steadiest: float | None = Field(description="The best of those with good neighbours.")
    median: float | None
    above_zero: float | None = Field(description="Share of the configurations.")


class ChosenView(BaseModel):
    """How the card's parameters were chosen. Sharpe ratios are annual, net."""

    study_trials: int
    family_trials: int = Field(description="Registered by the owner for this model.")
    effective_trials: float | None
    overfitting_probability: float | None
    trained: float | None = Field(description="Mean Sharpe ratio over the training windows.")
    tested: float | None = Field(description="Sharpe ratio of all tests joined.")
    windows: int
    windows_gained: int = Field(description="How many earned something in their test.")
    windows_kept: int = Field(description="How many chose the parameters the model goes on with.")
    sweep: SweptView | None


class ShownCardView(BaseModel):
    """The model card of a listing: GET /lab/cards/{sha} has all of it."""

    sha: str
    name: str
    label: str = Field(examples=["reproduced"])
    chosen: ChosenView


class ScoreView(BaseModel):
    """What is believed of a listing's net annual Sharpe ratio, and the 0-100 shown for it."""

    listing_id: str
    feed_id: str
    title: str
    instrument: str
    score: dict[str, Any] | None


def listing_view(listing: Listing) -> ListingView:
    return ListingView(**_listing(listing))


def found_view(found: Found) -> FoundView:
    return FoundView(
        **_listing(found.listing), score=found.score, metrics=found.metrics,
        history_days=found.history_days, badges=list(found.badges),
    )  # fmt: skip


def version_view(version: Version) -> VersionView:
    return VersionView(
        version=version.number, sha=version.sha, note=version.note, author_id=version.author_id,
        log_index=version.log_index, at=iso_ms(version.at), body=dict(version.body),
    )  # fmt: skip


def gates_view(gates: list[Gate]) -> GatesView:
    return GatesView(
        passed=all(gate.passed for gate in gates),
        gates=[GateView(name=g.name, passed=g.passed, detail=g.detail) for g in gates],
    )


def promises_view(promises: Sequence[Promise]) -> PromisesView:
    return PromisesView(
        kept=all(one.kept is not False for one in promises),
        thresholds=[
            PromiseView(name=p.name, limit=p.limit, found=p.found, kept=p.kept, detail=p.detail)
            for p in promises
        ],
    )


def score_view(found: Found) -> ScoreView:
    listing = found.listing
    return ScoreView(
        listing_id=listing.id, feed_id=listing.feed_id, title=listing.words.title,
        instrument=listing.instrument, score=found.score,
    )  # fmt: skip


def _listing(listing: Listing) -> dict[str, Any]:
    words = listing.words
    return {
        "id": listing.id, "feed_id": listing.feed_id, "creator_id": listing.creator_id,
        "status": listing.status.value, "version": listing.version, "title": words.title,
        "summary": words.summary, "intended_use": words.intended_use, "method": words.method,
        "risks": words.risks, "instrument": listing.instrument,
        "tiers": [
            TierView(
                tier=t.tier, amount=t.amount.minor, currency=t.amount.currency, seats=t.seats,
                year_amount=t.year and t.year.minor, trial_days=t.trial_days,
                team_seats=t.team_seats,
            )
            for t in listing.tiers
        ],
        "thresholds": listing.thresholds and ThresholdsView(**asdict(listing.thresholds)),
        "listed_at": listing.listed_at and iso_ms(listing.listed_at),
        "created_at": iso_ms(listing.created_at), "updated_at": iso_ms(listing.updated_at),
    }  # fmt: skip
