"""A whole arena with pages, a real browser before it, and people who have signed in.

`house` is one arena for all tests of a worker: who changes things there makes accounts and listings of his own.
"""

import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright, expect

from arena.kit.settings import Settings
from arena.web.page.built import BUILT
from tests.conftest import Server
from tests.pages.reader import Reader
from tests.stories.house import House, open_house

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="session")
async def house(server: Server, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """Four days of the sample tape are played: demo listings are on offer, with a short record."""
    name = await server.create()
    settings = Settings(
        home=tmp_path_factory.mktemp("pages"), seed="pages", source="sample", burn_in_days=2,
        burn_in_fills=1, rate_anonymous_per_min=0, rate_caller_per_min=0,
    )  # fmt: skip
    async with open_house(server.url_of(name), settings) as opened:
        for _ in range(4 * 96):
            assert await opened.player.step()
        yield opened
    await server.drop(name)


@pytest.fixture
async def reader(house: House) -> AsyncIterator[Reader]:
    """Reads and fills in pages without a browser, as somebody who is not signed in."""
    async with Reader(house) as opened:
        yield opened


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: pages are not drawn")
    if not (BUILT / "manifest.json").exists():
        pytest.skip("the front end is not built: make run")
    expect.set_options(timeout=30_000)  # as long as everything else waits there
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        await opened.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is drawn by a browser takes its time: `make test` leaves it to `make test-pages`."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.drawn)
