"""A subscriber before a real browser: watches, misses nothing unseen, pays again, and leaves when he likes."""

import re
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from arena.marketplace import subscriptions
from arena.people import access
from arena.signals import strategists
from sigma_sdk import AsyncClient, Collective, SigningKey
from sigma_sdk.publisher import AsyncPublisher, Target
from tests.pages.looking import check_page, page_of
from tests.pages.own_feed import DECLINED, PAYS, OwnFeed, actor_of, become_past_due, own_feed
from tests.pages.reader import Reader
from tests.stories.house import House

NEWS_MS = 10_000
"""An end that comes so soon came by news: a stream that hears none looks for itself only every HEARTBEAT_S, 15 s."""


@pytest.fixture
async def feed(house: House) -> OwnFeed:
    return await own_feed(house)


async def state(page: Page, name: str, *, within_ms: float = 30_000) -> str:
    """What the feed says of itself, once it is in that state."""
    feed = page.locator(f'signal-feed[data-state="{name}"]')
    await feed.wait_for(timeout=within_ms)
    return await feed.locator(".feed-state").inner_text()


async def text(page: Page, words: str, *, within_ms: float = 30_000) -> None:
    await page.get_by_text(words).first.wait_for(timeout=within_ms)


async def test_the_tape_moves_a_strategist_signals_and_the_row_is_there(
    house: House, browser: Browser, reader: Reader
) -> None:
    """Subscribed as a program would, over HTTP; the signal is that of a feed which trades by itself."""
    await reader.sign_in()
    mine = await _buys_a_demo_feed(house, reader)
    async with page_of(browser, cookies=reader.cookies) as page:
        await page.goto(f"{house.url}/subscriptions/{mine['id']}")
        assert "Live." in await state(page, "live")
        before = await page.locator("li.signal").count()
        newest = page.locator("li.signal").first
        first = await newest.get_attribute("data-sequence") if before else None
        for _ in range(400):
            assert await house.player.step()
            if await newest.count() and await newest.get_attribute("data-sequence") != first:
                break
        await page.wait_for_function(
            "first => document.querySelector('li.signal')?.dataset.sequence !== first", arg=first
        )
        row = page.locator("li.signal").first
        words = await row.inner_text()
        assert "long" in words or "flat" in words
        assert "log entry" in words
        await text(page, "new signal")


async def _buys_a_demo_feed(house: House, reader: Reader) -> dict[str, Any]:
    """That feed of the demo's which has said the most so far; other tests have put their own on offer, too."""
    call = reader.client
    async with house.arena.db.transaction(readonly=True) as tx:
        said = {one.feed_id: one.last_sequence for one in await strategists.employed(tx)}
    offered = (await call.get("/market/listings", params={"limit": 200})).json()["data"]
    listing = max(
        (one for one in offered if one["feed_id"] in said), key=lambda one: said[one["feed_id"]]
    )
    card = await call.post(
        "/billing/payment-methods", json={"card": PAYS}, headers={"Idempotency-Key": "story-card-1"}
    )
    assert card.status_code == 201, card.text
    wish = {"listing_id": listing["id"], "tier": "pro", "payment_method_id": card.json()["id"]}
    bought = await call.post(
        "/market/subscribe", json=wish, headers={"Idempotency-Key": "story-subscribe-1"}
    )
    assert bought.status_code == 201, bought.text
    found: dict[str, Any] = bought.json()
    return found


async def test_a_collective_signs_and_publishes_and_the_row_is_there_without_a_reload(
    house: House, browser: Browser, reader: Reader, feed: OwnFeed
) -> None:
    await reader.sign_in()
    mine = await feed.subscribe(reader)
    key = SigningKey(feed.secret)
    async with (
        AsyncClient(house.url, Collective(key)) as collective,
        page_of(browser, cookies=reader.cookies) as page,
    ):
        publisher = AsyncPublisher(collective, key, feed.feed_id)
        await page.goto(f"{house.url}/subscriptions/{mine.id}")
        await text(page, "No signal yet.")
        await state(page, "live")
        await page.evaluate("window.kept = true")
        await publisher.publish(Target("0.6", "A <script>alert(1)</script> & more.", "0.8"))
        await page.locator("#signal-1").wait_for()
        await text(page, "1 new signal: long 60 %")
        row = await page.locator("#signal-1").inner_text()
        assert "long 60 %" in row
        assert "A <script>alert(1)</script> & more." in row, "what others wrote is text"
        await publisher.publish(Target("0", "Enough.", stop_price=None))
        await page.locator("#signal-2").wait_for()
        assert "60 points less" in await page.locator("#signal-2").inner_text()
        assert await page.evaluate("window.kept"), "the page was not loaded again"
        order = await page.locator("li.signal").evaluate_all("rows => rows.map(r => r.id)")
        assert order == ["signal-2", "signal-1"]
        time = page.locator("#signal-2 local-time").first
        await expect(time).to_have_attribute("title", re.compile("."))


async def test_what_is_withheld_stands_as_a_gap_and_older_pages_have_it(
    house: House, browser: Browser, reader: Reader, feed: OwnFeed
) -> None:
    """Whoever was away for more than a page keeps is told which numbers did not reach it."""
    await reader.sign_in()
    mine = await feed.subscribe(reader)
    await feed.publish("0.5", "0.25")
    async with page_of(browser, cookies=reader.cookies) as page:
        await page.goto(f"{house.url}/subscriptions/{mine.id}")
        await state(page, "live")
        await page.get_by_role("button", name="Pause").click()
        assert "Paused." in await state(page, "paused")
        await feed.publish(*["0.5", "0"] * 105)
        assert await page.locator("li.signal").count() == 2
        await page.get_by_role("button", name="Resume").click()
        await page.locator("#signal-212").wait_for()
        gap = page.locator("li.gap")
        await gap.wait_for()
        assert "Missing: #3 – #62" in await gap.inner_text()
        assert await gap.get_by_role("alert").count() == 1
        await text(page, "150 new signals, newest: flat")
        await expect(page.locator("ol.signals > li")).to_have_count(153)
        await page.locator("ol.signals").evaluate(
            "list => { while (list.children.length > 5) list.children[1].remove() }"
        )
        await state(page, "live")
        await check_page(page, "feed-gap")
        async with page.expect_event("load"):
            await page.get_by_role("link", name="Reload").last.click()
        await page.locator("#signal-212").wait_for()
        assert await page.locator("li.gap").count() == 0
        for _ in range(4):
            async with page.expect_event("load"):
                await page.get_by_role("link", name="Older signals").click()
        await page.locator("#signal-3").wait_for()
        assert await page.locator("li.gap").count() == 0


async def test_a_break_is_said_and_mended_without_gap_or_repeat(
    house: House, browser: Browser, reader: Reader, feed: OwnFeed
) -> None:
    await reader.sign_in()
    mine = await feed.subscribe(reader)
    await feed.publish("0.5")
    async with page_of(browser, cookies=reader.cookies) as page:
        await page.goto(f"{house.url}/subscriptions/{mine.id}")
        await state(page, "live")
        await page.context.set_offline(True)
        assert "Offline." in await state(page, "offline")
        await check_page(page, "feed-offline")
        await feed.publish("0.25", "0")
        await page.context.set_offline(False)
        await page.locator("#signal-3").wait_for()
        await state(page, "live")
        ids = await page.locator("ol.signals > li").evaluate_all("rows => rows.map(r => r.id)")
        assert ids == ["signal-3", "signal-2", "signal-1"]


async def test_one_click_cancels_and_the_feed_runs_on_until_ended_now(
    house: House, browser: Browser, reader: Reader, feed: OwnFeed
) -> None:
    await reader.sign_in()
    mine = await feed.subscribe(reader)
    await feed.publish("0.5")
    path = f"{house.url}/subscriptions/{mine.id}"
    async with page_of(browser, cookies=reader.cookies) as page:
        await page.goto(path)
        await page.get_by_role("button", name="Cancel", exact=True).click()
        await expect(page.locator(".flash")).to_contain_text("Canceled. Access lasts until")
        await state(page, "live")
        await feed.publish("1")
        await page.locator("#signal-2").wait_for()
        async with page_of(browser, cookies=reader.cookies) as other:
            await other.goto(path)
            await other.get_by_text("End it now", exact=True).click()
            await other.get_by_role("button", name="End it now, without a refund").click()
            await other.locator(".flash").wait_for()
        words = await state(page, "ended", within_ms=NEWS_MS)
        assert "Your access has ended." in words
        assert "You canceled it." in words
        await expect(page.get_by_role("button", name="Pause")).to_have_count(0)
        await check_page(page, "feed-ended")
        await feed.publish("0.1")
        await page.wait_for_timeout(2_500)  # longer than a browser waits before it comes again
        assert await page.locator("#signal-3").count() == 0
        async with page.expect_event("load"):
            await page.get_by_role("link", name="What now").click()
        await text(page, "You canceled it.")
        assert await page.locator("li.signal").count() == 0


async def test_signing_out_elsewhere_ends_the_feed_with_the_way_back(
    house: House, browser: Browser, reader: Reader, feed: OwnFeed
) -> None:
    await reader.sign_in()
    mine = await feed.subscribe(reader)
    async with page_of(browser, cookies=reader.cookies) as page:
        await page.goto(f"{house.url}/subscriptions/{mine.id}")
        await state(page, "live")
        token = reader.client.cookies[access.COOKIE]
        async with house.arena.db.transaction() as tx:
            await access.close_session(tx, house.arena.settings.vault, token)
        assert "You are signed out." in await state(page, "ended", within_ms=NEWS_MS)
        await expect(page.get_by_role("link", name="Sign in to go on")).to_be_visible()


async def test_a_page_opened_before_the_end_says_why_it_is_refused(
    house: House, browser: Browser, reader: Reader, feed: OwnFeed
) -> None:
    """Paused over the end: the stream is refused when it is asked for again, and the page says so."""
    await reader.sign_in()
    mine = await feed.subscribe(reader)
    async with page_of(browser, cookies=reader.cookies) as page:
        await page.goto(f"{house.url}/subscriptions/{mine.id}")
        await state(page, "live")
        await page.get_by_role("button", name="Pause").click()
        await subscriptions.cancel(
            house.arena.db, house.arena.gateway, mine.id, at="now", actor=actor_of(reader)
        )
        await page.get_by_role("button", name="Resume").click()
        assert "Your access has ended." in await state(page, "ended")


async def test_past_due_another_card_and_it_is_active_again(
    house: House, browser: Browser, reader: Reader, feed: OwnFeed
) -> None:
    await reader.sign_in()
    mine = await feed.subscribe(reader)
    await become_past_due(house, mine, DECLINED)
    async with page_of(browser, cookies=reader.cookies) as page:
        await page.goto(f"{house.url}/subscriptions")
        await text(page, "3 days of grace left")
        await page.get_by_role("link", name="Pay with another card").click()
        await page.get_by_label("A new card with this number:").check()
        await page.get_by_label("Number of the new card").fill("4242 4242 4242 4242")
        await page.get_by_role("button", name="Pay $99 with this card").click()
        await text(page, "Paid. The month that was due runs until")
        await expect(page.locator(".badge").first).to_have_text("active", use_inner_text=True)
        await state(page, "live")
        await page.get_by_role("link", name="Receipt for the month").first.click()
        await text(page, "test card ending in 4242")
