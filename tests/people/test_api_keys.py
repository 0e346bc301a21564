"""API keys: shown once, found by digest, never wider than their person, ended at once."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from arena.kit.clock import wall_now
from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.people.access import NewApiKey, actor_of_api_key, api_key_digest, create_api_key
from arena.people.access.routes import routes
from tests.http import make_client, person


@pytest.fixture
async def client(db: Database, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with make_client(db, settings, routes) as made:
        _, headers = await person(db, "creator")
        made.headers.update(headers)
        yield made


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


async def test_a_key_is_shown_once_and_ended_at_once(
    client: httpx.AsyncClient, db: Database
) -> None:
    made = (
        await client.post("/api-keys", json={"name": "laptop", "scopes": ["signals:read"]})
    ).json()
    key = made["key"]
    assert key.startswith("ak_")
    assert len(key) == 46
    listed = (await client.get("/api-keys")).json()["data"]
    assert [k["name"] for k in listed] == ["laptop", "test"]
    assert listed[0]["hint"] == key[-4:]
    assert "key" not in listed[0]
    me = (await client.get("/me", headers=bearer(key))).json()
    assert (me["scopes"], me["key_id"]) == (["signals:read"], made["id"])
    async with db.transaction() as tx:
        kept = await tx.fetch("select digest, hint from api_key")
    assert all(key.encode() not in row["digest"] for row in kept)
    assert (await client.delete(f"/api-keys/{made['id']}")).status_code == 204
    refused = await client.get("/me", headers=bearer(key))
    assert (refused.status_code, refused.json()["code"]) == (401, "api_key_refused")
    assert (await client.delete(f"/api-keys/{made['id']}")).status_code == 204


async def test_the_answer_with_the_key_is_replayed_to_its_owner(client: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "make-one"}
    one = await client.post("/api-keys", json={"name": "k"}, headers=headers)
    two = await client.post("/api-keys", json={"name": "k"}, headers=headers)
    assert one.json()["key"] == two.json()["key"]
    assert one.headers["cache-control"] == two.headers["cache-control"] == "no-store"


async def test_a_key_makes_no_key_wider_than_itself(client: httpx.AsyncClient) -> None:
    made = await client.post("/api-keys", json={"name": "n", "scopes": ["keys:write"]})
    narrow = bearer(made.json()["key"])
    child = await client.post("/api-keys", json={"name": "child"}, headers=narrow)
    assert child.json()["scopes"] == ["keys:write"]
    wider = await client.post(
        "/api-keys", json={"name": "w", "scopes": ["signals:read"]}, headers=narrow
    )
    assert (wider.status_code, wider.json()["code"]) == (422, "scope_unknown")


@pytest.mark.parametrize("scope", ["operate", "orders:write", "everything"])
async def test_nobody_gives_what_they_do_not_have(client: httpx.AsyncClient, scope: str) -> None:
    answer = await client.post("/api-keys", json={"name": "n", "scopes": [scope]})
    assert (answer.status_code, answer.json()["code"]) == (422, "scope_unknown")


async def test_a_key_loses_what_its_person_loses(db: Database, settings: Settings) -> None:
    person_id, _ = await person(db, "creator")
    async with db.transaction() as tx:
        _, key = await create_api_key(tx, settings.vault, NewApiKey(person_id, "k"))
        digest = api_key_digest(settings.vault, key)
        found = await actor_of_api_key(tx, digest)
        assert found is not None
        assert found[0].may("listings:write")
        await tx.execute("update person set roles = '{}' where id = $1", person_id)
        found = await actor_of_api_key(tx, digest)
        assert found is not None
        assert not found[0].may("listings:write")


async def test_an_expired_key_is_refused(db: Database, settings: Settings) -> None:
    person_id, _ = await person(db)
    async with db.transaction() as tx:
        soon = NewApiKey(person_id, "k", expires_at=wall_now() + timedelta(hours=1))
        made, key = await create_api_key(tx, settings.vault, soon)
        digest = api_key_digest(settings.vault, key)
        found = await actor_of_api_key(tx, digest)
        assert found is not None
        assert found[1] == made.expires_at
        await tx.execute("update api_key set expires_at = clock_timestamp() where id = $1", made.id)
        assert await actor_of_api_key(tx, digest) is None


@pytest.mark.parametrize(
    "value", ["Bearer ak_wrong", "Bearer", "Basic YTpi", "ak_x", "Bearer \u00e9", ""]
)
async def test_a_wrong_credential_is_not_taken_for_none(
    client: httpx.AsyncClient, value: str
) -> None:
    headers = [(b"authorization", value.encode("latin-1"))]
    answer = await client.get("/collectives", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "api_key_refused")


async def test_another_persons_key_cannot_be_ended(client: httpx.AsyncClient, db: Database) -> None:
    made = (await client.post("/api-keys", json={"name": "k"})).json()
    _, stranger = await person(db)
    answer = await client.delete(f"/api-keys/{made['id']}", headers=stranger)
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_api_key")
    assert (await client.get("/me", headers=bearer(made["key"]))).status_code == 200
