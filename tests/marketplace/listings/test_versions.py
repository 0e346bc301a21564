"""Drafts and versions: whose feed it is, what is logged, what may be changed when."""

import asyncio
from dataclasses import replace

import pytest

from arena.evidence import log
from arena.kit.canonical import document_sha
from arena.marketplace import listings
from arena.marketplace.listings.model import (
    AlreadyListed,
    NothingChanged,
    NotYourFeedToList,
    NotYourListing,
    VersionMoved,
)
from tests.marketplace.market import PRICES, WORDS, Market


async def test_a_draft_is_version_one_and_in_the_log(market: Market) -> None:
    author, actor, _ = await market.creator()
    async with market.db.transaction() as tx:
        made = await listings.draft(
            tx, feed_id=author.feed.id, words=WORDS, tiers=PRICES, actor=actor
        )
        assert await listings.listing(tx, made.id) == made
        [version] = await listings.versions(tx, made.id)
        leaf = await log.leaf(tx, version.log_index)
    assert (made.status, made.version, made.creator_id) == (listings.Status.DRAFT, 1, actor.id)
    assert version.sha == document_sha(version.body)
    assert version.sha.encode() in leaf.entry
    assert made.id.encode() in leaf.entry


async def test_the_collective_itself_may_list_and_its_owner_is_paid(market: Market) -> None:
    author, actor, _ = await market.creator()
    async with market.db.transaction() as tx:
        made = await listings.draft(
            tx, feed_id=author.feed.id, words=WORDS, tiers=PRICES, actor=author.actor
        )
    assert made.creator_id == actor.id


async def test_nobody_lists_the_feed_of_another(market: Market) -> None:
    author, _, _ = await market.creator()
    other_author, other, _ = await market.creator()
    for actor in (other, other_author.actor):
        async with market.db.transaction() as tx:
            with pytest.raises(NotYourFeedToList):
                await listings.draft(
                    tx, feed_id=author.feed.id, words=WORDS, tiers=PRICES, actor=actor
                )


async def test_a_feed_has_one_listing(market: Market) -> None:
    author, actor, _ = await market.creator()
    made = await market.listed(author=author, actor=actor)
    async with market.db.transaction() as tx:
        with pytest.raises(AlreadyListed, match=made.id):
            await listings.draft(tx, feed_id=author.feed.id, words=WORDS, tiers=PRICES, actor=actor)


async def test_every_change_is_a_new_version_with_its_note(market: Market) -> None:
    author, actor, _ = await market.creator()
    made = await market.listed(author=author, actor=actor)
    words = replace(WORDS, risks="Loses more than one thinks in sideways markets.")
    async with market.db.transaction() as tx:
        changed = await listings.update(
            tx, made.id, words=words, tiers=PRICES[1:], note="Basic is sold no more", actor=actor,
            expected_version=1,
        )  # fmt: skip
        newest, first = await listings.versions(tx, made.id)
        again = await listings.listing(tx, made.id)
    assert (changed.version, again.words.risks) == (2, words.risks)
    assert [tier.tier for tier in again.tiers] == ["pro", "enterprise"]
    assert (newest.note, first.number) == ("Basic is sold no more", 1)
    assert newest.log_index > first.log_index
    assert first.body["risks"] == WORDS.risks


async def test_an_update_that_was_overtaken_or_says_nothing_new_is_refused(market: Market) -> None:
    author, actor, _ = await market.creator()
    made = await market.listed(author=author, actor=actor)
    _, stranger, _ = await market.creator()
    words = replace(WORDS, title="Northwind Crossing II")
    async with market.db.transaction() as tx:
        with pytest.raises(VersionMoved):
            await listings.update(
                tx, made.id, words=words, tiers=PRICES, note="n", actor=actor, expected_version=2
            )
        with pytest.raises(NothingChanged):
            await listings.update(
                tx, made.id, words=made.words, tiers=made.tiers, note="n", actor=actor
            )
        with pytest.raises(NotYourListing):
            await listings.update(tx, made.id, words=words, tiers=PRICES, note="n", actor=stranger)


async def test_under_review_nothing_is_changed(market: Market) -> None:
    author, actor, _ = await market.creator()
    async with market.db.transaction() as tx:
        made = await listings.draft(
            tx, feed_id=author.feed.id, words=WORDS, tiers=PRICES, actor=actor
        )
        await listings.move(tx, made.id, listings.Status.SUBMITTED, actor=actor)
        with pytest.raises(listings.ListingMoved, match="submitted"):
            await listings.update(
                tx, made.id, words=replace(WORDS, title="Other"), tiers=PRICES, note="n", actor=actor
            )  # fmt: skip


async def test_status_moves_only_along_its_arrows(market: Market) -> None:
    author, actor, _ = await market.creator()
    made = await market.listed(author=author, actor=actor)
    async with market.db.transaction() as tx:
        assert (await listings.pause(tx, made.id, actor=actor)).status is listings.Status.PAUSED
        assert (await listings.resume(tx, made.id, actor=actor)).status is listings.Status.LISTED
        assert (await listings.delist(tx, made.id, actor=actor)).status is listings.Status.DELISTED
        with pytest.raises(listings.ListingMoved):
            await listings.resume(tx, made.id, actor=actor)


async def test_a_creator_cannot_put_a_draft_or_a_submission_on_offer_himself(
    market: Market,
) -> None:
    author, actor, _ = await market.creator()
    async with market.db.transaction() as tx:
        made = await listings.draft(
            tx, feed_id=author.feed.id, words=WORDS, tiers=PRICES, actor=actor
        )
        with pytest.raises(listings.ListingMoved):
            await listings.resume(tx, made.id, actor=actor)
        await listings.move(tx, made.id, listings.Status.SUBMITTED, actor=actor)
        with pytest.raises(listings.ListingMoved):
            await listings.resume(tx, made.id, actor=actor)


async def test_versions_cannot_be_rewritten(market: Market) -> None:
    await market.listed()
    async with market.db.transaction() as tx:
        with pytest.raises(Exception, match="append-only"):
            async with tx.savepoint():
                await tx.execute("update listing_version set sha = 'x'")


async def test_who_waits_for_another_change_goes_on_from_it(market: Market) -> None:
    author, actor, _ = await market.creator()
    listing = await market.listed(author=author, actor=actor)

    async def change(summary: str) -> listings.Listing:
        async with market.db.transaction() as tx:
            return await listings.update(
                tx, listing.id, words=replace(WORDS, summary=summary), tiers=PRICES, note=summary,
                actor=actor,
            )  # fmt: skip

    async with market.db.transaction() as tx:
        await listings.update(
            tx, listing.id, words=replace(WORDS, summary="The first of two."), tiers=PRICES,
            note="first", actor=actor,
        )  # fmt: skip
        waiting = asyncio.create_task(change("The second of two."))
        await asyncio.sleep(0.2)
        assert not waiting.done()
    assert (await waiting).version == 3
