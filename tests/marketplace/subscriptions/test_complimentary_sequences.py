"""Whatever is invited, claimed, revoked, given back, bought and ended in whatever order: access is as the rows say."""

import random
from datetime import timedelta

import pytest

from arena.kit.errors import Conflict, Forbidden
from arena.marketplace import entitlements, subscriptions
from arena.marketplace.entitlements import RANKS
from arena.marketplace.entitlements.model import ALLOWING, DENYING
from arena.marketplace.subscriptions import complimentary
from arena.marketplace.subscriptions.complimentary import State
from tests.marketplace.market import Buyer, Market
from tests.marketplace.subscriptions.test_complimentary import Stand, stand_of

SEATS, MOST = 2, 4
TIERS = ("basic", "pro", "enterprise")
ACTS = ("invite", "claim", "claim", "revoke", "give_back", "subscribe", "end", "wait", "sweep")


async def _act(stand: Stand, people: list[Buyer], chance: random.Random) -> str:
    """One act of chance; what is refused changes nothing."""
    market, act = stand.market, chance.choice(ACTS)
    who, name = chance.choice(people), f"guest{chance.randrange(4)}"
    async with market.db.transaction(readonly=True) as tx:
        given = (await complimentary.given(tx, stand.listing.id, actor=stand.owner)).data
        mine = await complimentary.held_by(tx, who.id)
        live = await subscriptions.live_subscription(tx, who.id, stand.listing.id)
    try:
        if act == "invite":
            await stand.invite(name, chance.choice(TIERS), days=chance.randrange(5), most=MOST)
        elif act == "claim" and given:
            fresh = [each for each in given if each.state is State.INVITED]
            await stand.claim(chance.choice(fresh if fresh and chance.randrange(4) else given), who)
        elif act == "revoke" and given:
            await stand.revoke(chance.choice(given))
        elif act == "give_back" and mine:
            async with market.db.transaction() as tx:
                await complimentary.give_back(tx, mine[0].id, actor=who.actor)
        elif act == "subscribe":
            await market.subscribe(who, stand.listing, chance.choice(TIERS))
        elif act == "end" and live:
            await subscriptions.cancel(
                market.db, market.gateway, live.id, at="now", actor=who.actor
            )
        elif act == "wait":
            market.at(market.db.clock.now() + timedelta(hours=chance.randrange(1, 60)))
        elif act == "sweep":
            async with market.db.transaction() as tx:
                await complimentary.end_over(tx)
    except (Conflict, Forbidden) as refused:
        return f"{act}: {type(refused).__name__}"
    return act


async def _check(stand: Stand, people: list[Buyer], story: list[str]) -> None:
    """By the rows of what was given and bought, counted here anew."""
    async with stand.market.db.transaction(readonly=True) as tx:
        rows = await tx.fetch("select * from complimentary")
        bought = await tx.fetch("select * from subscription where status = 'active'")
        taken = dict.fromkeys(TIERS, 0)
        holds: dict[str, list[str]] = {person.id: [] for person in people}
        for row in rows:
            if row["state"] == State.CLAIMED and row["until"] > tx.now:
                holds[row["person_id"]].append(row["tier"])
                taken[row["tier"]] += 1
        for row in bought:
            if row["access_until"] > tx.now:
                holds[row["person_id"]].append(row["tier"])
            taken[row["tier"]] += 1
        assert max(taken.values()) <= SEATS, story
        assert await complimentary.open_now(tx, stand.listing.id) <= MOST, story
        counted = await subscriptions.seats_taken(tx, [stand.listing.id])
        assert {tier: counted.get((stand.listing.id, tier), 0) for tier in TIERS} == taken, story
        for person in people:
            decision = await entitlements.may(tx, person.id, stand.listing.feed_id)
            best = max(holds[person.id], key=RANKS.index, default=None)
            assert (decision.allowed, decision.tier) == (best is not None, best), (story, decision)
            if decision.reason == "comp":
                assert decision.until is not None
                later = await entitlements.may(tx, person.id, stand.listing.feed_id, decision.until)
                assert later.reason != "comp", story
        assert await tx.fetchval("select count(*) from subscription_once where what = 'trial'") == 0


@pytest.mark.parametrize("seed", range(3))
async def test_any_order_of_acts_gives_the_access_that_the_rows_say(
    market: Market, seed: int
) -> None:
    chance, stand = random.Random(seed), await stand_of(market, seats=SEATS)
    people = [await market.buyer() for _ in range(3)]
    story: list[str] = []
    for _ in range(40):
        story.append(await _act(stand, people, chance))
        await _check(stand, people, story)
    assert "claim" in story, story


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 108))
async def test_so_do_long_orders_of_acts(market: Market, seed: int) -> None:
    chance, stand = random.Random(seed), await stand_of(market, seats=SEATS)
    people = [await market.buyer() for _ in range(4)]
    story: list[str] = []
    for _ in range(250):
        story.append(await _act(stand, people, chance))
        await _check(stand, people, story)
    assert {"invite", "claim", "revoke", "give_back", "subscribe", "end"} <= set(story), story


async def test_every_reason_that_the_database_gives_is_in_the_list(market: Market) -> None:
    stand = await stand_of(market)
    _, found = await stand.given()
    await stand.revoke(found)
    guest, second = await stand.given("bob")
    async with market.db.transaction() as tx:
        await complimentary.give_back(tx, second.id, actor=guest.actor)
        rows = await tx.fetch("select distinct reason from access_decision")
    reasons = {row["reason"] for row in rows}
    assert reasons == {"comp", "comp_ended", "comp_revoked", "comp_given_back"}
    assert reasons <= {*ALLOWING, *DENYING}
