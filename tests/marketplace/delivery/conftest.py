"""Fixtures of delivery: parts over a fresh database, a publishing feed on offer, the app on a socket."""

from collections.abc import AsyncIterator

import pytest

from arena.kit.settings import Settings
from tests.marketplace.delivery.stage import (
    Parts,
    Publisher,
    Served,
    list_feed,
    open_parts,
    serve_parts,
)


@pytest.fixture
async def parts(database_url: str, settings: Settings) -> AsyncIterator[Parts]:
    async with open_parts(database_url, settings) as opened:
        yield opened


@pytest.fixture
async def publisher(parts: Parts) -> Publisher:
    """A feed with no signals yet, listed."""
    opened = await Publisher(parts).open()
    await list_feed(parts, opened)
    return opened


@pytest.fixture
async def served(parts: Parts, publisher: Publisher) -> AsyncIterator[Served]:
    async with serve_parts(parts) as app:
        yield app
