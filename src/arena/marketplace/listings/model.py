"""What is sold: a listing of a feed, its tiers and versions, the moves of its status, its errors."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from arena.kit.errors import Conflict, Forbidden, NotFound, Refused, Unavailable
from arena.kit.money import Money

TierName = Literal["basic", "pro", "enterprise"]
Period = Literal["month", "year"]
PERIODS: tuple[Period, ...] = ("month", "year")
TIERS: tuple[TierName, ...] = ("basic", "pro", "enterprise")  # in rising order
DEFAULT_PRICES: dict[TierName, int] = {
    "basic": 2_900,
    "pro": 9_900,
    "enterprise": 49_900,
}  # cents of US dollars a month


class Status(StrEnum):
    """Where a listing stands. Only `listed` ones are found by search and can be subscribed to."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    LISTED = "listed"
    PAUSED = "paused"
    DELISTED = "delisted"


MOVES: dict[Status, frozenset[Status]] = {
    Status.DRAFT: frozenset({Status.SUBMITTED}),
    Status.SUBMITTED: frozenset({Status.LISTED, Status.DRAFT}),
    Status.LISTED: frozenset({Status.PAUSED, Status.DELISTED}),
    Status.PAUSED: frozenset({Status.LISTED, Status.DELISTED}),
    Status.DELISTED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Tier:
    """A price of a listing: `amount` a month; `seats` bounds how many may hold it (None: no bound); `year` is
    what a year costs (None: not sold by the year), `trial_days` how long a person may try it first, once;
    `team_seats` how many people beside himself an Enterprise subscriber may let in (0: none)."""

    tier: str
    amount: Money
    seats: int | None = None
    year: Money | None = None
    trial_days: int = 0
    team_seats: int = 0

    def price(self, period: Period) -> Money | None:
        """What a period costs; None where it is not sold by it."""
        return self.amount if period == "month" else self.year


@dataclass(frozen=True, slots=True)
class Words:
    """Everything the creator says about the feed: one version's content, but for the prices."""

    title: str
    summary: str
    intended_use: str
    method: str
    risks: str


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What the creator holds the feed to; None is nothing said. Risk limits: the deepest fall of equity and the largest
    target, in percent of equity. Drift limits, against the model card's back-test: volatility in percent of its, and by
    how many standard errors the mean daily return may lie below its."""

    drawdown_max_pct: int | None = None
    weight_max_pct: int | None = None
    volatility_max_pct: int | None = None
    shortfall_errors_max: int | None = None

    def with_said(self, said: "Thresholds") -> "Thresholds":
        """These, but for what is said now: what was promised once is changed, not taken back."""
        return replace(self, **{name: limit for name, limit in asdict(said).items() if limit})


@dataclass(frozen=True, slots=True)
class Listing:
    """A listing with its newest version. Times are product time."""

    id: str
    feed_id: str
    creator_id: str
    status: Status
    version: int
    words: Words
    instrument: str
    tiers: Sequence[Tier]
    listed_at: datetime | None
    created_at: datetime
    updated_at: datetime
    thresholds: Thresholds | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """One line of the change log: `sha` is that of the canonical body, which the log entry names."""

    number: int
    sha: str
    note: str
    author_id: str
    log_index: int
    at: datetime
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PricesRaised:
    """A version asks more than the one before for a month or a year of these tiers."""

    listing_id: str
    version: int
    tiers: tuple[str, ...]

    @property
    def key(self) -> str:
        return self.listing_id


@dataclass(frozen=True, slots=True)
class Gate:
    """One check before a listing may be submitted, with what was found in words."""

    name: str
    passed: bool
    detail: str


class NoSuchListing(NotFound):
    """There is no listing {listing_id}; GET /market/listings shows those on offer."""


class NoCardShown(NotFound):
    """Listing {listing_id} shows no model card; its creator links one with POST /market/cards."""


class NotYourListing(Forbidden):
    """Listing {listing_id} belongs to another creator."""


class NotYourFeedToList(Forbidden):
    """Feed {feed_id} belongs to a collective that is not yours; only it or its owner may list it."""


class NotYourCard(Forbidden):
    """Card {sha} is another's; only whoever had it kept may publish it."""


class NotTheFeedsCard(Refused):
    """Card {sha} is of another lineage than feed {feed_id}: they differ in {differ}. Give the feed the card's lineage
    (POST /feeds/{feed_id}/lineage with the card's four hashes), or make the card of the feed's lineage."""


class PriceOutOfBounds(Refused):
    """A {span} of {tier} may cost from {least} to {most} here, not {price}; nothing was written."""


class CardSaysTooLittle(Refused):
    """The card's {field} has fewer than {least} characters; say more in the study's words, and make the card again."""


class AlreadyListed(Conflict):
    """Feed {feed_id} has a listing already: {listing_id}. Update that one by sending its id."""


class ListingMoved(Conflict):
    """A listing that is {status} cannot become {target}."""


class VersionMoved(Conflict):
    """The listing is at version {version} meanwhile, not {expected}; read it again and repeat your change."""


class NothingChanged(Refused):
    """This is word for word what version {version} says already; nothing was changed."""


class GatesNotPassed(Refused):
    """The listing cannot be submitted yet: see `gates` for each check and what is missing."""


class ChecksBusy(Unavailable):
    """The records of other listings are being computed again right now; ask again in some seconds."""

    retry_after_s = 5


class NotOnOffer(Conflict):
    """Listing {listing_id} is {status} and takes no new subscribers."""


class NoSuchTier(NotFound):
    """Listing {listing_id} is not sold as {tier}; it has {tiers}."""


def check_move(status: Status, target: Status) -> None:
    """Raises ListingMoved where MOVES has no such arrow."""
    if target not in MOVES[status]:
        raise ListingMoved(status=status.value, target=target.value)
