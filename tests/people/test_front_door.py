"""The front door of people: whoever holds an API key is known by it."""

from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.people.access import CallDep, Routes, needs
from tests import http

routes = Routes("test")


@routes.add("GET", "/whoami", gate=needs("subscriptions:read"))
async def whoami(call: CallDep) -> dict[str, str]:
    return {"id": call.actor.id}


@routes.add("POST", "/touch", gate=needs("operate"))
async def touch(call: CallDep) -> dict[str, str]:
    return {"id": call.actor.id}


async def test_a_person_is_known_by_an_api_key(db: Database, settings: Settings) -> None:
    person_id, headers = await http.person(db)
    async with http.make_client(db, settings, routes) as client:
        answer = await client.get("/whoami", headers=headers)
        assert (answer.status_code, answer.json()) == (200, {"id": person_id})
        assert (await client.get("/whoami")).status_code == 401
        assert (await client.post("/touch", headers=headers)).status_code == 403


async def test_an_operator_may_operate(db: Database, settings: Settings) -> None:
    _, headers = await http.person(db, "operator")
    async with http.make_client(db, settings, routes) as client:
        assert (await client.post("/touch", headers=headers)).status_code == 200
