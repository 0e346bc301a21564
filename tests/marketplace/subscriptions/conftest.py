"""The market as a fixture."""

import pytest

from arena.kit.db import Database
from arena.kit.settings import Settings
from tests.marketplace.market import Market, open_market


@pytest.fixture
async def market(db: Database, settings: Settings) -> Market:
    """A market with nothing in it, on the sample pack's first day."""
    return await open_market(db, settings)
