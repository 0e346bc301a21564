"""A chain that was tampered with says where and how."""

import pytest

from arena.signals import feeds
from tests.signals.stage import Author, Stage


@pytest.fixture
async def author(stage: Stage) -> Author:
    await stage.play(1)
    made = await stage.author()
    for _ in range(4):
        await made.publish()
    return made


async def report(author: Author) -> feeds.ChainReport:
    async with author.stage.db.transaction(readonly=True) as tx:
        return await feeds.check_chain(tx, author.feed.id)


async def test_an_untouched_chain_holds(author: Author) -> None:
    found = await report(author)
    assert found.holds
    assert found.signals == 4


async def test_an_empty_chain_holds(stage: Stage) -> None:
    assert (await report(await stage.author())).holds


@pytest.mark.parametrize(
    ("tampering", "faults"),
    [
        ("update signal set body = jsonb_set(body, '{target_weight}', '\"0.9\"') where sequence = 2",
         {(2, "hash"), (2, "signature"), (2, "log"), (3, "chain")}),
        ("update signal set signature = decode(repeat('00', 64), 'hex') where sequence = 3", {(3, "signature")}),
        ("update signal set salt = decode(repeat('00', 32), 'hex') where sequence = 1", {(1, "log")}),
        ("update signal set received_at = received_at - interval '1 s' where sequence = 2", {(2, "log"), (2, "key")}),
        ("update signal set log_index = 0 where sequence = 4", {(4, "log")}),
        ("delete from signal where sequence = 4", {(4, "head")}),
        ("delete from signal where sequence = 2", {(2, "sequence"), (2, "chain"), (3, "sequence")}),
        ("update log_leaf set entry = '\\x00' where index = 1", set()),  # the tree's own check finds this
        ("update log_node set hash = decode(repeat('00', 32), 'hex') where level = 0 and index = 1", {(2, "log")}),
        ("update collective_key set revoked_at = (select min(received_at) from signal)",
         {(1, "key"), (2, "key"), (3, "key"), (4, "key")}),
        ("delete from collective_key", {(1, "key"), (2, "key"), (3, "key"), (4, "key")}),
        ("update feed set last_hash = repeat('0', 64)", {(4, "head")}),
    ],
)  # fmt: skip
async def test_tampering_is_found(
    author: Author, tampering: str, faults: set[tuple[int, str]]
) -> None:
    async with author.stage.db.transaction() as tx:
        await tx.execute("set local session_replication_role = replica")  # past the triggers
        await tx.execute(tampering)
    found = await report(author)
    assert {(fault.sequence, fault.what) for fault in found.faults} == faults


@pytest.mark.parametrize(
    "act", ["update signal set hash = ''", "delete from signal", "truncate signal"]
)
async def test_postgresql_itself_keeps_signals_as_they_are(author: Author, act: str) -> None:
    with pytest.raises(Exception, match=r"append-only|foreign key"):
        async with author.stage.db.transaction() as tx:
            await tx.execute(act)
