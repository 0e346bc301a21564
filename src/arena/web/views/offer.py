"""What a listing offers, and how the reader stands to it: tiers, seats, what the fee comes to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Literal

from arena.kit.db import Tx
from arena.kit.money import Money
from arena.marketplace import entitlements, listings, subscriptions
from arena.marketplace.subscriptions import complimentary, free
from arena.people.access import Actor
from arena.web.page import N_

CAPITALS = (1_000, 10_000, 100_000)
NAMES: Mapping[str, str] = {"basic": N_("Basic"), "pro": N_("Pro"), "enterprise": N_("Enterprise")}
# What delivery and evidence do for each tier, no more.
GETS: Mapping[str, tuple[str, ...]] = {
    "basic": (
        N_("A digest of each day, after midnight UTC of the arena's time"),
        N_("Without the rationale"),
        N_("Evidence as everybody sees it, seven days old"),
    ),
    "pro": (
        N_("Every signal the moment it is published"),
        N_("With its rationale"),
        N_("All evidence, to the last bar"),
    ),
    "enterprise": (N_("As Pro"), N_("Seats for people of your team, as many as the tier says")),
}
Kind = Literal["stranger", "subscriber", "owner"]


@dataclass(frozen=True, slots=True)
class TierOffer:
    """A tier on offer; `left` is None where seats are not counted."""

    tier: str
    amount: Money
    left: int | None
    team_seats: int = 0

    @property
    def name(self) -> str:
        return NAMES[self.tier]

    @property
    def gets(self) -> tuple[str, ...]:
        return GETS[self.tier]

    @property
    def sold_out(self) -> bool:
        return self.left == 0

    def drag(self, capital: int) -> float:
        """What the fee takes of a capital (whole US dollars) in a year, as a fraction."""
        return float(Fraction(self.amount.minor * 12, 100 * capital))


@dataclass(frozen=True, slots=True)
class Given:
    """Complimentary access, and the name of who gave it."""

    complimentary: complimentary.Complimentary
    by: str

    @property
    def last_day(self) -> datetime:
        """Its midnight, UTC."""
        return self.complimentary.until - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the reader is to a listing; `subscription` is his, unless it has ended, and `access` what he may now.
    `free_delay` is that of the listing's free tier, None where there is none; `given` what he has for nothing."""

    kind: Kind
    subscription: subscriptions.Subscription | None = None
    free_delay: timedelta | None = None
    access: entitlements.Decision = entitlements.NOT_ENTITLED
    given: Given | None = None


async def offers_of(tx: Tx, listing: listings.Listing) -> tuple[TierOffer, ...]:
    """The tiers in rising order, with the seats that are left now."""
    taken = await subscriptions.seats_taken(tx, [listing.id])
    return tuple(
        TierOffer(
            tier.tier, tier.amount,
            None if tier.seats is None else max(tier.seats - taken.get((listing.id, tier.tier), 0), 0),
            tier.team_seats,
        )
        for tier in listing.tiers
    )  # fmt: skip


async def standing_of(tx: Tx, listing: listings.Listing, actor: Actor) -> Standing:
    """How the actor stands to the listing."""
    delay = (await free.offer(tx, listing.id)).delay
    if actor.kind == "anonymous":
        return Standing("stranger", free_delay=delay)
    if await listings.owns(tx, actor, listing.feed_id):
        return Standing("owner", free_delay=delay)
    held = await subscriptions.live_subscription(tx, actor.id, listing.id)
    access = await entitlements.may(tx, actor.id, listing.feed_id)
    kind: Kind = "stranger" if held is None else "subscriber"
    return Standing(kind, held, delay, access, await given_to(tx, actor.id, listing.id))


async def given_to(tx: Tx, person_id: str, listing_id: str) -> Given | None:
    """What the person has of the listing for nothing now."""
    mine = await complimentary.held_by(tx, person_id, listing_id)
    return Given(mine[0], await complimentary.giver(tx, mine[0])) if mine else None
