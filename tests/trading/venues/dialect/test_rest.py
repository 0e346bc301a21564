"""The dialect over HTTP: who is let in, what a request may look like, what happens when it is sent twice."""

import asyncio
import time
from pathlib import Path
from urllib.parse import quote, urlencode

import httpx
import pytest

from arena.people.identity import add_key, revoke_key
from arena.trading.venues.dialects.binance.acts import ACTS
from arena.trading.venues.dialects.binance.exchange_keys import revoke_exchange_key
from arena.trading.venues.dialects.binance.rest import PATHS, Rest
from sigma_sdk import SigningKey
from tests.trading.floor.stage import ExchangeStage
from tests.trading.venues.dialect.bench import Bot, done, hmac_bot, refused

LIMIT = {
    "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01", "price": "49000",
}  # fmt: skip
NOTHING_NEEDED = {
    "ping", "time", "exchangeInfo", "otherExchangeInfo", "depth", "trades.recent", "trades.historical",
    "trades.aggregate", "klines", "uiKlines", "avgPrice", "ticker", "ticker.24hr", "ticker.tradingDay", "ticker.price",
    "ticker.book", "systemStatus",
}  # fmt: skip


def signed_text(bot: Bot, **parameters: object) -> str:
    parameters.setdefault("timestamp", int(time.time() * 1000))
    query = urlencode({name: str(value) for name, value in parameters.items()})
    return f"{query}&signature={quote(bot.sign(query), safe='')}"


def test_every_path_names_an_act_and_nobody_is_let_in_by_oversight() -> None:
    assert len(PATHS) >= 40
    assert len({(method, path) for method, path, _ in PATHS}) == len(PATHS)
    for method, path, name in PATHS:
        act = ACTS[name]
        assert act.security == "none" or name not in NOTHING_NEEDED, path
        if act.security == "none":
            assert name in NOTHING_NEEDED, f"{method} {path} is open"
            assert not act.changes
        if method != "GET" and name != "order.test":
            assert act.changes, f"{method} {path} changes nothing?"
        if act.orders:
            assert act.security == "trade"
    gate, conducts, keyed = Rest.__arena__
    assert gate.public
    assert len(gate.why) > 8
    assert (conducts, keyed) == (False, False)


def test_every_path_is_in_the_reference() -> None:
    page = (Path(__file__).parents[4] / "docs" / "reference" / "binance-dialect.md").read_text()
    for _, path, _ in PATHS:
        tail = path.split("/", 3)[3]
        assert f"`{tail}`" in page or f"`{path}`" in page, path


async def test_every_signed_path_refuses_a_stranger_and_a_bad_signature(bot: Bot) -> None:
    met = {}
    for method, path, name in PATHS:
        if ACTS[name].security == "none":
            continue
        stranger = await bot.http.request(method, path)
        if refused(stranger)[:2] != (401, -2014):
            met[method, path] = stranger.text
        if ACTS[name].security == "key":
            continue
        query = urlencode({"timestamp": int(time.time() * 1000), "signature": bot.sign("other")})
        forged = await bot.raw(method, f"{path}?{query}")
        if refused(forged) != (400, -1022, "Signature for this request is not valid."):
            met[method, path] = forged.text
    assert met == {}


async def test_what_is_signed_may_come_in_the_query_the_body_or_both(either_bot: Bot) -> None:
    bot, path = either_bot, "/api/v3/order"
    done(await bot.raw("POST", f"{path}?{signed_text(bot, **LIMIT)}"))
    placed = done(await bot.raw("POST", path, signed_text(bot, **LIMIT)))
    gone = await bot.raw(
        "DELETE", path, signed_text(bot, symbol="BTCUSDT", orderId=placed["orderId"])
    )
    assert done(gone)["status"] == "CANCELED"
    query = urlencode({"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"})
    body = urlencode({"quantity": "0.01", "price": "49000", "timestamp": int(time.time() * 1000)})
    signature = quote(bot.sign(query + body), safe="")
    mixed = await bot.raw("POST", f"{path}?{query}", f"{body}&signature={signature}")
    assert done(mixed)["status"] == "NEW"


async def test_the_same_signed_request_places_one_order(either_bot: Bot) -> None:
    bot = either_bot
    same = signed_text(bot, **LIMIT)
    answers = await asyncio.gather(*(bot.raw("POST", f"/api/v3/order?{same}") for _ in range(5)))
    assert len({done(answer)["orderId"] for answer in answers}) == 1
    assert len(await bot.get("/api/v3/openOrders", symbol="BTCUSDT")) == 1


async def test_a_client_order_id_names_one_order_for_good(bot: Bot) -> None:
    first = done(await bot.order(**LIMIT, newClientOrderId="mine"))
    again = done(await bot.order(**LIMIT, newClientOrderId="mine"))
    assert again["orderId"] == first["orderId"]
    other = await bot.order(**{**LIMIT, "price": "48000"}, newClientOrderId="mine")
    assert refused(other) == (400, -2010, "Duplicate order sent.")


async def test_cancelling_everything_is_not_done_twice_by_one_request(bot: Bot) -> None:
    done(await bot.order(**LIMIT))
    same = signed_text(bot, symbol="BTCUSDT")
    assert len(done(await bot.raw("DELETE", f"/api/v3/openOrders?{same}"))) == 1
    done(await bot.order(**LIMIT))
    replayed = await bot.raw("DELETE", f"/api/v3/openOrders?{same}")
    assert refused(replayed) == (400, -2011, "Unknown order sent.")
    assert len(await bot.get("/api/v3/openOrders")) == 1


async def test_a_request_of_another_time_is_refused_with_how_far_it_is_off(bot: Bot) -> None:
    late = await bot.call("GET", "/api/v3/account", timestamp=int(time.time() * 1000) - 9_000)
    assert refused(late) == (400, -1021, "Timestamp for this request is outside of the recvWindow.")
    assert 8_900 < late.json()["arena"]["behind_ms"] < 12_000
    wide = await bot.call(
        "GET", "/api/v3/account", timestamp=int(time.time() * 1000) - 9_000, recvWindow="60000"
    )
    assert wide.status_code == 200
    early = await bot.call("GET", "/api/v3/account", timestamp=int(time.time() * 1000) + 9_000)
    assert refused(early)[2] == "Timestamp for this request was 1000ms ahead of the server's time."
    there = await bot.get("/api/v3/time")
    assert abs(there["serverTime"] - time.time() * 1000) < 5_000


async def test_a_revoked_key_is_refused_at_once(stage: ExchangeStage, bot: Bot) -> None:
    await bot.get("/api/v3/account")
    second = SigningKey(b"second".ljust(32, b"."))
    async with stage.arena.db.transaction() as tx:
        await add_key(tx, bot.member.id, second.public, by=bot.member.id)
    async with stage.arena.db.transaction() as tx:
        await revoke_key(tx, bot.member.id, bot.member.key.key_id, by=bot.member.id)
    after = await bot.call("GET", "/api/v3/account")
    assert refused(after) == (401, -2015, "Invalid API-key, IP, or permissions for action.")


async def test_a_revoked_exchange_key_is_refused_at_once(
    stage: ExchangeStage, bot: Bot, http: httpx.AsyncClient
) -> None:
    issued = await hmac_bot(stage, bot.member, http)
    assert (await issued.get("/api/v3/account"))["uid"] == (await bot.get("/api/v3/account"))["uid"]
    async with stage.arena.db.transaction() as tx:
        key_id = await tx.fetchval("select id from exchange_key where api_key = $1", issued.api_key)
        await revoke_exchange_key(tx, bot.member.id, key_id, by=bot.member.id)
    assert refused(await issued.call("GET", "/api/v3/account"))[:2] == (401, -2015)


async def test_a_suspended_collective_is_refused_within_a_second(
    stage: ExchangeStage, bot: Bot
) -> None:
    await bot.get("/api/v3/account")
    async with stage.arena.db.transaction() as tx:
        await tx.execute("update collective set status = 'suspended' where id = $1", bot.member.id)
    await asyncio.sleep(1.1)
    assert refused(await bot.call("GET", "/api/v3/account"))[:2] == (401, -2015)


@pytest.mark.parametrize("api_key", ["", "short", "é" * 30, "x" * 101])
async def test_what_is_no_key_is_told_apart_from_an_unknown_one(bot: Bot, api_key: str) -> None:
    answer = await bot.http.get(
        "/api/v3/account", headers={"X-MBX-APIKEY": api_key.encode("latin-1")}
    )
    assert refused(answer) == (401, -2014, "API-key format invalid.")
    unknown = await bot.http.get("/api/v3/account", headers={"X-MBX-APIKEY": "K" * 64})
    assert refused(unknown)[:2] == (401, -2015)


async def test_a_public_key_opens_no_listen_key_by_itself(
    stage: ExchangeStage, bot: Bot, http: httpx.AsyncClient
) -> None:
    """Anybody knows a public key; an exchange key is known to its owner alone."""
    unsigned = await bot.raw("POST", "/api/v3/userDataStream")
    assert refused(unsigned)[1] == -1102
    assert done(await bot.call("POST", "/api/v3/userDataStream"))["listenKey"]
    issued = await hmac_bot(stage, bot.member, http)
    listen_key = done(await issued.raw("POST", "/api/v3/userDataStream"))["listenKey"]
    assert len(listen_key) == 60
    kept = await issued.raw("PUT", f"/api/v3/userDataStream?listenKey={listen_key}")
    assert done(kept) == {}
    nobodys = await issued.raw("PUT", "/api/v3/userDataStream?listenKey=nobodys")
    assert refused(nobodys) == (400, -1125, "This listenKey does not exist.")


async def test_an_act_there_is_not_is_told_so(bot: Bot) -> None:
    assert refused(await bot.http.get("/api/v3/margin"))[:2] == (404, -5000)
    assert refused(await bot.http.put("/api/v3/order"))[:2] == (405, -5000)
    assert refused(await bot.http.get("/sapi/v1/capital/withdraw/apply"))[:2] == (404, -5000)
    head = await bot.http.head("/api/v3/ping")
    assert head.status_code == 200
    too_long = await bot.raw("POST", "/api/v3/order", "x=" + "y" * 300_000)
    assert too_long.status_code == 413


async def test_cancel_and_replace_tells_of_both_halves(bot: Bot) -> None:
    first = done(await bot.order(**LIMIT))
    new = {**LIMIT, "price": "48000", "cancelReplaceMode": "STOP_ON_FAILURE"}
    both = done(
        await bot.call("POST", "/api/v3/order/cancelReplace", **new, cancelOrderId=first["orderId"])
    )
    assert (both["cancelResult"], both["newOrderResult"]) == ("SUCCESS", "SUCCESS")
    assert both["cancelResponse"]["origClientOrderId"] == first["clientOrderId"]
    gone = await bot.call(
        "POST", "/api/v3/order/cancelReplace", **new, cancelOrderId=first["orderId"]
    )
    assert refused(gone) == (400, -2022, "Order cancel-replace failed.")
    assert gone.json()["data"]["newOrderResult"] == "NOT_ATTEMPTED"
    allowed = {**new, "cancelReplaceMode": "ALLOW_FAILURE"}
    half = await bot.call(
        "POST", "/api/v3/order/cancelReplace", **allowed, cancelOrderId=first["orderId"]
    )
    assert refused(half) == (409, -2021, "Order cancel-replace partially failed.")
    assert half.json()["data"]["newOrderResponse"]["status"] == "NEW"
    assert half.json()["data"]["cancelResponse"]["code"] == -2011


async def test_a_cancel_may_be_restricted(bot: Bot) -> None:
    order = done(await bot.order(**LIMIT))
    only = {"symbol": "BTCUSDT", "orderId": order["orderId"]}
    kept = await bot.call(
        "DELETE", "/api/v3/order", **only, cancelRestrictions="ONLY_PARTIALLY_FILLED"
    )
    assert refused(kept) == (400, -2011, "Order was not canceled due to cancel restrictions.")
    wrong = await bot.call("DELETE", "/api/v3/order", **only, cancelRestrictions="ONLY_OLD")
    assert refused(wrong)[1] == -1145
    gone = await bot.call(
        "DELETE", "/api/v3/order", **only, cancelRestrictions="ONLY_NEW", newClientOrderId="bye"
    )
    assert done(gone)["clientOrderId"] == "bye"


async def test_a_list_is_misplaced_in_binances_words(bot: Bot) -> None:
    async def oco(above: str, below: str, **more: str) -> tuple[int, int, str]:
        legs = {
            "symbol": "BTCUSDT",
            "side": "SELL",
            "quantity": "0.1",
            "aboveType": above,
            "belowType": below,
        }
        return refused(await bot.call("POST", "/api/v3/orderList/oco", **legs, **more))

    assert (await oco("MARKET", "STOP_LOSS", belowStopPrice="1"))[1] == -1158
    assert (await oco("LIMIT_MAKER", "LIMIT_MAKER", abovePrice="2", belowPrice="1"))[1] == -1168
    swapped = await oco("STOP_LOSS", "LIMIT_MAKER", aboveStopPrice="2", belowPrice="1")
    assert swapped[1:] == (-1166, "A limit order in a sell OCO must be above.")
    crossed = await oco("LIMIT_MAKER", "STOP_LOSS", abovePrice="40000", belowStopPrice="60000")
    assert crossed[1:] == (-2010, "The relationship of the prices for the orders is not correct.")


async def test_the_older_oco_is_the_newer_one_in_other_words(bot: Bot) -> None:
    done(await bot.order(symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.2"))
    placed = done(
        await bot.call(
            "POST", "/api/v3/order/oco", symbol="BTCUSDT", side="SELL", quantity="0.1", price="60000",
            stopPrice="40000", stopLimitPrice="39000", stopLimitTimeInForce="GTC",
        )
    )  # fmt: skip
    assert [one["type"] for one in placed["orderReports"]] == ["LIMIT_MAKER", "STOP_LOSS_LIMIT"]
    listed = await bot.get("/api/v3/orderList", orderListId=placed["orderListId"])
    assert listed["listOrderStatus"] == "EXECUTING"
    one = placed["orders"][0]["orderId"]
    ended = done(await bot.call("DELETE", "/api/v3/order", symbol="BTCUSDT", orderId=one))
    assert ended["listOrderStatus"] == "ALL_DONE"
    assert {report["status"] for report in ended["orderReports"]} == {"CANCELED"}


async def test_market_data_needs_no_key(bot: Bot) -> None:
    async def look(path: str) -> object:
        return done(await bot.http.get(f"/api/v3/{path}"))

    for path in (
        "ping", "exchangeInfo?symbols=%5B%22BTCUSDT%22%5D", "depth?symbol=BTCUSDT", "trades?symbol=BTCUSDT",
        "historicalTrades?symbol=BTCUSDT&fromId=1", "aggTrades?symbol=BTCUSDT&startTime=1", "avgPrice?symbol=BTCUSDT",
        "klines?symbol=BTCUSDT&interval=15m&startTime=1&endTime=9", "uiKlines?symbol=BTCUSDT&interval=1h",
        "ticker/24hr?type=MINI", "ticker/price?symbols=%5B%22BTCUSDT%22%5D", "ticker/bookTicker?symbol=ETHUSDT",
        "ticker?symbol=BTCUSDT&windowSize=4h", "ticker/tradingDay?symbol=BTCUSDT",
    ):  # fmt: skip
        assert await look(path) is not None, path
    wrong = await bot.http.get("/api/v3/klines?symbol=BTCUSDT&interval=2s")
    assert refused(wrong) == (400, -1120, "Invalid interval.")
    unknown = await bot.http.get("/api/v3/ticker/price?symbol=NOPE")
    assert refused(unknown) == (400, -1121, "Invalid symbol.")
