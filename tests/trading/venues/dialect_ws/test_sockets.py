"""Sockets of market streams as any client finds them: paths, envelopes, subscriptions, limits, listen keys."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from arena.kit.settings import Settings
from arena.trading.venues.dialects.binance.control import MESSAGES_MAX, STREAMS_MAX
from arena.trading.venues.dialects.binance.exchange_keys import revoke_exchange_key
from arena.trading.venues.dialects.binance.listen_keys import VALID
from tests.trading.floor.stage import BTCUSDT, buy
from tests.trading.venues.dialect_ws.conftest import Stage, hear, hear_where, say

pytestmark = pytest.mark.venues


def trade(stage: Stage) -> None:
    stage.hand.trade("BTCUSDT", 50_000, "0.5", side="sell")


async def ready(socket: ClientConnection) -> None:
    """What the path asked for is heard from now on."""
    await say(socket, method="GET_PROPERTY", params=["combined"], id="ready")
    await hear_where(socket, id="ready")


@pytest.mark.parametrize(
    ("path", "combined"),
    [
        ("/ws/btcusdt@trade", False),
        ("/ws/btcusdt@trade/ethusdt@trade", False),
        ("/stream?streams=btcusdt@trade", True),
        ("/stream?streams=ethusdt@trade/btcusdt@trade", True),
    ],
)
async def test_a_stream_in_the_path_is_heard_at_once(
    stage: Stage, path: str, combined: bool
) -> None:
    async with stage.socket(path) as socket:
        await ready(socket)
        trade(stage)
        said = await hear(socket)
        if combined:
            assert said["stream"] == "btcusdt@trade"
            said = said["data"]
        assert (said["e"], said["s"], said["p"], said["q"], said["m"]) == (
            "trade", "BTCUSDT", "50000.00000000", "0.50000000", True,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("path", "combined"),
    [("/ws", False), ("/ws/0", False), ("/ws/17", False), ("/stream", True), ("/stream/ws/0", False),
     ("/stream/ws/3", False), ("/stream?streams=", True)],
)  # fmt: skip
async def test_other_paths_wait_to_be_told(stage: Stage, path: str, combined: bool) -> None:
    async with stage.socket(path) as socket:
        await say(socket, method="SUBSCRIBE", params=["btcusdt@trade", "BTCUSDT@aggTrade"], id="a")
        assert await hear(socket) == {"result": None, "id": "a"}
        await say(socket, method="LIST_SUBSCRIPTIONS", id=3)
        listed = await hear(socket)
        assert listed == {"result": ["btcusdt@trade", "btcusdt@aggTrade"], "id": 3}
        trade(stage)
        heard = [await hear(socket), await hear(socket)]
        assert all(("stream" in said) is combined for said in heard)
        await say(socket, method="UNSUBSCRIBE", params=["btcusdt@trade"], id=4)
        assert await hear(socket) == {"result": None, "id": 4}
        trade(stage)
        said = await hear(socket)
        assert said.get("data", said)["e"] == "aggTrade"


async def test_the_envelope_can_be_changed(stage: Stage) -> None:
    async with stage.socket("/ws/btcusdt@trade") as socket:
        await say(socket, method="GET_PROPERTY", params=["combined"], id=1)
        assert await hear(socket) == {"result": False, "id": 1}
        await say(socket, method="SET_PROPERTY", params=["combined", True], id=2)
        assert await hear(socket) == {"result": None, "id": 2}
        trade(stage)
        assert (await hear(socket))["stream"] == "btcusdt@trade"


async def test_a_symbol_that_is_not_traded_stays_silent_and_an_unknown_stream_is_refused(
    stage: Stage,
) -> None:
    async with stage.socket("/ws") as socket:
        await say(socket, method="SUBSCRIBE", params=["nosuch@trade"], id=1)
        assert await hear(socket) == {"result": None, "id": 1}
        await say(socket, method="SUBSCRIBE", params=["btcusdt@trade", "btcusdt@ticker_1h"], id=2)
        refused = await hear(socket)
        assert (refused["id"], refused["error"]["code"]) == (2, 2)
        trade(stage)
        await say(socket, method="LIST_SUBSCRIPTIONS", id=3)
        assert (await hear(socket))["result"] == ["nosuch@trade"], "nothing of it was subscribed"


async def test_times_are_in_microseconds_for_whoever_wants_them(stage: Stage) -> None:
    async with (
        stage.socket("/ws/btcusdt@trade?timeUnit=MICROSECOND") as micro,
        stage.socket("/ws/btcusdt@trade") as milli,
    ):
        await ready(micro)
        await ready(milli)
        trade(stage)
        assert (await hear(micro))["T"] == (await hear(milli))["T"] * 1000


async def test_all_tickers_come_as_one_list_of_those_that_changed(stage: Stage) -> None:
    stage.hand.quiet("ETHUSDT", 3_000)
    async with (
        stage.socket("/ws/!ticker@arr") as whole,
        stage.socket("/ws/!miniTicker@arr") as mini,
    ):
        first = await hear(whole)
        assert [ticker["s"] for ticker in first] == ["BTCUSDT", "ETHUSDT"]
        assert {ticker["e"] for ticker in await hear(mini)} == {"24hrMiniTicker"}
        stage.hand.trade("ETHUSDT", 3_001, 1)
        assert [(ticker["s"], ticker["c"]) for ticker in await hear(whole)] == [
            ("ETHUSDT", "3001.00000000")
        ]


async def test_the_best_levels_are_told_with_the_id_of_their_book(stage: Stage) -> None:
    async with stage.socket("/ws/btcusdt@depth5@100ms") as socket:
        await ready(socket)
        stage.hand.change("BTCUSDT", bids=[("49999.95", 2)])
        said = await hear(socket)
        assert said["bids"][0] == ["49999.95000000", "2.00000000"]
        assert (len(said["bids"]), len(said["asks"])) == (5, 5)
        async with httpx.AsyncClient(base_url=stage.http, trust_env=False) as client:
            depth = await client.get("/api/v3/depth?symbol=BTCUSDT&limit=5")
        assert (depth.json()["bids"], depth.json()["lastUpdateId"]) == (
            said["bids"], said["lastUpdateId"],
        )  # fmt: skip


async def test_a_level_that_goes_is_spelled_as_clients_compare_it(stage: Stage) -> None:
    async with stage.socket("/ws/btcusdt@depth@100ms") as socket:
        await ready(socket)
        stage.hand.change("BTCUSDT", bids=[("49999.90", 0)])
        assert (await hear(socket))["b"] == [["49999.90000000", "0.00000000"]]


async def test_bars_are_told_as_they_close(stage: Stage) -> None:
    async with stage.socket("/ws/btcusdt@kline_1m") as socket:
        await ready(socket)
        trade(stage)
        running = (await hear(socket))["k"]
        assert (running["x"], running["c"]) == (False, "50000.00000000")
        stage.hand.ms += 61_000
        stage.hand.trade("BTCUSDT", 50_100, "1")
        closed, begun = (await hear(socket))["k"], (await hear(socket))["k"]
        assert (closed["x"], closed["t"], closed["v"]) == (True, running["t"], "0.50100000")
        assert (begun["x"], begun["o"], begun["t"]) == (
            False, "50100.00000000", running["t"] + 60_000,
        )  # fmt: skip


async def test_too_many_messages_in_a_second_end_the_connection(stage: Stage) -> None:
    async with stage.socket("/ws") as socket:
        for number in range(2 * MESSAGES_MAX + 2):
            await say(socket, method="LIST_SUBSCRIPTIONS", id=number)
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                await hear(socket)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008


async def test_there_are_only_so_many_streams_a_connection(stage: Stage) -> None:
    names = [f"s{number}@trade" for number in range(STREAMS_MAX)]
    async with stage.socket("/ws") as socket:
        await say(socket, method="SUBSCRIBE", params=names, id=1)
        assert (await hear(socket))["result"] is None
        await say(socket, method="SUBSCRIBE", params=["btcusdt@trade"], id=2)
        assert (await hear(socket))["error"]["code"] == 2


@pytest.fixture
def settings(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    if request.node.get_closest_marker("parametrize") is None and "address" in request.node.name:
        settings.dialect_sockets_max = 3
    return settings


async def test_there_are_only_so_many_sockets_an_address(stage: Stage) -> None:
    async with AsyncExitStack() as opened:
        for path in ("/ws", "/stream", "/ws-api/v3"):
            await opened.enter_async_context(stage.socket(path))
        with pytest.raises(InvalidStatus) as refused:
            async with stage.socket("/ws"):
                pass
    answer = refused.value.response
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "300")
    assert b"-1003" in (answer.body or b"")


async def test_the_arenas_own_stream_of_signals_stays_where_it_was(stage: Stage) -> None:
    async with stage.socket("/stream?model_id=fd_00000000000000000000000000") as socket:
        await say(socket, type="auth", key="ak_nobody")
        assert (await hear(socket))["type"] == "error"


# -- slow readers


async def test_a_slow_reader_keeps_nobody_waiting_and_misses_no_difference(stage: Stage) -> None:
    """It is told what it missed of the book in one; of trades the last thousand; of quotes the newest."""
    path = "/stream?streams=btcusdt@depth@100ms/btcusdt@trade/btcusdt@bookTicker"
    async with (
        stage.socket(path, max_queue=4) as slow,
        stage.socket("/ws/btcusdt@trade", max_queue=None) as quick,
    ):
        await ready(slow)
        await ready(quick)
        slow.transport.pause_reading()
        for step in range(400):
            flood(stage, step)
            await asyncio.sleep(0)
        async with asyncio.timeout(20):
            last = {"t": 0}
            while last["t"] < stage.hand.trades:
                last = await hear(quick)
        slow.transport.resume_reading()
        book, trades, quote = await everything(slow, stage)
    depth = stage.exchange.floor.market("BTCUSDT").depth(1_000_000)
    assert book == {
        "b": dict(depth.bids),
        "a": dict(depth.asks),
    }
    assert trades[-1] == stage.hand.trades
    assert trades == sorted(trades)
    assert len(trades) < stage.hand.trades, "some were dropped, the oldest of those that waited"
    assert quote["a"] == f"{depth.asks[0][0] / 100:.8f}"


def flood(stage: Stage, step: int) -> None:
    for number in range(10):
        trade(stage)
        level = 40_000 + (step * 10 + number) % 997
        stage.hand.change("BTCUSDT", bids=[(level, step % 3), (level + 1000, 1)])
    stage.hand.change("BTCUSDT", bids=[(f"49999.{91 + step % 9}", step % 2)])


async def everything(socket: ClientConnection, stage: Stage) -> tuple[Any, list[int], Any]:
    """The book as the differences make it, trade ids, and the last quote; up to the newest of all."""
    book = stage_book(stage)
    trades: list[int] = []
    quote: Any = None
    reached, expected = 0, None
    now = stage.exchange.floor.market("BTCUSDT").depth(1)
    best = f"{now.bids[0][0] / 100:.8f}"
    async with asyncio.timeout(20):
        while reached < now.last_id or trades[-1:] != [stage.hand.trades] or quote["b"] != best:
            said = (await hear(socket, within_s=10))["data"]
            if said.get("e") == "trade":
                trades.append(said["t"])
            elif said.get("e") == "depthUpdate":
                assert expected in (None, said["U"]), "a gap"
                expected, reached = said["u"] + 1, said["u"]
                for side in "ba":
                    for price, quantity in said[side]:
                        ticks = round(float(price) * 100)
                        book[side][ticks] = round(float(quantity) * 100_000)
                        if not book[side][ticks]:
                            del book[side][ticks]
            else:
                quote = said
    return book, trades, quote


def stage_book(stage: Stage) -> dict[str, dict[int, int]]:
    """The book that `quiet` made, from which the flood goes on."""
    at = 5_000_000
    one = int(1 / BTCUSDT.step)
    return {
        "b": {at - 10 * n: one for n in range(1, 11)},
        "a": {at + 10 * n: one for n in range(1, 11)},
    }


# -- listen keys


async def listen_key(stage: Stage) -> str:
    async with httpx.AsyncClient(base_url=stage.http, trust_env=False) as client:
        answer = await client.post("/api/v3/userDataStream", headers={"X-MBX-APIKEY": stage.key})
        assert answer.status_code == 200, answer.text
        key: str = answer.json()["listenKey"]
        again = await client.post("/api/v3/userDataStream", headers={"X-MBX-APIKEY": stage.key})
        assert again.json()["listenKey"] == key, "one key while it is good"
    return key


async def buy_a_bit(stage: Stage) -> None:
    await stage.exchange.floor.place(stage.member.account_id, buy("0.1"), by=stage.member.actor)


@pytest.mark.parametrize("shape", ["/ws/{}", "/stream?streams={}", "subscribe"])
async def test_a_listen_key_is_a_stream(stage: Stage, shape: str) -> None:
    key = await listen_key(stage)
    path = "/ws" if shape == "subscribe" else shape.format(key)
    async with stage.socket(path) as socket:
        if shape == "subscribe":
            await say(socket, method="SUBSCRIBE", params=[key], id=1)
            assert (await hear(socket))["result"] is None
        await ready(socket)
        await buy_a_bit(stage)
        said = await hear(socket)
        if shape.startswith("/stream"):
            assert said["stream"] == key
            said = said["data"]
        assert (said["e"], said["x"]) == ("executionReport", "NEW")


async def test_whoever_was_away_goes_on_from_his_last_event(stage: Stage) -> None:
    key = await listen_key(stage)
    for _ in range(2):
        await buy_a_bit(stage)
    async with stage.socket(f"/ws/{key}?arenaAfter=2") as socket:
        numbers = [(await hear(socket))["arena"]["event"] for _ in range(4)]
    assert numbers == [3, 4, 5, 6]


@pytest.mark.parametrize("ending", ["closed", "key revoked", "an hour"])
async def test_a_listen_key_ends(stage: Stage, ending: str) -> None:
    key = await listen_key(stage)
    arena = stage.exchange.arena
    async with stage.socket(f"/ws/{key}") as socket:
        await ready(socket)
        if ending == "closed":
            async with httpx.AsyncClient(base_url=stage.http, trust_env=False) as client:
                answer = await client.delete(
                    "/api/v3/userDataStream", params={"listenKey": key}, headers={"X-MBX-APIKEY": stage.key}
                )  # fmt: skip
            assert answer.status_code == 200
        elif ending == "key revoked":
            async with arena.db.transaction() as tx:
                found = await tx.fetchval(
                    "select id from exchange_key where api_key = $1", stage.key
                )
                await revoke_exchange_key(tx, stage.member.id, found, by=stage.member.id)
        else:
            async with arena.db.transaction() as tx:
                await tx.execute(
                    "update listen_key set expires_at = expires_at - $1::interval", VALID
                )
                tx.tell(f"listen_key:{await tx.fetchval('select id from listen_key')}")
        said = await hear(socket)
        assert (said["e"], said["listenKey"]) == ("listenKeyExpired", key)
    async with stage.socket(f"/ws/{key}") as socket:
        await ready(socket)
        await buy_a_bit(stage)
        with pytest.raises(TimeoutError):
            await hear(socket, within_s=0.3)


async def test_a_listen_key_that_is_over_cannot_be_kept_alive(stage: Stage) -> None:
    async with httpx.AsyncClient(base_url=stage.http, trust_env=False) as client:
        answer = await client.put(
            "/api/v3/userDataStream",
            params={"listenKey": "x" * 60},
            headers={"X-MBX-APIKEY": stage.key},
        )
    assert answer.json()["code"] == -1125
