"""The first pages in a real browser: they draw, stay silent in the console, keep up, and work without scripts."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from arena.kit.settings import Settings
from arena.web.page import BUILT
from tests.conftest import Server
from tests.stories.house import House, open_house

SHOTS = Path(__file__).parent / "shots"
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: pages are not drawn"),
    pytest.mark.skipif(
        not (BUILT / "manifest.json").exists(), reason="the front end is not built: make run"
    ),
]


@pytest.fixture(scope="module")
async def house(server: Server, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    name = await server.create()
    settings = Settings(
        home=tmp_path_factory.mktemp("pages"), seed="pages", source="sample", burn_in_days=2,
        burn_in_fills=1, rate_anonymous_per_min=0,
    )  # fmt: skip
    async with open_house(server.url_of(name), settings) as opened:
        for _ in range(4 * 96):
            assert await opened.player.step()
        yield opened
    await server.drop(name)


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        await opened.close()


@pytest.mark.parametrize("path", ["/", "/docs", "/docs/problems"])
@pytest.mark.parametrize(("look", "width"), [("light", 1280), ("dark", 1280), ("light", 360)])
async def test_a_page_draws_without_a_word_in_the_console(
    house: House, browser: Browser, path: str, look: str, width: int
) -> None:
    page = await browser.new_page(
        viewport={"width": width, "height": 900}, color_scheme="dark" if look == "dark" else "light"
    )
    said: list[str] = []
    page.on(
        "console",
        lambda message: said.append(message.text) if message.type in ("error", "warning") else None,
    )
    page.on("pageerror", lambda error: said.append(str(error)))
    await page.goto(house.url + path, wait_until="networkidle")
    assert await page.locator("h1").count() >= 1
    SHOTS.mkdir(exist_ok=True)
    name = path.strip("/").replace("/", "-") or "front"
    await page.screenshot(path=SHOTS / f"{name}-{look}-{width}.png", full_page=path == "/")
    if path != "/docs":  # Swagger UI's tables are its own
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
    await page.close()
    assert said == []


async def test_the_front_page_keeps_up_with_the_tape(house: House, browser: Browser) -> None:
    page = await browser.new_page()
    await page.goto(house.url, wait_until="networkidle")
    time = page.locator("live-part local-time").first
    before = await time.get_attribute("datetime")
    await house.player.step()
    await page.wait_for_function(
        "before => document.querySelector('live-part local-time').getAttribute('datetime') !== before",
        arg=before, timeout=10_000,
    )  # fmt: skip
    await page.close()


async def test_the_front_page_works_without_scripts(house: House, browser: Browser) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(house.url)
    assert await page.locator("tbody tr").count() == 8
    assert "UTC" in await page.locator("local-time").first.inner_text()
    await context.close()
