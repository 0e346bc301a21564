"""The parts that tests of language models share: the local API, a model at work, a desk that asks it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from arena.kit.clock import TapeClock
from arena.kit.db import Database
from arena.kit.outbox import drain
from arena.kit.settings import Settings
from arena.signals.strategists import language_model
from arena.signals.strategists.language_model import Configuration, Decision, Desk, Hired, Place
from tests.signals.stage import Stage, open_stage
from tests.signals.strategists.language_model.messages_api import MessagesApi, serving

CHEAP = Configuration("claude-haiku-5-5", 10, 50, timeout_s=5, bars_max=40)


@pytest.fixture
async def api() -> AsyncIterator[MessagesApi]:
    async with serving() as made:
        yield made


@pytest.fixture
def settings(settings: Settings, api: MessagesApi) -> Settings:
    """With a key, and the local server for the API; replays at any pace may ask."""
    settings.language_model_key = SecretStr("a key of a test")
    settings.language_model_url = api.url
    settings.language_model_on_fast_replays = True
    return settings


class Office:
    """A stage with one language model at work, and a desk beside the tape."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.feed_id = ""
        self.desk = Desk(stage.db, stage.settings)

    async def hire(self, **changes: Any) -> Hired:
        configuration = Configuration.of(replace(CHEAP, **changes).as_dict())
        async with self.stage.db.transaction() as tx:
            place = Place("Thinking Reed", self.stage.symbol)
            feed = await language_model.employ(tx, self.stage.settings, place, configuration)
        self.feed_id = feed.id
        return Hired(feed.id, feed.name, feed.instrument, configuration)

    async def play(self, bars: int = 1) -> None:
        """Plays bars; after each the desk looks and has its answers."""
        for _ in range(bars):
            await self.stage.play(1)
            await self.ask()

    async def ask(self) -> None:
        await self.desk.look()
        await self.desk.settled()
        await drain(self.stage.db)

    def restart(self) -> None:
        """The worker died; another begins on the same database."""
        old = self.stage.db
        self.stage.db = Database(old.pool, TapeClock(old.clock.now()), old.routing)
        self.desk = Desk(self.stage.db, self.stage.settings)

    async def decisions(self) -> list[Decision]:
        async with self.stage.db.transaction(readonly=True) as tx:
            return await language_model.decisions(tx, self.feed_id)

    async def last(self) -> Decision:
        return (await self.decisions())[-1]

    async def weights(self) -> list[str]:
        """The weights of the published signals."""
        rows = await self.fetch(
            "select body from signal where feed_id = $1 order by sequence", self.feed_id
        )
        return [row["body"]["target_weight"] for row in rows]

    async def fetch(self, sql: str, *values: object) -> list[Any]:
        async with self.stage.db.transaction(readonly=True) as tx:
            return await tx.fetch(sql, *values)

    async def tell(self, source: str, words: str) -> None:
        async with self.stage.db.transaction() as tx:
            await language_model.tell(tx, [(source, words)])


@pytest.fixture
async def office(db: Database, settings: Settings, one_day: None) -> AsyncIterator[Office]:
    """Thirty bars have been played; nobody is hired yet. The line of the desk is closed at the end.

    It is one day for budgets, however near midnight.
    """
    stage = await open_stage(db, settings)
    await stage.play(30)
    made = Office(stage)
    yield made
    await made.desk.close()
