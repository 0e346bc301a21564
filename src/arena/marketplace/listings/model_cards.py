"""A card becomes the draft of a listing, with thresholds that follow from it; or is shown by the one there is."""

from collections.abc import Sequence

from arena.evidence import audit
from arena.kit.db import Tx
from arena.marketplace.listings import store
from arena.marketplace.listings.bounds import Bounds
from arena.marketplace.listings.draft import draft, update
from arena.marketplace.listings.model import (
    CardSaysTooLittle,
    Listing,
    ListingMoved,
    NotTheFeedsCard,
    NotYourCard,
    NotYourFeedToList,
    Status,
    Thresholds,
    Tier,
    Words,
)
from arena.marketplace.listings.owner import owns, payee_of
from arena.marketplace.listings.promises import suggested
from arena.people.access import Actor
from arena.signals import feeds
from arena.signals.lab import cards

SAID_MIN = 10
TITLE_MIN, SUMMARY_MAX = 3, 500
NOTE = "Says what the feed is held to."
_NONE_SAID = Thresholds()


async def publish_card(
    tx: Tx,
    sha: str,
    feed_id: str,
    *,
    tiers: Sequence[Tier],
    thresholds: Thresholds = _NONE_SAID,
    bounds: Bounds | None = None,
    actor: Actor,
    request_id: str | None = None,
) -> Listing:
    """The feed's listing, which shows the card from now on; where it has none, a draft in the card's words.

    What is not said of the thresholds follows from the card. Words and prices of a listing that is there stay as they
    are; it is written anew only for thresholds that it does not have. The same again changes nothing.

    Raises NoSuchCard, NoSuchFeed, NotYourFeedToList, NotYourCard, NotTheFeedsCard, CardSaysTooLittle, PriceOutOfBounds
    (of a new draft), and ListingMoved where there is something to change and it is under review or off the market.
    """
    card = await cards.card(tx, sha)
    if not await owns(tx, actor, feed_id):
        raise NotYourFeedToList(feed_id=feed_id)
    if card.owner_id != await payee_of(tx, feed_id):
        raise NotYourCard(sha=sha)
    _same_lineage(card, await feeds.feed(tx, feed_id))
    listing = await store.by_feed(tx, feed_id)
    shown = None if listing is None else await store.card_sha(tx, listing.id)
    if listing is None:
        listing = await draft(
            tx, feed_id=feed_id, words=words_of(card), tiers=tiers, thresholds=suggested(card.body, thresholds),
            bounds=bounds, actor=actor, request_id=request_id,
        )  # fmt: skip
    else:
        held = (listing.thresholds or suggested(card.body, _NONE_SAID)).with_said(thresholds)
        if shown == sha and held == listing.thresholds:
            return listing
        if listing.status in (Status.SUBMITTED, Status.DELISTED):
            raise ListingMoved(
                f"A listing that is {listing.status} cannot be changed.",
                status=listing.status.value,
            )
        if held != listing.thresholds:
            listing = await update(
                tx, listing.id, words=listing.words, tiers=listing.tiers, note=NOTE, thresholds=held,
                actor=actor, request_id=request_id,
            )  # fmt: skip
    if shown != sha:
        await store.link_card(tx, listing.id, sha, by=actor.id)
        await audit.record(
            tx, actor=actor.id, actor_kind=actor.kind, action="listings.link_card", object=listing.id,
            detail={"card": sha}, reason=None, request_id=request_id,
        )  # fmt: skip
    return listing


def words_of(card: cards.Kept) -> Words:
    """What a card says, as a listing says it; known failures stand with the risks. Raises CardSaysTooLittle."""
    said, method = card.body["words"], card.body["method"]
    risks = f"{said['risks']}\n\nKnown failures: {said['known_failures']}"[:4000]
    words = Words(
        card.body["name"].strip(), method[:SUMMARY_MAX], said["intended_use"], method, risks
    )
    for name, text, least in (
        ("name", words.title, TITLE_MIN), ("method", method, SAID_MIN),
        ("intended_use", words.intended_use, SAID_MIN), ("risks", said["risks"], SAID_MIN),
        ("known_failures", said["known_failures"], SAID_MIN),
    ):  # fmt: skip
        if len(text.strip()) < least:
            raise CardSaysTooLittle(field=name, least=least)
    return words


def _same_lineage(card: cards.Kept, feed: feeds.Feed) -> None:
    """Raises NotTheFeedsCard."""
    ours, theirs = card.lineage.as_dict(), feed.lineage.as_dict()
    differ = [name.removesuffix("_sha") for name in ours if ours[name] != theirs[name]]
    if differ:
        raise NotTheFeedsCard(feed_id=feed.id, sha=card.sha, differ=", ".join(differ))
