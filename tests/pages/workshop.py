"""A house for creators: no demo, and a burn-in of one fill, so that a feed is through it after two bars."""

from collections.abc import AsyncIterator

import pytest

from arena.kit.settings import Settings
from arena.marketplace import listings
from tests.conftest import Server
from tests.pages.reader import Reader
from tests.pages.submissions import author_in, drafted
from tests.signals.stage import Author
from tests.stories.house import House, open_house


@pytest.fixture(scope="module")
async def workshop(
    server: Server, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """Its tape stands still but for the bars that a test plays."""
    name = await server.create()
    settings = Settings(
        home=tmp_path_factory.mktemp("workshop"), seed="workshop", source="sample", demo=False,
        burn_in_days=0, burn_in_fills=1, rate_anonymous_per_min=0, rate_caller_per_min=0,
    )  # fmt: skip
    async with open_house(server.url_of(name), settings) as opened:
        yield opened
    await server.drop(name)


async def ready(house: House, creator: Reader, **words: str) -> tuple[listings.Listing, Author]:
    """A draft whose feed is through the workshop's burn-in."""
    made, author = await drafted(house, creator, **words)
    await trade(house, author)
    return made, author


async def trade(house: House, author: Author) -> None:
    """The author's first signal, between a bar to size it by and two in which it is followed."""
    assert await house.player.step()
    await author.publish()
    await house.settle()
    for _ in range(2):
        assert await house.player.step()
    await house.settle()


__all__ = ["author_in", "ready", "trade", "workshop"]
