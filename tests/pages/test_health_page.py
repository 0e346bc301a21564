"""Health as a page: each part in words, what to do where one is not in order, versions, addresses for programs."""

from typing import Any

import pytest
from playwright.async_api import Browser

from arena.web.pages.operator.part_words import in_words
from tests.pages.looking import look_at, page_of
from tests.pages.reader import Reader, text_of
from tests.stories.house import House


async def test_each_part_is_told_in_words(house: House, reader: Reader) -> None:
    await reader.sign_in("operator")
    page = await reader.get("/operator/health")
    text = text_of(page.text)
    parts = (await reader.client.get("/health")).json()["parts"]
    for part in in_words(parts):
        assert part.title in text
        assert part.status in text
    assert "0.1.0" in text
    assert "revision 00" in text
    for path in ("/metrics", "/health", "/health/live", "/ledger/trial-balance"):
        assert f'href="{path}"' in page.text


BROKEN: list[tuple[dict[str, dict[str, Any]], str]] = [
    ({"prices": {"status": "down", "source": None, "reason": "none"}}, "Start a worker"),
    (
        {
            "prices": {
                "status": "degraded",
                "source": "live",
                "reason": "asked for",
                "ended_at": None,
            }
        },
        "No bar has come",
    ),
    (
        {
            "prices": {
                "status": "ok",
                "source": "sample",
                "reason": "for a test",
                "ended_at": "2021",
            }
        },
        "The tape has ended",
    ),
    ({"ledger": {"status": "down", "sum": -1200}}, "Stop the arena"),
    ({"reactions": {"status": "degraded", "pending": 0, "dead_letters": 2}}, "mend the cause"),
]


@pytest.mark.parametrize(("parts", "advice"), BROKEN)
def test_what_is_not_in_order_comes_with_advice(
    parts: dict[str, dict[str, Any]], advice: str
) -> None:
    [part] = in_words(parts)
    assert advice in part.advice


def test_a_part_nobody_has_words_for_is_named_as_it_is() -> None:
    [part] = in_words({"teapot": {"status": "odd", "cups": 3}})
    assert (part.title, part.says, part.tone) == ("teapot", "cups 3", "warn")


async def test_health_is_drawn_well(house: House, reader: Reader, browser: Browser) -> None:
    await reader.sign_in("operator")
    await look_at(browser, house, "/operator/health", "operator-health", cookies=reader.cookies)


async def test_another_pace_is_asked_for_without_scripts(
    house: House, reader: Reader, browser: Browser
) -> None:
    await reader.sign_in("operator")
    async with page_of(browser, scripts=False, cookies=reader.cookies) as page:
        await page.goto(f"{house.url}/operator/health")
        await page.get_by_text("Another pace, or up to a given time").click()
        await page.get_by_label("Pace").fill("7x")
        await page.get_by_role("button", name="Play like that").click()
        await page.get_by_text("7 times real time").wait_for()
        await page.get_by_role("button", name="Automatic").click()
        await page.get_by_text("hurries until the first listings").wait_for()
