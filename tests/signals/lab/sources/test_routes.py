"""Strategies' files over HTTP: sent by a signed call, read and deleted by their owner, absent for everybody else."""

from collections.abc import AsyncIterator

import httpx
import pytest

from arena.evidence import audit
from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.signals.lab import sources
from arena.signals.lab.sources.routes import routes
from tests.http import make_client, person
from tests.people.signer import Signer, enrolled

BODY = {"text": "class Calm:\n    pass\n", "class_name": "Calm", "file_name": "calm.py"}


@pytest.fixture
async def client(db: Database, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    settings.host_strategies = True
    async with make_client(db, settings, routes) as made:
        yield made


@pytest.fixture
async def signer(db: Database) -> Signer:
    made, _ = await enrolled(db)
    return made


async def test_a_file_is_sent_seen_and_deleted_and_each_act_is_in_the_trail(
    client: httpx.AsyncClient, signer: Signer, db: Database
) -> None:
    answer = await client.post("/lab/sources", json=BODY, auth=signer.auth())
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["state"], made["bytes"], made["cards"]) == ("waiting", 21, [])
    path = f"/lab/sources/{made['sha']}"
    assert (await client.get(path, auth=signer.auth())).json() == made
    assert (await client.get("/lab/sources", auth=signer.auth())).json()["data"] == [made]
    text = await client.get(f"{path}/text", auth=signer.auth())
    assert text.text == BODY["text"]
    assert text.headers["cache-control"] == "no-store"
    gone = await client.delete(path, auth=signer.auth())
    assert gone.json()["state"] == "deleted"
    assert (await client.get(f"{path}/text", auth=signer.auth())).status_code == 409
    async with db.transaction(readonly=True) as tx:
        acts = [event.action for event in await audit.search(tx, object=made["sha"])]
    assert sorted(acts) == ["sources.delete", "sources.keep"]


async def test_nobody_else_sees_that_it_is_there(
    client: httpx.AsyncClient, signer: Signer, db: Database
) -> None:
    sha = (await client.post("/lab/sources", json=BODY, auth=signer.auth())).json()["sha"]
    _, operator = await person(db, "operator")
    for path in (f"/lab/sources/{sha}", f"/lab/sources/{sha}/text"):
        assert (await client.get(path)).status_code == 401
        assert (await client.get(path, headers=operator)).status_code == 404
    assert (await client.get("/lab/sources", headers=operator)).json()["data"] == []
    refused = await client.delete(f"/lab/sources/{sha}", headers=operator)
    assert refused.status_code == 404


async def test_what_the_checks_found_is_shown_line_by_line(
    client: httpx.AsyncClient, signer: Signer, db: Database
) -> None:
    sha = (await client.post("/lab/sources", json=BODY, auth=signer.auth())).json()["sha"]
    async with db.transaction() as tx:
        found = await sources.next_unchecked(tx)
        assert found is not None
        line = sources.Line("look-ahead", False, "It knew at bar 7.")
        await sources.note_report(tx, found, "checks", "refused", [line])
    shown = (await client.get(f"/lab/sources/{sha}", auth=signer.auth())).json()
    assert shown["state"] == "refused"
    assert shown["reports"][0]["lines"] == [
        {"name": "look-ahead", "passed": False, "words": "It knew at bar 7."}
    ]


async def test_an_arena_that_hosts_nothing_says_so(
    client: httpx.AsyncClient, signer: Signer, settings: Settings
) -> None:
    settings.host_strategies = False
    answer = await client.post("/lab/sources", json=BODY, auth=signer.auth())
    assert (answer.status_code, answer.json()["code"]) == (503, "hosting_off")


async def test_a_name_that_is_no_class_is_refused(
    client: httpx.AsyncClient, signer: Signer
) -> None:
    for change in ({"class_name": "no class"}, {"file_name": "../calm.py"}):
        answer = await client.post("/lab/sources", json={**BODY, **change}, auth=signer.auth())
        assert answer.status_code == 422
