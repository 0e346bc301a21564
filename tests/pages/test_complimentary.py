"""Complimentary access on pages: given in the studio, claimed by its link, told where it is had, and ended."""

from datetime import timedelta

import pytest
from playwright.async_api import Browser

from arena.kit.money import Money
from arena.marketplace.listings import Tier
from arena.marketplace.subscriptions import complimentary
from arena.marketplace.subscriptions.complimentary import Complimentary
from tests.pages.looking import look_at
from tests.pages.own_feed import OwnFeed, actor_of, own_feed
from tests.pages.reader import Reader, hidden_fields, text_of
from tests.stories.house import House

TIERS = (Tier("basic", Money(2_900)), Tier("pro", Money(9_900), seats=1))


@pytest.fixture
async def feed(house: House) -> OwnFeed:
    return await own_feed(house, tiers=TIERS)


async def own(feed: OwnFeed, creator: Reader) -> str:
    """The feed becomes the creator's; the path of its audience's page."""
    await creator.sign_in("creator")
    async with feed.house.arena.db.transaction() as tx:
        await tx.execute(
            "update collective set owner_id = $2 where id = $1",
            feed.collective_id, creator.person_id,
        )  # fmt: skip
    return f"/studio/{feed.listing_id}/audience"


async def last_day(house: House, days: int = 20) -> str:
    async with house.arena.db.transaction(readonly=True) as tx:
        return (tx.now + timedelta(days=days)).date().isoformat()


async def given(feed: OwnFeed, creator: Reader) -> list[Complimentary]:
    async with feed.house.arena.db.transaction(readonly=True) as tx:
        found = await complimentary.given(tx, feed.listing_id, actor=actor_of(creator))
    return list(found.data)


async def link_of(feed: OwnFeed, creator: Reader, email: str) -> str:
    [found] = [each for each in await given(feed, creator) if each.email == email]
    vault = feed.house.arena.settings.vault
    return f"/complimentary/{complimentary.complimentary_token(vault, found.id)}"


async def give(feed: OwnFeed, creator: Reader, email: str, **more: str) -> str:
    """The words of the page that answers."""
    page = await creator.get(f"/studio/{feed.listing_id}/audience")
    fields = {
        "email": email, "tier": "pro", "last_day": await last_day(feed.house),
        "reason": "Writes a review of it.", **more,
    }  # fmt: skip
    answer = await creator.send(f"/studio/{feed.listing_id}/complimentary", fields, page=page)
    return text_of(answer.text)


async def test_a_creator_gives_sees_who_has_it_and_takes_it_back(feed: OwnFeed) -> None:
    async with Reader(feed.house) as creator, Reader(feed.house) as guest:
        path = await own(feed, creator)
        assert (
            f'href="{path}#complimentary"' in (await creator.get(f"/studio/{feed.listing_id}")).text
        )
        assert "Nobody has it for nothing" in text_of((await creator.get(path)).text)
        far = await last_day(feed.house, 400)
        for wrong in ({"email": "nonsense"}, {"last_day": "soon"}, {"reason": ""}):
            asked = {"email": "a@b.org", **wrong}
            assert "look at the marked fields" in await give(feed, creator, **asked)
        words = await give(feed, creator, "a@b.org", last_day=far)
        assert f"to {await last_day(feed.house, 366)}, by the arena" in words
        words = await give(feed, creator, "guest@example.org")
        assert "A letter with a link is on its way to guest@example.org." in words
        assert "invited" in words
        assert "1 of 20 are open" in words
        link = await link_of(feed, creator, "guest@example.org")
        await guest.sign_in()
        mine = await guest.send(link, {}, page=await guest.get(link))
        page = await creator.get(path)
        assert "has it since" in text_of(page.text)
        assert "Writes a review of it." in text_of(page.text)
        assert "has it already" in await give(feed, creator, "guest@example.org")
        [found] = await given(feed, creator)
        gone = await creator.send(
            f"/studio/{feed.listing_id}/complimentary/{found.id}/revoke", {}, page=page
        )
        words = text_of(gone.text)
        assert "guest@example.org has it for nothing no more." in words
        assert "ended revoked" in words
        after = text_of((await guest.get(mine.url.path)).text)
        assert "no signals" in after
        assert "ended by whoever gave it" in after


async def test_whoever_is_invited_claims_it_is_told_by_whom_and_gives_it_back(
    feed: OwnFeed,
) -> None:
    async with Reader(feed.house) as creator, Reader(feed.house) as guest:
        await own(feed, creator)
        await give(feed, creator, "guest@example.org")
        await feed.publish("0.5")
        link = await link_of(feed, creator, "guest@example.org")
        shown = await guest.get(link)
        assert "gives you these signals as Pro until the end of" in text_of(shown.text)
        assert f'href="/sign-up?next={link}"' in shown.text
        assert "review" not in shown.text
        await guest.sign_in()
        mine = await guest.send(link, {}, page=await guest.get(link))
        assert mine.url.path == f"/access/{feed.listing_id}"
        words = text_of(mine.text)
        assert "You have Pro , complimentary until the end of" in words.replace("Pro,", "Pro ,")
        assert "long 50 %" in words
        assert "review" not in words
        listing = text_of((await guest.get(f"/listings/{feed.listing_id}")).text)
        assert "complimentary until the end of" in listing
        assert "0 seats left" in listing or "Sold out" in listing
        assert "complimentary" in text_of((await guest.get("/subscriptions")).text)
        over = await guest.get(link)
        assert (over.status_code, "is over" in text_of(over.text)) == (403, True)
        left = await guest.send(f"/access/{feed.listing_id}/give-back", {}, page=mine)
        assert "You gave it back" in text_of(left.text)
        after = text_of((await guest.get(f"/access/{feed.listing_id}")).text)
        assert "was given back" in after


async def test_where_the_tier_has_no_place_left_the_link_says_so(feed: OwnFeed) -> None:
    async with Reader(feed.house) as creator, Reader(feed.house) as guest:
        await own(feed, creator)
        await guest.sign_in()
        for name in ("first", "second"):
            await give(feed, creator, f"{name}@example.org")
        async with Reader(feed.house) as first:
            await first.sign_in()
            link = await link_of(feed, creator, "first@example.org")
            await first.send(link, {}, page=await first.get(link))
        link = await link_of(feed, creator, "second@example.org")
        full = await guest.send(link, {}, page=await guest.get(link))
        assert full.status_code == 409
        assert "All 1 seats of this tier are taken." in text_of(full.text)


async def test_operators_see_why_it_was_given_and_by_whom(feed: OwnFeed) -> None:
    async with Reader(feed.house) as creator, Reader(feed.house) as guest:
        await own(feed, creator)
        await give(feed, creator, "guest@example.org")
        await guest.sign_in()
        link = await link_of(feed, creator, "guest@example.org")
        await guest.send(link, {}, page=await guest.get(link))
        async with Reader(feed.house) as operator:
            await operator.sign_in("operator")
            path = f"/operator/access?person={guest.person_id}&listing={feed.listing_id}"
            words = text_of((await operator.get(path)).text)
        assert "Given for nothing: Pro until the end of" in words
        assert "Why: Writes a review of it." in words


async def test_strangers_can_neither_give_nor_look(feed: OwnFeed) -> None:
    async with Reader(feed.house) as creator, Reader(feed.house) as stranger:
        path = await own(feed, creator)
        form = (await creator.get(path)).text
        await stranger.sign_in("creator")
        assert (await stranger.get(path)).status_code == 403
        place = f"/studio/{feed.listing_id}/complimentary"
        fields = {**hidden_fields(form, place), "email": "a@b.org", "tier": "pro"}
        sent = await stranger.client.post(place, data=fields)
        assert sent.status_code == 403
    assert not await given(feed, creator)


@pytest.mark.drawn
async def test_these_pages_look_as_they_should(feed: OwnFeed, browser: Browser) -> None:
    house = feed.house
    async with Reader(house) as creator, Reader(house) as guest, Reader(house) as operator:
        path = await own(feed, creator)
        await look_at(browser, house, path, "complimentary-empty", cookies=creator.cookies)
        for name in ("guest", "second", "third"):
            await give(
                feed, creator, f"{name}@example.org", tier="basic" if name == "third" else "pro"
            )
        async with house.arena.db.transaction() as tx:
            [gone] = [e for e in await given(feed, creator) if e.email.startswith("third")]
            await complimentary.revoke(tx, gone.id, actor=actor_of(creator))
        await feed.publish("0.5", "0")
        link = await link_of(feed, creator, "guest@example.org")
        await look_at(browser, house, link, "complimentary-invitation", cookies=())
        await guest.sign_in()
        await look_at(browser, house, link, "complimentary-claim", cookies=guest.cookies)
        await guest.send(link, {}, page=await guest.get(link))
        here = f"/access/{feed.listing_id}"
        await look_at(browser, house, here, "complimentary-access", cookies=guest.cookies)
        here = f"/listings/{feed.listing_id}"
        await look_at(browser, house, here, "complimentary-listing", cookies=guest.cookies)
        await look_at(browser, house, link, "complimentary-over", cookies=guest.cookies)
        await look_at(browser, house, path, "complimentary-audience", cookies=creator.cookies)
        await operator.sign_in("operator")
        here = f"/operator/access?person={guest.person_id}&listing={feed.listing_id}"
        await look_at(browser, house, here, "complimentary-operator", cookies=operator.cookies)
