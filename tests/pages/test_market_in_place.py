"""The market in a browser: filters in place, the keyboard, a silent server, and the same without scripts."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.conftest import Server
from tests.pages.crowd import HOSTILE, SHOWN, open_crowd, rename_last, sought
from tests.pages.looking import check_page, page_of
from tests.stories.house import House


@pytest.fixture(scope="module")
async def crowd(server: Server, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_crowd(server, tmp_path_factory.mktemp("crowd"), listings=SHOWN) as opened:
        await rename_last(opened, HOSTILE)
        yield opened


async def _settled(page: Page, count: int) -> None:
    await page.wait_for_function(
        "count => document.querySelectorAll('.listing-card').length == count", arg=count
    )


async def test_filters_work_in_place_and_each_view_is_a_link(
    crowd: House, browser: Browser
) -> None:
    proven = len(await sought(crowd, badge="proven"))
    assert 0 < proven < 24
    async with page_of(browser) as page:
        await page.goto(f"{crowd.url}/market")
        await page.evaluate("document.querySelector('#found').same = true")
        await page.select_option("#badge", "proven")
        await _settled(page, proven)
        await expect(page).to_have_url(f"{crowd.url}/market?badge=proven")
        said = page.locator("#found")
        assert await said.get_attribute("role") == "status"
        assert await page.evaluate("document.querySelector('#found').same"), "else nobody hears it"
        await expect(said).to_have_text(f"{proven} listings.", use_inner_text=True)
        await check_page(page, "market-filtered-in-place")
        await page.fill("#words", "nothing like this")
        await _settled(page, 0)
        await expect(said).to_have_text("Nothing found.", use_inner_text=True)
        assert await page.evaluate("document.activeElement.id") == "words"
        await page.go_back()
        await _settled(page, proven)
        await expect(page.locator("#words")).to_have_value("")
        await expect(page.locator("#badge")).to_have_value("proven")
        await page.go_back()
        await _settled(page, 24)
        await expect(page).to_have_url(f"{crowd.url}/market")
        await expect(page.locator("#badge")).to_have_value("")
        await page.select_option("#badge", "proven")
        await _settled(page, proven)


async def test_the_keyboard_reaches_filters_and_results(crowd: House, browser: Browser) -> None:
    async with page_of(browser) as page:
        await page.goto(f"{crowd.url}/market")
        await page.focus("#words")
        reached = []
        for _ in range(14):
            await page.keyboard.press("Tab")
            reached.append(
                await page.evaluate(
                    "document.activeElement.id || document.activeElement.getAttribute('href') || 'button'"
                )
            )
        assert reached[:8] == [
            "sort",
            "button",
            "instrument",
            "badge",
            "days",
            "drawdown",
            "price",
            "seats",
        ]
        assert reached[8] == "/how#hypothetical"
        assert reached[9].startswith("/listings/lst_")
        assert reached[10].startswith("/profiles/col_")
        await page.focus("#seats")
        async with page.expect_response(re.compile("seats=left")):
            await page.keyboard.press("Space")
        await page.focus("#words")
        await page.keyboard.type("drift")
        async with page.expect_response(re.compile("q=drift")):
            await page.keyboard.press("Enter")


async def test_a_silent_server_is_said_to_be_silent_until_it_answers(
    crowd: House, browser: Browser
) -> None:
    async def fail(route: Route) -> None:
        await route.abort()

    async def refuse(route: Route) -> None:
        await route.fulfill(status=503, body="<h1>broken</h1>", content_type="text/html")

    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    page = await context.new_page()  # htmx tells the console of it, too
    await page.goto(f"{crowd.url}/market")
    notice = page.locator("offline-notice")
    assert await notice.get_attribute("role") == "alert"
    for answer in (fail, refuse):
        await page.route("**/market?*", answer)
        await page.select_option("#badge", "proven")
        await notice.locator("p").wait_for()
        assert "did not answer" in await notice.inner_text()
        assert page.url == f"{crowd.url}/market"
        await _settled(page, 24)
        assert "broken" not in await page.locator("main").inner_text()
        await page.unroute("**/market?*")
        await page.select_option("#badge", "")
        await notice.locator("p").wait_for(state="detached")
    await page.route("**/market?*", fail)
    await page.select_option("#badge", "proven")
    await notice.locator("p").wait_for()
    await check_page(page, "market-offline")
    await context.close()


async def test_while_results_are_on_their_way_it_shows(crowd: House, browser: Browser) -> None:
    async with page_of(browser) as page:
        await page.goto(f"{crowd.url}/market")
        busy = page.locator(".busy")
        assert not await busy.is_visible()

        async def slowly(route: Route) -> None:
            await busy.wait_for(state="visible")
            await route.continue_()

        await page.route("**/market?*", slowly)
        await page.select_option("#badge", "proven")
        await page.wait_for_url("**/market?badge=proven")
        await busy.wait_for(state="hidden")


async def test_the_market_works_without_scripts(crowd: House, browser: Browser) -> None:
    proven = await sought(crowd, badge="proven", words="usd")
    async with page_of(browser, scripts=False) as page:
        await page.goto(f"{crowd.url}/market")
        await page.fill("#words", "usd")
        await page.select_option("#badge", "proven")
        cards = page.locator(".listing-card")
        await page.get_by_role("button", name="Show").click()
        await expect(cards).to_have_count(len(proven))
        await page.get_by_role("link", name="Drop all filters").click()
        await expect(cards).to_have_count(24)
        first = await cards.first.inner_text()
        await page.get_by_role("link", name="Next page").click()
        await expect(cards.first).not_to_have_text(first, use_inner_text=True)
        await expect(cards).to_have_count(24)


async def test_a_phone_opens_the_filters(crowd: House, browser: Browser) -> None:
    async with page_of(browser, look="phone") as page:
        await page.goto(f"{crowd.url}/market")
        assert not await page.locator("#badge").is_visible()
        await page.locator(".more summary").click()
        await page.select_option("#badge", "proven")
        await page.wait_for_url("**/market?badge=proven")
        await expect(page.locator("#badge")).to_be_visible()


async def test_a_hostile_title_runs_nothing(crowd: House, browser: Browser) -> None:
    async with page_of(browser) as page:
        page.on("dialog", lambda dialog: pytest.fail(f"it ran: {dialog.message}"))
        await page.goto(f"{crowd.url}/market")
        await page.fill("#words", HOSTILE)
        await _settled(page, 1)
        assert await page.locator(".listing-card h2").inner_text() == HOSTILE
        chip = page.locator(".chips li").first
        await expect(chip).to_have_text(f"“{HOSTILE}” ✕", use_inner_text=True)
