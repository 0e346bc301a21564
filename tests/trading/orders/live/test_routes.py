"""Live trading over HTTP: who may call what, what is shown, and that each act leaves its line in the audit trail."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from arena.kit.clock import WallClock
from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.trading.orders import live
from arena.trading.orders.live.routes import routes as live_routes
from sigma_sdk.keys import SigningKey
from tests.conftest import Server
from tests.http import client_of, make_app, person
from tests.trading.orders.live.stage import LiveStage, open_live
from tests.trading.orders.test_routes import Signed

LIVE_KEY = SigningKey(b"live".ljust(32, b"."))


def client_to(db: Database, settings: Settings, desk: live.LiveDesk) -> httpx.AsyncClient:
    app = make_app(db, settings, live_routes)
    app.state.arena.live = desk
    return client_of(app, settings.origin)


@pytest.fixture
async def calls(db: Database, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """Without any exchange at hand."""
    db.clock = WallClock()
    async with client_to(db, settings, live.LiveDesk(db, settings)) as client:
        yield client


async def test_only_an_operator_turns_it_on(db: Database, calls: httpx.AsyncClient) -> None:
    _, creator = await person(db, "creator")
    operator_id, operator = await person(db, "operator")
    on = {"allowed": True, "reason": "the desk is ready"}
    refused = await calls.put("/live-trading", json=on, headers=creator)
    assert refused.status_code == 403
    turned = (await calls.put("/live-trading", json=on, headers=operator)).json()
    assert (turned["allowed"], turned["by"], turned["configured"]) == (True, operator_id, False)
    assert (await calls.get("/live-trading", headers=creator)).json()["allowed"] is True
    async with db.transaction(readonly=True) as tx:
        line = await tx.one("select actor, reason from audit_event where action = 'live.allow'")
    assert (line["actor"], line["reason"]) == (operator_id, "the desk is ready")


async def test_differences_are_for_operators(db: Database, calls: httpx.AsyncClient) -> None:
    _, creator = await person(db, "creator")
    _, operator = await person(db, "operator")
    assert (await calls.get("/live-trading/differences", headers=creator)).status_code == 403
    page = (await calls.get("/live-trading/differences", headers=operator)).json()
    assert page["data"] == []
    absent = await calls.post(
        f"/live-trading/differences/dif_{'0' * 26}/book", json={"reason": "x"}, headers=operator
    )
    assert absent.json()["code"] == "no_such_difference"


class Caller:
    """A collective and an operator at the live arena's own API."""

    def __init__(
        self, stage: LiveStage, client: httpx.AsyncClient, operator: dict[str, str]
    ) -> None:
        self.stage, self.client, self.operator = stage, client, operator
        self.auth = Signed(LIVE_KEY)

    async def sent(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        answer = await self.client.request(
            method, f"/live-trading{path}", json=body, auth=self.auth
        )
        assert answer.status_code == status, answer.text
        return answer.json()


@pytest.fixture
async def caller(server: Server, settings: Settings) -> AsyncIterator[Caller]:
    async with open_live(server, settings) as stage:
        _, operator = await person(stage.db, "operator")
        async with client_to(stage.db, stage.settings, stage.desk) as client:
            yield Caller(stage, client, operator)
        await stage.desk.close()


async def _bounded(caller: Caller, asked: dict[str, str]) -> None:
    """The owner's limits of the account there bind from the next order on."""
    bound = await caller.sent("PUT", "/limits?venue=binance", {"order_notional_max": "1000"})
    assert (bound["account_id"], bound["own"]["order_notional_max"]) == (
        caller.stage.account_id,
        "1000",
    )
    assert (await caller.sent("GET", "/limits?venue=binance"))["order_notional_max"] == "1000"
    assert (await caller.sent("POST", "/orders", asked, 422))["code"] == "order_too_large"
    await caller.sent("PUT", "/limits?venue=binance", {})


@pytest.mark.venues
async def test_the_whole_way_from_consent_to_a_cancelled_order(caller: Caller) -> None:
    stage = caller.stage
    key = {"venue": "binance", "kind": "hmac", "api_key": stage.secret.api_key,
           "secret": stage.secret.secret, "quote": "USDT"}  # fmt: skip
    off = await caller.sent("POST", "/keys", key, 403)
    assert off["code"] == "live_trading_off"
    on = {"allowed": True, "reason": "ready"}
    assert (
        await caller.client.put("/live-trading", json=on, headers=caller.operator)
    ).status_code == 200
    assert (await caller.sent("POST", "/keys", key, 403))["code"] == "not_agreed"
    assert await caller.sent("PUT", "/consent", {"agreed": True}) == {"agreed": True}
    unserved = await caller.sent("POST", "/keys", {**key, "venue": "kraken"}, 422)
    assert unserved["code"] == "venue_not_served"
    made = await caller.sent("POST", "/keys", key, 201)
    assert (made["may_trade"], made["may_withdraw"], made["hint"]) == (
        True,
        False,
        key["api_key"][-4:],
    )
    listed = await caller.sent("GET", "/keys")
    assert [one["id"] for one in listed] == [made["id"]]
    assert stage.secret.secret not in str(listed) + str(made)

    asked = {"venue": "binance", "symbol": "BTCUSDT", "side": "buy", "type": "limit",
             "quantity": "0.1", "limit_price": "40000"}  # fmt: skip
    shown = await caller.sent("POST", "/orders/dry-run", asked)
    assert shown["parameters"]["price"] == "40000"
    placed = await caller.sent("POST", "/orders", asked, 201)
    assert (placed["status"], placed["venue"]) == ("accepted", "binance")
    assert (await caller.sent("GET", f"/orders/{placed['id']}"))["venue_order_id"]
    ended = await caller.sent("DELETE", f"/orders/{placed['id']}")
    assert ended["status"] == "canceled"

    await _bounded(caller, asked)

    stop = {"venue": "binance", "reason": "prices look wrong"}
    assert (await caller.sent("POST", "/halt", stop))["killed"] is True
    assert (await caller.sent("POST", "/orders", asked, 422))["code"] == "trading_killed"
    assert (await caller.sent("POST", "/resume", stop))["killed"] is False

    await stage.desk.compare(stage.account_id)
    (account,) = await caller.sent("GET", "/accounts")
    assert (account["outcome"], account["differences"]) == ("agrees", [])
    revoked = await caller.sent("POST", f"/keys/{made['id']}/revoke", {"reason": "done"})
    assert revoked["revoked_at"]
    async with stage.db.transaction(readonly=True) as tx:
        rows = await tx.fetch(
            "select action from audit_event where action ~ '^(live|risk)' order by id"
        )
    assert [row["action"] for row in rows] == [
        "live.allow", "live.agree", "live.add_key", "live.dry_run", "live.place", "live.cancel",
        "risk.limits", "risk.limits", "risk.kill", "risk.revive", "live.revoke_key",
    ]  # fmt: skip


@pytest.mark.venues
async def test_the_same_call_twice_sends_one_order(caller: Caller) -> None:
    stage = caller.stage
    await stage.agree()
    await stage.add_key()
    asked = {"venue": "binance", "symbol": "BTCUSDT", "side": "buy", "quantity": "0.1"}
    answers = [
        await caller.client.post(
            "/live-trading/orders", json=asked, auth=caller.auth,
            headers={"Idempotency-Key": "one-intent"},
        )
        for _ in range(2)
    ]  # fmt: skip
    assert answers[0].json()["id"] == answers[1].json()["id"]
    orders = await stage.exchange.floor.orders(stage.member.account_id, "BTCUSDT")
    assert len(orders) == 1


@pytest.mark.venues
async def test_orders_of_others_are_not_seen(caller: Caller) -> None:
    absent = await caller.sent("GET", f"/orders/ord_{'0' * 26}", status=404)
    assert absent["code"] == "no_such_live_order"
    absent = await caller.sent("DELETE", f"/orders/ord_{'0' * 26}", status=404)
    assert absent["code"] == "no_such_live_order"
