"""Outward reactions wait for somebody else: they run beside the others, hold up nobody, and are patient."""

import asyncio
from dataclasses import dataclass

import pytest

from arena.kit.db import Database, Tx
from arena.kit.facts import Reaction, Routing
from arena.kit.outbox import OUTWARD_ATTEMPTS_MAX, dead_letters, drain, react_once
from arena.kit.tasks import background
from arena.worker import Reactor


@dataclass(frozen=True, slots=True)
class Asked:
    key: str


class World:
    """One reaction inside and one outward, which does not come back before it is `there`."""

    def __init__(self) -> None:
        self.inside: list[str] = []
        self.sent: list[str] = []
        self.there = asyncio.Event()
        self.there.set()
        self.broken = False

    async def note(self, _tx: Tx, fact: Asked) -> None:
        self.inside.append(fact.key)

    async def send(self, _tx: Tx, fact: Asked) -> None:
        await self.there.wait()
        if self.broken:
            raise ConnectionError("nobody answers")
        self.sent.append(fact.key)


@pytest.fixture
def world(db: Database) -> World:
    made = World()
    db.routing = Routing(
        {
            Asked: [
                Reaction("world.note", made.note),
                Reaction("world.send", made.send, outward=True),
            ]
        }
    )
    return made


async def ask(db: Database, *keys: str) -> None:
    for key in keys:
        async with db.transaction() as tx:
            await tx.record(Asked(key))


async def waiting(db: Database) -> list[tuple[str, int]]:
    async with db.transaction(readonly=True) as tx:
        rows = await tx.fetch(
            "select state, attempts from reaction where handler = 'world.send' order by fact_id"
        )
    return [(row["state"], row["attempts"]) for row in rows]


async def test_whoever_runs_the_others_does_not_run_these(db: Database, world: World) -> None:
    await ask(db, "a", "b")
    assert await drain(db) == 2
    assert (world.inside, world.sent) == (["a", "b"], [])
    while await react_once(db, outward=True):
        pass
    assert world.sent == ["a", "b"]
    assert await waiting(db) == [("done", 1), ("done", 1)]


async def test_one_that_fails_waits_and_is_tried_again(db: Database, world: World) -> None:
    await ask(db, "a")
    world.broken = True
    assert await react_once(db, outward=True)
    assert not await react_once(db, outward=True)
    assert await drain(db) == 1  # the impatient do not use up its tries
    assert await waiting(db) == [("pending", 1)]
    world.broken = False
    async with db.transaction() as tx:
        await tx.execute("update reaction set next_at = clock_timestamp()")
    assert await react_once(db, outward=True)
    assert world.sent == ["a"]


async def test_it_is_given_up_after_half_an_hour(db: Database, world: World) -> None:
    await ask(db, "a")
    world.broken = True
    waited_s = 0.0
    while await react_once(db, outward=True):
        async with db.transaction() as tx:
            waited_s += await tx.fetchval(
                "select extract(epoch from next_at - clock_timestamp())::float8 from reaction"
                " where handler = 'world.send'"
            )
            await tx.execute("update reaction set next_at = clock_timestamp()")
    assert await waiting(db) == [("dead", OUTWARD_ATTEMPTS_MAX)]
    assert 1800 < waited_s < 2700
    async with db.transaction(readonly=True) as tx:
        assert [letter["handler"] for letter in await dead_letters(tx)] == ["world.send"]


async def test_a_world_that_does_not_answer_holds_up_nobody(db: Database, world: World) -> None:
    """The tape asks for quiet and settles while a letter is on its way for ever."""
    world.there.clear()
    await ask(db, "a")
    reactor = Reactor(db)
    async with background(reactor.run(poll_s=0.02)), asyncio.timeout(5):
        while world.inside != ["a"]:
            await asyncio.sleep(0.01)
        await ask(db, "b")
        reactor.wake()
        async with reactor.quiet:
            await reactor.settle()
        assert (world.inside, world.sent) == (["a", "b"], [])
        world.there.set()
        while world.sent != ["a", "b"]:
            await asyncio.sleep(0.01)
