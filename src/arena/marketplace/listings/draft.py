"""Draft a listing, and update it: every change is a new version, named in the transparency log."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from arena.evidence import audit, log
from arena.kit.canonical import canonical_json, document_sha
from arena.kit.clock import iso_ms
from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.marketplace.listings import store
from arena.marketplace.listings.bounds import Bounds, check_prices
from arena.marketplace.listings.model import (
    PERIODS,
    AlreadyListed,
    Listing,
    ListingMoved,
    NoSuchListing,
    NothingChanged,
    NotYourFeedToList,
    NotYourListing,
    PricesRaised,
    Status,
    Thresholds,
    Tier,
    Version,
    VersionMoved,
    Words,
)
from arena.marketplace.listings.owner import owns, payee_of
from arena.people.access import Actor
from arena.signals import feeds


async def draft(
    tx: Tx,
    *,
    feed_id: str,
    words: Words,
    tiers: Sequence[Tier],
    thresholds: Thresholds | None = None,
    bounds: Bounds | None = None,
    actor: Actor,
    request_id: str | None = None,
) -> Listing:
    """A new draft for a feed; a feed has one listing. Raises NoSuchFeed, NotYourFeedToList, AlreadyListed, and
    PriceOutOfBounds where there are `bounds`."""
    if not await owns(tx, actor, feed_id):
        raise NotYourFeedToList(feed_id=feed_id)
    if bounds is not None:
        check_prices(bounds, tiers)
    feed = await feeds.feed(tx, feed_id)
    new = Listing(
        id=derived("lst", feed_id), feed_id=feed_id, creator_id=await payee_of(tx, feed_id),
        status=Status.DRAFT, version=1, words=words, instrument=feed.instrument, tiers=tuple(tiers),
        listed_at=None, created_at=tx.now, updated_at=tx.now, thresholds=thresholds,
    )  # fmt: skip
    if not await store.insert(tx, new):
        raise AlreadyListed(feed_id=feed_id, listing_id=new.id)
    await _audit(tx, new.id, "listings.draft", actor=actor, request_id=request_id, feed=feed_id)
    await _publish(tx, new, note="First version", author_id=actor.id)
    return new


async def update(
    tx: Tx,
    listing_id: str,
    *,
    words: Words,
    tiers: Sequence[Tier],
    note: str,
    thresholds: Thresholds | None = None,
    bounds: Bounds | None = None,
    actor: Actor,
    expected_version: int | None = None,
    request_id: str | None = None,
) -> Listing:
    """The listing in its new version; subscribers keep the price they agreed to, and of a rise they are told. Of
    `thresholds` those stay that are not said.

    Raises NoSuchListing, NotYourListing, VersionMoved where `expected_version` is not the newest,
    ListingMoved where it is under review or off the market, NothingChanged, PriceOutOfBounds where there are `bounds`.
    """
    found = await store.by_id(tx, listing_id, lock=True)
    if found is None:
        raise NoSuchListing(listing_id=listing_id)
    if not await owns(tx, actor, found.feed_id):
        raise NotYourListing(listing_id=listing_id)
    if expected_version is not None and expected_version != found.version:
        raise VersionMoved(version=found.version, expected=expected_version)
    if found.status in (Status.SUBMITTED, Status.DELISTED):
        raise ListingMoved(
            f"A listing that is {found.status} cannot be changed.", status=found.status.value
        )
    if bounds is not None:
        check_prices(bounds, tiers, before=found.tiers)
    held = found.thresholds
    if thresholds is not None:
        held = (held or Thresholds()).with_said(thresholds)
    if _body(found.feed_id, words, tiers, held) == _body(
        found.feed_id, found.words, found.tiers, found.thresholds
    ):
        raise NothingChanged(version=found.version)
    changed = Listing(
        id=found.id, feed_id=found.feed_id, creator_id=found.creator_id, status=found.status,
        version=found.version + 1, words=words, instrument=found.instrument, tiers=tuple(tiers),
        listed_at=found.listed_at, created_at=found.created_at, updated_at=tx.now,
        thresholds=held,
    )  # fmt: skip
    await _audit(
        tx, found.id, "listings.update", actor=actor, request_id=request_id,
        version=changed.version, note=note,
    )  # fmt: skip
    await _publish(tx, changed, note=note, author_id=actor.id)
    raised = _raised(found.tiers, changed.tiers)
    if raised:
        await tx.record(PricesRaised(found.id, changed.version, raised))
    return changed


def _raised(before: Sequence[Tier], after: Sequence[Tier]) -> tuple[str, ...]:
    """Tiers that cost more than before, by the month or by the year."""
    old = {tier.tier: tier for tier in before}
    return tuple(
        tier.tier
        for tier in after
        if (was := old.get(tier.tier)) is not None
        and any(
            (now := tier.price(period)) is not None
            and (then := was.price(period)) is not None
            and now.minor > then.minor
            for period in PERIODS
        )
    )


async def _publish(tx: Tx, listing: Listing, *, note: str, author_id: str) -> None:
    """Writes the version and its log entry; what the entry commits to is the canonical body's SHA-256."""
    body = _body(listing.feed_id, listing.words, listing.tiers, listing.thresholds)
    sha = document_sha(body)
    entry = {
        "type": "listing_version/v1", "listing": listing.id, "feed": listing.feed_id,
        "version": str(listing.version), "sha": sha, "at": iso_ms(tx.now),
    }  # fmt: skip
    index = await log.append(
        tx, kind="listing_version", reference=f"{listing.id}/{listing.version}", entry=canonical_json(entry)
    )  # fmt: skip
    version = Version(listing.version, sha, note, author_id, index, tx.now, body)
    await store.write_version(
        tx, listing.id, words=listing.words, version=version, tiers=listing.tiers
    )


def _body(
    feed_id: str, words: Words, tiers: Sequence[Tier], thresholds: Thresholds | None
) -> dict[str, Any]:
    """A version's content in the form its SHA-256 is taken of; amounts in minor units, as strings. Thresholds, the
    price of a year, days of trial and a team's seats stand there only where there are any: versions without keep their
    hash."""
    prices = {
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
    body = {"feed": feed_id, **asdict(words), "tiers": prices}
    return body if thresholds is None else {**body, "thresholds": asdict(thresholds)}


async def _audit(
    tx: Tx, listing_id: str, action: str, *, actor: Actor, request_id: str | None, **detail: object
) -> None:
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action=action, object=listing_id, detail=detail,
        reason=None, request_id=request_id,
    )  # fmt: skip
