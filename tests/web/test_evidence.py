"""The log over HTTP: what a stranger downloads is enough to check it."""

import base64

import httpx
import pytest

from arena.evidence import log
from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.web.api.evidence import routes
from tests.http import make_client

ENTRIES = [f"entry {n}".encode() for n in range(300)]


@pytest.fixture
async def client(db: Database, settings: Settings) -> httpx.AsyncClient:
    async with db.transaction() as tx:
        await log.append_many(
            tx, [log.NewEntry("test", f"r{n}", e) for n, e in enumerate(ENTRIES[:40])]
        )
        await log.sign_checkpoint(tx, log.log_key(settings.vault))
    async with db.transaction() as tx:
        await log.append_many(
            tx, [log.NewEntry("test", f"r{n}", e) for n, e in enumerate(ENTRIES) if n >= 40]
        )
        await log.sign_checkpoint(tx, log.log_key(settings.vault))
    return make_client(db, settings, routes)


async def test_a_stranger_checks_an_entry_with_two_checkpoints(
    client: httpx.AsyncClient, db: Database
) -> None:
    vkey = (await client.get("/log/key")).text.strip()
    note = await client.get("/log/checkpoint")
    assert note.headers["content-type"] == "text/plain; charset=utf-8"
    _, size, root = log.open_note(note.text, vkey)
    assert size == 300
    async with db.transaction() as tx:
        old = await log.checkpoint_at(tx, 40)
    assert old is not None
    proof = (await client.get("/log/proofs/consistency", params={"old": 40, "new": size})).json()
    assert log.verify_consistency(
        40, size, first_root=old.root, second_root=root,
        proof=[bytes.fromhex(h) for h in proof["hashes"]],
    )  # fmt: skip
    entry = (await client.get("/log/entries/17")).json()
    assert base64.b64decode(entry["entry"]) == ENTRIES[17]
    path = (await client.get("/log/proofs/inclusion", params={"index": 17, "size": size})).json()
    leaf = log.leaf_hash(base64.b64decode(entry["entry"]))
    assert (path["leaf_hash"], path["root"]) == (leaf.hex(), root.hex())
    hashes = [bytes.fromhex(h) for h in path["hashes"]]
    assert log.verify_inclusion(17, size, leaf, proof=hashes, root=root)


async def test_tiles_are_served_as_c2sp_lays_them_out(client: httpx.AsyncClient) -> None:
    full = await client.get("/log/tile/0/000")
    assert full.headers["content-type"] == "application/octet-stream"
    assert "immutable" in full.headers["cache-control"]
    partial = await client.get("/log/tile/0/001.p/44")
    leaves = b"".join(log.leaf_hash(entry) for entry in ENTRIES)
    assert full.content + partial.content == leaves
    assert (await client.get("/log/tile/1/000.p/1")).content == log.root_of_entries(ENTRIES[:256])
    first = await client.get("/log/tile/entries/000")
    assert first.content.startswith(b"\x00\x07entry 0\x00\x07entry 1")
    last = await client.get("/log/tile/entries/001.p/44")
    assert last.content.endswith(b"\x00\x09entry 299")


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/001",  # not full yet
        "tile/0/001.p/45",
        "tile/0/000.p/256",
        "tile/0/000.p/0",
        "tile/0/0",
        "tile/0/x000/001",
        "tile/0/x999/x999/x999/x999/999",
        "tile/7/000.p/1",
        "tile/entries/x001/000",
        "entries/300",
        "entries/9007199254740991",
        "proofs/inclusion?index=5&size=301",
        "proofs/inclusion?index=5&size=5",
        "proofs/consistency?old=5&new=301",
        "proofs/consistency?old=6&new=5",
    ],
)
async def test_what_is_not_there_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(f"/log/{path}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_before_the_first_checkpoint_the_log_says_so(
    db: Database, settings: Settings
) -> None:
    async with make_client(db, settings, routes) as client:
        answer = await client.get("/log/checkpoint")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_checkpoint_yet")
