"""Signing up and in: sessions in a cookie, bounded guesses, no changing calls from other sites."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest

from arena.evidence import audit
from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.people import identity
from arena.people.access import actor_of_session
from arena.people.access.routes import routes
from tests.http import client_of, make_app, make_client

ADA = {"email": "Ada@Example.org", "name": "Ada", "password": "four words in a row"}
SIGN_IN = {"email": "ada@example.org", "password": "four words in a row"}
SAME = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
async def client(db: Database, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with make_client(db, settings, routes) as made:
        answer = await made.post("/people", json=ADA)
        assert answer.status_code == 201
        yield made


async def test_a_person_signs_up_in_and_out(client: httpx.AsyncClient) -> None:
    assert (await client.get("/me")).status_code == 401
    answer = await client.post("/sessions", json=SIGN_IN)
    assert answer.status_code == 201
    cookie = answer.headers["set-cookie"].lower()
    assert all(part in cookie for part in ("httponly", "samesite=lax", "path=/", "max-age=1209600"))
    assert "secure" not in cookie  # this origin is plain http, on loopback
    me = (await client.get("/me")).json()
    assert (me["kind"], me["name"], me["roles"]) == ("person", "Ada", [])
    assert "signals:read" in me["scopes"]
    assert "listings:write" not in me["scopes"]
    token = client.cookies["arena_session"]
    assert (await client.delete("/sessions", headers=SAME)).status_code == 204
    client.cookies.set("arena_session", token)
    assert (await client.get("/me")).status_code == 401


async def test_behind_https_the_cookie_is_secure(db: Database, settings: Settings) -> None:
    behind = settings.model_copy(update={"public_origin": "https://arena.example"})
    async with make_client(db, behind, routes) as client:
        await client.post("/people", json=ADA)
        answer = await client.post("/sessions", json=SIGN_IN)
        assert "secure" in answer.headers["set-cookie"].lower()


async def test_the_token_and_the_password_are_not_in_the_database(
    client: httpx.AsyncClient, db: Database, settings: Settings
) -> None:
    await client.post("/sessions", json=SIGN_IN)
    token = client.cookies["arena_session"]
    async with db.transaction() as tx:
        actor = await actor_of_session(tx, settings.vault, token)
        assert actor is not None
        assert token.encode() not in await tx.fetchval("select digest from session")
        stored: str = await tx.fetchval("select password_hash from person")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_a_session_ends_by_itself(client: httpx.AsyncClient, db: Database) -> None:
    await client.post("/sessions", json=SIGN_IN)
    async with db.transaction() as tx:
        await tx.execute("update session set expires_at = clock_timestamp()")
    assert (await client.get("/me")).status_code == 401


async def test_the_unknown_and_the_wrong_get_the_same_answer(client: httpx.AsyncClient) -> None:
    wrong = await client.post("/sessions", json={**SIGN_IN, "password": "not this one"})
    unknown = await client.post("/sessions", json={**SIGN_IN, "email": "eve@example.org"})
    for answer in (wrong, unknown):
        assert (answer.status_code, answer.json()["code"]) == (401, "wrong_password")
        assert "set-cookie" not in answer.headers
    assert {**wrong.json(), "request_id": ""} == {**unknown.json(), "request_id": ""}


async def test_nobody_in_particular_takes_as_long_as_somebody(db: Database) -> None:
    """The stand-in hash is a real one: it is computed, and matches nothing."""
    from arena.people.identity.passwords import _NOBODY, _hasher

    assert _hasher.check_needs_rehash(_NOBODY) is False
    assert await identity.password_matches("anything at all", None) is False


async def test_guessing_is_stopped_and_success_forgives(client: httpx.AsyncClient) -> None:
    wrong = {**SIGN_IN, "password": "not this one"}
    for _ in range(9):
        assert (await client.post("/sessions", json=wrong)).status_code == 401
    assert (await client.post("/sessions", json=SIGN_IN)).status_code == 201
    client.cookies.clear()
    for _ in range(10):
        assert (await client.post("/sessions", json=wrong)).status_code == 401
    stopped = await client.post("/sessions", json=SIGN_IN)
    assert (stopped.status_code, stopped.json()["code"]) == (429, "too_many_requests")
    assert 1 <= int(stopped.headers["retry-after"]) <= 300


async def test_guesses_from_elsewhere_do_not_lock_the_owner_out(
    db: Database, settings: Settings
) -> None:
    app = make_app(db, settings, routes)
    async with client_of(app, settings.origin) as client:
        await client.post("/people", json=ADA)
    elsewhere = httpx.ASGITransport(app=app, client=("192.0.2.9", 1))
    async with httpx.AsyncClient(transport=elsewhere, base_url=settings.origin) as thief:
        for _ in range(12):
            last = await thief.post("/sessions", json={**SIGN_IN, "password": "not this one"})
        assert last.status_code == 429
    async with client_of(app, settings.origin) as client:
        assert (await client.post("/sessions", json=SIGN_IN)).status_code == 201


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1:8000"}, False),
        ({"Origin": "http://127.0.0.1:8000"}, True),
        ({"Origin": "http://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({}, False),
    ],
)
async def test_a_session_changes_things_from_our_own_pages_only(
    client: httpx.AsyncClient, headers: dict[str, str], allowed: bool
) -> None:
    await client.post("/sessions", json=SIGN_IN)
    answer = await client.post("/api-keys", json={"name": "k"}, headers=headers)
    assert answer.status_code == (201 if allowed else 403)
    if not allowed:
        assert answer.json()["code"] == "cross_site"
    assert (await client.get("/api-keys", headers=headers)).status_code == 200


async def test_no_other_site_signs_a_visitor_in(client: httpx.AsyncClient) -> None:
    answer = await client.post("/sessions", json=SIGN_IN, headers={"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, answer.json()["code"]) == (403, "cross_site")


async def test_an_address_has_one_account(client: httpx.AsyncClient) -> None:
    answer = await client.post("/people", json={**ADA, "email": "ADA@EXAMPLE.ORG"})
    assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")


@pytest.mark.parametrize(
    "change",
    [
        {"password": "too short"},
        {"email": "no address"},
        {"name": "\x00"},
        {"name": " "},
        {"name": "\ud800"},
        {"unknown": 1},
        {"creator": "perhaps"},
    ],
)
async def test_a_bad_sign_up_is_refused_by_name(
    client: httpx.AsyncClient, change: dict[str, object]
) -> None:
    body = json.dumps({**ADA, "email": "new@example.org", **change})  # escapes what is not ASCII
    answer = await client.post(
        "/people", content=body, headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_a_creator_may_write_listings_and_an_operator_makes_operators(
    db: Database, settings: Settings
) -> None:
    async with make_client(db, settings, routes) as client:
        made = (await client.post("/people", json={**ADA, "creator": True})).json()
        assert made["roles"] == ["creator"]
        async with db.transaction() as tx:
            boss = await identity.create_person(
                tx,
                email="boss@example.org",
                name="Boss",
                password="a long password",
                roles=("operator",),
            )
        signed = {"email": "boss@example.org", "password": "a long password"}
        path, grant = f"/people/{made['id']}/roles", {"role": "operator", "reason": "hired"}
        await client.post("/sessions", json=SIGN_IN)
        assert (await client.post(path, json=grant, headers=SAME)).status_code == 403
        client.cookies.clear()
        await client.post("/sessions", json=signed)
        granted = await client.post(path, json=grant, headers=SAME)
        assert granted.json()["roles"] == ["creator", "operator"]
        unknown = await client.post(
            path.replace(made["id"], "usr_" + "0" * 26), json=grant, headers=SAME
        )
        assert (unknown.status_code, unknown.json()["code"]) == (404, "no_such_person")
    async with db.transaction() as tx:
        [event] = await audit.search(tx, action="people.grant_role")
    assert (event.actor, event.object, event.reason) == (boss.id, made["id"], "hired")
