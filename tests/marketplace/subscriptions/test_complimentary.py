"""Complimentary access: given by letter, claimed once, over with its day, revoked at once, within its bounds."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from arena.kit.db import Tx
from arena.marketplace import entitlements, listings, moderation, subscriptions
from arena.marketplace.subscriptions import complimentary
from arena.marketplace.subscriptions.complimentary import Complimentary, State, Wish
from arena.people.access import Actor
from tests.marketplace.market import PRICES, Buyer, Market
from tests.marketplace.subscriptions.test_letters import sent

MOST = 20


class Stand:
    """A creator's listing, and what he gives of it."""

    def __init__(self, market: Market, listing: listings.Listing, owner: Actor) -> None:
        self.market, self.listing, self.owner = market, listing, owner

    async def invite(
        self,
        name: str = "ada",
        tier: str = "pro",
        *,
        days: int = 10,
        actor: Actor | None = None,
        most: int = MOST,
    ) -> Complimentary:
        """`days` from now is the last one."""
        async with self.market.db.transaction() as tx:
            wish = Wish(
                self.listing.id, f"{name}@example.org", tier,
                (tx.now + timedelta(days=days)).date(), "Writes a review.",
            )  # fmt: skip
            return await complimentary.invite(tx, wish, most=most, actor=actor or self.owner)

    def token(self, found: Complimentary) -> str:
        return complimentary.complimentary_token(self.market.settings.vault, found.id)

    async def claim(self, found: Complimentary, who: Buyer | Actor) -> Complimentary:
        actor = who if isinstance(who, Actor) else who.actor
        async with self.market.db.transaction() as tx:
            return await complimentary.claim(
                tx, self.market.settings.vault, self.token(found), actor=actor
            )

    async def given(
        self, name: str = "ada", tier: str = "pro", *, days: int = 10
    ) -> tuple[Buyer, Complimentary]:
        who = await self.market.buyer()
        return who, await self.claim(await self.invite(name, tier, days=days), who)

    async def revoke(self, found: Complimentary, actor: Actor | None = None) -> Complimentary:
        async with self.market.db.transaction() as tx:
            return await complimentary.revoke(tx, found.id, actor=actor or self.owner)

    async def access(self, who: Buyer, at: datetime | None = None) -> entitlements.Decision:
        async with self.market.db.transaction(readonly=True) as tx:
            return await entitlements.may(tx, who.id, self.listing.feed_id, at)

    async def left(self, tier: str = "pro") -> int | None:
        async with self.market.db.transaction(readonly=True) as tx:
            taken = await subscriptions.seats_taken(tx, [self.listing.id])
        return taken.get((self.listing.id, tier), 0)


@pytest.fixture
async def stand(market: Market) -> Stand:
    return await stand_of(market)


async def stand_of(market: Market, *, seats: int | None = None) -> Stand:
    author, actor, _ = await market.creator()
    return Stand(market, await market.listed(author=author, actor=actor, seats=seats), actor)


def at_day(found: Complimentary, seconds: int) -> datetime:
    return found.until + timedelta(seconds=seconds)


async def test_who_claims_has_the_tier_to_the_last_second_of_its_day_and_no_longer(
    stand: Stand, market: Market
) -> None:
    guest = await market.buyer()
    invited = await stand.invite(days=10)
    assert invited.until.time() == datetime(2020, 1, 1, tzinfo=UTC).time()
    assert not (await stand.access(guest)).allowed
    for _ in range(2):
        found = await stand.claim(invited, guest)
    held = await stand.access(guest)
    assert (held.allowed, held.reason, held.tier) == (True, "comp", "pro")
    assert (held.right_id, held.until) == (found.id, found.until)
    assert held.can_deliver
    assert not held.can_change
    assert not held.can_bill
    assert (await stand.access(guest, at_day(found, -1))).allowed
    ahead = await stand.access(guest, found.until)
    assert (ahead.allowed, ahead.reason) == (False, "comp_ended")
    market.at(found.until)
    assert (await stand.access(guest)).reason == "comp_ended", "no job has run"


async def test_the_job_closes_what_is_over_or_was_never_claimed_and_says_nothing_new(
    stand: Stand, market: Market
) -> None:
    guest, found = await stand.given(days=3)
    await stand.invite("bob", days=30)
    async with market.db.transaction() as tx:
        await tx.execute(
            "update complimentary set link_until = now() - interval '1 s' where email like 'bob%'"
        )
    market.at(found.until)
    rows = await market.count("access_decision")
    for ended in (2, 0):
        async with market.db.transaction() as tx:
            assert await complimentary.end_over(tx) == ended
    assert await market.count("access_decision") == rows
    assert (await stand.access(guest)).reason == "comp_ended"
    assert await market.count("complimentary", "end_reason = 'over' and email like 'ada%'") == 1
    assert await market.count("complimentary", "end_reason = 'lapsed' and email like 'bob%'") == 1
    again = await stand.invite(days=5)
    await stand.claim(again, guest)
    assert (await stand.access(guest)).reason == "comp"


async def test_revoked_it_is_over_at_once_and_the_link_works_no_more(
    stand: Stand, market: Market
) -> None:
    guest, found = await stand.given()
    waiting = await stand.invite("bob")
    for _ in range(2):
        ended = await stand.revoke(found)
    assert (ended.state, ended.end_reason) == (State.ENDED, "revoked")
    after = await stand.access(guest)
    assert (after.allowed, after.reason) == (False, "comp_revoked")
    assert (await stand.access(guest, at_day(found, 60))).reason == "comp_revoked"
    await stand.revoke(waiting)
    for gone in (found, waiting):
        with pytest.raises(complimentary.ComplimentaryLinkOver):
            await stand.claim(gone, await market.buyer())
    assert await market.count("fact", "kind = 'ComplimentaryEnded'") == 1


async def test_its_person_gives_it_back_and_nobody_else_can(stand: Stand, market: Market) -> None:
    guest, found = await stand.given()
    async with market.db.transaction() as tx:
        with pytest.raises(complimentary.NoSuchComplimentary):
            await complimentary.give_back(tx, found.id, actor=(await market.buyer()).actor)
        assert len(await complimentary.held_by(tx, guest.id)) == 1
        await complimentary.give_back(tx, found.id, actor=guest.actor)
        assert await complimentary.held_by(tx, guest.id) == []
    assert (await stand.access(guest)).reason == "comp_given_back"


async def test_owners_and_operators_give_and_take_and_nobody_else(
    stand: Stand, market: Market
) -> None:
    _, stranger, _ = await market.creator()
    operator, _ = await market.operator()
    with pytest.raises(complimentary.NotYoursToGive):
        await stand.invite(actor=stranger)
    by_operator = await stand.invite("eve", actor=operator)
    assert (by_operator.by_operator, (await stand.invite()).by_operator) == (True, False)
    with pytest.raises(complimentary.NoSuchComplimentary):
        await stand.revoke(by_operator, stranger)
    async with market.db.transaction() as tx:
        with pytest.raises(complimentary.NotYoursToGive):
            await complimentary.given(tx, stand.listing.id, actor=stranger)
        found = await complimentary.given(tx, stand.listing.id, actor=operator)
        assert len(found.data) == 2
    assert (await stand.revoke(by_operator)).state is State.ENDED


async def test_nobody_gives_to_himself(stand: Stand, market: Market) -> None:
    operator, _ = await market.operator()
    for actor in (stand.owner, operator):
        async with market.db.transaction() as tx:
            email: str = await tx.fetchval("select email from person where id = $1", actor.id)
        with pytest.raises(complimentary.ComplimentaryToYourself):
            await stand.invite(email.upper().partition("@")[0], actor=actor)
        with pytest.raises(complimentary.ComplimentaryToYourself):
            await stand.claim(await stand.invite(f"x{actor.id[-6:]}", actor=actor), actor)


async def test_an_address_has_one_at_a_time_and_a_new_invitation_replaces_the_old(
    stand: Stand, market: Market
) -> None:
    first, second = await stand.invite(tier="pro"), await stand.invite("ADA", tier="basic")
    guest = await market.buyer()
    with pytest.raises(complimentary.ComplimentaryLinkOver):
        await stand.claim(first, guest)
    await stand.claim(second, guest)
    with pytest.raises(complimentary.ComplimentaryTaken):
        await stand.invite()
    with pytest.raises(complimentary.AlreadyComplimentary):
        await stand.claim(await stand.invite("bob"), guest)
    assert await market.count("complimentary", "end_reason = 'replaced'") == 1


async def test_bounds_of_day_tier_and_number(stand: Stand, market: Market) -> None:
    for days in (-1, 367):
        with pytest.raises(complimentary.LastDayOutOfBounds):
            await stand.invite(days=days)
    for days in (0, 366):
        await stand.revoke(await stand.invite(days=days))
    await stand.invite("a", most=2)
    await stand.given("b")
    with pytest.raises(complimentary.ComplimentaryFull) as full:
        await stand.invite("c", most=2)
    assert full.value.facts == {"open": 2, "most": 2}
    assert (await stand.invite("a", most=2)).email == "a@example.org", "it takes its own place"
    author, actor, _ = await market.creator()
    plain = Stand(market, await market.listed(author=author, actor=actor, tiers=PRICES[1:2]), actor)
    with pytest.raises(listings.NoSuchTier):
        await plain.invite(tier="enterprise")


async def test_twenty_of_thirty_invitations_at_once_are_sent(stand: Stand) -> None:
    answers = await asyncio.gather(
        *(stand.invite(f"guest{i}") for i in range(30)), return_exceptions=True
    )
    assert sum(isinstance(each, Complimentary) for each in answers) == MOST
    assert sum(isinstance(each, complimentary.ComplimentaryFull) for each in answers) == 10


async def test_thirty_claims_meet_a_buyer_at_the_last_place_and_one_has_it(market: Market) -> None:
    stand = await stand_of(market, seats=2)
    await market.subscribe(await market.buyer(), stand.listing)
    guests = [await market.buyer() for _ in range(30)]
    given = [await stand.invite(f"guest{i}", most=30) for i in range(30)]
    buyer = await market.buyer()
    answers = await asyncio.gather(
        *(stand.claim(each, guest) for each, guest in zip(given, guests, strict=True)),
        market.subscribe(buyer, stand.listing), return_exceptions=True,
    )  # fmt: skip
    had = [a for a in answers if isinstance(a, Complimentary | subscriptions.Subscribed)]
    full = complimentary.ComplimentaryTierFull | subscriptions.SeatsTaken
    assert len(had) == 1
    assert sum(isinstance(a, full) for a in answers) == 30
    assert sum([(await stand.access(each)).allowed for each in (*guests, buyer)]) == 1
    assert await stand.left() == 2


async def test_a_place_is_free_again_when_the_day_is_over(market: Market) -> None:
    stand = await stand_of(market, seats=1)
    _, found = await stand.given(days=2)
    with pytest.raises(subscriptions.SeatsTaken):
        await market.subscribe(await market.buyer(), stand.listing)
    async with market.db.transaction() as tx:
        wanted = listings.Search(seats_left=True, tier="pro")
        assert await listings.count(tx, wanted, at_most=10) == 0
    market.at(found.until)
    assert await stand.left() == 0
    async with market.db.transaction() as tx:
        assert await listings.count(tx, wanted, at_most=10) == 1
    await market.subscribe(await market.buyer(), stand.listing)


async def test_the_same_link_in_many_hands_lets_one_in(stand: Stand, market: Market) -> None:
    invited = await stand.invite()
    guests = [await market.buyer() for _ in range(6)]
    answers = await asyncio.gather(
        *(stand.claim(invited, guest) for guest in guests), return_exceptions=True
    )
    assert sum(isinstance(each, Complimentary) for each in answers) == 1
    assert sum(isinstance(each, complimentary.ComplimentaryLinkOver) for each in answers) == 5


async def test_a_link_of_another_purpose_or_too_old_opens_nothing(
    stand: Stand, market: Market
) -> None:
    invited, guest = await stand.invite(), await market.buyer()
    vault = market.settings.vault
    seat = subscriptions.claim_link.link_token(vault, "seat-invitation", invited.id)
    for wrong in (seat, invited.id + "." + "A" * 43, "cmp_x", ""):
        async with market.db.transaction() as tx:
            with pytest.raises(complimentary.ComplimentaryLinkOver):
                await complimentary.claim(tx, vault, wrong, actor=guest.actor)
    async with market.db.transaction() as tx:
        await tx.execute("update complimentary set link_until = now() - interval '1 s'")
    with pytest.raises(complimentary.ComplimentaryLinkOver):
        await stand.claim(invited, guest)
    assert await market.count("complimentary", "end_reason = 'lapsed'") == 0, "it was not committed"


async def test_who_pays_keeps_both_and_the_higher_counts(stand: Stand, market: Market) -> None:
    guest, found = await stand.given(tier="basic")
    trial_before = await market.count("subscription_once")
    paid = (await market.subscribe(guest, stand.listing, "pro")).subscription
    held = await stand.access(guest)
    assert (held.reason, held.tier, held.right_id) == ("paid", "pro", paid.id)
    await subscriptions.cancel(market.db, market.gateway, paid.id, at="now", actor=guest.actor)
    left = await stand.access(guest)
    assert (left.reason, left.tier, left.right_id) == ("comp", "basic", found.id)
    assert await market.count("subscription_once") == trial_before
    async with market.db.transaction(readonly=True) as tx:
        [tally] = (await subscriptions.tally(tx, [stand.listing.id]))[stand.listing.id].values()
        assert (tally.tier, tally.holders) == ("pro", 0)
        assert not await subscriptions.had_trial(tx, guest.id, stand.listing.id)
    assert await market.count("journal", f"reference = '{found.id}'") == 0


async def test_a_subscriber_may_claim_what_he_pays_for_already(
    stand: Stand, market: Market
) -> None:
    guest = await market.buyer()
    paid = (await market.subscribe(guest, stand.listing, "enterprise")).subscription
    await stand.claim(await stand.invite(), guest)
    assert (await stand.access(guest)).right_id == paid.id


async def test_a_listing_that_is_taken_down_gives_nothing_any_more(
    stand: Stand, market: Market
) -> None:
    guest, found = await stand.given()
    waiting = await stand.invite("bob")
    operator, _ = await market.operator()
    async with market.db.transaction() as tx:
        await moderation.take_down(tx, stand.listing.id, reason="Fraud.", actor=operator)
    await market.settle()
    assert (await stand.access(guest)).reason == "moderation"
    with pytest.raises(complimentary.ComplimentaryLinkOver):
        await stand.claim(waiting, await market.buyer())
    with pytest.raises(listings.NotOnOffer):
        await stand.invite("eve")
    assert (await sent(market))[-1][0] == "Your complimentary access to Northwind Crossing is over"
    assert found.person_id == guest.id


async def test_letters_say_what_until_when_and_the_reason_to_nobody(
    stand: Stand, market: Market
) -> None:
    invited = await stand.invite()
    [(subject, words)] = await sent(market)
    assert subject == "Access to Northwind Crossing for you"
    assert f"/complimentary/{stand.token(invited)}" in words
    last = invited.until - timedelta(days=1)
    assert f"{last.day} {last:%B %Y}" in " ".join(words.split())
    assert "review" not in words
    guest = await market.buyer()
    found = await stand.claim(invited, guest)
    await stand.revoke(found)
    assert [subject for subject, _ in await sent(market)][1:] == [
        "Your invitation to Northwind Crossing was claimed",
        "Your complimentary access to Northwind Crossing is over",
    ]
    proof = stand.token(invited).partition(".")[2]
    assert await market.count("fact", f"body::text like '%{proof}%'") == 0
    assert await market.count("fact", "body::text like '%review%'") == 0


async def test_what_breaks_before_the_commit_leaves_nothing_half_done(
    stand: Stand, market: Market
) -> None:
    class Broken(Exception):
        pass

    async def counts() -> list[int]:
        tables = ("complimentary", "access_right", "access_decision", "fact", "audit_event")
        return [await market.count(table) for table in tables]

    before = await counts()
    with pytest.raises(Broken):
        async with market.db.transaction() as tx:
            wish = Wish(stand.listing.id, "a@b.org", "pro", tx.now.date(), "x")
            await complimentary.invite(tx, wish, most=MOST, actor=stand.owner)
            raise Broken
    assert await counts() == before
    invited, guest = await stand.invite(), await market.buyer()
    for act in (_claim, _revoke):
        before = await counts()
        with pytest.raises(Broken):
            async with market.db.transaction() as tx:
                await act(tx, stand, invited, guest)
                raise Broken
        assert await counts() == before
        assert (await stand.access(guest)).allowed is (act is _revoke)
        await stand.claim(invited, guest)


async def _claim(tx: Tx, stand: Stand, invited: Complimentary, guest: Buyer) -> None:
    vault = stand.market.settings.vault
    await complimentary.claim(tx, vault, stand.token(invited), actor=guest.actor)


async def _revoke(tx: Tx, stand: Stand, invited: Complimentary, _guest: Buyer) -> None:
    await complimentary.revoke(tx, invited.id, actor=stand.owner)
