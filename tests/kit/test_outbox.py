"""Facts and their reactions: in order per key, retried, buried, replayed, and never half done."""

import asyncio
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from arena.kit.db import Database, Tx
from arena.kit.facts import Reaction, Routing
from arena.kit.outbox import (  # fmt: skip
    ATTEMPTS_MAX,
    NoSuchDeadLetter,
    buried,
    dead_letters,
    drain,
    fates,
    react_once,
    replay,
    replay_all,
    retrying,
)


@dataclass(frozen=True, slots=True)
class Moved:
    key: str
    number: int


@dataclass(frozen=True, slots=True)
class Ignored:
    key: str


class Diary:
    """A handler that writes what it sees into a table, and breaks when told to."""

    def __init__(self) -> None:
        self.broken: set[tuple[str, int]] = set()
        self.pause_s = 0.0

    async def write(self, tx: Tx, fact: Moved) -> None:
        await tx.execute("insert into diary (key, number) values ($1, $2)", fact.key, fact.number)
        await asyncio.sleep(self.pause_s)
        if (fact.key, fact.number) in self.broken:
            raise ValueError("the pen is broken")


@pytest.fixture
async def diary(db: Database) -> Diary:
    made = Diary()
    db.routing = Routing({Moved: [Reaction("diary.write", made.write)]})
    async with db.transaction() as tx:
        await tx.execute("create table diary (id serial, key text, number int)")
    return made


async def record(db: Database, *facts: Any) -> None:
    for fact in facts:
        async with db.transaction() as tx:
            await tx.record(fact)


async def written(db: Database) -> list[tuple[str, int]]:
    async with db.transaction() as tx:
        return [
            (row["key"], row["number"]) for row in await tx.fetch("select * from diary order by id")
        ]


async def states(db: Database) -> list[str]:
    async with db.transaction() as tx:
        return [
            row["state"] for row in await tx.fetch("select state from reaction order by fact_id")
        ]


async def test_a_reaction_runs_after_the_commit_with_the_fact_as_it_was(
    db: Database, diary: Diary
) -> None:
    await record(db, Moved("a", 1), Ignored("a"))
    assert await written(db) == []
    assert await drain(db) == 1
    assert await written(db) == [("a", 1)]
    assert await states(db) == ["done"]
    assert await drain(db) == 0


async def test_reactions_of_a_key_run_in_the_order_of_its_facts_whoever_works(
    db: Database, diary: Diary
) -> None:
    diary.pause_s = 0.005
    facts = [Moved(key, number) for number in range(12) for key in "abc"]
    await record(db, *facts)

    async def work() -> None:
        idle = 0
        while idle < 20:
            if not await react_once(db):
                idle += 1
                await asyncio.sleep(0.005)

    await asyncio.gather(*(work() for _ in range(4)))
    seen = await written(db)
    assert len(seen) == len(facts)
    for key in "abc":
        assert [number for k, number in seen if k == key] == list(range(12))


async def test_a_failed_reaction_leaves_nothing_waits_and_holds_up_only_its_key(
    db: Database, diary: Diary
) -> None:
    diary.broken = {("a", 1)}
    await record(db, Moved("a", 1), Moved("a", 2), Moved("b", 1))
    while await react_once(db):
        pass
    assert await written(db) == [("b", 1)]
    async with db.transaction() as tx:
        row = await tx.one("select * from reaction where fact_id = 1")
        assert (row["attempts"], row["state"], row["error"]) == (
            1,
            "pending",
            "ValueError: the pen is broken",
        )
        assert await tx.fetchval(
            "select next_at > clock_timestamp() from reaction where fact_id = 1"
        )
        await tx.execute("update reaction set next_at = clock_timestamp()")
    diary.broken = set()
    while await react_once(db):
        pass
    assert await written(db) == [("b", 1), ("a", 1), ("a", 2)]


async def test_after_its_last_attempt_a_reaction_is_a_dead_letter_that_blocks_nobody(
    db: Database, diary: Diary
) -> None:
    diary.broken = {("a", 1)}
    await record(db, Moved("a", 1), Moved("a", 2))
    assert await drain(db) == ATTEMPTS_MAX + 1
    assert await written(db) == [("a", 2)]
    async with db.transaction() as tx:
        (letter,) = await dead_letters(tx)
    assert (letter["kind"], letter["handler"], letter["attempts"]) == (
        "Moved",
        "diary.write",
        ATTEMPTS_MAX,
    )
    assert letter["body"] == {"key": "a", "number": 1}


async def test_a_dead_letter_can_be_replayed_once_mended(db: Database, diary: Diary) -> None:
    diary.broken = {("a", 1)}
    await record(db, Moved("a", 1))
    await drain(db)
    diary.broken = set()
    async with db.transaction() as tx:
        await replay(tx, 1, "diary.write")
        with pytest.raises(NoSuchDeadLetter, match=r"diary\.write to fact 1"):
            await replay(tx, 1, "diary.write")
    await drain(db)
    assert await written(db) == [("a", 1)]
    assert await states(db) == ["done"]


async def test_the_dead_are_counted_by_handler_and_read_page_by_page(
    db: Database, diary: Diary
) -> None:
    diary.broken = {("a", n) for n in range(5)}
    await record(db, *(Moved("a", n) for n in range(5)))
    await drain(db)
    async with db.transaction() as tx:
        [group] = await buried(tx)
        assert (group["handler"], group["letters"]) == ("diary.write", 5)
        first = await dead_letters(tx, limit=2)
        after = (first[-1]["fact_id"], first[-1]["position"])
        rest = await dead_letters(tx, after=after)
        assert [row["body"]["number"] for row in [*first, *rest]] == list(range(5))
        assert all(row["tried_at"] >= row["recorded_at"] for row in rest)


async def test_all_of_a_handler_are_replayed_the_oldest_first(db: Database, diary: Diary) -> None:
    diary.broken = {("a", n) for n in range(5)}
    await record(db, *(Moved("a", n) for n in range(5)))
    await drain(db)
    diary.broken = {("a", 1)}
    async with db.transaction() as tx:
        ids = await replay_all(tx, "diary.write", limit=3)
        assert len(ids) == 3
        assert await replay_all(tx, "nobody.knows", limit=3) == []
        assert [row["fact_id"] for row in await retrying(tx)] == ids
    await drain(db)
    assert await written(db) == [("a", 0), ("a", 2)]
    async with db.transaction() as tx:
        found = await fates(tx, [(fact_id, "diary.write") for fact_id in ids] + [(999, "x")])
        assert [found[fact_id, "diary.write"]["state"] for fact_id in ids] == [
            "done",
            "dead",
            "done",
        ]
        assert len(await dead_letters(tx)) == 3
        assert await retrying(tx) == []


async def test_a_reaction_nobody_knows_any_more_ends_as_a_dead_letter(
    db: Database, diary: Diary
) -> None:
    await record(db, Moved("a", 1))
    db.routing = Routing({})
    await drain(db)
    assert await states(db) == ["dead"]


async def test_facts_recorded_by_reactions_are_reacted_to_as_well(
    db: Database, diary: Diary
) -> None:
    async def countdown(tx: Tx, fact: Moved) -> None:
        await diary.write(tx, fact)
        if fact.number:
            await tx.record(Moved(fact.key, fact.number - 1))

    db.routing = Routing({Moved: [Reaction("countdown", countdown)]})
    await record(db, Moved("a", 3))
    assert await drain(db) == 4
    assert await written(db) == [("a", 3), ("a", 2), ("a", 1), ("a", 0)]


async def test_several_reactions_to_one_fact_run_in_the_order_of_the_table(
    db: Database, diary: Diary
) -> None:
    ran: list[str] = []

    def named(name: str) -> Reaction:
        async def handle(_tx: Tx, _fact: Moved) -> None:
            ran.append(name)

        return Reaction(name, handle)

    db.routing = Routing({Moved: [named("z"), named("a"), named("m")]})
    await record(db, Moved("k", 1), Moved("k", 2))
    await drain(db)
    assert ran == ["z", "a", "m"] * 2


KILLED = """
import asyncio, os, signal, sys
from dataclasses import dataclass
from datetime import UTC, datetime
from arena.kit.clock import TapeClock
from arena.kit.db import Database, open_pool
from arena.kit.facts import Reaction, Routing
from arena.kit.outbox import react_once

@dataclass(frozen=True, slots=True)
class Moved:
    key: str
    number: int

async def write(tx, fact):
    await tx.execute("insert into diary (key, number) values ($1, $2)", fact.key, fact.number)
    os.kill(os.getpid(), signal.SIGKILL)

async def main():
    pool = await open_pool(sys.argv[1], size_min=1)
    routing = Routing({Moved: [Reaction("diary.write", write)]})
    await react_once(Database(pool, TapeClock(datetime(2021, 1, 1, tzinfo=UTC)), routing))

asyncio.run(main())
"""


async def test_a_process_killed_in_a_reaction_leaves_it_to_be_done_once(
    db: Database, diary: Diary, database_url: str
) -> None:
    await record(db, Moved("a", 1))
    killed = subprocess.run([sys.executable, "-c", KILLED, database_url], check=False, timeout=30)
    assert killed.returncode == -9
    for _ in range(100):
        if await react_once(db):
            break
        await asyncio.sleep(0.05)
    await drain(db)
    assert await written(db) == [("a", 1)]
    assert await states(db) == ["done"]
