"""The card of a listing: what it is, what it shows for itself, what is left, and what the caller holds."""

from dataclasses import dataclass
from typing import Any

from arena.kit.clock import iso_ms
from arena.kit.db import Row, Tx
from arena.marketplace import listings, subscriptions
from arena.marketplace.entitlements.may import may
from arena.marketplace.entitlements.model import NOT_ENTITLED, Decision
from arena.people.access import Actor
from arena.signals import feeds
from arena.signals.lab import cards
from arena.signals.lab.trials import Family, family_of


@dataclass(frozen=True, slots=True)
class Card:
    """`seats_left` by tier, None where there is no bound; `scored` is the last rescore's row; `trials` are those of
    the family of the feed's model; `model_card` is the one the listing shows."""

    listing: listings.Listing
    seats_left: dict[str, int | None]
    scored: Row | None
    versions: list[listings.Version]
    access: Decision
    trials: Family
    model_card: cards.Kept | None


async def card(tx: Tx, listing_id: str, actor: Actor) -> Card:
    """Raises NoSuchListing, also for drafts of others."""
    found = await listings.visible(tx, listing_id, actor)
    taken = await subscriptions.seats_taken(tx, [listing_id])
    left = {
        tier.tier: None
        if tier.seats is None
        else max(tier.seats - taken.get((listing_id, tier.tier), 0), 0)
        for tier in found.tiers
    }
    known = actor.kind in ("person", "collective")
    feed = await feeds.feed(tx, found.feed_id)
    return Card(
        found,
        left,
        await listings.score_of(tx, listing_id),
        await listings.versions(tx, listing_id),
        await may(tx, actor.id, found.feed_id) if known else NOT_ENTITLED,
        await family_of(tx, feed.collective_id, feed.lineage.model_config_sha),
        await listings.card_of(tx, listing_id),
    )


def access_json(decision: Decision) -> dict[str, Any]:
    """A decision for JSON."""
    return {
        "allowed": decision.allowed,
        "reason": decision.reason,
        "tier": decision.tier,
        "until": None if decision.until is None else iso_ms(decision.until),
    }
