"""The stage as a fixture."""

import pytest

from arena.kit.db import Database
from arena.kit.settings import Settings
from tests.signals.stage import Stage, open_stage


@pytest.fixture
async def stage(db: Database, settings: Settings) -> Stage:
    """A tape of the sample pack, opened and not yet played."""
    return await open_stage(db, settings)
