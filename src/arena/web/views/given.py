"""What a listing gives for nothing, for its creator: the open ones first, how each stands, and what can be given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from arena.kit.page import Page
from arena.marketplace import listings
from arena.marketplace.subscriptions import complimentary
from arena.marketplace.subscriptions.complimentary import Complimentary
from arena.web.page import N_, Visit, _
from arena.web.views.offer import NAMES

ROWS = 25
USUAL_DAYS = 30
# By how it ended.
ENDS: Mapping[str, str] = {
    "revoked": N_("revoked"),
    "given_back": N_("given back"),
    "over": N_("its day is over"),
    "lapsed": N_("not claimed in time"),
    "replaced": N_("invited anew"),
    "moderation": N_("listing taken down"),
}


@dataclass(frozen=True, slots=True)
class GivenOfListing:
    """`stands` and `names` are by id: invited, claimed or how it ended, and who claimed it. Days are UTC, product
    time."""

    page: Page[Complimentary]
    stands: Mapping[str, str]
    names: Mapping[str, str]
    open: int
    most: int
    today: date
    tiers: Sequence[tuple[str, str]]
    after: str | None
    link_days: int = complimentary.LINK_DAYS
    days_max: int = complimentary.DAYS_MAX

    @property
    def first_day(self) -> date:
        return self.today

    @property
    def latest_day(self) -> date:
        return self.today + timedelta(days=self.days_max)

    @property
    def usual_day(self) -> date:
        return self.today + timedelta(days=USUAL_DAYS)

    @property
    def usual_tier(self) -> str:
        """Pro, where it is sold."""
        sold = [tier for tier, _words in self.tiers]
        return "pro" if "pro" in sold else sold[0]

    def last_day(self, found: Complimentary) -> datetime:
        return found.until - timedelta(days=1)

    def why(self, stand: str) -> str:
        """How it ended, in words."""
        return _(ENDS[stand]) if stand in ENDS else stand


async def given_of(visit: Visit, listing: listings.Listing, after: str | None) -> GivenOfListing:
    """Raises BadCursor."""
    page = await complimentary.given(
        visit.tx, listing.id, actor=visit.actor, after=after, limit=ROWS
    )
    return GivenOfListing(
        page, {each.id: complimentary.standing(visit.tx, each) for each in page.data},
        await complimentary.names_of(visit.tx, page.data),
        await complimentary.open_now(visit.tx, listing.id), visit.settings.complimentary_max,
        visit.tx.now.astimezone(UTC).date(),
        [(tier.tier, _(NAMES[tier.tier])) for tier in listing.tiers], after,
    )  # fmt: skip
