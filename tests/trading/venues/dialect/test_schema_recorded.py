"""Binance's own recorded answers are read by our schema, and what we render has the keys they have."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from arena.kit.clock import from_ms
from arena.trading.market import Candle, DepthSnapshot, Instrument, Print, Statistics
from arena.trading.venues import Balance, Fill, OrderList, OrderRequest, VenueAccount, VenueOrder
from arena.trading.venues.dialects.binance import schema

AT = datetime(2024, 8, 9, tzinfo=UTC)
BTCUSDT = Instrument("BTCUSDT", "BTC", "USDT", Decimal("0.01"), Decimal("0.00001"), Decimal(5))


@pytest.fixture(scope="module")
def recorded(shared_data: Path) -> Any:
    """The answers recorded for a method and path, oldest first."""
    folder = shared_data / "messages" / "binance" / "rest"

    def answers(name: str) -> list[Any]:
        return [one["data"] for one in json.loads((folder / f"{name}.json").read_text())]

    return answers


@pytest.fixture(scope="module")
def documented(shared_data: Path) -> Any:
    """An example of the exchange's documentation."""
    folder = shared_data / "messages" / "binance" / "fixtures-nautilus" / "http_json"
    return lambda name: json.loads((folder / f"{name}_response.json").read_text())


def ours(rendered: dict[str, Any]) -> set[str]:
    """Keys beside the one that is the arena's own."""
    return set(rendered) - {"arena"}


def test_every_recorded_symbol_is_read_with_its_filters(recorded: Any) -> None:
    (data,) = recorded("GET-exchangeInfo")
    listed = schema.parse_exchange_info(data)
    assert len(listed) == len(data["symbols"]) == 25
    btc = listed["BTCUSDT"]
    assert (btc.instrument.base, btc.instrument.quote) == ("BTC", "USDT")
    assert (btc.instrument.tick, btc.instrument.step) == (Decimal("0.01"), Decimal("0.00001"))
    assert btc.filters.orders_max == 200
    assert btc.filters.trailing_bps == (10, 2000)
    assert (btc.trailing, btc.oco, btc.by_quote_quantity) == (True, True, True)
    assert listed["EOSETH"].instrument.status == "halted"


def test_a_rendered_symbol_lacks_no_key_and_no_filter_is_unheard_of(
    recorded: Any, documented: Any
) -> None:
    (data,) = recorded("GET-exchangeInfo")
    everything = schema.Filters(
        market_quantity_max=Decimal(9), notional_max=Decimal(10), orders_max=200, stop_orders_max=5,
        position_max=Decimal(3), price_up=Decimal(5), price_down=Decimal("0.2"),
    )  # fmt: skip
    rendered = schema.render_symbol(BTCUSDT, everything)
    assert set(data["symbols"][0]) <= ours(rendered)
    known = {one["filterType"]: set(one) for entry in data["symbols"] for one in entry["filters"]}
    known["MAX_POSITION"] = {"filterType", "maxPosition"}
    for one in rendered["filters"]:
        assert set(one) == known[one["filterType"]], one["filterType"]
    rest = {"opoAllowed", "pegInstructionsAllowed"}  # newer than any client we know needs
    assert set(documented("exchange_info")["symbols"][0]) - rest <= ours(rendered)
    info = schema.render_exchange_info([(BTCUSDT, everything)], server_ms=1, rate_limits=[])
    assert set(info) == set(data)


def test_a_symbol_goes_to_the_wire_and_comes_back() -> None:
    filters = schema.Filters(
        quantity_min=BTCUSDT.step, market_quantity_max=Decimal(9), notional_max=Decimal(10),
        orders_max=200, stop_orders_max=5, position_max=Decimal(3), price_up=Decimal(5),
        price_down=Decimal("0.2"), average_minutes=5,
    )  # fmt: skip
    read = schema.parse_symbol(schema.render_symbol(BTCUSDT, filters))
    assert read.instrument == BTCUSDT
    assert read.filters == filters


def test_recorded_depth_comes_back_letter_by_letter(recorded: Any, documented: Any) -> None:
    (data,) = recorded("GET-depth")
    fine = Instrument("BTCUSDT", "BTC", "USDT", Decimal("0.01"), Decimal("0.000001"), Decimal(5))
    book = schema.parse_depth(data, fine, AT)
    assert len(book.bids) == len(data["bids"]) > 10
    assert schema.render_depth(book, fine) == data
    assert set(documented("depth")) == set(data)


def test_recorded_trades_come_back_letter_by_letter(recorded: Any) -> None:
    for name in ("GET-trades", "GET-historicalTrades"):
        for rows in recorded(name):
            assert rows
            for row in rows:
                trade = schema.parse_trade("X", row)
                assert schema.render_trade(trade) == row


def test_recorded_aggregates_are_read(recorded: Any) -> None:
    first = recorded("GET-aggTrades")[0]
    for row in first:
        rendered = schema.render_aggregate(schema.parse_aggregate("X", row))
        assert set(rendered) == set(row)
        assert {**rendered, "f": row["f"], "l": row["l"]} == row


def test_an_aggregate_without_a_side_is_malformed(recorded: Any) -> None:
    broken = [row for rows in recorded("GET-aggTrades") for row in rows if "m" not in row]
    assert broken, "the recording has rows whose side got lost"
    for row in broken:
        with pytest.raises(schema.Malformed):
            schema.parse_aggregate("X", row)


def test_recorded_klines_come_back_but_for_what_bars_do_not_keep(recorded: Any) -> None:
    for row in recorded("GET-klines")[0]:
        rendered = schema.render_kline(schema.parse_kline("X", row), 300)
        assert len(rendered) == len(row) == 12
        assert rendered[:7] == row[:7]
        assert [type(one) for one in rendered] == [type(one) for one in row]
        worth, about = Decimal(row[7]), Decimal(rendered[7])
        assert abs(about - worth) < worth * Decimal("0.01")


def test_recorded_tickers_are_read_and_rendered_with_the_same_keys(recorded: Any) -> None:
    for data in recorded("GET-ticker-24hr"):
        for row in data if isinstance(data, list) else [data]:
            day = schema.parse_ticker(row["symbol"], row)
            rendered = schema.render_ticker(
                row["symbol"], day, DepthSnapshot("X", AT, 1, (), ()), BTCUSDT, last=None
            )
            assert set(rendered) == set(row)
            for key in ("openPrice", "highPrice", "lowPrice", "lastPrice", "volume", "quoteVolume",
                        "priceChange", "openTime", "closeTime"):  # fmt: skip
                assert rendered[key] == row[key], key
            if day.open:
                assert abs(
                    Decimal(rendered["priceChangePercent"]) - Decimal(row["priceChangePercent"])
                ) <= Decimal("0.001")


def test_the_top_of_the_book_has_the_recorded_keys(recorded: Any) -> None:
    book = DepthSnapshot("BTCUSDT", AT, 1, ((662155, 16356),), ())
    rendered = schema.render_book_ticker("BTCUSDT", book, BTCUSDT)
    assert set(rendered) == set(recorded("GET-ticker-bookTicker")[0])
    assert rendered["bidPrice"] == "6621.55000000"
    assert (rendered["askPrice"], rendered["askQty"]) == (schema.ZERO, schema.ZERO)
    assert set(recorded("GET-avgPrice")[0]) <= set(
        schema.render_average(Decimal(1), minutes=5, at=AT)
    )


def test_a_recorded_account_is_read_and_ours_lacks_no_key(recorded: Any, documented: Any) -> None:
    (data,) = recorded("GET-account")
    account = schema.parse_account(data, "acc")
    assert (account.maker_bps, account.taker_bps, account.can_trade) == (10, 10, True)
    rendered = schema.render_account(account)
    assert set(data) <= ours(rendered)
    example = documented("account")
    assert ours(rendered) == set(example)
    assert set(rendered["commissionRates"]) == set(example["commissionRates"])
    assert schema.parse_account(example, "acc").balances["BTC"].free == Decimal("4723846.89208129")


def example_order(**changed: Any) -> VenueOrder:
    request = OrderRequest(
        "mine", "BTCUSDT", "buy", "limit", Decimal("0.5"), limit_price=Decimal("61000.01")
    )
    facts: dict[str, Any] = {
        "id": "7", "account_id": "acc", "number": 7, "request": request, "status": "accepted", "placed_at": AT,
        "updated_at": AT, "working_at": AT,
    }  # fmt: skip
    return VenueOrder(**(facts | changed))


FILL = Fill(
    "fil", "7", "acc", 1, "BTCUSDT", "buy", Decimal("0.2"), Decimal("61000"), Decimal("0.0002"), "BTC", "taker",
    {"update": 1}, AT, 56,
)  # fmt: skip


def test_orders_are_shown_with_the_documented_keys(recorded: Any, documented: Any) -> None:
    shown = ours(schema.render_order(example_order(), "BTCUSDT"))
    assert shown == set(documented("order")) == set(documented("open_orders")[0])
    assert set(recorded("GET-order")[0]) <= shown
    answer = schema.render_answer(example_order(fills=(FILL,)), "BTCUSDT", "FULL")
    assert ours(answer) == set(documented("new_order_full"))
    assert ours(answer["fills"][0]) == set(documented("new_order_full")["fills"][0])
    cancel = schema.render_cancel(example_order(status="canceled", cancel_id="c"), "BTCUSDT")
    assert set(cancel) == set(documented("cancel_order"))
    trade = schema.render_trade_of(FILL, "BTCUSDT", 7)
    assert ours(trade) == set(documented("account_trades")[0])


def test_a_list_is_shown_with_the_documented_keys(documented: Any) -> None:
    legs = (example_order(status="canceled"), example_order(number=8, status="canceled"))
    rendered = schema.render_cancelled_list(
        OrderList(3, "list", "BTCUSDT", AT, True, legs), "BTCUSDT"
    )
    example = next(one for one in documented("cancel_open_orders") if "orderReports" in one)
    assert set(rendered) == set(example)
    assert rendered["listOrderStatus"] == example["listOrderStatus"] == "ALL_DONE"
    assert set(rendered["orders"][0]) == set(example["orders"][0])
    read = schema.parse_list(example, "BTCUSDT", "acc")
    assert read.done
    assert read.orders[0].request.stop_price == Decimal("0.378131")
    assert read.orders[1].request.type == "limit_maker"


def test_every_recorded_order_is_read(recorded: Any, documented: Any) -> None:
    shown = [
        *recorded("GET-order"), *recorded("DELETE-order"), documented("new_order_full"), documented("cancel_order"),
        *(row for rows in recorded("GET-allOrders") + recorded("GET-openOrders") for row in rows),
    ]  # fmt: skip
    assert len(shown) >= 9
    for data in shown:
        order = schema.parse_order(data, "ours", "acc")
        assert order.number == data["orderId"]
        assert order.request.client_order_id == data.get("origClientOrderId", data["clientOrderId"])
        assert order.filled_quantity == Decimal(data["executedQty"])
    full = schema.parse_order(documented("new_order_full"), "ours", "acc")
    assert [fill.trade_number for fill in full.fills] == [56, 57, 58, 59, 60]
    assert sum(fill.quantity for fill in full.fills) == full.filled_quantity
    number, fill = schema.parse_trade_of(documented("account_trades")[0], "ours", "acc")
    assert (number, fill.fee, fill.fee_asset) == (100234, Decimal("10.1"), "BNB")


@pytest.mark.parametrize("shape", ["query", "RESULT", "FULL", "cancel"])
def test_an_order_goes_to_the_wire_and_comes_back(shape: str) -> None:
    order = example_order(status="partially_filled", filled_quantity=Decimal("0.2"),
                          filled_quote=Decimal("12200"), fills=(FILL,), list_number=3)  # fmt: skip
    if shape == "query":
        rendered = schema.render_order(order, "BTCUSDT")
    elif shape == "cancel":
        order = example_order(status="canceled", cancel_id="gone")
        rendered = schema.render_cancel(order, "BTCUSDT")
    else:
        rendered = schema.render_answer(order, "BTCUSDT", shape)  # type: ignore[arg-type]  # two of the literals
    read = schema.parse_order(json.loads(json.dumps(rendered)), "BTCUSDT", "acc")
    assert read.request == order.request
    assert (read.status, read.filled_quote, read.list_number, read.cancel_id) == (
        order.status, order.filled_quote, order.list_number, order.cancel_id,
    )  # fmt: skip
    assert len(read.fills) == (1 if shape == "FULL" else 0)


def test_an_account_shows_no_more_than_there_is() -> None:
    account = VenueAccount(
        "acc", 5, 10, 10, True, {"BTC": Balance(Decimal("0.119999999999")), "USD": Balance()}, AT
    )
    shown = schema.render_account(account)["balances"]
    assert shown[0] == {"asset": "BTC", "free": "0.11999999", "locked": schema.ZERO}
    assert [one["asset"] for one in schema.render_account(account, omit_zero=True)["balances"]] == [
        "BTC"
    ]


def test_a_day_of_statistics_survives_the_wire() -> None:
    day = Statistics(
        "X", AT, AT, Decimal(4), Decimal(9), Decimal(3), Decimal(5), Decimal(7), Decimal(30), Decimal("0.25"), 0
    )  # fmt: skip
    book = DepthSnapshot("X", AT, 1, (), ())
    trade = Print("X", 5, AT, Decimal(5), Decimal(1), "buy", "exchange")
    assert (
        schema.parse_ticker("X", schema.render_ticker("X", day, book, BTCUSDT, last=trade)) == day
    )


def test_the_average_price_weighs_the_trades_of_the_last_minutes() -> None:
    prints = [
        Print("X", number, from_ms(ms), Decimal(price), Decimal(quantity), "buy", "exchange")
        for number, (ms, price, quantity) in enumerate(
            [(0, "1", "9"), (200_000, "10", "1"), (400_000, "20", "3")]
        )
    ]
    found = schema.average_price(prints, until=from_ms(450_000), minutes=5)
    assert found == (Decimal("17.5"), from_ms(400_000))
    assert schema.average_price(prints, until=from_ms(800_000), minutes=5) is None
    assert isinstance(schema.parse_kline("X", schema.render_kline(
        Candle("X", AT, Decimal(2), Decimal(3), Decimal(1), Decimal(2), Decimal(0)), 60)), Candle)  # fmt: skip
