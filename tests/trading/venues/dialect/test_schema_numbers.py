"""Amounts on the wire: eight decimals, never an exponent, exact both ways."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.trading.market import Instrument
from arena.trading.venues import OrderListRequest, OrderRequest
from arena.trading.venues.dialects.binance import schema

UNITS = st.sampled_from(["0.01", "0.00001", "1", "0.00000001", "0.5", "100", "0.025"])


@given(UNITS, st.integers(min_value=0, max_value=10**12))
def test_counts_of_a_unit_come_back(unit: str, count: int) -> None:
    scale = schema.scale(Decimal(unit))
    text = scale.text(count)
    assert Decimal(text) == count * Decimal(unit)
    assert len(text.partition(".")[2]) == 8
    assert scale.count(text) == count


@given(st.decimals(min_value=0, max_value=10**9, places=8))
def test_amounts_come_back(value: Decimal) -> None:
    assert schema.number(schema.text8(value)) == value
    assert schema.number(schema.plain(value)) == value
    assert "E" not in schema.text8(value) + schema.plain(value)


def test_zero_is_spelt_one_way_only() -> None:
    for zero in (Decimal(0), Decimal("0.000"), Decimal("-0"), Decimal("0E-12")):
        assert schema.text8(zero) == schema.text8_down(zero) == schema.ZERO == "0.00000000"
    assert schema.scale(Decimal("0.01")).text(0) == schema.ZERO


def test_what_is_finer_than_the_step_is_floored() -> None:
    assert schema.scale(Decimal("0.001")).count("0.29999999") == 299
    assert schema.scale(Decimal("0.01")).count("0.29") == 29


@pytest.mark.parametrize("text", ["", ".", "1.2.3", "-1", "1e5", "x", "１", "NaN", "1" * 50])
def test_what_is_no_count_is_malformed(text: str) -> None:
    with pytest.raises(schema.Malformed):
        schema.scale(Decimal("0.01")).count(text)


@pytest.mark.parametrize(
    "text", ["", ".", "1.2.3", "-1", "x", "NaN", "Infinity", "1" * 50, None, 5, 0.5]
)
def test_what_is_no_amount_is_malformed(text: object) -> None:
    with pytest.raises(schema.Malformed):
        schema.number(text)


def test_symbols_have_no_mark_on_the_wire() -> None:
    one = Decimal(1)
    symbols = schema.Symbols(
        [
            Instrument("BTC-USD", "BTC", "USD", one, one, one),
            Instrument("BTCUSD", "BTC", "USD", one, one, one),
        ]
    )
    found = symbols.instrument("BTCUSD")
    assert found is not None
    assert found.symbol == "BTC-USD"
    assert symbols.wire("BTC-USD") == "BTCUSD"
    assert symbols.instrument("BTC-USD") is None


def test_a_request_says_only_what_its_type_has() -> None:
    stop = OrderRequest(
        "c", "X", "sell", "stop_loss_limit", Decimal("1E+2"), limit_price=Decimal("5.50"),
        stop_price=Decimal(6), trailing_bps=25, time_in_force="ioc",
    )  # fmt: skip
    assert schema.request_parameters(stop, "XY") == {
        "symbol": "XY", "side": "SELL", "type": "STOP_LOSS_LIMIT", "newClientOrderId": "c", "quantity": "100",
        "price": "5.5", "stopPrice": "6", "trailingDelta": "25", "timeInForce": "IOC",
        "selfTradePreventionMode": "EXPIRE_MAKER",
    }  # fmt: skip
    market = OrderRequest("c", "X", "buy", "market", quote_quantity=Decimal(10))
    assert schema.request_parameters(market, "XY") == {
        "symbol": "XY", "side": "BUY", "type": "MARKET", "newClientOrderId": "c", "quoteOrderQty": "10",
        "selfTradePreventionMode": "EXPIRE_MAKER",
    }  # fmt: skip


def test_the_legs_of_a_list_are_told_apart_by_their_place() -> None:
    above = OrderRequest("a", "X", "sell", "limit_maker", Decimal(1), limit_price=Decimal(9))
    below = OrderRequest(
        "b",
        "X",
        "sell",
        "stop_loss_limit",
        Decimal(1),
        limit_price=Decimal(4),
        stop_price=Decimal(5),
    )
    assert schema.list_parameters(OrderListRequest("l", "X", above, below), "XY") == {
        "symbol": "XY", "side": "SELL", "quantity": "1", "listClientOrderId": "l",
        "selfTradePreventionMode": "EXPIRE_MAKER", "aboveType": "LIMIT_MAKER", "abovePrice": "9",
        "aboveClientOrderId": "a", "belowType": "STOP_LOSS_LIMIT", "belowPrice": "4", "belowStopPrice": "5",
        "belowTimeInForce": "GTC", "belowClientOrderId": "b",
    }  # fmt: skip
