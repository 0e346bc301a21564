"""The ws-api as it is on the wire: ids, statuses, errors, sessions, subscriptions, and what happened meanwhile."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from arena.app import build_app
from arena.kit.clock import to_ms, wall_now
from arena.trading.venues import OrderRequest
from arena.trading.venues.dialects.binance.exchange_keys import revoke_exchange_key
from arena.web.serve import listen, make_server
from tests.trading.floor.stage import D, buy
from tests.trading.venues.dialect_ws.conftest import Stage, hear, hear_where, say

pytestmark = pytest.mark.venues
LIMIT = {
    "symbol": "BTCUSDT",
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "0.5",
}


def signed(stage: Stage, kind: str = "hmac", **params: Any) -> dict[str, Any]:
    held = stage.held(kind)
    params = {"timestamp": to_ms(wall_now()), **params, "apiKey": held.api_key}
    text = "&".join(f"{name}={plain(params[name])}" for name in sorted(params)).encode()
    if kind == "hmac":
        params["signature"] = hmac.digest(held.secret.encode(), text, hashlib.sha256).hex()
    else:
        params["signature"] = base64.b64encode(stage.member.key.sign(text)).decode()
    return params


def plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


async def ask(
    socket: ClientConnection,
    method: str,
    params: Mapping[str, Any] | None = None,
    request_id: Any = 1,
) -> Any:
    """The answer; events are passed over."""
    words: dict[str, Any] = {"method": method, "id": request_id}
    if params is not None:
        words["params"] = dict(params)
    await say(socket, **words)
    return await hear_where(socket, id=request_id)


async def place(stage: Stage, request: OrderRequest) -> Any:
    return await stage.exchange.floor.place(stage.member.account_id, request, by=stage.member.actor)


@pytest.mark.parametrize("request_id", [7, -1, "d2a1", "", None, 2**62])
async def test_an_answer_has_the_id_of_its_request(stage: Stage, request_id: Any) -> None:
    async with stage.socket("/ws-api/v3") as socket:
        said = await ask(socket, "ping", request_id=request_id)
        assert (said["id"], said["status"], said["result"]) == (request_id, 200, {})
        [weight] = said["rateLimits"]
        assert (weight["rateLimitType"], weight["intervalNum"]) == ("REQUEST_WEIGHT", 1)


async def test_rate_limits_are_left_out_where_nobody_wants_them(stage: Stage) -> None:
    async with stage.socket("/ws-api/v3") as socket:
        assert "rateLimits" not in await ask(socket, "time", {"returnRateLimits": False})
        assert "rateLimits" in await ask(socket, "time")
    async with stage.socket("/ws-api/v3?returnRateLimits=false") as socket:
        assert "rateLimits" not in await ask(socket, "time")
        assert "rateLimits" in await ask(socket, "time", {"returnRateLimits": True})


@pytest.mark.parametrize(
    ("text", "request_id", "code"),
    [
        ("{", None, -1135),
        ("[]", None, -1135),
        ('{"id":5}', 5, -1135),
        ('{"id":6,"method":1}', 6, -1135),
        ('{"id":7,"method":"ping","params":[]}', 7, -1135),
        ('{"id":8,"method":"order.eat"}', 8, -1020),
        ('{"id":9,"method":"apiRestrictions"}', 9, -1020),
        ('{"id":10,"method":"depth"}', 10, -1102),
        ('{"id":11,"method":"depth","params":{"symbol":"NOSUCH"}}', 11, -1121),
        ('{"id":12,"method":"order.place","params":{}}', 12, -2014),
        ('{"id":13,"method":"userDataStream.subscribe"}', 13, -2015),
        ('{"id":14,"method":"userDataStream.unsubscribe","params":{"subscriptionId":3}}', 14, -1130),
        ('{"id":15,"method":"session.logon","params":{"apiKey":"%s"}}' % ("x" * 64), 15, -2015),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_told_and_the_connection_stays(
    stage: Stage, text: str, request_id: Any, code: int
) -> None:
    async with stage.socket("/ws-api/v3") as socket:
        await socket.send(text)
        said = await hear(socket)
        assert (said["id"], said["error"]["code"]) == (request_id, code)
        assert 400 <= said["status"] < 500
        assert (await ask(socket, "ping"))["status"] == 200


@pytest.mark.parametrize("kind", ["hmac", "ed25519"])
async def test_numbers_are_signed_as_they_were_written(stage: Stage, kind: str) -> None:
    """JSON numbers and booleans keep their spelling: 49000.10 is not 49000.1."""
    params = signed(
        stage, kind, symbol="BTCUSDT", side="BUY", type="LIMIT", timeInForce="GTC", quantity=Spelled("0.50"),
        price=Spelled("49000.10"), returnRateLimits=False,
    )  # fmt: skip
    words = ",".join(
        f'"{name}":{value}' if isinstance(value, Spelled | int) and not isinstance(value, bool)
        else f'"{name}":{plain(value)}' if isinstance(value, bool) else f'"{name}":"{value}"'
        for name, value in params.items()
    )  # fmt: skip
    async with stage.socket("/ws-api/v3") as socket:
        await socket.send(f'{{"id":1,"method":"order.place","params":{{{words}}}}}')
        said = await hear(socket)
        assert (said["status"], said["result"]["price"]) == (200, "49000.10000000")
        broken = params | {"signature": params["signature"][::-1]}
        refused = await ask(socket, "order.place", {k: str(v) for k, v in broken.items()})
        assert refused["error"]["code"] == -1022


class Spelled(str):
    """A number that is sent as it is spelled here."""


@pytest.mark.parametrize("kind", ["hmac", "ed25519"])
async def test_whoever_has_logged_on_signs_no_more(stage: Stage, kind: str) -> None:
    async with stage.socket("/ws-api/v3") as socket:
        before = (await ask(socket, "session.status"))["result"]
        assert (before["apiKey"], before["authorizedSince"]) == (None, None)
        on = (await ask(socket, "session.logon", signed(stage, kind)))["result"]
        assert on["apiKey"] == stage.held(kind).api_key
        assert on["authorizedSince"] >= on["connectedSince"]
        now = {"timestamp": to_ms(wall_now())}
        placed = await ask(socket, "order.place", {**LIMIT, "price": "49000", **now})
        assert placed["result"]["status"] == "NEW"
        late = await ask(socket, "openOrders.status", {"timestamp": now["timestamp"] - 60_000})
        assert late["error"]["code"] == -1021
        listed = await ask(socket, "openOrders.status", now)
        assert [order["orderId"] for order in listed["result"]] == [placed["result"]["orderId"]]
        off = (await ask(socket, "session.logout"))["result"]
        assert off["apiKey"] is None
        assert (await ask(socket, "openOrders.status", now))["error"]["code"] == -2014


async def test_a_session_ends_with_its_key_and_so_does_what_it_heard(stage: Stage) -> None:
    arena = stage.exchange.arena
    async with stage.socket("/ws-api/v3") as socket:
        await ask(socket, "session.logon", signed(stage))
        subscribed = await ask(socket, "userDataStream.subscribe")
        assert subscribed["result"] == {"subscriptionId": 0}
        async with arena.db.transaction() as tx:
            key_id = await tx.fetchval("select id from exchange_key where api_key = $1", stage.key)
            await revoke_exchange_key(tx, stage.member.id, key_id, by=stage.member.id)
        said = await hear_where(socket, subscriptionId=0)
        assert said["event"]["e"] == "eventStreamTerminated"
        refused = await ask(socket, "account.status", {"timestamp": to_ms(wall_now())})
        assert (refused["status"], refused["error"]["code"]) == (401, -2015)
        assert (await ask(socket, "session.status"))["result"]["apiKey"] is None


async def test_events_are_numbered_and_nothing_is_missed_by_who_was_away(stage: Stage) -> None:
    async with stage.socket("/ws-api/v3") as socket:
        await ask(socket, "userDataStream.subscribe.signature", signed(stage))
        await place(stage, buy("0.5"))
        heard = [await hear(socket) for _ in range(3)]
    assert [said["event"]["e"] for said in heard].count("executionReport") == 2
    last = max(said["event"]["arena"]["event"] for said in heard)

    missed = await place(stage, buy("0.25", limit_price=49_000))
    await place(stage, buy("1"))
    async with stage.socket("/ws-api/v3") as socket:
        await say(
            socket, id=1, method="userDataStream.subscribe.signature",
            params=signed(stage, arenaAfter=last),
        )  # fmt: skip
        told = []
        while len(told) < 5:
            said = await hear(socket)
            if "event" in said:
                told.append(said["event"])
        numbers = [event["arena"]["event"] for event in told]
        assert numbers == list(range(last + 1, last + 6))
        [first, *_] = [event for event in told if event["e"] == "executionReport"]
        assert (first["x"], first["i"]) == ("NEW", missed.number)


async def test_every_subscription_hears_and_ends_by_its_number(stage: Stage) -> None:
    async with stage.socket("/ws-api/v3") as socket:
        for number in range(2):
            said = await ask(socket, "userDataStream.subscribe.signature", signed(stage))
            assert said["result"] == {"subscriptionId": number}
        listed = await ask(socket, "session.subscriptions")
        assert listed["result"] == [{"subscriptionId": 0}, {"subscriptionId": 1}]
        await say(socket, id=9, method="userDataStream.unsubscribe", params={"subscriptionId": 0})
        ended = await hear_where(socket, subscriptionId=0)
        assert ended["event"]["e"] == "eventStreamTerminated"
        assert (await hear_where(socket, id=9))["status"] == 200
        await place(stage, buy("0.5"))
        assert (await hear(socket))["subscriptionId"] == 1


async def test_a_hundred_orders_in_one_breath_are_answered_each_once(stage: Stage) -> None:
    async with stage.socket("/ws-api/v3") as socket:
        await ask(socket, "session.logon", signed(stage))
        now = to_ms(wall_now())
        for number in range(100):
            await say(
                socket, id=f"o{number}", method="order.place",
                params={**LIMIT, "quantity": "0.001", "price": f"{48_000 + number}", "timestamp": now},
            )  # fmt: skip
        answers = [await hear(socket) for _ in range(100)]
    assert {said["id"] for said in answers} == {f"o{number}" for number in range(100)}
    assert {said["status"] for said in answers} == {200}
    account = await stage.exchange.floor.account(stage.member.account_id)
    assert account.balances["USDT"].locked == sum(D("0.001") * (48_000 + n) for n in range(100))


async def test_an_order_sent_twice_is_one_order(stage: Stage) -> None:
    params = signed(stage, **LIMIT, price="49000")
    async with stage.socket("/ws-api/v3") as socket:
        first = await ask(socket, "order.place", params, "a")
        again = await ask(socket, "order.place", params, "b")
    assert first["result"]["orderId"] == again["result"]["orderId"]
    assert len(await stage.exchange.floor.open_orders(stage.member.account_id)) == 1


async def test_more_orders_than_are_allowed_are_refused_with_429(stage: Stage) -> None:
    most = stage.exchange.arena.settings.dialect_orders_per_10s
    async with stage.socket("/ws-api/v3") as socket:
        await ask(socket, "session.logon", signed(stage))
        now = to_ms(wall_now())
        for number in range(2 * most + 2):  # ten seconds may end meanwhile, once
            await say(
                socket, id=number, method="order.place",
                params={**LIMIT, "quantity": "0.001", "price": "48000", "timestamp": now},
            )  # fmt: skip
        answers = [await hear(socket) for _ in range(2 * most + 2)]
    refused = [said for said in answers if said["status"] == 429]
    assert refused
    assert {said["error"]["code"] for said in refused} <= {-1015, -1003}


async def test_a_server_that_stops_says_so_before_it_closes(stage: Stage) -> None:
    arena = stage.exchange.arena
    arena.settings.port = 0
    listening = listen(arena.settings)
    server = make_server(build_app(arena))
    running = asyncio.create_task(server.serve(sockets=[listening]))
    url = f"ws://127.0.0.1:{listening.getsockname()[1]}"
    async with (
        connect(url + "/ws-api/v3", proxy=None) as api,
        connect(url + "/ws", proxy=None) as streams,
    ):
        await ask(api, "ping")
        await say(streams, method="LIST_SUBSCRIPTIONS", id=1)
        await hear(streams)
        server.should_exit = True
        assert (await hear(api))["event"]["e"] == "serverShutdown"
        assert (await hear(streams))["e"] == "serverShutdown"
        for socket in (api, streams):
            with pytest.raises(ConnectionClosed) as closed:
                await socket.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1001
    await running


async def test_events_come_while_requests_are_under_way(stage: Stage) -> None:
    async with stage.socket("/ws-api/v3") as socket:
        await ask(socket, "session.logon", signed(stage))
        await ask(socket, "userDataStream.subscribe")
        await asyncio.gather(*(
            say(socket, id=n, method="order.place",
                params={**LIMIT, "quantity": "0.001", "price": "48000", "timestamp": to_ms(wall_now())})
            for n in range(5)
        ))  # fmt: skip
        answered: dict[int, int] = {}
        told: list[int] = []
        while len(answered) < 5 or len(told) < 5:
            said = await hear(socket)
            if "event" not in said:
                answered[said["id"]] = said["result"]["orderId"]
            elif said["event"]["e"] == "executionReport":
                told.append(said["event"]["i"])
        assert sorted(told) == sorted(answered.values())


async def test_a_list_of_two_orders_is_told_from_its_beginning_to_its_end(stage: Stage) -> None:
    async with stage.socket("/ws-api/v3") as socket:
        await ask(socket, "session.logon", signed(stage))
        await ask(socket, "userDataStream.subscribe")
        now = {"timestamp": to_ms(wall_now())}
        await say(
            socket, id=1, method="orderList.place.oco",
            params={
                "symbol": "BTCUSDT", "side": "BUY", "quantity": "0.1", "belowType": "LIMIT_MAKER",
                "belowPrice": "49000", "aboveType": "STOP_LOSS", "aboveStopPrice": "51000", **now,
            },
        )  # fmt: skip
        placed, events = await answer_and_events(socket, request_id=1, events=4)
        kinds = [event["e"] for event in events]
        assert sorted(kinds)[:3] == ["executionReport", "executionReport", "listStatus"]
        [status] = [event for event in events if event["e"] == "listStatus"]
        assert (status["l"], status["g"]) == ("EXEC_STARTED", placed["orderListId"])
        assert {leg["i"] for leg in status["O"]} == {
            event["i"] for event in events if event["e"] == "executionReport"
        }
        assert {event["g"] for event in events if "g" in event} == {placed["orderListId"]}
        await say(
            socket, id=2, method="orderList.cancel",
            params={"symbol": "BTCUSDT", "orderListId": placed["orderListId"], **now},
        )  # fmt: skip
        done = []
        while "ALL_DONE" not in [event.get("l") for event in done]:
            said = await hear(socket)
            if "event" in said:
                done.append(said["event"])
        assert [event["x"] for event in done if event["e"] == "executionReport"].count(
            "CANCELED"
        ) >= 1


async def answer_and_events(
    socket: ClientConnection, *, request_id: int, events: int
) -> tuple[Any, list[Any]]:
    answer: Any = None
    told: list[Any] = []
    while answer is None or len(told) < events:
        said = await hear(socket)
        if "event" in said:
            told.append(said["event"])
        elif said["id"] == request_id:
            assert said["status"] == 200, said
            answer = said["result"]
    return answer, told
