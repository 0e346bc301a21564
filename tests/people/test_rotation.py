"""Keys are rotated with a stated overlap: the new one at once, the old one until its time is over, then no more."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from arena.evidence import audit
from arena.kit.clock import TapeClock
from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.people.access.routes import routes
from tests.conftest import START
from tests.http import make_client
from tests.people.signer import Signer, enrolled

ADD_KEY = "sigma-arena/add-key/v1"


@pytest.fixture
async def client(db: Database, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with make_client(db, settings, routes) as made:
        yield made


async def rotate(
    client: httpx.AsyncClient, collective_id: str, old: Signer, new: Signer, **more: Any
) -> httpx.Response:
    origin = str(client.base_url).rstrip("/")
    proof = new.prove(purpose=ADD_KEY, origin=origin, collective=collective_id)
    path = f"/collectives/{collective_id}/keys/rotate"
    return await client.post(path, json={**proof, **more}, auth=old.auth())


async def signs(client: httpx.AsyncClient, signer: Signer) -> bool:
    return (await client.get("/me", auth=signer.auth())).status_code == 200


async def test_both_sign_for_the_overlap_and_then_only_the_new_one(
    client: httpx.AsyncClient, db: Database
) -> None:
    old, made = await enrolled(db)
    new = Signer()
    answer = await rotate(client, made.id, old, new, overlap_s=7200)
    assert answer.status_code == 201, answer.text
    said = answer.json()
    assert (said["new"]["id"], said["old"]["id"]) == (new.key_id, old.key_id)
    assert said["new"]["active"]
    assert said["old"]["active"]
    assert said["new"]["not_after"] is None
    assert isinstance(db.clock, TapeClock)
    for after, old_signs in ((0, True), (7199, True), (7200, False), (90_000, False)):
        db.clock.move_to(START + timedelta(seconds=after))
        assert await signs(client, old) == old_signs, after
        assert await signs(client, new)
    async with db.transaction() as tx:
        event, *_ = await audit.search(tx, object=made.id, action="people.rotate_key")
    assert event.detail["replaces"] == old.key_id
    assert event.detail["key"] == new.key_id
    assert event.actor == made.id


async def test_without_an_overlap_the_old_key_ends_at_once(
    client: httpx.AsyncClient, db: Database
) -> None:
    old, made = await enrolled(db)
    new = Signer()
    assert (await rotate(client, made.id, old, new, overlap_s=0)).status_code == 201
    assert not await signs(client, old)
    assert await signs(client, new)
    # It signs no more, so it rotates nothing either.
    assert (await rotate(client, made.id, old, Signer(), overlap_s=0)).status_code == 401


async def test_an_end_that_was_near_is_not_put_off(client: httpx.AsyncClient, db: Database) -> None:
    old, made = await enrolled(db)
    first = (await rotate(client, made.id, old, Signer(), overlap_s=600)).json()
    second = (await rotate(client, made.id, old, Signer(), overlap_s=86_400)).json()
    assert second["old"]["not_after"] == first["old"]["not_after"]


async def test_another_key_than_the_signing_one_can_be_replaced(
    client: httpx.AsyncClient, db: Database
) -> None:
    first, made = await enrolled(db)
    second, third = Signer(), Signer()
    await rotate(client, made.id, first, second, overlap_s=3600)
    said = await rotate(client, made.id, second, third, overlap_s=0, replaces=first.key_id)
    assert said.status_code == 201
    assert [await signs(client, key) for key in (first, second, third)] == [False, True, True]


@pytest.mark.parametrize(
    ("more", "status"),
    [({"overlap_s": -1}, 422), ({"overlap_s": 31 * 86_400}, 422), ({"replaces": "key_x"}, 422),
     ({"replaces": "key_" + "0" * 26}, 404), ({"nothing": 1}, 422)],
)  # fmt: skip
async def test_what_makes_no_rotation_is_refused_and_adds_no_key(
    client: httpx.AsyncClient, db: Database, more: dict[str, Any], status: int
) -> None:
    old, made = await enrolled(db)
    new = Signer()
    assert (await rotate(client, made.id, old, new, **more)).status_code == status
    assert not await signs(client, new)
    shown = (await client.get(f"/collectives/{made.id}")).json()
    assert [key["id"] for key in shown["keys"]] == [old.key_id]


async def test_nobody_rotates_the_keys_of_others(client: httpx.AsyncClient, db: Database) -> None:
    victim, made = await enrolled(db)
    thief, _ = await enrolled(db, "Thief")
    answer = await rotate(client, made.id, thief, Signer())
    assert (answer.status_code, answer.json()["code"]) == (403, "not_your_collective")
    stolen = await rotate(client, made.id, victim, thief)
    assert (stolen.status_code, stolen.json()["code"]) == (409, "key_already_registered")
    assert await signs(client, victim)
