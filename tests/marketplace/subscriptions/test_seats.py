"""Seats: invited by letter, claimed once, revoked at once, and never more than there are."""

import asyncio
from datetime import timedelta

import pytest

from arena.kit.money import Money
from arena.marketplace import entitlements, listings, subscriptions
from arena.marketplace.subscriptions import Subscription, seats
from arena.marketplace.subscriptions.seats.model import (
    AlreadyInvited,
    AlreadySeated,
    NoSeats,
    SubscriptionStopped,
)
from tests.marketplace.market import Buyer, Market
from tests.marketplace.subscriptions.test_letters import sent

TIERS = (
    listings.Tier("basic", Money(2_900)),
    listings.Tier("pro", Money(9_900)),
    listings.Tier("enterprise", Money(49_900), team_seats=10),
)


async def team(market: Market, tier: str = "enterprise") -> tuple[Buyer, Subscription]:
    owner, listing = await market.buyer(), await market.listed(tiers=TIERS)
    return owner, (await market.subscribe(owner, listing, tier)).subscription


async def invited(market: Market, owner: Buyer, found: Subscription, name: str) -> str:
    """The token of the link."""
    async with market.db.transaction() as tx:
        seat = await seats.invite(tx, found.id, f"{name}@example.org", actor=owner.actor)
    return seats.seat_token(market.settings.vault, seat.id)


async def claim(market: Market, token: str, who: Buyer) -> seats.Seat:
    async with market.db.transaction() as tx:
        return await seats.claim(tx, market.settings.vault, token, actor=who.actor)


async def decision(market: Market, who: Buyer, found: Subscription) -> entitlements.Decision:
    async with market.db.transaction(readonly=True) as tx:
        return await entitlements.may(tx, who.id, found.feed_id)


async def test_who_claims_receives_what_the_subscriber_does_and_as_long(market: Market) -> None:
    owner, found = await team(market)
    guest = await market.buyer()
    token = await invited(market, owner, found, "Ada")
    assert not (await decision(market, guest, found)).allowed
    for _ in range(2):
        seat = await claim(market, token, guest)
    held = await decision(market, guest, found)
    assert (held.allowed, held.reason, held.tier) == (True, "seat", "enterprise")
    assert (held.until, held.right_id) == (found.access_until, seat.id)
    assert not held.can_change
    assert not held.can_bill
    assert found.access_until is not None
    market.at(found.access_until)
    late = await decision(market, guest, found)
    assert (late.allowed, late.reason) == (False, "past_due")


async def test_fifty_at_once_take_exactly_ten_seats(market: Market) -> None:
    owner, found = await team(market)
    guests = [await market.buyer() for _ in range(50)]
    tokens = [await invited(market, owner, found, f"guest{i}") for i in range(50)]
    answers = await asyncio.gather(
        *(claim(market, t, g) for t, g in zip(tokens, guests, strict=True)), return_exceptions=True
    )
    assert sum(isinstance(a, seats.Seat) for a in answers) == 10
    assert sum(isinstance(a, seats.SeatsFull) for a in answers) == 40
    allowed = [g for g in guests if (await decision(market, g, found)).allowed]
    assert len(allowed) == 10
    async with market.db.transaction() as tx:
        room = await seats.room(tx, found.id, owner.actor)
        assert (room.taken, room.free, room.invited) == (10, 0, 40)
        await seats.revoke(tx, (found.id, room.people[0].id), actor=owner.actor)
    left = next(i for i, a in enumerate(answers) if isinstance(a, seats.SeatsFull))
    await claim(market, tokens[left], guests[left])


async def test_the_same_link_in_many_hands_lets_one_in(market: Market) -> None:
    owner, found = await team(market)
    token = await invited(market, owner, found, "ada")
    guests = [await market.buyer() for _ in range(8)]
    answers = await asyncio.gather(
        *(claim(market, token, g) for g in guests), return_exceptions=True
    )
    assert sum(isinstance(a, seats.Seat) for a in answers) == 1
    assert sum(isinstance(a, seats.SeatLinkOver) for a in answers) == 7


async def test_revoked_access_is_over_and_so_is_the_link(market: Market) -> None:
    owner, found = await team(market)
    guest, token = await market.buyer(), await invited(market, owner, found, "ada")
    seat = await claim(market, token, guest)
    for _ in range(2):
        async with market.db.transaction() as tx:
            ended = await seats.revoke(tx, (found.id, seat.id), actor=owner.actor)
    assert (ended.state, ended.end_reason) == (seats.State.ENDED, "revoked")
    after = await decision(market, guest, found)
    assert (after.allowed, after.reason) == (False, "seat_revoked")
    with pytest.raises(seats.SeatLinkOver):
        await claim(market, token, guest)
    again = await invited(market, owner, found, "ada")
    await claim(market, again, guest)
    assert (await decision(market, guest, found)).allowed
    assert await market.count("fact", "kind = 'SeatRevoked'") == 1


async def test_a_link_that_was_made_up_or_is_too_old_opens_nothing(market: Market) -> None:
    owner, found = await team(market)
    guest, token = await market.buyer(), await invited(market, owner, found, "ada")
    forged = token.partition(".")[0] + "." + "A" * 43
    for wrong in (forged, "set_x", "", token + "A"):
        with pytest.raises(seats.SeatLinkOver):
            await claim(market, wrong, guest)
    async with market.db.transaction() as tx:
        await tx.execute("update subscription_seat set link_until = now() - interval '1 s'")
    with pytest.raises(seats.SeatLinkOver):
        await claim(market, token, guest)
    assert await invited(market, owner, found, "ADA") == token, (
        "written to again, the link works on"
    )
    await claim(market, token, guest)


async def test_own_twice_strangers_and_lower_tiers_are_refused(market: Market) -> None:
    owner, found = await team(market)
    guest = await market.buyer()
    token = await invited(market, owner, found, "ada")
    with pytest.raises(seats.SeatOfYourOwn):
        await claim(market, token, owner)
    seat = await claim(market, token, guest)
    with pytest.raises(AlreadyInvited):
        await invited(market, owner, found, "ada")
    second = await invited(market, owner, found, "bob")
    with pytest.raises(AlreadySeated):
        await claim(market, second, guest)
    async with market.db.transaction() as tx:
        with pytest.raises(subscriptions.NoSuchSubscription):
            await seats.invite(tx, found.id, "x@example.org", actor=guest.actor)
        with pytest.raises(seats.NotYourSeat):
            await seats.leave(tx, seat.id, actor=owner.actor)
    other, pro = await team(market, "pro")
    async with market.db.transaction() as tx:
        with pytest.raises(NoSeats):
            await seats.invite(tx, pro.id, "x@example.org", actor=other.actor)
    await subscriptions.cancel(market.db, market.gateway, found.id, at="now", actor=owner.actor)
    assert not (await decision(market, guest, found)).allowed
    with pytest.raises(SubscriptionStopped):
        await claim(market, second, await market.buyer())


async def test_given_back_it_is_free_for_another(market: Market) -> None:
    owner, found = await team(market)
    guest = await market.buyer()
    seat = await claim(market, await invited(market, owner, found, "ada"), guest)
    async with market.db.transaction() as tx:
        assert [s.id for s in await seats.held_by(tx, guest.id)] == [seat.id]
        await seats.leave(tx, seat.id, actor=guest.actor)
        assert await seats.held_by(tx, guest.id) == []
    assert not (await decision(market, guest, found)).allowed


async def test_with_a_lower_tier_the_seats_end_when_it_begins(market: Market) -> None:
    owner, found = await team(market)
    guest = await market.buyer()
    await claim(market, await invited(market, owner, found, "ada"), guest)
    waiting = await invited(market, owner, found, "bob")
    async with market.db.transaction() as tx:
        wish = subscriptions.NewTerms(found.id, "pro", "month")
        how = await subscriptions.quote(tx, wish, actor=owner.actor)
    agreed = subscriptions.Agreed("i", how.charge, market.stage.now)
    await subscriptions.change(market.db, market.gateway, wish, actor=owner.actor, agreed=agreed)
    assert (await decision(market, guest, found)).allowed
    assert found.period_end is not None
    market.at(found.period_end)
    await subscriptions.renew_due(market.db, market.gateway)
    assert (await decision(market, guest, found)).reason == "seat_revoked"
    with pytest.raises(seats.SeatLinkOver):
        await claim(market, waiting, await market.buyer())


async def test_letters_go_to_whom_they_are_for_and_the_link_is_in_no_row(market: Market) -> None:
    owner, found = await team(market)
    guest = await market.buyer()
    token = await invited(market, owner, found, "ada")
    [(subject, words)] = await sent(market)
    assert subject == "A seat at Northwind Crossing for you"
    assert f"/seats/{token}" in words
    assert await market.count("fact", f"body::text like '%{token.partition('.')[2]}%'") == 0
    seat = await claim(market, token, guest)
    async with market.db.transaction() as tx:
        await seats.revoke(tx, (found.id, seat.id), actor=owner.actor)
    assert [subject for subject, _ in await sent(market)][1:] == [
        "A seat at Northwind Crossing was taken",
        "Your seat at Northwind Crossing is over",
    ]


async def test_more_seats_are_had_at_once_and_fewer_only_with_a_new_choice(market: Market) -> None:
    author, actor, _ = await market.creator()
    listing = await market.listed(author=author, actor=actor, tiers=TIERS)
    owner = await market.buyer()
    found = (await market.subscribe(owner, listing, "enterprise")).subscription
    for offered, had in ((20, 20), (5, 10)):
        tier = listings.Tier("enterprise", Money(49_900), team_seats=offered)
        await market.reprice(listing, actor, *TIERS[:2], tier)
        async with market.db.transaction(readonly=True) as tx:
            assert (await seats.room(tx, found.id, owner.actor)).seats == had
    market.at(market.stage.now + timedelta(hours=1))
