"""The front page: drawn in every look, keeps up with the tape, works without scripts."""

import pytest
from playwright.async_api import Browser

from tests.pages.looking import look_at, page_of
from tests.pages.reader import Reader
from tests.stories.house import House


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/", "front"),
        ("/docs/problems", "problems"),
        ("/design", "design"),
        ("/how", "how"),
        ("/docs", "docs"),
        ("/docs/calls/market", "docs-market"),
        ("/docs/calls/people", "docs-people"),
        ("/nowhere", "nothing-here"),
    ],
)
async def test_a_page_is_drawn_well(house: House, browser: Browser, path: str, name: str) -> None:
    await look_at(browser, house, path, name)


async def test_the_front_page_keeps_up_with_the_tape(house: House, browser: Browser) -> None:
    async with page_of(browser) as page:
        await page.goto(house.url)
        time = page.locator("#state ~ dl local-time")
        before = await time.get_attribute("datetime")
        await house.player.step()
        await page.wait_for_function(
            "before => document.querySelector('#state ~ dl local-time').getAttribute('datetime') !== before",
            arg=before, timeout=10_000,
        )  # fmt: skip


async def test_the_state_streams_to_everybody_as_html(house: House, reader: Reader) -> None:
    async with reader.client.stream("GET", "/live/state") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        async for line in stream.aiter_lines():
            if line.startswith("data: ") and "<section" in line:
                break
        else:
            pytest.fail("the stream ended without a word")


async def test_the_front_page_works_without_scripts(house: House, browser: Browser) -> None:
    async with page_of(browser, scripts=False) as page:
        await page.goto(house.url)
        assert await page.locator("#feeds ~ .scroll tbody tr").count() >= 8
        assert "UTC" in await page.locator("#state ~ dl local-time").inner_text()
