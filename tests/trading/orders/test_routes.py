"""Orders, portfolio and leaderboard over HTTP, as a collective meets them."""

import secrets
from collections.abc import AsyncIterator, Generator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.people.identity import Registration, register_collective
from arena.trading import risk
from arena.trading.market import Candle
from arena.trading.orders import Floor
from arena.trading.orders.limits.routes import routes as limit_routes
from arena.trading.orders.routes import routes as order_routes
from arena.trading.performance.boards.routes import routes as board_routes
from arena.trading.performance.routes import routes as performance_routes
from arena.trading.venues import BarVenue, Rules
from sigma_sdk.credentials import Collective
from sigma_sdk.http_signature import Unsigned
from sigma_sdk.keys import SigningKey
from tests.http import make_client, person
from tests.trading.floor.stage import open_floor
from tests.trading.tape import BTC, D, bar, open_purse, play, set_up, step


class Signed(httpx.Auth):
    """Signs each request with a collective's key; the SDK's own code, as an outside caller would."""

    requires_request_body = True

    def __init__(self, key: SigningKey) -> None:
        self.collective = Collective(key)
        self.collective_id = ""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if request.method != "GET":
            request.headers.setdefault("Idempotency-Key", secrets.token_hex(8))
        unsigned = Unsigned(
            request.method,
            str(request.url),
            request.content,
            request.headers.get("Idempotency-Key"),
        )
        request.headers.update(self.collective.headers(unsigned))
        yield request


@pytest.fixture
async def floor(db: Database, settings: Settings) -> AsyncIterator[Floor]:
    """On a tape of candles, of which the first has closed; orders take effect with the next."""
    await set_up(db)
    async with open_floor(db, settings, latency_ms=20) as (made, _):
        await play_on(db, made, bar(0, "100 100 100 100"))
        yield made


async def play_on(db: Database, floor: Floor, candle: Candle) -> None:
    """A step as the worker plays it: the floor first, then the transaction of the step."""
    await floor.play(step(candle))
    await play(db, BarVenue(Rules()), step(candle))


@pytest.fixture
def client(db: Database, settings: Settings, floor: Floor) -> httpx.AsyncClient:
    floor_hears(db, floor)
    return make_client(
        db, settings, order_routes, limit_routes, performance_routes, board_routes, floor=floor
    )


def floor_hears(db: Database, floor: Floor) -> None:
    """News of limits reach the floor as the bus brings them."""

    def publish(news: list[str]) -> None:
        for item in news:
            topic, _, words = item.partition(":")
            if topic == risk.NEWS:
                floor.forget(words)

    db.publish = publish


async def enrol(db: Database, name: str = "Northwind") -> Signed:
    key = SigningKey(name.encode().ljust(32, b".")[:32])
    owner, _ = await person(db, "creator", name=name.lower())
    async with db.transaction() as tx:
        collective = await register_collective(
            tx, Registration(name=name, about="", public_key=key.public, owner_id=owner)
        )
    signed = Signed(key)
    signed.collective_id = collective.id
    return signed


def order(**how: Any) -> dict[str, Any]:
    return {"symbol": BTC.symbol, "side": "buy", "quantity": "2", **how}


async def test_a_collective_trades_its_own_account_from_order_to_curve(
    db: Database, floor: Floor, client: httpx.AsyncClient
) -> None:
    auth = await enrol(db)
    placed = await client.post("/orders", json=order(client_order_id="one"), auth=auth)
    assert placed.status_code == 201, placed.text
    order_id = placed.json()["id"]
    again = await client.post("/orders", json=order(client_order_id="one"), auth=auth)
    assert again.json()["id"] == order_id
    other = await client.post("/orders", json=order(client_order_id="one", quantity="3"), auth=auth)
    assert (other.status_code, other.json()["code"]) == (409, "client_order_id_reused")

    await play_on(db, floor, bar(1, "100 102 99 101"))
    got = (await client.get(f"/orders/{order_id}", auth=auth)).json()
    assert (got["status"], D(got["filled_quantity"])) == ("filled", 2)
    (mine,) = (await client.get("/portfolio", auth=auth)).json()["data"]
    assert mine["kind"] == "collective"
    assert mine["balances"]["BTC"] == "1.99800000"
    assert mine["positions"][0]["last_close"] == "101"
    account_id = mine["account_id"]
    fills = (await client.get(f"/portfolio/{account_id}/fills", auth=auth)).json()
    assert sum(D(f["quantity"]) for f in fills["data"]) == 2
    assert {f["liquidity"] for f in fills["data"]} == {"taker"}
    # It came too late for the open: the next price is the low, and half a spread and two units above it.
    assert D(fills["data"][0]["price"]) > 99
    assert fills["data"][0]["evidence"]
    curve = (await client.get(f"/portfolio/{account_id}/curve", auth=auth)).json()
    assert curve["data"][-1]["equity"] == mine["equity"]


async def test_an_order_is_cancelled_by_its_owner_and_nobody_else(
    db: Database, floor: Floor, client: httpx.AsyncClient
) -> None:
    auth, stranger = await enrol(db), await enrol(db, "Turtle Bay")
    resting = order(type="limit", limit_price="90")
    order_id = (await client.post("/orders", json=resting, auth=auth)).json()["id"]
    for answer in (
        await client.get(f"/orders/{order_id}", auth=stranger),
        await client.delete(f"/orders/{order_id}", auth=stranger),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_order")
    gone = await client.delete(f"/orders/{order_id}", auth=auth)
    assert gone.json()["status"] == "canceled"
    async with db.transaction() as tx:
        told = await tx.fetch(
            "select first, number, actor, key_id from account_event order by number"
        )
    assert [(row["first"], row["number"]) for row in told] == [(1, 2), (3, 4)]
    assert {row["actor"] for row in told} == {auth.collective_id}
    assert all(row["key_id"] for row in told)


async def test_refusals_have_names_and_leave_nothing_behind(
    db: Database, floor: Floor, client: httpx.AsyncClient
) -> None:
    auth = await enrol(db)
    for body, code in [
        (order(quantity="0.000001"), "off_step"),
        (order(type="limit", limit_price="99.999"), "off_tick"),
        (order(quantity="0.00001"), "below_notional_min"),
        (order(quantity="2000"), "insufficient_funds"),
        (order(side="sell"), "insufficient_funds"),
        (order(type="limit"), "bad_order"),
        (order(stop_price="90"), "bad_order"),
        (order(symbol="DOGE-USD"), "unknown_instrument"),
        (order(expires_at="2021-09-27T14:00:00Z"), "bad_order"),
        (order(quantity="-1"), "invalid"),
        (order(quantity="NaN"), "invalid"),
        (order(client_order_id="a\x00b"), "invalid"),
        (order(expires_at="9999-12-31T23:59:59Z"), "invalid"),
        (order(surprise=1), "invalid"),
    ]:
        answer = await client.post("/orders", json=body, auth=auth)
        assert answer.json()["code"] == code, answer.text
        assert answer.status_code in (404, 422)
    async with db.transaction() as tx:
        assert await tx.fetchval("select count(*) from trade_order") == 0


async def test_orders_come_in_pages_newest_first(
    db: Database, floor: Floor, client: httpx.AsyncClient
) -> None:
    auth = await enrol(db)
    made = [
        (await client.post("/orders", json=order(quantity="1"), auth=auth)).json()["id"]
        for _ in range(5)
    ]
    seen: list[str] = []
    after: str | None = None
    while True:
        params = {"limit": "2"} | ({"after": after} if after else {})
        page = (await client.get("/orders", params=params, auth=auth)).json()
        seen += [row["id"] for row in page["data"]]
        after = page["next"]
        if not page["has_more"]:
            break
    assert sorted(seen) == sorted(made)
    assert len(set(seen)) == 5
    for bad in ("x", "WzEsMl0", "WzksICIuXHUwMDAwIl0"):
        answer = await client.get("/orders", params={"after": bad}, auth=auth)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")


async def test_people_may_not_place_orders_and_the_anonymous_see_only_what_is_public(
    db: Database, floor: Floor, client: httpx.AsyncClient
) -> None:
    _, headers = await person(db)
    assert (await client.post("/orders", json=order(), headers=headers)).status_code == 403
    assert (await client.get("/portfolio", headers=headers)).json() == {"data": []}
    for path in ("/orders", "/portfolio", f"/portfolio/acc_{'0' * 26}/fills"):
        assert (await client.get(path)).status_code == 401
    assert (await client.get("/leaderboard")).json()["data"] == []


async def test_the_curve_of_a_reference_account_is_public_a_day_at_a_time_and_others_are_not(
    db: Database, floor: Floor, client: httpx.AsyncClient
) -> None:
    reference, private = f"acc_{'1' * 26}", f"acc_{'2' * 26}"
    await open_purse(db, reference, kind="reference")
    await open_purse(db, private)
    for number in range(8, 96 * 2, 8):
        await play_on(db, floor, bar(number, "100 100 100 100"))
    curve = (await client.get(f"/accounts/{reference}/curve")).json()
    assert [point["at"] for point in curve["data"]] == [
        "2021-09-28T00:00:00.000Z",
        "2021-09-29T00:00:00.000Z",
    ]
    assert set(curve["data"][0]) == {"at", "equity"}
    assert (await client.get(f"/accounts/{private}/curve")).status_code == 404


async def test_a_collective_sets_its_limits_and_pulls_its_kill_switch(
    db: Database, floor: Floor, client: httpx.AsyncClient
) -> None:
    auth = await enrol(db)
    assert (await client.get("/risk", auth=auth)).json()["position_weight_max"] == "1"
    limits = {"position_weight_max": "0.01", "order_notional_max": "2000"}
    set_to = (await client.put("/risk/limits", json=limits, auth=auth)).json()
    assert (set_to["position_weight_max"], set_to["exposure_max"]) == ("0.01", "1")
    for quantity, code in (("21", "order_too_large"), ("11", "position_too_large")):
        answer = await client.post("/orders", json=order(quantity=quantity), auth=auth)
        assert answer.json()["code"] == code
    resting = order(type="limit", limit_price="90")
    order_id = (await client.post("/orders", json=resting, auth=auth)).json()["id"]
    halted = await client.post("/risk/halt", json={"reason": "prices look wrong"}, auth=auth)
    assert halted.json()["killed_at"] is not None
    gone = (await client.get(f"/orders/{order_id}", auth=auth)).json()
    assert gone["status"] == "canceled"
    assert (await client.post("/orders", json=order(), auth=auth)).json()[
        "code"
    ] == "trading_killed"
    await client.post("/risk/resume", json={"reason": "they are right"}, auth=auth)
    assert (await client.post("/orders", json=order(), auth=auth)).status_code == 201
    for bad in ({"exposure_max": "0"}, {"exposure_max": "2"}, {"order_notional_max": "0"}):
        assert (await client.put("/risk/limits", json=bad, auth=auth)).status_code == 422


async def test_a_daily_loss_halts_buying_until_midnight_and_never_selling(
    db: Database, floor: Floor, client: httpx.AsyncClient
) -> None:
    auth = await enrol(db)
    await client.put("/risk/limits", json={"daily_drawdown_max": "0.05"}, auth=auth)
    await client.post("/orders", json=order(quantity="900"), auth=auth)
    await play_on(db, floor, bar(1, "100 100 100 100", 10**9))
    await play_on(db, floor, bar(2, "100 100 93 93", 10**9))
    assert (await client.post("/orders", json=order(), auth=auth)).json()[
        "code"
    ] == "daily_drawdown_reached"
    assert (await client.post("/orders", json=order(side="sell"), auth=auth)).status_code == 201
    for number in range(3, 41):  # past the next UTC midnight, which is bar 40
        await play_on(db, floor, bar(number, "93 93 93 93", 10**9))
    assert (await client.post("/orders", json=order(), auth=auth)).status_code == 201


async def test_no_order_however_odd_breaks_anything(
    db: Database, floor: Floor, client: httpx.AsyncClient
) -> None:
    auth = await enrol(db)
    numbers = [
        "0",
        "0.000000000001",
        "1",
        "0.00001",
        "100.01",
        "999999999999999.999999999999",
        "000.10",
    ]
    codes = set()
    for side in ("buy", "sell"):
        for kind in ("market", "limit", "stop_loss", "take_profit"):
            for quantity in numbers:
                for price in [None, *numbers]:
                    body = order(side=side, type=kind, quantity=quantity)
                    if price is not None:
                        body["limit_price" if kind in ("market", "limit") else "stop_price"] = price
                    answer = await client.post("/orders", json=body, auth=auth)
                    assert answer.status_code in (201, 422), (body, answer.text)
                    codes.add(answer.json().get("code"))
    assert codes >= {
        "off_step",
        "off_tick",
        "insufficient_funds",
        "below_notional_min",
        "bad_order",
    }
    limits = {
        "position_weight_max": "0.000001",
        "order_notional_max": "999999999999999.999999999999",
    }
    assert (await client.put("/risk/limits", json=limits, auth=auth)).status_code == 200
    for number in range(1, 4):
        await play_on(db, floor, bar(number, "100 101 0.01 1000000", "0.00000001"))
    assert (await client.get("/portfolio", auth=auth)).status_code == 200


async def test_an_account_has_so_many_open_orders_and_no_more(
    db: Database, floor: Floor, client: httpx.AsyncClient
) -> None:
    floor.state.limits = replace(floor.state.limits, open_orders_max=2)
    auth = await enrol(db)
    resting = order(type="limit", limit_price="90")
    for _ in range(2):
        placed = await client.post("/orders", json=resting, auth=auth)
        assert placed.status_code == 201, placed.text
    one_more = await client.post("/orders", json=resting, auth=auth)
    assert (one_more.status_code, one_more.json()["code"]) == (409, "too_many_open_orders")
    await client.delete(f"/orders/{placed.json()['id']}", auth=auth)
    assert (await client.post("/orders", json=resting, auth=auth)).status_code == 201
