"""The log in the database: appended under a lock, proven from stored nodes, signed without contradiction."""

import asyncio
import base64
import hashlib
from datetime import timedelta

import asyncpg
import pytest

from arena.evidence import log
from arena.evidence.log.checkpoint import sign_text
from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.kit.signing import SigningKey
from tests.evidence.test_tree import ENTRIES, ROOTS, SIZE_MAX


async def fill(db: Database, count: int, first: int = 0) -> None:
    async with db.transaction() as tx:
        new = [log.NewEntry("test", f"r{n}", ENTRIES[n]) for n in range(first, first + count)]
        indexes = await log.append_many(tx, new)
        assert indexes == list(range(first, first + count))


async def test_roots_and_proofs_hold_at_every_size(db: Database) -> None:
    await fill(db, SIZE_MAX)
    async with db.transaction(readonly=True) as tx:
        assert await log.size_of(tx) == SIZE_MAX
        for size in range(1, SIZE_MAX + 1, 3):
            assert await log.root_at(tx, size) == ROOTS[size]
            for index in {0, size // 2, size - 1}:
                proof = await log.inclusion_proof(tx, index, size)
                leaf = log.leaf_hash((await log.leaf(tx, index)).entry)
                assert log.verify_inclusion(index, size, leaf, proof=proof, root=ROOTS[size])
            for old in {0, 1, size // 2, size}:
                path = await log.consistency_proof(tx, old, size)
                assert log.verify_consistency(
                    old, size, first_root=ROOTS[old], second_root=ROOTS[size], proof=path
                )


async def test_one_by_one_gives_the_same_log_as_many_at_once(db: Database) -> None:
    for n in range(9):
        async with db.transaction() as tx:
            assert await log.append(tx, kind="test", reference=f"r{n}", entry=ENTRIES[n]) == n
    await fill(db, 20, first=9)
    async with db.transaction() as tx:
        assert await log.root_at(tx, 29) == ROOTS[29]


async def test_concurrent_writers_get_a_place_each(db: Database) -> None:
    async def write(n: int) -> int:
        async with db.transaction() as tx:
            return await log.append(tx, kind="test", reference=f"r{n}", entry=ENTRIES[n])

    places = await asyncio.gather(*(write(n) for n in range(30)))
    assert sorted(places) == list(range(30))
    async with db.transaction() as tx:
        entries = [(await log.leaf(tx, index)).entry for index in range(30)]
        assert await log.root_at(tx, 30) == log.root_of_entries(entries)


async def test_what_rolls_back_leaves_no_gap(db: Database) -> None:
    async def append_and_fail() -> None:
        async with db.transaction() as tx:
            await log.append(tx, kind="test", reference="lost", entry=b"lost")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await append_and_fail()
    await fill(db, 3)
    async with db.transaction() as tx:
        assert await log.root_at(tx, 3) == ROOTS[3]


async def test_nothing_is_logged_twice(db: Database) -> None:
    await fill(db, 1)
    with pytest.raises(log.AlreadyLogged):
        async with db.transaction() as tx:
            await log.append(tx, kind="test", reference="r0", entry=b"another word")
    async with db.transaction() as tx:
        assert await log.size_of(tx) == 1


async def test_proofs_beyond_the_end_are_refused(db: Database) -> None:
    await fill(db, 7)
    async with db.transaction() as tx:
        for index, size in ((7, 8), (6, 8), (7, 7), (-1, 7), (0, 100)):
            with pytest.raises(log.NotInLog):
                await log.inclusion_proof(tx, index, size)
        for old, new in ((3, 8), (8, 8), (5, 4), (-1, 3)):
            with pytest.raises(log.NotInLog):
                await log.consistency_proof(tx, old, new)
        with pytest.raises(log.NotInLog):
            await log.leaf(tx, 7)


async def test_a_checkpoint_is_signed_once_for_each_size(db: Database, settings: Settings) -> None:
    key = log.log_key(settings.vault)
    seen: list[log.Checkpoint] = []
    for size in (0, 5, 5, 12):
        async with db.transaction() as tx:
            await log.append_many(
                tx,
                [
                    log.NewEntry("test", f"r{n}", ENTRIES[n])
                    for n in range(await log.size_of(tx), size)
                ],
            )
            seen.append(await log.sign_checkpoint(tx, key))
        db.clock.move_to(db.clock.now() + timedelta(hours=1))  # type: ignore[attr-defined]  # a TapeClock
    assert seen[1] == seen[2]
    assert [(c.size, c.root) for c in seen] == [(n, ROOTS[n]) for n in (0, 5, 5, 12)]
    for made in seen:
        assert log.open_note(made.note, key.vkey) == (key.name, made.size, made.root)
    async with db.transaction() as tx:
        assert await log.latest_checkpoint(tx) == seen[-1]
        assert await log.checkpoint_at(tx, 5) == seen[1]


async def test_concurrent_signers_agree(db: Database, settings: Settings) -> None:
    await fill(db, 11)
    key = log.log_key(settings.vault)

    async def sign() -> str:
        async with db.transaction() as tx:
            return (await log.sign_checkpoint(tx, key)).note

    assert len(set(await asyncio.gather(*(sign() for _ in range(8))))) == 1


async def test_no_checkpoint_is_signed_over_an_edited_history(
    db: Database, settings: Settings
) -> None:
    key = log.log_key(settings.vault)
    await fill(db, 6)
    async with db.transaction() as tx:
        await log.sign_checkpoint(tx, key)
    async with db.transaction() as tx:  # whoever owns the tables can do this; it must not go unseen
        await tx.execute("alter table log_node disable trigger ro")
        await tx.execute(
            "update log_node set hash = $1 where level = 2 and index = 0",
            hashlib.sha256(b"forged").digest(),
        )
    await fill(db, 1, first=6)
    with pytest.raises(log.LogContradictsItself):
        async with db.transaction() as tx:
            await log.sign_checkpoint(tx, key)


@pytest.mark.parametrize("table", ["log_leaf", "log_node", "log_checkpoint"])
async def test_postgresql_refuses_to_change_the_log(
    db: Database, settings: Settings, table: str
) -> None:
    await fill(db, 2)
    async with db.transaction() as tx:
        await log.sign_checkpoint(tx, log.log_key(settings.vault))
    column = {"log_leaf": "kind", "log_node": "level", "log_checkpoint": "note"}[table]
    for sql in (
        f"update {table} set {column} = {column}",
        f"delete from {table}",
        f"truncate {table}",
    ):
        with pytest.raises(asyncpg.PostgresError, match="append-only"):
            async with db.transaction() as tx:
                await tx.execute(sql)


def test_a_note_fits_the_published_vectors() -> None:
    """The example of golang.org/x/mod/sumdb/note, from which c2sp.org/signed-note was made."""
    secret = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")
    key = log.LogKey("PeterNeumann", SigningKey(secret[1:]))
    text = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
    )
    assert key.vkey == "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    assert sign_text(key, text) == text + (
        "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6"
        "KE6RyyBwJnAM=\n"
    )


def test_a_forged_or_foreign_checkpoint_is_refused(settings: Settings) -> None:
    key = log.log_key(settings.vault)
    other = log.LogKey(key.name, SigningKey(bytes(32)))
    note = log.sign_note(key, 5, ROOTS[5])
    assert log.open_note(note, key.vkey) == (key.name, 5, ROOTS[5])
    for wrong in (
        note.replace("\n5\n", "\n6\n"),
        log.sign_note(other, 5, ROOTS[5]),
        note.replace(key.name, "elsewhere", 1),
        note.replace("— ", "- "),
        note[:-1],
        "",
    ):
        with pytest.raises(ValueError, match=r"."):
            log.open_note(wrong, key.vkey)


async def test_tiles_reassemble_into_the_root(db: Database) -> None:
    entries = [f"entry {n}".encode() for n in range(600)]
    async with db.transaction() as tx:
        await log.append_many(tx, [log.NewEntry("test", f"r{n}", e) for n, e in enumerate(entries)])
        leaves: list[bytes] = []
        for index, width in ((0, 256), (1, 256), (2, 88)):
            data = await log.tile(tx, 0, index, width)
            assert data is not None
            leaves += [data[at : at + 32] for at in range(0, len(data), 32)]
        assert leaves == [log.leaf_hash(entry) for entry in entries]
        above = await log.tile(tx, 1, 0, 2)
        assert above is not None
        assert [above[:32], above[32:]] == [
            log.root_of_entries(entries[:256]),
            log.root_of_entries(entries[256:512]),
        ]
        right = log.root_of_entries(entries[512:])
        whole = log.node_hash(log.node_hash(above[:32], above[32:]), right)
        assert whole == await log.root_at(tx, 600) == log.root_of_entries(entries)
        assert await log.tile(tx, 0, 2, 89) is None
        assert await log.tile(tx, 2, 0, 1) is None


async def test_entry_tiles_hold_the_entries_behind_their_lengths(db: Database) -> None:
    entries = [b"", b"a", b"b" * 65_535]
    async with db.transaction() as tx:
        await log.append_many(tx, [log.NewEntry("test", f"r{n}", e) for n, e in enumerate(entries)])
        data = await log.entries_tile(tx, 0, 3)
        assert data == b"\x00\x00" + b"\x00\x01a" + b"\xff\xff" + b"b" * 65_535
        assert await log.entries_tile(tx, 0, 4) is None
        with pytest.raises(Exception, match="65536 bytes"):
            await log.append(tx, kind="test", reference="long", entry=b"c" * 65_536)
