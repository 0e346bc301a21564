"""Collectives over HTTP: registered with proof, keys rotated with overlap, revoked at once."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from arena.evidence import audit
from arena.kit.clock import iso_ms, wall_now
from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.people import identity
from arena.people.access import NewApiKey, create_api_key
from arena.people.access.routes import routes
from tests.http import make_client, person
from tests.people.signer import Signer

REGISTER = "sigma-arena/register/v1"
ADD_KEY = "sigma-arena/add-key/v1"


@pytest.fixture
async def client(db: Database, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with make_client(db, settings, routes) as made:
        yield made


def registration(
    signer: Signer, origin: str, name: str = "Northwind", **other: str
) -> dict[str, str]:
    statement = {"purpose": REGISTER, "origin": origin, "name": name, **other}
    return {"name": name, "about": "We follow trends.", **signer.prove(**statement)}


async def registered(
    client: httpx.AsyncClient, settings: Settings
) -> tuple[Signer, dict[str, Any]]:
    signer = Signer()
    answer = await client.post("/collectives", json=registration(signer, settings.origin))
    assert answer.status_code == 201, answer.text
    return signer, answer.json()


async def test_a_collective_registers_with_proof_of_its_key(
    client: httpx.AsyncClient, settings: Settings, db: Database
) -> None:
    signer, made = await registered(client, settings)
    assert [key["id"] for key in made["keys"]] == [signer.key_id]
    me = await client.get("/me", auth=signer.auth())
    assert (me.json()["id"], me.json()["kind"]) == (made["id"], "collective")
    shown = (await client.get(f"/collectives/{made['id']}")).json()
    assert shown == made
    async with db.transaction() as tx:
        [event] = await audit.search(tx, object=made["id"])
    assert (event.action, event.actor_kind) == ("people.register_collective", "collective")


async def test_registering_the_same_again_finds_the_first(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    signer, made = await registered(client, settings)
    again = await client.post("/collectives", json=registration(signer, settings.origin))
    assert (again.status_code, again.json()) == (201, made)
    other = await client.post(
        "/collectives", json=registration(signer, settings.origin, "Another Name")
    )
    assert (other.status_code, other.json()["code"]) == (409, "key_already_registered")
    taken = await client.post(
        "/collectives", json=registration(Signer(), settings.origin, "NORTHWIND")
    )
    assert (taken.status_code, taken.json()["code"]) == (409, "collective_name_taken")


@pytest.mark.parametrize(
    "fault", ["origin", "purpose", "name", "old", "early", "other key", "no time", "not a time"]
)
async def test_a_proof_for_something_else_is_refused(
    client: httpx.AsyncClient, settings: Settings, fault: str
) -> None:
    signer, origin = Signer(), settings.origin
    body = {
        "origin": lambda: registration(signer, "http://elsewhere.example"),
        "purpose": lambda: registration(signer, origin, purpose=ADD_KEY),
        "name": lambda: {**registration(signer, origin), "name": "Another"},
        "old": lambda: registration(
            signer, origin, created=iso_ms(wall_now() - timedelta(minutes=6))
        ),
        "early": lambda: registration(
            signer, origin, created=iso_ms(wall_now() + timedelta(minutes=6))
        ),
        "other key": lambda: {**registration(signer, origin), "public_key": Signer().public},
        "no time": lambda: registration(signer, origin, created="2021-01-01T00:00:00"),
        "not a time": lambda: registration(signer, origin, created="9999-99"),
    }[fault]()
    answer = await client.post("/collectives", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_proof")


async def test_a_key_that_anyone_could_sign_for_is_refused(db: Database) -> None:
    async with db.transaction() as tx:
        for weak in (bytes(32), b"\x01" + bytes(31), b"short"):
            with pytest.raises(identity.BadPublicKey):
                await identity.register_collective(tx, identity.Registration("n", "", weak))


async def test_keys_rotate_with_overlap(
    client: httpx.AsyncClient, settings: Settings, db: Database
) -> None:
    old, made = await registered(client, settings)
    new = Signer()
    path = f"/collectives/{made['id']}/keys"
    proof = new.prove(purpose=ADD_KEY, origin=settings.origin, collective=made["id"])
    added = await client.post(path, json=proof, auth=old.auth())
    assert (added.status_code, added.json()["id"]) == (201, new.key_id)
    for signer in (old, new):
        assert (await client.get("/me", auth=signer.auth())).status_code == 200
    revoked = await client.post(
        f"{path}/{old.key_id}/revoke", json={"reason": "rotation"}, auth=new.auth()
    )
    assert revoked.json()["active"] is False
    assert (await client.get("/me", auth=old.auth())).status_code == 401
    assert (await client.get("/me", auth=new.auth())).json()["key_id"] == new.key_id
    shown = (await client.get(f"/collectives/{made['id']}")).json()
    assert {key["id"]: key["active"] for key in shown["keys"]} == {
        old.key_id: False,
        new.key_id: True,
    }
    async with db.transaction() as tx:
        actions = [event.action for event in await audit.search(tx, object=made["id"])]
    assert actions == ["people.revoke_key", "people.add_key", "people.register_collective"]


async def test_the_last_key_goes_only_when_it_is_meant(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    signer, made = await registered(client, settings)
    path = f"/collectives/{made['id']}/keys/{signer.key_id}/revoke"
    kept = await client.post(path, json={}, auth=signer.auth())
    assert (kept.status_code, kept.json()["code"]) == (409, "last_key")
    gone = await client.post(path, json={"last": True}, auth=signer.auth())
    assert gone.status_code == 200
    assert (await client.get("/me", auth=signer.auth())).status_code == 401


async def test_nobody_touches_the_keys_of_others(
    client: httpx.AsyncClient, settings: Settings, db: Database
) -> None:
    victim, made = await registered(client, settings)
    thief = Signer()
    await client.post("/collectives", json=registration(thief, settings.origin, "Thief"))
    proof = Signer().prove(purpose=ADD_KEY, origin=settings.origin, collective=made["id"])
    path = f"/collectives/{made['id']}/keys"
    added = await client.post(path, json=proof, auth=thief.auth())
    assert (added.status_code, added.json()["code"]) == (403, "not_your_collective")
    path = f"{path}/{victim.key_id}/revoke"
    assert (await client.post(path, json={}, auth=thief.auth())).status_code == 403
    _, someone = await person(db)
    assert (await client.post(path, json={}, headers=someone)).status_code == 403
    assert (await client.post(path, json={})).status_code == 401


async def test_the_owner_revokes_in_an_emergency(
    client: httpx.AsyncClient, settings: Settings, db: Database
) -> None:
    signer = Signer()
    _, owner = await person(db)
    body = registration(signer, settings.origin)
    made = (await client.post("/collectives", json=body, headers=owner)).json()
    path = f"/collectives/{made['id']}/keys/{signer.key_id}/revoke"
    answer = await client.post(path, json={"last": True, "reason": "stolen"}, headers=owner)
    assert answer.status_code == 200
    assert (await client.get("/me", auth=signer.auth())).status_code == 401


async def test_collectives_are_listed_page_by_page(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    for n in range(5):
        await client.post("/collectives", json=registration(Signer(), settings.origin, f"C{n}"))
    seen: list[str] = []
    after: str | None = None
    while True:
        query = {"limit": "2"} | ({"after": after} if after else {})
        page = (await client.get("/collectives", params=query)).json()
        seen += [view["name"] for view in page["data"]]
        after = page["next"]
        if not page["has_more"]:
            break
    assert sorted(seen) == [f"C{n}" for n in range(5)]
    for cursor in ("x", "WzFd", "WyJcdTAwMDAiXQ", "WyJcdWQ4MDAiXQ", "W1tbW1tb"):
        assert (await client.get("/collectives", params={"after": cursor})).status_code == 400
    unknown = await client.get("/collectives/col_" + "0" * 26)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "no_such_collective")
    assert (await client.get("/collectives/col_%00")).status_code == 422


@pytest.mark.parametrize(
    ("scopes", "missing"),
    [(["signals:read"], "keys:write"), (["keys:write"], "signals:read"), ([], "keys:write")],
)
async def test_a_narrow_api_key_makes_no_collective_that_may_more_than_it_does(
    client: httpx.AsyncClient,
    settings: Settings,
    db: Database,
    scopes: list[str],
    missing: str,
) -> None:
    """A collective receives what its owner has paid for: a narrow key must not get there by way of one."""
    person_id, _ = await person(db)
    async with db.transaction() as tx:
        _, key = await create_api_key(tx, settings.vault, NewApiKey(person_id, "narrow", scopes))
    answer = await client.post(
        "/collectives",
        json=registration(Signer(), settings.origin),
        headers={"Authorization": f"Bearer {key}"},
    )
    assert (answer.status_code, answer.json().get("scope")) == (403, missing)
