"""Usage over HTTP: keys are counted, sessions and failures are not, caps refuse; every act leaves its line."""

from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute

from arena.app import ROUTERS
from arena.kit import ids
from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.money import usage
from arena.money.usage.routes import routes
from arena.people import identity
from arena.people.access.call import REDUCING
from arena.people.access.routes import routes as people
from tests.http import client_of, make_app, person
from tests.people.acts import BY_CALL_OR_PROFIT
from tests.people.signer import Signer


class Desk:
    """An app with a meter, an operator and a customer."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self.db, self.meter = db, usage.Meter(db)
        app = make_app(db, settings, routes, people)
        held = vars(app.state.arena)
        app.state.arena = SimpleNamespace(**held, meter=self.meter)
        self.client = client_of(app, settings.origin)

    async def arrive(self) -> "Desk":
        self.operator_id, self.operator = await person(self.db, "operator")
        self.customer_id, self.customer = await person(self.db)
        return self

    async def act(
        self, method: str, template: str, who: dict[str, str], body: dict[str, Any], **place: str
    ) -> Any:
        """Calls, and looks for the line in the audit trail."""
        headers = who | {"X-Request-Id": ids.fresh("req")}
        path = template.format(**place)
        answer = await self.client.request(method, path, headers=headers, json=body)
        assert answer.is_success, answer.text
        async with self.db.transaction() as tx:
            actions = await tx.fetch(
                "select action from audit_event where request_id = $1", headers["X-Request-Id"]
            )
        assert [row["action"] for row in actions] == [BY_CALL_OR_PROFIT[method, template]]
        return answer.json()

    async def plan(self, **terms: int) -> None:
        body = {"subject": self.customer_id, **terms}
        await self.act("POST", "/usage/plans", self.operator, body)

    async def units(self) -> int:
        await self.meter.flush()
        answer: httpx.Response = await self.client.get("/usage", headers=self.customer)
        return int(answer.json()["units"])


@pytest.fixture
async def desk(db: Database, settings: Settings) -> Desk:
    return await Desk(db, settings).arrive()


async def test_calls_by_key_that_go_well_are_counted_once(desk: Desk) -> None:
    await desk.plan()
    client, customer = desk.client, desk.customer
    assert (await client.get("/api-keys", headers=customer)).status_code == 200
    assert (await client.get("/people/usr_nobody", headers=customer)).status_code == 404
    again = customer | {"Idempotency-Key": "the same"}
    for _ in range(2):
        made = await client.post("/api-keys", headers=again, json={"name": "another"})
        assert made.is_success, made.text
    assert (await client.post("/api-keys", headers=customer, json={})).status_code == 422
    assert await desk.units() == 2


async def test_a_cap_refuses_what_would_pass_it_and_asking_is_free(desk: Desk) -> None:
    await desk.plan()
    await desk.act("PUT", "/usage/cap", desk.customer, {"cap": 3})
    desk.meter.forget(desk.customer_id)  # the news, which a bus would bring
    statuses = [
        (await desk.client.get("/api-keys", headers=desk.customer)).status_code for _ in range(5)
    ]
    assert statuses == [200, 200, 200, 402, 402]
    told = (await desk.client.get("/api-keys", headers=desk.customer)).json()
    assert told["code"] == "cap_reached"
    assert "0.03 dollars" in told["detail"]
    assert await desk.units() == 3


async def test_what_was_wrong_is_corrected_and_a_plan_ends(desk: Desk) -> None:
    await desk.plan(minimum=0)
    for _ in range(3):
        await desk.client.get("/api-keys", headers=desk.customer)
    assert await desk.units() == 3
    body = {"units": -2, "month": "2021-09-15T00:00:00Z", "reason": "the feed was silent"}
    place = {"subject": desk.customer_id}
    path = "/usage/plans/{subject}/corrections"
    now = await desk.act("POST", path, desk.operator, body, **place)
    assert (now["units"], now["invoiced"]) == (1, 0)
    ended = await desk.act(
        "POST", "/usage/plans/{subject}/end", desk.operator, {"reason": "moved away"}, **place
    )
    assert ended["ends_at"] is not None
    last = (await desk.client.get("/usage", headers=desk.customer)).json()
    assert last["plan"]["id"] == ended["id"], "its last month is still to be invoiced"
    assert [line["kind"] for each in last["waiting"] for line in each["lines"]] == ["usage"]
    assert [(each["units"], each["reason"]) for each in last["corrections"]] == [
        (-2, "the feed was silent")
    ]


async def test_who_owns_a_collective_sees_and_caps_what_it_calls_and_an_operator_may_too(
    desk: Desk,
) -> None:
    async with desk.db.transaction() as tx:
        wish = identity.Registration("Curves", "", Signer().key.public, desk.customer_id)
        collective_id = (await identity.register_collective(tx, wish)).id
    body = {"subject": collective_id, "minimum": 0}
    await desk.act("POST", "/usage/plans", desk.operator, body)
    place = {"subject": collective_id}
    capped = await desk.act("PUT", "/usage/cap", desk.customer, {"cap": 700, **place})
    assert (capped["subject"], capped["cap"]) == (collective_id, 700)
    seen = await desk.client.get("/usage", headers=desk.customer, params=place)
    assert seen.json()["plan"]["cap"] == 700
    _, stranger = await person(desk.db)
    assert (await desk.client.get("/usage", headers=stranger, params=place)).status_code == 404
    refused = await desk.client.put(
        "/usage/cap", headers=stranger | {"Idempotency-Key": "mine"}, json={"cap": 1, **place}
    )
    assert refused.status_code == 404
    raised = await desk.act(
        "PUT", "/usage/plans/{subject}/cap", desk.operator, {"cap": None, "reason": "agreed"}, **place
    )  # fmt: skip
    assert raised["cap"] is None


async def test_operators_list_who_pays_by_the_call_and_what_waits_to_be_invoiced(
    desk: Desk,
) -> None:
    await desk.plan(setup=500_000)
    listed = (await desk.client.get("/usage/plans", headers=desk.operator)).json()
    [one] = listed["plans"]
    assert one["plan"]["subject"] == desk.customer_id
    [waits] = one["waiting"]
    assert [line["kind"] for line in waits["lines"]] == ["set_up", "minimum"]
    assert waits["total"] == sum(line["amount"] for line in waits["lines"])
    assert waits["due_at"].startswith("2021-10-02")
    ended = await desk.client.get("/usage/plans?state=ended", headers=desk.operator)
    assert ended.json() == {"plans": [], "next": None}
    assert (await desk.client.get("/usage/plans", headers=desk.customer)).status_code == 403


async def test_plans_are_the_operators(desk: Desk) -> None:
    body = {"subject": desk.customer_id}
    refused = await desk.client.post("/usage/plans", headers=desk.customer, json=body)
    assert refused.status_code == 403


async def test_what_only_takes_risk_away_is_neither_refused_nor_counted(desk: Desk) -> None:
    await desk.plan(minimum=0)
    made = await desk.client.post(
        "/api-keys", headers=desk.customer | {"Idempotency-Key": "a"}, json={"name": "leaked"}
    )
    await desk.act("PUT", "/usage/cap", desk.customer, {"cap": 1})
    desk.meter.forget(desk.customer_id)  # the news, which a bus would bring
    assert (await desk.client.get("/api-keys", headers=desk.customer)).status_code == 402
    gone = await desk.client.delete(
        f"/api-keys/{made.json()['id']}", headers=desk.customer | {"Idempotency-Key": "b"}
    )
    assert gone.is_success, gone.text
    assert await desk.units() == 1


def test_each_route_that_is_never_refused_is_a_route() -> None:
    routes = {
        (method, route.path)
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods
    }
    assert routes >= REDUCING
