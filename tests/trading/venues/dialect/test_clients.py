"""Real clients of Binance over real sockets: start-up, market data, a limit order, its cancel, a partly filling market
order, and what is read back, with either kind of key."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sigma_sdk import ExchangeKey, ccxt_config
from tests.trading.venues.dialect.bench import Bot

pytestmark = pytest.mark.venues
ccxt = pytest.importorskip("ccxt")


def key_of(bot: Bot) -> ExchangeKey:
    return ExchangeKey(bot.api_key, bot.secret)


async def blocking(act: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Runs a blocking client beside the server, which lives in this loop."""
    async with asyncio.timeout(30):
        return await asyncio.to_thread(act, *arguments, **named)


def thin(bot: Bot) -> None:
    """A book with 0.5 on offer, so that a market order of 2 fills in part and the rest expires; none of it was taken
    by the test before."""
    bot.stage.hand.change("BTCUSDT", asks=[(50_001, 0), (50_002, 0)])
    bot.stage.hand.book("BTCUSDT", [(49_999, 1)], [])
    bot.stage.hand.book("BTCUSDT", [(49_999, 1)], [(50_001, "0.2"), (50_002, "0.3")])


def ccxt_session(bot: Bot) -> None:
    exchange = ccxt.binance(ccxt_config(bot.stage.url, key_of(bot)))
    markets = exchange.load_markets()
    market = markets["BTC/USDT"]
    assert market["active"]
    assert (market["precision"]["amount"], market["precision"]["price"]) == (1e-05, 0.01)
    assert market["limits"]["cost"]["min"] == 5
    book = exchange.fetch_order_book("BTC/USDT", 5)
    assert book["asks"][0][0] > book["bids"][0][0] > 0
    assert exchange.fetch_ticker("BTC/USDT")["last"] > 0
    assert set(exchange.fetch_tickers()) == {"BTC/USDT", "ETH/USDT"}
    assert exchange.fetch_bids_asks(["BTC/USDT"])["BTC/USDT"]["ask"] > 0
    assert exchange.fetch_trades("BTC/USDT")[-1]["price"] > 0
    assert isinstance(exchange.fetch_ohlcv("BTC/USDT", "15m"), list)
    assert abs(exchange.fetch_time() - exchange.milliseconds()) < 5_000
    before = exchange.fetch_balance()
    assert before["USDT"]["free"] == 1_000_000
    resting = exchange.create_order("BTC/USDT", "limit", "buy", 0.01, 49_000)
    assert resting["status"] == "open"
    assert [one["id"] for one in exchange.fetch_open_orders("BTC/USDT")] == [resting["id"]]
    assert exchange.fetch_balance()["USDT"]["used"] == 490
    gone = exchange.cancel_order(resting["id"], "BTC/USDT")
    assert gone["status"] == "canceled"
    assert exchange.fetch_order(resting["id"], "BTC/USDT")["status"] == "canceled"
    part = exchange.create_order("BTC/USDT", "market", "buy", 2)
    assert part["filled"] == 0.5
    assert part["status"] == "expired"
    assert part["fee"]["currency"] == "BTC"
    read = exchange.fetch_order(part["id"], "BTC/USDT")
    assert (read["filled"], read["average"]) == (0.5, 50_001.6)
    trades = exchange.fetch_my_trades("BTC/USDT")
    assert sum(trade["amount"] for trade in trades) == 0.5
    assert len(exchange.fetch_orders("BTC/USDT")) == 2
    after = exchange.fetch_balance()
    assert after["BTC"]["total"] == pytest.approx(0.4995)


async def test_ccxt_trades(either_bot: Bot) -> None:
    thin(either_bot)
    await blocking(ccxt_session, either_bot)


async def test_ccxt_async_trades(either_bot: Bot) -> None:
    from ccxt import async_support

    thin(either_bot)
    exchange = async_support.binance(ccxt_config(either_bot.stage.url, key_of(either_bot)))
    try:
        await exchange.load_markets()
        assert (await exchange.fetch_balance())["USDT"]["free"] == 1_000_000
        resting = await exchange.create_order("BTC/USDT", "limit", "buy", 0.01, 49_000)
        both = await asyncio.gather(
            exchange.fetch_open_orders("BTC/USDT"), exchange.fetch_order(resting["id"], "BTC/USDT")
        )
        assert both[0][0]["id"] == both[1]["id"] == resting["id"]
        moved = await exchange.edit_order(resting["id"], "BTC/USDT", "limit", "buy", 0.02, 48_000)
        assert moved["amount"] == 0.02
        await exchange.cancel_all_orders("BTC/USDT")
        assert await exchange.fetch_open_orders("BTC/USDT") == []
        part = await exchange.create_order("BTC/USDT", "market", "buy", 2)
        assert part["filled"] == 0.5
        spent = await exchange.create_market_buy_order_with_cost("ETH/USDT", 3_000)
        assert spent["cost"] <= 3_000
        stop = await exchange.create_order(
            "BTC/USDT", "limit", "sell", 0.1, 39_000, {"stopPrice": 40_000}
        )
        assert stop["status"] == "open"
        assert (await exchange.fetch_my_trades("BTC/USDT"))[0]["order"] == part["id"]
    finally:
        await exchange.close()


async def test_ccxt_with_all_addresses_overridden_finds_the_shims(either_bot: Bot) -> None:
    """Whoever serves sapi, too, may be told all addresses; then the start-up asks for coins, pairs and futures."""
    url = either_bot.stage.url
    api = dict.fromkeys(("public", "private"), f"{url}/api/v3") | {
        "v1": f"{url}/api/v1", "sapi": f"{url}/sapi/v1", "sapiV2": f"{url}/sapi/v2", "sapiV3": f"{url}/sapi/v3",
        "sapiV4": f"{url}/sapi/v4", "fapiPublic": f"{url}/fapi/v1", "dapiPublic": f"{url}/dapi/v1",
    }  # fmt: skip

    def session() -> None:
        exchange = ccxt.binance(
            {"apiKey": either_bot.api_key, "secret": either_bot.secret, "urls": {"api": api}}
        )
        assert set(exchange.load_markets()) == {"BTC/USDT", "ETH/USDT"}
        fees = exchange.fetch_trading_fees()
        assert fees["BTC/USDT"]["taker"] == 0.001
        assert exchange.fetch_status()["status"] == "ok"

    await blocking(session)


def described(name: str, bot: Bot) -> dict[str, str]:
    """Key and secret by the names a client takes them under."""
    if "PRIVATE KEY" in bot.secret:
        return {name: bot.api_key, "private_key": bot.secret}
    return {name: bot.api_key, "api_secret": bot.secret}


@contextmanager
def repointed(client: Any, url: str) -> Iterator[Any]:
    """python-binance keeps its addresses on its classes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(client, "API_URL", f"{url}/api")
        patch.setattr(client, "MARGIN_API_URL", f"{url}/sapi")
        yield client


async def test_python_binance_trades(either_bot: Bot) -> None:
    binance_client = pytest.importorskip("binance.client")
    thin(either_bot)

    def session() -> None:
        with repointed(binance_client.Client, either_bot.stage.url) as client_class:
            client = client_class(**described("api_key", either_bot))
            assert client.get_symbol_info("BTCUSDT")["status"] == "TRADING"
            assert client.get_order_book(symbol="BTCUSDT")["lastUpdateId"] > 0
            assert client.get_avg_price(symbol="BTCUSDT")["mins"] == 5
            assert client.get_asset_balance("USDT")["free"] == "1000000.00000000"
            assert client.get_account_api_permissions()["enableWithdrawals"] is False
            client.create_test_order(
                symbol="BTCUSDT",
                side="BUY",
                type="LIMIT",
                timeInForce="GTC",
                quantity="0.01",
                price="49000",
            )
            resting = client.order_limit_buy(symbol="BTCUSDT", quantity="0.01", price="49000")
            assert resting["status"] == "NEW"
            assert client.get_open_orders(symbol="BTCUSDT")[0]["orderId"] == resting["orderId"]
            gone = client.cancel_order(symbol="BTCUSDT", orderId=resting["orderId"])
            assert gone["status"] == "CANCELED"
            part = client.order_market_buy(symbol="BTCUSDT", quantity=2)
            assert part["status"] == "EXPIRED"
            assert Decimal(part["executedQty"]) == Decimal("0.5")
            assert [Decimal(fill["qty"]) for fill in part["fills"]] == [
                Decimal("0.2"),
                Decimal("0.3"),
            ]
            assert (
                client.get_order(symbol="BTCUSDT", orderId=part["orderId"])["executedQty"]
                == part["executedQty"]
            )
            assert len(client.get_my_trades(symbol="BTCUSDT")) == 2
            assert len(client.get_all_orders(symbol="BTCUSDT")) == 2
            oco = client.create_oco_order(
                symbol="BTCUSDT", side="SELL", quantity="0.1", aboveType="LIMIT_MAKER", abovePrice="60000",
                belowType="STOP_LOSS", belowStopPrice="40000",
            )  # fmt: skip
            assert oco["listOrderStatus"] == "EXECUTING"
            assert client.get_open_oco_orders()[0]["orderListId"] == oco["orderListId"]
            ended = client.v3_delete_order_list(symbol="BTCUSDT", orderListId=oco["orderListId"])
            assert ended["listOrderStatus"] == "ALL_DONE"

    await blocking(session)


async def test_python_binance_async_trades(either_bot: Bot) -> None:
    binance = pytest.importorskip("binance")
    thin(either_bot)
    with repointed(binance.AsyncClient, either_bot.stage.url) as client_class:
        client = await client_class.create(**described("api_key", either_bot))
        try:
            resting = await client.order_limit_buy(symbol="BTCUSDT", quantity="0.01", price="49000")
            assert (await client.get_open_orders())[0]["orderId"] == resting["orderId"]
            gone = await client.cancel_order(
                symbol="BTCUSDT", origClientOrderId=resting["clientOrderId"]
            )
            assert gone["origClientOrderId"] == resting["clientOrderId"]
            part = await client.order_market_buy(symbol="BTCUSDT", quantity=2)
            assert part["executedQty"] == "0.50000000"
            account = await client.get_account()
            held = {one["asset"]: one["free"] for one in account["balances"]}
            assert held["BTC"] == "0.49950000"
        finally:
            await client.close_connection()


async def test_binance_connector_trades(either_bot: Bot) -> None:
    spot = pytest.importorskip("binance.spot")
    thin(either_bot)

    def session() -> None:
        keys = described("api_key", either_bot)
        client = spot.Spot(base_url=either_bot.stage.url, show_limit_usage=True, **keys)
        assert client.ping()["data"] == {}
        assert client.exchange_info(symbol="BTCUSDT")["data"]["symbols"][0]["baseAsset"] == "BTC"
        assert client.depth("BTCUSDT", limit=5)["data"]["bids"]
        account = client.account()
        assert account["data"]["canTrade"] is True
        assert int(account["limit_usage"]["x-mbx-used-weight-1m"]) >= 20
        resting = client.new_order(
            symbol="BTCUSDT",
            side="BUY",
            type="LIMIT",
            timeInForce="GTC",
            quantity=0.01,
            price=49_000,
        )["data"]
        assert client.get_order("BTCUSDT", orderId=resting["orderId"])["data"]["status"] == "NEW"
        assert (
            client.cancel_order("BTCUSDT", orderId=resting["orderId"])["data"]["status"]
            == "CANCELED"
        )
        part = client.new_order(symbol="BTCUSDT", side="BUY", type="MARKET", quantity=2)["data"]
        assert part["executedQty"] == "0.50000000"
        assert len(client.my_trades("BTCUSDT")["data"]) == 2
        assert client.get_order_rate_limit()["data"][0]["rateLimitType"] == "ORDERS"
        if "PRIVATE" not in either_bot.secret:
            listen_key = client.new_listen_key()["data"]["listenKey"]
            assert client.renew_listen_key(listen_key)["data"] == {}
            assert client.close_listen_key(listen_key)["data"] == {}

    await blocking(session)


async def test_binance_sdk_trades(either_bot: Bot, tmp_path: Path) -> None:
    sdk = pytest.importorskip("binance_sdk_spot")
    common = pytest.importorskip("binance_common.configuration")
    thin(either_bot)
    keys: dict[str, str] = {"api_key": either_bot.api_key}
    if "PRIVATE" in either_bot.secret:
        path = tmp_path / "key.pem"
        path.write_text(either_bot.secret)
        keys["private_key"] = str(path)
    else:
        keys["api_secret"] = either_bot.secret

    def session() -> None:
        configuration = common.ConfigurationRestAPI(
            base_path=either_bot.stage.url, timeout=10_000, retries=0, **keys
        )
        rest = sdk.Spot(config_rest_api=configuration).rest_api
        assert rest.time().data().server_time > 0
        info = rest.exchange_info(symbol="BTCUSDT").data()
        assert info.symbols[0].symbol == "BTCUSDT"
        assert rest.depth(symbol="BTCUSDT").data().last_update_id > 0
        assert rest.get_account().data().can_trade is True
        resting = rest.new_order(
            symbol="BTCUSDT",
            side="BUY",
            type="LIMIT",
            time_in_force="GTC",
            quantity=0.01,
            price=49_000,
        ).data()
        assert rest.get_order(symbol="BTCUSDT", order_id=resting.order_id).data().status == "NEW"
        gone = rest.delete_order(symbol="BTCUSDT", order_id=resting.order_id).data()
        assert gone.status == "CANCELED"
        part = rest.new_order(symbol="BTCUSDT", side="BUY", type="MARKET", quantity=2).data()
        assert part.executed_qty == "0.50000000"
        assert len(part.fills) == 2
        assert len(rest.my_trades(symbol="BTCUSDT").data()) == 2
        swapped = rest.new_order(
            symbol="BTCUSDT",
            side="SELL",
            type="LIMIT",
            time_in_force="GTC",
            quantity=0.1,
            price=60_000,
        ).data()
        done = rest.order_cancel_replace(
            symbol="BTCUSDT", side="SELL", type="LIMIT", time_in_force="GTC", quantity=0.1, price=61_000,
            cancel_replace_mode="STOP_ON_FAILURE", cancel_order_id=swapped.order_id,
        ).data()  # fmt: skip
        assert done.new_order_result == "SUCCESS"

    await blocking(session)
