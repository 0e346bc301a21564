"""May: derived on each call; nobody without a ground is let through."""

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arena.kit.db import Database
from arena.marketplace import listings, moderation, subscriptions
from arena.marketplace.entitlements import (
    NotEntitled,
    PaymentRequired,
    covering,
    history,
    may,
    require,
)
from arena.marketplace.entitlements.model import ALLOWING, DENYING
from arena.marketplace.subscriptions.model import EndsAnyway, NotPaused, NotRunning
from arena.money import ledger
from arena.people.access import Actor
from tests.marketplace.market import Buyer, Market


async def reason(db: Database, subject: str, feed: str, at: datetime | None = None) -> str:
    async with db.transaction() as tx:
        decision = await may(tx, subject, feed, at)
    assert decision.allowed == (decision.reason in ALLOWING)
    assert decision.allowed or decision.reason in DENYING
    return f"{decision.reason}:{decision.tier}"


async def test_owners_are_served_as_enterprise(market: Market) -> None:
    author, actor, _ = await market.creator()
    for subject in (author.collective.id, actor.id):
        assert await reason(market.db, subject, author.feed.id) == "owner:enterprise"


async def test_strangers_are_not(market: Market) -> None:
    author, _, _ = await market.creator()
    other_author, other, _ = await market.creator()
    buyer = await market.buyer()
    for subject in (
        buyer.id,
        other.id,
        other_author.collective.id,
        "anonymous",
        "system",
        "",
        "usr_x",
    ):
        assert await reason(market.db, subject, author.feed.id) == "none:None"


async def test_a_subscriber_is_served_at_his_tier_for_that_feed_only(market: Market) -> None:
    listing, other = await market.listed(), await market.listed()
    buyer = await market.buyer()
    await market.subscribe(buyer, listing, "basic")
    assert await reason(market.db, buyer.id, listing.feed_id) == "paid:basic"
    assert await reason(market.db, buyer.id, other.feed_id) == "none:None"


async def test_a_subscription_serves_the_collectives_its_person_owns_and_no_others(
    market: Market,
) -> None:
    listing = await market.listed()
    mine, me, _ = await market.creator()
    theirs, _, _ = await market.creator()
    buyer = await market.buyer()
    async with market.db.transaction() as tx:
        await tx.execute(
            "update collective set owner_id = $2 where id = $1", mine.collective.id, buyer.id
        )
    await market.subscribe(buyer, listing)
    assert await reason(market.db, mine.collective.id, listing.feed_id) == "paid:pro"
    assert await reason(market.db, theirs.collective.id, listing.feed_id) == "none:None"
    assert await reason(market.db, me.id, listing.feed_id) == "none:None"


async def test_access_is_half_open_in_product_time(market: Market) -> None:
    listing, buyer = await market.listed(), await market.buyer()
    found = (await market.subscribe(buyer, listing)).subscription
    assert found.period_start is not None
    assert found.access_until is not None
    second = timedelta(seconds=1)
    for at, expected in [
        (found.period_start - second, "none:None"), (found.period_start, "paid:pro"),
        (found.access_until - second, "grace:pro"), (found.access_until, "past_due:None"),
    ]:  # fmt: skip
        assert await reason(market.db, buyer.id, listing.feed_id, at) == expected


async def test_every_change_of_a_subscription_changes_the_version(market: Market) -> None:
    listing, buyer = await market.listed(), await market.buyer()
    found = (await market.subscribe(buyer, listing)).subscription
    async with market.db.transaction() as tx:
        before = await may(tx, buyer.id, listing.feed_id)
    await subscriptions.cancel(market.db, market.gateway, found.id, actor=buyer.actor)
    async with market.db.transaction() as tx:
        after = await may(tx, buyer.id, listing.feed_id)
    assert after.version != before.version
    assert after.until == found.period_end


async def test_covering_lists_what_may_allows(market: Market) -> None:
    first, second, _ = await market.listed(), await market.listed(), await market.listed()
    buyer = await market.buyer()
    await market.subscribe(buyer, first, "basic")
    await market.subscribe(buyer, second, "enterprise")
    async with market.db.transaction() as tx:
        covered = await covering(tx, buyer.id)
        for item in covered:
            assert await may(tx, buyer.id, item.feed_id) == item.decision
    assert {item.feed_id: item.decision.tier for item in covered} == {
        first.feed_id: "basic",
        second.feed_id: "enterprise",
    }


async def test_a_refusal_points_to_the_listing_or_says_it_is_not_for_sale(market: Market) -> None:
    author, actor, _ = await market.creator()
    listing = await market.listed(author=author, actor=actor)
    buyer = await market.buyer()
    async with market.db.transaction() as tx:
        with pytest.raises(PaymentRequired) as refused:
            await require(tx, buyer.id, listing.feed_id)
        assert refused.value.status == 402
        assert refused.value.facts["listing_id"] == listing.id
        assert refused.value.facts["tiers"] == {"basic": 2_900, "pro": 9_900, "enterprise": 49_900}
        await listings.pause(tx, listing.id, actor=actor)
        with pytest.raises(NotEntitled) as not_for_sale:
            await require(tx, buyer.id, listing.feed_id)
    assert not_for_sale.value.status == 403


MOVES = [
    "subscribe", "cancel", "cancel now", "a day", "a month", "decline", "pay", "pause", "resume", "delist",
    "take down",
]  # fmt: skip


@settings(
    max_examples=15, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(moves=st.lists(st.sampled_from(MOVES), min_size=3, max_size=10))
async def test_whatever_happens_who_has_not_paid_for_the_time_is_not_served(
    market: Market, moves: list[str]
) -> None:
    """The oracle knows only the gateway's books: a month of access, and three days of grace, per charge."""
    author, actor, _ = await market.creator()
    listing = await market.listed(author=author, actor=actor)
    buyer, stranger = await market.buyer(), await market.buyer()
    paid_until: datetime | None = None
    for move in moves:
        charged = await market.count("fake_charge", "state = 'succeeded'")
        await _do(market, move, listing, actor, buyer)
        now = market.stage.now
        for _ in range(await market.count("fake_charge", "state = 'succeeded'") - charged):
            late = paid_until is None or paid_until < now - timedelta(days=8)
            start = now if paid_until is None or late or move == "resume" else paid_until
            paid_until = start + timedelta(days=31)
        async with market.db.transaction() as tx:
            served = (await may(tx, buyer.id, listing.feed_id)).allowed
            assert not (await may(tx, stranger.id, listing.feed_id)).allowed
        if served:
            assert paid_until is not None, "served without ever having paid"
            assert now < paid_until + timedelta(days=3)
        await _decided_as_it_is(market)
    await _books_agree(market)


async def _decided_as_it_is(market: Market) -> None:
    """What was decided of each subscription for this moment is what its own row says."""
    async with market.db.transaction(readonly=True) as tx:
        for s in await tx.fetch("select * from subscription"):
            held = next(
                each
                for each in await history(tx, s["person_id"], s["listing_id"])
                if each.right_id == s["id"]
                and each.valid_from <= tx.now
                and (each.valid_until is None or tx.now < each.valid_until)
            )
            runs = s["status"] in ("active", "past_due") and s["access_until"] > tx.now
            assert held.can_access == held.can_deliver == runs, s["status"]
            waits = s["status"] == "paused" and s["charge_at"] > tx.now
            assert held.can_bill == (
                s["status"] == "incomplete" or (s["charge_at"] is not None and not waits)
            )
            assert held.tier == s["tier"]


async def _books_agree(market: Market) -> None:
    """Whatever happened, the ledger is sound and holds what the gateway says it took."""
    async with market.db.transaction() as tx:
        assert (await ledger.trial_balance(tx)).sound
        taken = await tx.fetchval(
            "select coalesce(sum(amount), 0) from fake_charge where state = 'succeeded'"
        )
        assert (await ledger.balance(tx, "gateway:fake:balance")).minor == taken


async def _do(
    market: Market, move: str, listing: listings.Listing, creator: Actor, buyer: Buyer
) -> None:
    try:
        if move == "subscribe":
            await market.subscribe(buyer, listing)
        elif move in ("cancel", "cancel now"):
            async with market.db.transaction() as tx:
                mine = await subscriptions.subscriptions_of(tx, buyer.id)
            if mine:
                await subscriptions.cancel(
                    market.db, market.gateway, mine[0].id, actor=buyer.actor,
                    at="now" if move == "cancel now" else "period_end",
                )  # fmt: skip
        elif move in ("pause", "resume"):
            await _rest(market, move, buyer)
        elif move in ("decline", "pay"):
            number = "4000000000000002" if move == "decline" else "4242424242424242"
            await market.change_card(buyer, number)
        elif move == "take down":
            async with market.db.transaction() as tx:
                await moderation.take_down(tx, listing.id, actor=creator, reason="Found out.")
            await market.settle()
        elif move == "delist":
            async with market.db.transaction() as tx:
                await listings.delist(tx, listing.id, actor=creator)
        else:
            for _ in range(1 if move == "a day" else 31):
                market.at(market.stage.now + timedelta(days=1))
                async with market.db.transaction() as tx:
                    await subscriptions.expire_due(tx)
                    await subscriptions.pause_due(tx)
                await subscriptions.renew_due(market.db, market.gateway)
                await market.settle()
    except (
        subscriptions.AlreadySubscribed, subscriptions.CardDeclined, listings.NotOnOffer,
        listings.ListingMoved, EndsAnyway, NotPaused, NotRunning,
    ):  # fmt: skip
        pass


async def _rest(market: Market, move: str, buyer: Buyer) -> None:
    async with market.db.transaction() as tx:
        mine = await subscriptions.subscriptions_of(tx, buyer.id)
        if mine and move == "pause":
            await subscriptions.pause(tx, mine[0].id, 1, actor=buyer.actor)
    if mine and move == "resume":
        await subscriptions.unpause(market.db, market.gateway, mine[0].id, actor=buyer.actor)
