"""The listing page in a real browser: drawn well, usable without scripts and without a mouse, light in bytes."""

import pytest
from playwright.async_api import Browser, Response, expect

from tests.pages.long_record import long_record
from tests.pages.looking import check_page, look_at, page_of
from tests.pages.own_feed import OwnFeed
from tests.pages.reader import Reader
from tests.stories.house import House

BYTES_MAX = 150_000


@pytest.fixture(scope="module")
async def long(house: House) -> OwnFeed:
    return await long_record(house)


@pytest.mark.parametrize("role", ["stranger", "subscriber", "operator"])
async def test_the_page_is_drawn_well(
    role: str, reader: Reader, house: House, browser: Browser, long: OwnFeed
) -> None:
    if role == "subscriber":
        await reader.sign_in()
        await long.subscribe(reader, "basic")
    elif role == "operator":
        await reader.sign_in("operator")
    await look_at(
        browser, house, f"/listings/{long.listing_id}", f"listing-{role}", cookies=reader.cookies
    )


async def test_without_scripts_all_is_there_and_nothing_is_dead(
    house: House, browser: Browser, long: OwnFeed
) -> None:
    async with page_of(browser, scripts=False) as page:
        await page.goto(f"{house.url}/listings/{long.listing_id}")
        assert await page.locator("svg.equity-figure").is_visible()
        assert await page.locator("table.drag tbody tr").count() == 3
        assert await page.locator(".stat").count() == 6
        assert await page.locator("article button").count() == 0
        await page.get_by_role("link", name="Take Pro").click()
        await page.wait_for_url("**/sign-in?next=%2Fsubscribe%2F*")


async def test_the_way_to_subscribe_needs_no_mouse(
    house: House, browser: Browser, long: OwnFeed
) -> None:
    async with page_of(browser) as page:
        await page.goto(f"{house.url}/listings/{long.listing_id}")
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.textContent") == "Skip to the content"
        await page.keyboard.press("Enter")
        for _ in range(6):
            await page.keyboard.press("Tab")
            if await page.evaluate("document.activeElement.textContent") == "Subscribe":
                break
        await page.keyboard.press("Enter")
        await page.wait_for_function("location.hash === '#tiers'")
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.textContent") == "Take Basic"
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/sign-in?next=*")


async def test_on_a_phone_the_button_stays_in_reach(
    house: House, browser: Browser, long: OwnFeed
) -> None:
    async with page_of(browser, look="phone") as page:
        await page.goto(f"{house.url}/listings/{long.listing_id}")
        bar = page.locator(".buy-bar a")
        for fraction in (0, 0.3, 0.6):
            await page.evaluate(f"scrollTo(0, document.body.scrollHeight * {fraction})")
            box = await bar.bounding_box()
            assert box is not None
            assert 0 <= box["y"] <= 900 - box["height"]


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
async def test_the_chart_can_be_studied(
    look: str, house: House, browser: Browser, long: OwnFeed
) -> None:
    async with page_of(browser, look=look) as page:
        await page.goto(f"{house.url}/listings/{long.listing_id}")
        label = await page.locator("svg.equity-figure").get_attribute("aria-label")
        await page.get_by_role("button", name="Study the chart").click()
        await page.wait_for_selector(".study canvas")
        chart = page.get_by_role("img", name=label or "?")
        await expect(chart).to_be_visible()
        await expect(page.locator(".study-bar button")).to_have_text(["1M", "3M", "1Y", "All"])
        month = page.get_by_role("button", name="1M")
        await month.press("Enter")
        await expect(month).to_have_attribute("aria-pressed", "true")
        await expect(page.locator("[aria-pressed=true]")).to_have_count(1)
        await expect(page.get_by_role("link", name="TradingView")).to_have_count(1)
        await check_page(page, f"listing-study-{look}")


async def test_the_chart_keeps_the_drawing_where_it_cannot_be_loaded(
    house: House, browser: Browser, long: OwnFeed
) -> None:
    async with page_of(browser) as page:
        await page.route("**/accounts/*/curve", lambda route: route.abort())
        await page.goto(f"{house.url}/listings/{long.listing_id}")
        await page.get_by_role("button", name="Study the chart").click()
        await page.get_by_role("button", name="Try again").wait_for()
        assert await page.locator("svg.equity-figure").is_visible()


async def test_the_whole_page_with_its_chart_weighs_little(
    house: House, browser: Browser, long: OwnFeed
) -> None:
    """Bytes over the wire: the page, its styles, scripts, chart and curve."""
    async with page_of(browser) as page:
        answers: list[Response] = []
        page.on("response", lambda answer: answers.append(answer))
        await page.goto(f"{house.url}/listings/{long.listing_id}", wait_until="networkidle")
        light = [(r.url, (await r.request.sizes())["responseBodySize"]) for r in answers]
        assert not any("equity-study" in url for url, _ in light), "the chart waits to be asked for"
        await page.get_by_role("button", name="Study the chart").click()
        await page.wait_for_selector(".study canvas")
        sizes = {r.url: (await r.request.sizes())["responseBodySize"] for r in answers}
        assert any("equity-study" in url for url in sizes)
        assert sum(size for _, size in light) < BYTES_MAX / 2
        assert sum(sizes.values()) < BYTES_MAX


async def test_on_paper_the_record_stands_without_what_is_for_the_screen(
    house: House, browser: Browser, long: OwnFeed
) -> None:
    async with page_of(browser) as page:
        await page.goto(f"{house.url}/listings/{long.listing_id}")
        await page.emulate_media(media="print")
        for shown in (".stats", "svg.equity-figure", ".months", ".statement", ".hashes"):
            assert await page.locator(shown).first.is_visible(), shown
        for hidden in (".site-header", ".buy-bar", ".contents", ".study-bar", ".standing", ".take"):
            assert not await page.locator(hidden).first.is_visible(), hidden
