"""The audit trail: written with the act, found by object, actor and action, never changed."""

import asyncpg
import pytest

from arena.evidence import audit
from arena.kit.db import Database


async def note(db: Database, action: str, object: str, actor: str = "usr_1") -> None:
    async with db.transaction() as tx:
        await audit.record(
            tx, actor=actor, actor_kind="person", action=action, object=object,
            detail={"n": 1}, reason="because", request_id="req_1",
        )  # fmt: skip


async def test_an_act_is_found_by_object_actor_and_action(db: Database) -> None:
    await note(db, "listings.submit", "lst_1")
    await note(db, "listings.approve", "lst_1", actor="usr_2")
    await note(db, "orders.place", "ord_1")
    async with db.transaction() as tx:
        newest = await audit.search(tx, limit=2)
        assert [e.action for e in newest] == ["orders.place", "listings.approve"]
        older = await audit.search(tx, after=newest[-1].id)
        assert [e.action for e in older] == ["listings.submit"]
        assert [e.actor for e in await audit.search(tx, object="lst_1")] == ["usr_2", "usr_1"]
        assert [e.object for e in await audit.search(tx, actor="usr_2")] == ["lst_1"]
        assert len(await audit.search(tx, action="listings.*")) == 2
        assert await audit.search(tx, action="listings.appro") == []
        [event] = await audit.search(tx, action="listings.submit", object="lst_1", actor="usr_1")
    assert (event.at, event.detail, event.reason) == (db.clock.now(), {"n": 1}, "because")
    assert (event.actor_kind, event.request_id) == ("person", "req_1")


async def test_the_history_of_several_objects_is_one(db: Database) -> None:
    for action, object_id in (("a.first", "lst_1"), ("a.second", "mod_1"), ("a.third", "lst_2")):
        await note(db, action, object_id)
    async with db.transaction() as tx:
        found = await audit.history(tx, ["mod_1", "lst_1"])
        assert [event.action for event in found] == ["a.second", "a.first"]
        assert await audit.history(tx, ["lst_1"], limit=0) == []


async def test_an_act_that_rolls_back_leaves_no_trace(db: Database) -> None:
    async def act_and_fail() -> None:
        async with db.transaction() as tx:
            await audit.record(tx, actor="a", actor_kind="person", action="x.y", object="o")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await act_and_fail()
    async with db.transaction() as tx:
        assert await audit.search(tx) == []


@pytest.mark.parametrize(
    "sql",
    [
        "update audit_event set reason = 'another'",
        "delete from audit_event",
        "truncate audit_event",
    ],
)
async def test_postgresql_refuses_to_change_the_trail(db: Database, sql: str) -> None:
    await note(db, "listings.submit", "lst_1")
    with pytest.raises(asyncpg.PostgresError, match="append-only"):
        async with db.transaction() as tx:
            await tx.execute(sql)
    async with db.transaction() as tx:
        assert len(await audit.search(tx)) == 1
