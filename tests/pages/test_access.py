"""Access on pages: why and since when; pauses; seats from the invitation on; following for free."""

from datetime import timedelta

import pytest
from playwright.async_api import Browser

from arena.kit.money import Money
from arena.marketplace import subscriptions
from arena.marketplace.listings import Tier
from arena.marketplace.subscriptions import Status, free, seats
from arena.people.access import Actor
from arena.web.pages.subscriber.feed_stream import Attention
from tests.pages.looking import look_at
from tests.pages.own_feed import OwnFeed, actor_of, own_feed
from tests.pages.reader import Reader, hidden_fields, text_of
from tests.pages.test_subscriptions import Held
from tests.stories.house import House

TIERS = (
    Tier("pro", Money(9_900)),
    Tier("enterprise", Money(49_900), team_seats=3),
)


@pytest.fixture
async def feed(house: House, reader: Reader) -> OwnFeed:
    await reader.sign_in()
    return await own_feed(house, tiers=TIERS)


async def open_free_tier(feed: OwnFeed, hours: int = 24) -> None:
    async with feed.house.arena.db.transaction() as tx:
        bounds = free.Bounds(timedelta(hours=1), timedelta(hours=168))
        owner = Actor("collective", feed.collective_id)
        await free.open_offer(
            tx, feed.listing_id, timedelta(hours=hours), bounds=bounds, actor=owner
        )


async def team(feed: OwnFeed, reader: Reader) -> Held:
    found = await feed.subscribe(reader, "enterprise")
    return Held(feed.house, reader, feed, found.id)


async def link_of(held: Held, email: str) -> str:
    async with held.house.arena.db.transaction() as tx:
        seat = await seats.invite(tx, held.id, email, actor=actor_of(held.reader))
    return f"/seats/{seats.seat_token(held.house.arena.settings.vault, seat.id)}"


@pytest.mark.parametrize(
    ("news", "seated", "doubts"),
    [
        ("usr_1:fd_1", False, True),
        ("usr_1:fd_2", False, False),
        ("usr_2:fd_1", False, False),
        ("anybody:fd_1", False, True),
        ("usr_2:fd_1", True, True),
        ("usr_2:fd_2", True, False),
    ],
)
def test_a_page_doubts_with_news_of_its_reader_of_all_followers_and_of_whose_seat_it_is(
    news: str, seated: bool, doubts: bool
) -> None:
    attention = Attention(doubt=False, whose="usr_1:fd_1", seated=seated)
    attention.heard("entitlement", news)
    assert (attention.doubt, attention.woken.is_set()) == (doubts, doubts)


async def test_a_pause_is_asked_for_taken_back_and_resumed(feed: OwnFeed, reader: Reader) -> None:
    found = await feed.subscribe(reader)
    held = Held(feed.house, reader, feed, found.id)
    page = await reader.get(held.path)
    assert "Pause it" in text_of(page.text)
    path = f"{held.path}/pause"
    after = await reader.send(path, {"months": "2"}, page=page)
    words = text_of(after.text)
    assert "pauses soon" in words
    assert "then it rests for 2 months" in words
    back = await reader.send(f"{held.path}/undo", {}, page=after)
    assert "Taken back" in text_of(back.text)
    assert (await held.now()).pause_months is None
    wrong = await reader.send(path, {"months": "7"}, page=back)
    assert wrong.status_code == 422
    await reader.send(path, {"months": "1"}, page=back)
    async with feed.house.arena.db.transaction() as tx:
        await tx.execute(
            "update subscription set period_end = $2, access_until = $2 where id = $1",
            held.id, tx.now - timedelta(minutes=1),
        )  # fmt: skip
        assert await subscriptions.pause_due(tx) >= 1
    page = await reader.get(held.path)
    words = text_of(page.text)
    assert "Paused: nothing is charged" in words
    assert "It is paused" in text_of((await reader.get("/subscriptions")).text) or "paused" in words
    assert "paused" in text_of((await reader.get(f"/listings/{feed.listing_id}")).text)
    done = await reader.send(f"{held.path}/resume", {}, page=page)
    assert "It goes on: the period was paid." in text_of(done.text)
    assert (await held.now()).status is Status.ACTIVE


async def test_a_page_that_gives_signals_does_not_offer_the_money_back_beside_them(
    feed: OwnFeed, reader: Reader
) -> None:
    found = await feed.subscribe(reader)
    path = f"/subscriptions/{found.id}"
    assert "Take it back and be paid back" in text_of((await reader.get(path)).text)
    await feed.publish("0.5")
    assert "Take it back and be paid back" not in text_of((await reader.get(path)).text)


async def test_people_are_invited_take_their_seats_and_are_sent_away(
    feed: OwnFeed, reader: Reader
) -> None:
    held = await team(feed, reader)
    await feed.publish("0.5")
    page = await reader.get(held.path)
    assert "0 of 3 taken" in text_of(page.text)
    path = f"{held.path}/seats"
    page = await reader.get(path)
    assert "Nobody yet" in text_of(page.text)
    wrong = await reader.send(path, {"email": "nonsense"}, page=page)
    assert wrong.status_code == 422
    sent = await reader.send(path, {"email": "guest@example.org"}, page=page)
    assert "on its way to guest@example.org" in text_of(sent.text)
    link = await link_of(held, "guest@example.org")
    async with Reader(feed.house) as guest:
        shown = await guest.get(link)
        assert "invites you" in text_of(shown.text)
        assert f'href="/sign-up?next={link}"' in shown.text
        await guest.sign_in()
        shown = await guest.get(link)
        mine = await guest.send(link, {}, page=shown)
        assert mine.url.path == f"/access/{feed.listing_id}"
        assert "long 50 %" in text_of(mine.text)
        assert "Because of" in mine.text
        assert "seat" in text_of((await guest.get("/subscriptions")).text)
        over = await guest.get(link)
        assert (over.status_code, "is over" in text_of(over.text)) == (403, True)
        room = await reader.get(path)
        assert "1 of 3" in text_of(room.text)
        [seat_id] = [seat.id for seat in await people(held) if seat.state is seats.State.CLAIMED]
        gone = await reader.send(f"{path}/{seat_id}/revoke", {}, page=room)
        assert "is let in no more" in text_of(gone.text)
        after = await guest.get(f"/access/{feed.listing_id}")
        words = text_of(after.text)
        assert "no signals" in words
        assert "The seat is over." in words
        assert "long 50 %" not in words
        second = await link_of(held, "again@example.org")
        await guest.send(second, {}, page=await guest.get(second))
        page = await guest.get(f"/access/{feed.listing_id}")
        left = await guest.send(f"/access/{feed.listing_id}/leave", {}, page=page)
        assert "You gave the seat back" in text_of(left.text)


async def people(held: Held) -> list[seats.Seat]:
    async with held.house.arena.db.transaction(readonly=True) as tx:
        return list((await seats.room(tx, held.id, actor_of(held.reader))).people)


async def test_whoever_follows_for_free_sees_late_what_others_had_and_the_way_to_it(
    feed: OwnFeed, reader: Reader
) -> None:
    listing = f"/listings/{feed.listing_id}"
    assert "Follow for free" not in text_of((await reader.get(listing)).text)
    await open_free_tier(feed, 1)
    page = await reader.get(listing)
    assert "Follow for free, 1 hour late" in text_of(page.text)
    path = f"{listing}/follow"
    await feed.publish("0.5")
    mine = await reader.send(path, hidden_fields(page.text, path), page=page)
    assert mine.url.path == f"/access/{feed.listing_id}"
    words = text_of(mine.text)
    assert "You follow for free: each signal stands here 1 hour after" in words
    assert "long 50 %" not in words
    assert f'href="{listing}#tiers"' in mine.text
    page = mine
    assert "free, late" in text_of((await reader.get("/subscriptions")).text)
    gone = await reader.send(f"{listing}/unfollow", {}, page=page)
    assert "You follow it no more." in text_of(gone.text)
    assert "Follow for free" in text_of((await reader.get(listing)).text)


async def test_a_creator_opens_the_free_tier_and_sees_who_comes(house: House) -> None:
    async with Reader(house) as creator, Reader(house) as guest:
        await creator.sign_in("creator")
        await guest.sign_in()
        feed = await own_feed(house, tiers=TIERS)
        async with house.arena.db.transaction() as tx:
            await tx.execute(
                "update collective set owner_id = $2 where id = $1",
                feed.collective_id, creator.person_id,
            )  # fmt: skip
        path = f"/studio/{feed.listing_id}/audience"
        assert f'href="{path}"' in (await creator.get(f"/studio/{feed.listing_id}")).text
        page = await creator.get(path)
        assert "Nobody follows yet" in text_of(page.text)
        wrong = await creator.send(path, {"hours": "2"}, page=page)
        assert wrong.status_code == 422
        page = await creator.send(path, {"hours": "48"}, page=page)
        assert "Signals come 2 days late." in text_of(page.text)
        listing = await guest.get(f"/listings/{feed.listing_id}")
        await guest.send(f"/listings/{feed.listing_id}/follow", {}, page=listing)
        page = await creator.get(path)
        words = text_of(page.text)
        assert "0 of 1" in words
        assert "Followers at the end of each day" in page.text
        closed = await creator.send(f"{path}/close", {}, page=page)
        assert "nobody follows for free any more" in text_of(closed.text)
        after = await guest.get(f"/access/{feed.listing_id}")
        assert "The creator has closed the free tier." in text_of(after.text)


async def test_operators_find_why_somebody_has_no_signals(feed: OwnFeed, reader: Reader) -> None:
    found = await feed.subscribe(reader)
    async with Reader(feed.house) as operator:
        await operator.sign_in("operator")
        assert "/operator/access" in (await operator.get("/operator")).text
        path = f"/operator/access?person={reader.person_id}&listing={feed.listing_id}"
        words = text_of((await operator.get(path)).text)
        assert "The running period is paid." in words
        assert found.id in words
        missing = await operator.get("/operator/access?person=nobody@example.org&listing=lst_x")
        words = text_of(missing.text)
        assert "Nobody has this address or id." in words
        assert "There is no such listing." in words


@pytest.mark.drawn
async def test_these_pages_look_as_they_should(
    feed: OwnFeed, reader: Reader, browser: Browser
) -> None:
    held = await team(feed, reader)
    await feed.publish("0.5", "0")
    house, cookies = feed.house, reader.cookies
    link = await link_of(held, "guest@example.org")
    await link_of(held, "second@example.org")
    await look_at(browser, house, f"{held.path}/seats", "seats", cookies=cookies)
    await look_at(browser, house, held.path, "subscription-team", cookies=cookies)
    await look_at(browser, house, f"/access/{feed.listing_id}", "access-owner", cookies=cookies)
    await open_free_tier(feed)
    async with Reader(house) as guest:
        await look_at(browser, house, link, "invitation", cookies=())
        await guest.sign_in()
        listing = await guest.get(f"/listings/{feed.listing_id}")
        await look_at(
            browser, house, f"/listings/{feed.listing_id}", "listing-follow",
            cookies=guest.cookies,
        )  # fmt: skip
        await guest.send(f"/listings/{feed.listing_id}/follow", {}, page=listing)
        await look_at(
            browser, house, f"/access/{feed.listing_id}", "access-free",
            cookies=guest.cookies,
        )  # fmt: skip
    async with Reader(house) as operator:
        await operator.sign_in("operator")
        path = f"/operator/access?person={reader.person_id}&listing={feed.listing_id}"
        await look_at(browser, house, path, "operator-access", cookies=operator.cookies)
    async with Reader(house) as creator:
        await creator.sign_in("creator")
        async with house.arena.db.transaction() as tx:
            await tx.execute(
                "update collective set owner_id = $2 where id = $1",
                feed.collective_id, creator.person_id,
            )  # fmt: skip
        await look_at(
            browser, house, f"/studio/{feed.listing_id}/audience", "audience",
            cookies=creator.cookies,
        )  # fmt: skip
