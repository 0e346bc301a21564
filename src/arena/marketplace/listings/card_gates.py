"""The gates of a listing that shows a model card; one without has none of these."""

from arena.kit.db import Tx
from arena.marketplace.listings.model import Gate, Listing
from arena.marketplace.listings.shown_card import card_of
from arena.people import identity
from arena.signals import feeds
from arena.signals.lab import UNSAID, cards
from arena.signals.lab.trials import family_of


async def card_gates(tx: Tx, listing: Listing) -> list[Gate]:
    """Cheap ones: trials registered, the feed still of the card's lineage, words complete, and somebody who answers."""
    card = await card_of(tx, listing.id)
    if card is None:
        return []
    feed = await feeds.feed(tx, listing.feed_id)
    return [
        await _trials(tx, feed),
        _lineage(card, feed),
        _disclosures(listing),
        await _identity(tx, feed),
    ]


async def _trials(tx: Tx, feed: feeds.Feed) -> Gate:
    family = await family_of(tx, feed.collective_id, feed.lineage.model_config_sha)
    return Gate(
        "trials", family.trials > 0, f"{family.trials} configurations of {family.model} are registered as tried."
    )  # fmt: skip


def _lineage(card: cards.Kept, feed: feeds.Feed) -> Gate:
    same = card.lineage == feed.lineage
    words = "The feed's lineage is the card's." if same else (
        "The feed's lineage is not the card's any more: publish the card of the lineage it has now."
    )  # fmt: skip
    return Gate("card_lineage", same, words)


def _disclosures(listing: Listing) -> Gate:
    words = listing.words
    said = {
        "intended use": words.intended_use,
        "method": words.method,
        "risks": words.risks,
    }
    missing = [name for name, text in said.items() if not text.strip() or _unsaid(text)]
    if missing:
        return Gate("disclosures", False, f"Not said yet: {', '.join(missing)}.")
    return Gate("disclosures", True, "Method, intended use, known failures and risks are said.")


def _unsaid(text: str) -> bool:
    """Whether it still has a sentence of the study that `arena lab new` writes."""
    return any(example in text for example in UNSAID.values())


async def _identity(tx: Tx, feed: feeds.Feed) -> Gate:
    collective = await identity.collective(tx, feed.collective_id)
    if collective.owner_id is None:
        return Gate("identity", False, "Nobody owns the collective: a person has to answer for it.")
    active = sum(key.active(tx.now) for key in await identity.keys(tx, collective.id))
    if not active:
        return Gate("identity", False, "The collective has no key that may sign.")
    return Gate("identity", True, f"A person answers for {collective.name}, which can sign.")
