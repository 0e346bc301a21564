"""Limits over HTTP, as a collective and as an operator meet them."""

from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import httpx
import pytest

from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.trading import orders
from arena.trading.orders import Floor
from arena.trading.orders.limits.routes import routes as limit_routes
from arena.trading.orders.routes import routes as order_routes
from tests.http import make_client, person
from tests.trading.floor.stage import D, Hand, Member, enrol, open_floor
from tests.trading.orders.test_routes import Signed, floor_hears


class Room(NamedTuple):
    db: Database
    floor: Floor
    hand: Hand
    member: Member
    client: httpx.AsyncClient
    auth: Signed
    operator: dict[str, str]

    async def buy(self, quantity: str = "0.1", **how: Any) -> Any:
        order = {"symbol": "BTCUSDT", "side": "buy", "quantity": quantity, **how}
        return (await self.client.post("/orders", json=order, auth=self.auth)).json()

    async def operate(self, method: str, act: str, **body: Any) -> httpx.Response:
        path = f"/risk/accounts/{self.member.account_id}{act}"
        how: Any = {"json": body} if body else {}
        return await self.client.request(method, path, headers=self.operator, **how)

    async def audit(self) -> list[tuple[str, str, str | None]]:
        async with self.db.transaction(readonly=True) as tx:
            rows = await tx.fetch(
                "select actor, action, reason from audit_event where object = $1 and action like 'risk.%' order by id",
                self.member.account_id,
            )  # fmt: skip
        return [tuple(row) for row in rows]


@pytest.fixture
async def room(db: Database, settings: Settings) -> AsyncIterator[Room]:
    async with open_floor(db, settings) as (floor, hand):
        floor_hears(db, floor)
        member = await enrol(db, floor)
        hand.quiet()
        _, operator = await person(db, "operator")
        client = make_client(db, settings, order_routes, limit_routes, floor=floor)
        yield Room(db, floor, hand, member, client, Signed(member.key), operator)


async def test_the_owner_tightens_within_the_operators_bounds_and_the_tighter_binds(
    room: Room,
) -> None:
    bounds = {"order_notional_max": "8000", "symbols": ["BTCUSDT"], "reason": "new here"}
    seen = (await room.operate("PUT", "/bounds", **bounds)).json()
    assert (seen["order_notional_max"], seen["operator"]["symbols"]) == ("8000", ["BTCUSDT"])
    assert seen["own"]["order_notional_max"] is None
    put = await room.client.put("/risk/limits", json={"order_notional_max": "4000"}, auth=room.auth)
    assert put.json()["order_notional_max"] == "4000"
    assert put.json()["operator"]["order_notional_max"] == "8000"
    assert (await room.buy("0.1"))["code"] == "order_too_large"
    looser = await room.client.put(
        "/risk/limits", json={"order_notional_max": "8000.01"}, auth=room.auth
    )
    assert (looser.status_code, looser.json()["code"]) == (422, "looser_than_bound")
    assert "order_notional_max" in looser.json()["detail"]
    # What is left out is no wish for no limit.
    assert (await room.client.put("/risk/limits", json={}, auth=room.auth)).status_code == 200
    assert (await room.buy("0.1"))["status"] == "filled"
    assert (await room.buy("0.2"))["code"] == "order_too_large"
    assert (await room.buy("1", symbol="ETHUSDT"))["code"] != "accepted"
    assert [line[1] for line in await room.audit()] == ["risk.bounds", "risk.limits", "risk.limits"]
    assert (await room.audit())[0][2] == "new here"


async def test_how_much_of_each_limit_is_used_is_shown_with_it(room: Room) -> None:
    await room.buy("0.5")
    await room.buy("0.1", type="limit", limit_price="30000")
    limits = {
        "position_weight_max": "0.5", "orders_10s_max": 5, "orders_day_max": 100, "open_orders_max": 4,
        "position_quantity_max": {"BTCUSDT": "2"}, "drawdown_max": "0.3", "price_collar_bps": 500,
    }  # fmt: skip
    await room.client.put("/risk/limits", json=limits, auth=room.auth)
    async with room.db.transaction() as tx:
        await tx.execute(
            "insert into candle (symbol, open_at, open, high, low, close, volume)"
            " values ('BTCUSDT', $1, 40000, 40000, 40000, 40000, 1)", tx.now,
        )  # fmt: skip
    shown = (await room.client.get("/risk", auth=room.auth)).json()
    used = {(use["name"], use["symbol"]): use for use in shown["use"]}
    assert (used["orders_10s_max", None]["used"], used["orders_10s_max", None]["share"]) == (
        "2",
        "0.4000",
    )
    assert used["orders_day_max", None]["used"] == "2"
    assert used["open_orders_max", None]["used"] == "1"
    assert used["position_quantity_max", "BTCUSDT"]["used"] == "0.49950000"
    assert D(used["position_weight_max", "BTCUSDT"]["used"]) == D("0.2104")
    assert D(used["drawdown_max", None]["used"]) == D("0.0502")
    assert used["price_collar_bps", None]["used"] is None
    operators = (await room.operate("GET", "")).json()
    assert operators == shown


async def test_limits_of_pace_bind_and_a_new_window_opens_them(room: Room) -> None:
    await room.client.put("/risk/limits", json={"orders_10s_max": 2}, auth=room.auth)
    resting = {"type": "limit", "limit_price": "30000"}
    assert [(await room.buy("0.001", **resting)).get("code") for _ in range(3)] == [
        None, None, "orders_too_fast",
    ]  # fmt: skip
    room.hand.ms += 10_000
    room.hand.quiet()
    assert (await room.buy("0.001", **resting)).get("code") is None


async def test_the_operators_stop_is_not_lifted_by_the_owner_and_both_are_in_the_trail(
    room: Room,
) -> None:
    resting = await room.buy("0.1", type="limit", limit_price="30000")
    stopped = await room.operate("POST", "/stop", reason="looks like a loop")
    assert stopped.json()["barred_at"] is not None
    gone = (await room.client.get(f"/orders/{resting['id']}", auth=room.auth)).json()
    assert gone["status"] == "canceled"
    assert (await room.buy())["code"] == "trading_barred"
    why = {"reason": "it was not"}
    mine = await room.client.post("/risk/resume", json=why, auth=room.auth)
    assert (mine.status_code, mine.json()["code"]) == (403, "stop_is_the_operators")
    assert (await room.buy())["code"] == "trading_barred"
    await room.client.post("/risk/halt", json={"reason": "then so be it"}, auth=room.auth)
    lifted = (await room.operate("POST", "/lift", reason="it was mended")).json()
    assert (lifted["barred_at"], lifted["killed_at"] is None) == (None, False)
    assert (await room.buy())["code"] == "trading_killed"
    assert (await room.client.post("/risk/resume", json=why, auth=room.auth)).status_code == 200
    assert (await room.buy())["status"] == "filled"
    assert [line[1:] for line in await room.audit()] == [
        ("risk.bar", "looks like a loop"), ("risk.kill", "then so be it"), ("risk.unbar", "it was mended"),
        ("risk.revive", "it was not"),
    ]  # fmt: skip


async def test_a_halt_that_is_sent_again_under_the_same_key_answers_again(room: Room) -> None:
    headers = {"Idempotency-Key": "once"}
    why = {"reason": "prices look wrong"}
    answers = [
        await room.client.post("/risk/halt", json=why, auth=room.auth, headers=headers)
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert all(answer.json()["killed_at"] for answer in answers)


async def test_liquidations_are_listed_with_their_slices_for_owner_and_operator(
    room: Room, settings: Settings
) -> None:
    await room.buy("1")
    limits = {"liquidation_drawdown": "0.2"}
    await room.client.put("/risk/limits", json=limits, auth=room.auth)
    room.hand.quiet(price=29_000)
    await orders.guard(room.db, room.floor, settings)
    (seen,) = (await room.client.get("/risk/liquidations", auth=room.auth)).json()["data"]
    assert (seen["cause"], seen["status"], len(seen["steps"])) == ("drawdown", "running", 1)
    assert seen["steps"][0]["sold"] == "0.24975"
    theirs = (await room.operate("GET", "/liquidations")).json()
    assert theirs == {"data": [seen]}
    assert (await room.client.get("/risk", auth=room.auth)).json()["liquidating_since"] is not None
    forgiven = await room.operate("POST", "/forgive-drawdown", reason="the feed was wrong")
    assert forgiven.status_code == 200


async def test_only_operators_bound_and_stop_others_and_only_what_is_there(room: Room) -> None:
    _, creator = await person(room.db, "creator")
    for method, act, body in (
        ("GET", "", None), ("PUT", "/bounds", {"reason": "x"}), ("POST", "/stop", {"reason": "x"}),
        ("POST", "/lift", {"reason": "x"}), ("POST", "/forgive-drawdown", {"reason": "x"}),
        ("GET", "/liquidations", None),
    ):  # fmt: skip
        path = f"/risk/accounts/{room.member.account_id}{act}"
        callers: list[dict[str, Any]] = [{"auth": room.auth}, {"headers": creator}]
        for who in callers:
            answer = await room.client.request(method, path, json=body, **who)
            assert answer.status_code == 403, (method, act)
        nobody = path.replace(room.member.account_id, f"acc_{'0' * 26}")
        missing = await room.client.request(method, nobody, json=body, headers=room.operator)
        assert (missing.status_code, missing.json()["code"]) == (404, "no_such_account")


async def test_before_its_account_is_open_a_collective_has_limits_already(
    db: Database, room: Room
) -> None:
    async with db.transaction() as tx:
        await tx.execute("delete from balance")
        await tx.execute("delete from account")
    seen = (await room.client.get("/risk", auth=room.auth)).json()
    assert (seen["open_orders_max"], seen["use"]) == (200, [])


@pytest.mark.parametrize(
    "wrong",
    [
        {"drawdown_max": "0"}, {"drawdown_max": "1.5"}, {"orders_10s_max": 0}, {"open_orders_max": -1},
        {"price_collar_bps": 0}, {"position_quantity_max": {"btc": "1"}}, {"symbols": ["a b"]},
        {"position_quantity_max": {"BTCUSDT": "-1"}}, {"liquidation_drawdown": "2"}, {"killed_at": "now"},
    ],
)  # fmt: skip
async def test_limits_that_make_no_sense_are_refused(room: Room, wrong: dict[str, Any]) -> None:
    answer = await room.client.put("/risk/limits", json=wrong, auth=room.auth)
    assert answer.status_code == 422, answer.text
