"""Cards over HTTP: kept by a signed call, read by everybody, to the byte."""

import hashlib
from collections.abc import AsyncIterator

import httpx
import pytest

from arena.kit.canonical import document_sha
from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.signals.lab.cards.routes import routes as card_routes
from arena.signals.lab.trials.routes import routes as trial_routes
from tests.http import make_client
from tests.people.signer import Signer, enrolled
from tests.signals.lab.cards.making import made_card


@pytest.fixture
async def client(db: Database, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with make_client(db, settings, card_routes, trial_routes) as made:
        yield made


@pytest.fixture
async def signer(db: Database) -> Signer:
    made, _ = await enrolled(db)
    return made


async def test_a_card_is_kept_and_anybody_reads_the_bytes_it_is_named_by(
    client: httpx.AsyncClient, signer: Signer
) -> None:
    answer = await client.post("/lab/cards", json=made_card(), auth=signer.auth())
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["label"] == "self_reported"
    shown = await client.get(f"/lab/cards/{made['sha']}")
    assert hashlib.sha256(shown.content).hexdigest() == made["sha"] == document_sha(made_card())
    assert (await client.get(f"/lab/cards/{made['sha']}/standing")).json() == made
    counted = (await client.get(f"/lab/families/{made['family']}")).json()
    assert counted["trials"] == 8
    paper = await client.get(f"/lab/cards/{made['sha']}/pdf")
    assert paper.content.startswith(b"%PDF")
    tag = {"If-None-Match": paper.headers["etag"]}
    assert (await client.get(f"/lab/cards/{made['sha']}/pdf", headers=tag)).status_code == 304


async def test_cards_of_an_owner_come_page_by_page(
    client: httpx.AsyncClient, signer: Signer
) -> None:
    sent = []
    for seed in (1, 2, 3):
        answer = await client.post("/lab/cards", json=made_card(seed=seed), auth=signer.auth())
        sent.append(answer.json()["sha"])
    owner = answer.json()["kept_by"]
    first = (await client.get("/lab/cards", params={"owner": owner, "limit": 2})).json()
    assert [one["sha"] for one in first["data"]] == [sent[2], sent[1]]
    after = {"owner": owner, "after": first["next"]}
    rest = (await client.get("/lab/cards", params=after)).json()
    assert [one["sha"] for one in rest["data"]] == [sent[0]]
    assert (
        await client.get("/lab/cards", params={"owner": owner, "after": "x"})
    ).status_code == 400


async def test_a_card_that_is_none_is_answered_with_pointers(
    client: httpx.AsyncClient, signer: Signer
) -> None:
    body = {**made_card(), "label": "reproduced"}
    answer = await client.post("/lab/cards", json=body, auth=signer.auth())
    assert answer.status_code == 422
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["pointer"] for error in problem["errors"]] == ["/label"]
    assert (await client.get("/lab/cards/" + "0" * 64)).status_code == 404


async def test_who_is_nobody_keeps_nothing(client: httpx.AsyncClient) -> None:
    assert (await client.post("/lab/cards", json=made_card())).status_code == 401


async def test_the_schema_is_published(client: httpx.AsyncClient) -> None:
    schema = (await client.get("/schemas/model-card-v1.json")).json()
    assert schema["properties"]["version"] == {"const": "1"}
