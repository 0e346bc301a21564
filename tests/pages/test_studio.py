"""The studio at a glance: what one owns, how far it is, what it earns, and the one thing to do next."""

import os
from typing import Any

from playwright.async_api import Browser, expect

from arena.kit import ids
from arena.kit.signing import SigningKey
from arena.marketplace import moderation
from arena.people import identity
from arena.signals import feeds
from tests.pages.looking import look_at, page_of
from tests.pages.own_feed import OwnFeed
from tests.pages.reader import Reader, text_of
from tests.pages.submissions import (
    HOSTILE,
    OPERATOR,
    approved,
    author_in,
    drafted,
    hand_in,
    submitted,
)
from tests.pages.workshop import ready, trade, workshop
from tests.stories.house import House

__all__ = ["workshop"]


async def test_whoever_is_no_creator_is_shown_how_to_become_one(
    house: House, reader: Reader
) -> None:
    reader.client.follow_redirects = False
    nobody = await reader.get("/studio")
    assert (nobody.status_code, nobody.headers["location"]) == (303, "/sign-in?next=%2Fstudio")
    await reader.sign_in()
    sent_on = await reader.get("/studio")
    assert (sent_on.status_code, sent_on.headers["location"]) == (303, "/account/creator")
    assert (await reader.get("/studio/collectives/new")).status_code == 403


async def test_a_creator_with_nothing_is_shown_three_ways_to_a_collective(
    house: House, reader: Reader, browser: Browser
) -> None:
    await reader.sign_in("creator")
    page = await reader.get("/studio")
    said = text_of(page.text)
    for way in ("Here in the browser", "With the SDK", "By a bot"):
        assert way in said
    assert f'Client("{house.url}", "ak_…")' in said.replace("&#34;", '"')
    assert 'href="/studio/collectives/new">Make a collective</a>' in page.text
    await look_at(browser, house, "/studio", "studio-empty", cookies=reader.cookies)


async def test_a_collective_without_a_feed_is_shown_how_one_is_opened(
    house: House, reader: Reader, browser: Browser
) -> None:
    await reader.sign_in("creator")
    async with house.arena.db.transaction() as tx:
        made = await identity.register_collective(
            tx, identity.Registration(
                f"Quiet {ids.fresh('n')[-8:]}", "", SigningKey(os.urandom(32)).public,
                reader.person_id,
            ),
        )  # fmt: skip
    page = await reader.get("/studio")
    said = text_of(page.text)
    assert "No feed yet" in said
    assert "Nothing to list yet" in said
    assert "client.open_feed(" in said
    assert f'href="/studio/collectives/{made.id}#open-a-feed">Open a feed</a>' in page.text
    await look_at(browser, house, "/studio", "studio-no-feed", cookies=reader.cookies)


async def test_a_young_feed_shows_how_far_it_is_and_wants_a_listing(
    house: House, reader: Reader
) -> None:
    await reader.sign_in("creator")
    author = await author_in(house, reader.person_id)
    await author.publish()
    page = await reader.get("/studio")
    said = text_of(page.text)
    assert "0 of 2 days" in said
    assert "0 of 1 fills" in said
    assert "1 signal" in said
    assert "100,000 USD" in said
    assert "Hypothetical performance" in said
    path = f"/studio/feeds/{author.feed.id}/list"
    assert f'href="{path}">Draft a listing of {author.feed.name}</a>' in page.text
    async with house.arena.db.transaction() as tx:
        await feeds.close_feed(tx, author.feed.id, actor=author.actor)
    page = await reader.get("/studio")
    assert path not in page.text
    assert "closed" in text_of(page.text)


async def test_the_record_is_shown_to_now(workshop: House) -> None:
    async with Reader(workshop) as reader:
        await reader.sign_in("creator")
        author = await author_in(workshop, reader.person_id)
        await trade(workshop, author)
        page = await reader.get("/studio")
        said = text_of(page.text)
        assert "done: 0 days, 1 fills" in said
        assert "100,000 USD" not in said, "a fill has its costs"
        assert 'class="sparkline' in page.text


async def test_the_next_step_is_the_one_that_brings_a_creator_forward(workshop: House) -> None:
    async with Reader(workshop) as reader:
        await reader.sign_in("creator")
        made, _ = await ready(workshop, reader)
        page = await reader.get("/studio")
        assert f'href="/studio/{made.id}">Submit {made.words.title}</a>' in page.text
        other, author = await drafted(workshop, reader)
        await hand_in(workshop, reader, other.id, author)
        await reject(workshop, other.id, "Not yet.")
        page = await reader.get("/studio")
        assert f'class="button" href="/studio/{other.id}">Read the answer</a>' in page.text
        assert "Not yet." in text_of(page.text)


async def test_listings_stand_by_status_with_their_step(
    house: House, reader: Reader, browser: Browser
) -> None:
    await reader.sign_in("creator")
    listed = await approved(house, reader, title="On offer")
    await drafted(house, reader, title="A young draft")
    waiting = await submitted(house, reader, title="In the queue")
    refused = await submitted(house, reader, title=HOSTILE)
    await reject(house, refused.listing.id, f"No markup, please: {HOSTILE}")
    sold = OwnFeed(house, listed.author.key, "", listed.listing.feed_id, listed.listing.id)
    async with Reader(house) as buyer:
        await buyer.sign_in()
        await sold.subscribe(buyer, "enterprise")
    page = await reader.get("/studio")
    assert HOSTILE not in page.text
    said = text_of(page.text)
    places = [said.index(f" {title} ") for title in ("A young draft", "In the queue", "On offer")]
    assert places == sorted(places)
    for step in ("See what is missing", "Read the answer", "See where it stands", "View"):
        assert step in said
    assert f'href="/listings/{listed.listing.id}"' in page.text
    assert "Yours a month $424.15" in said
    assert waiting.listing.words.title in said
    await look_at(browser, house, "/studio", "studio", cookies=reader.cookies)


async def test_nobody_sees_what_another_creator_owns(house: House, reader: Reader) -> None:
    async with Reader(house) as other:
        await other.sign_in("creator")
        made, author = await drafted(house, other)
    await reader.sign_in("creator")
    said = (await reader.get("/studio")).text
    for theirs in (made.words.title, made.id, author.feed.id, author.collective.name):
        assert theirs not in said


async def test_the_studio_works_without_scripts(
    house: House, reader: Reader, browser: Browser
) -> None:
    await reader.sign_in("creator")
    made, _ = await drafted(house, reader)
    kept: list[Any] = reader.cookies
    async with page_of(browser, cookies=kept, scripts=False) as page:
        await page.goto(f"{house.url}/studio")
        await page.click(f"text={made.words.title}")
        await expect(page.locator("h1")).to_have_text(made.words.title)
        await page.click("text=Run all checks now")
        await page.wait_for_url("**check=1**")
        await page.locator(".checklist li.good").nth(1).wait_for()  # two of them at least


async def reject(house: House, listing_id: str, reason: str) -> None:
    async with house.arena.db.transaction() as tx:
        case = await moderation.case_of(tx, listing_id)
        assert case is not None
        await moderation.reject(tx, case.id, actor=OPERATOR, reason=reason)
