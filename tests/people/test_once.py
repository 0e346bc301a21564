"""Idempotency: one effect for one intent, whatever the caller repeats and however the first call ended."""

import asyncio
import hashlib
from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import BaseModel

from arena.evidence import audit
from arena.kit.db import Database
from arena.kit.errors import Refused
from arena.kit.settings import Settings
from arena.people.access import CallDep, Routes, needs, public
from tests.http import client_of, make_app, person

routes = Routes("test")


class Wish(BaseModel):
    name: str
    fail: str = ""


class TooGreedy(Refused):
    """No."""


@routes.add("POST", "/wishes", gate=needs("subscriptions:write"), status_code=201)
async def wish(call: CallDep, body: Wish) -> dict[str, str]:
    """Leaves one audit event for each effect."""
    await audit.record(
        call.tx, actor=call.actor.id, actor_kind="person", action="test.wish", object=body.name
    )
    if body.fail == "refused":
        raise TooGreedy
    if body.fail == "broken":
        raise ZeroDivisionError
    await asyncio.sleep(0.05)
    return {"wish": body.name, "secret": "ak_hidden", "intent": call.intent}


@routes.add("DELETE", "/wishes", gate=needs("subscriptions:write"), status_code=204)
async def forget(call: CallDep) -> None:
    """An answer without a body."""


@routes.add("POST", "/errands", gate=needs("subscriptions:write"), conducts=True)
async def errand(call: CallDep, body: Wish) -> dict[str, str]:
    """Conducts its own transaction, idempotent by the intent."""
    async with call.db.transaction() as tx:
        await audit.record(
            tx, actor=call.actor.id, actor_kind="person", action="test.errand", object=call.intent
        )
    return {"intent": call.intent}


@routes.add("POST", "/open", gate=public("for the test"))
async def anonymous(call: CallDep, body: Wish) -> dict[str, str]:
    return {"wish": body.name}


@pytest.fixture
async def client(db: Database, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = make_app(db, settings, routes)
    async with client_of(app, settings.origin) as made:
        _, headers = await person(db)
        made.headers.update(headers)
        yield made


async def effects(db: Database) -> list[str]:
    async with db.transaction() as tx:
        return [event.object for event in await audit.search(tx, action="test.wish")]


def key(text: str) -> dict[str, str]:
    return {"Idempotency-Key": text}


async def test_twenty_calls_at_once_have_one_effect(
    client: httpx.AsyncClient, db: Database
) -> None:
    calls = (client.post("/wishes", json={"name": "a"}, headers=key("k")) for _ in range(20))
    answers = await asyncio.gather(*calls)
    codes = sorted(answer.status_code for answer in answers)
    assert codes[0] == 201
    assert set(codes) <= {201, 409}
    assert await effects(db) == ["a"]
    fresh = [a for a in answers if a.status_code == 201 and "idempotency-replayed" not in a.headers]
    assert len(fresh) == 1
    for running in (a for a in answers if a.status_code == 409):
        assert running.json()["code"] == "call_still_running"
        assert running.headers["retry-after"] == "1"
    again = await client.post("/wishes", json={"name": "a"}, headers=key("k"))
    assert (again.status_code, again.json()) == (201, fresh[0].json())
    assert again.headers["idempotency-replayed"] == "true"
    assert await effects(db) == ["a"]


async def test_another_body_under_the_same_key_is_refused(
    client: httpx.AsyncClient, db: Database
) -> None:
    await client.post("/wishes", json={"name": "a"}, headers=key("k"))
    for path, body in (("/wishes", {"name": "b"}), ("/wishes?x=1", {"name": "a"})):
        answer = await client.post(path, json=body, headers=key("k"))
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert await effects(db) == ["a"]


async def test_a_refusal_is_given_again_and_leaves_no_effect(
    client: httpx.AsyncClient, db: Database
) -> None:
    body = {"name": "a", "fail": "refused"}
    first = await client.post("/wishes", json=body, headers=key("k"))
    again = await client.post("/wishes", json=body, headers=key("k"))
    assert [first.status_code, again.status_code] == [422, 422]
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["content-type"] == "application/problem+json"
    assert first.json() == again.json()
    assert await effects(db) == []


async def test_after_a_fault_the_key_is_free(client: httpx.AsyncClient, db: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        await client.post("/wishes", json={"name": "a", "fail": "broken"}, headers=key("k"))
    assert await effects(db) == []
    answer = await client.post("/wishes", json={"name": "a"}, headers=key("k"))
    assert answer.status_code == 201
    assert await effects(db) == ["a"]


async def test_an_invalid_body_does_not_use_the_key_up(
    client: httpx.AsyncClient, db: Database
) -> None:
    for path in ("/wishes", "/errands"):
        assert (await client.post(path, json={}, headers=key("k"))).status_code == 422
        answer = await client.post(path, json={"name": "a"}, headers=key("k"))
        assert answer.status_code in (200, 201)


@pytest.mark.parametrize("bad", ["", "k" * 256, "caf\u00e9"])
async def test_a_changing_call_needs_a_sound_key(client: httpx.AsyncClient, bad: str) -> None:
    headers = [(b"idempotency-key", bad.encode("latin-1"))]
    answer = await client.post("/wishes", json={"name": "a"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")


async def test_the_key_is_the_callers_own(
    client: httpx.AsyncClient, db: Database, settings: Settings
) -> None:
    _, other = await person(db)
    await client.post("/wishes", json={"name": "a"}, headers=key("k"))
    answer = await client.post("/wishes", json={"name": "b"}, headers={**other, **key("k")})
    assert answer.status_code == 201
    assert sorted(await effects(db)) == ["a", "b"]


async def test_an_empty_answer_is_replayed_empty(client: httpx.AsyncClient) -> None:
    for _ in range(2):
        answer = await client.delete("/wishes", headers=key("k"))
        assert (answer.status_code, answer.content) == (204, b"")


async def test_what_is_kept_is_sealed(client: httpx.AsyncClient, db: Database) -> None:
    await client.post("/wishes", json={"name": "a"}, headers=key("k"))
    async with db.transaction() as tx:
        kept: bytes = await tx.fetchval("select answer from idempotency")
    assert b"ak_hidden" not in kept
    assert b"wish" not in kept


async def test_a_conducted_call_keeps_its_intent(client: httpx.AsyncClient) -> None:
    one = await client.post("/errands", json={"name": "a"}, headers=key("k"))
    two = await client.post("/errands", json={"name": "a"}, headers=key("k"))
    assert one.json() == two.json()
    other = await client.post("/errands", json={"name": "b"}, headers=key("k"))
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    free = await client.post("/errands", json={"name": "b"}, headers=key("k2"))
    assert free.json() != one.json()


async def test_callers_without_a_name_are_told_apart_by_address(
    db: Database, settings: Settings
) -> None:
    app = make_app(db, settings, routes)
    for address, name in (("192.0.2.1", "a"), ("192.0.2.2", "b")):
        transport = httpx.ASGITransport(app=app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url=settings.origin) as client:
            answer = await client.post("/open", json={"name": name}, headers=key("k"))
            assert answer.json() == {"wish": name}


async def test_what_is_kept_of_a_body_cannot_be_guessed_at(
    client: httpx.AsyncClient, db: Database
) -> None:
    """Bodies hold passwords: their plain SHA-256 would let a thief of the database try one after another."""
    body = b'{"name":"four words in a row"}'
    for path in ("/wishes", "/errands"):
        answer = await client.post(path, content=body, headers={"Content-Type": "application/json"})
        assert answer.is_success
    guesses = [
        hashlib.sha256(f"{path}?\n".encode() + body).digest() for path in ("/wishes", "/errands")
    ]
    async with db.transaction() as tx:
        kept = [row["body_sha"] for row in await tx.fetch("select body_sha from idempotency")]
    assert len(kept) == 2
    assert not set(kept) & set(guesses)
