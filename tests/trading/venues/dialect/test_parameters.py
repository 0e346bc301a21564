"""Parameters are read from query and form body, and refused in Binance's words; nothing makes them fall over."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.trading.venues.dialects.binance import DialectRefused
from arena.trading.venues.dialects.binance.parameters import Parameters, read_pairs
from arena.trading.venues.dialects.binance.sign import check_time, split_signature


def number(act: Callable[[], object]) -> int | None:
    """The number it is refused with; None where it is not. Anything else that is raised is a fault."""
    try:
        act()
    except DialectRefused as why:
        return why.answer.code
    return None


def test_the_query_goes_before_the_body() -> None:
    assert read_pairs(b"a=1&b=2", b"b=3&c=4") == {"a": "1", "b": "2", "c": "4"}


def test_encoded_pairs_are_decoded() -> None:
    assert read_pairs(b"symbols=%5B%22BTCUSDT%22%5D&x=a+b", b"") == {
        "symbols": '["BTCUSDT"]',
        "x": "a b",
    }


def test_a_name_twice_is_refused() -> None:
    assert number(lambda: read_pairs(b"a=1&a=1", b"")) == -1101
    assert number(lambda: read_pairs(b"a=1&%61=2", b"")) == -1101


def test_bytes_that_are_no_text_are_refused() -> None:
    assert number(lambda: read_pairs("symbol=é".encode(), b"")) == -1100


READERS: dict[str, Callable[[Parameters], object]] = {
    "symbol": lambda p: p.symbol(),
    "optional_symbol": lambda p: p.optional_symbol(),
    "symbols": lambda p: p.symbols(),
    "client_id": lambda p: p.optional_client_id("id"),
    "amount": lambda p: p.amount("amount"),
    "whole": lambda p: p.optional_whole("whole"),
    "time": lambda p: p.span(),
    "limit": lambda p: p.limit(500, 1_000),
    "flag": lambda p: p.optional_flag("flag"),
    "choice": lambda p: p.optional_choice("choice", ("A", "B")),
}
NAMES = ["symbol", "symbols", "id", "amount", "whole", "startTime", "endTime", "limit", "flag", "choice", "timestamp",
         "recvWindow", "signature"]  # fmt: skip
VALUES = (
    st.text(max_size=40) | st.integers().map(str) | st.decimals().map(str) | st.just('["A","B"]')
)


@given(st.dictionaries(st.sampled_from(NAMES), VALUES))
def test_any_values_are_read_or_refused_by_name(given: dict[str, str]) -> None:
    for read in READERS.values():
        found = number(lambda read=read: read(Parameters(given)))  # type: ignore[misc]  # a default binds it
        assert found is None or -1200 < found <= -1000
    assert number(lambda: check_time(given)) in (None, -1021, -1102, -1130, -1131)


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(query: bytes, body: bytes) -> None:
    split_signature(query, body)
    assert number(lambda: read_pairs(query, body)) in (None, -1100, -1101)


@pytest.mark.parametrize(
    ("reader", "given", "expected"),
    [
        ("symbol", {}, -1102),
        ("symbol", {"symbol": ""}, -1102),
        ("symbol", {"symbol": "btcusdt"}, -1100),
        ("symbol", {"symbol": "A" * 21}, -1100),
        ("optional_symbol", {"symbol": ""}, -1105),
        ("symbols", {"symbols": "BTCUSDT"}, -1100),
        ("symbols", {"symbols": "[]"}, -1130),
        ("symbols", {"symbols": '["A","A"]'}, -1151),
        ("symbols", {"symbols": '["a"]'}, -1100),
        ("client_id", {"id": "x" * 37}, -1100),
        ("client_id", {"id": "a b"}, -1100),
        ("amount", {}, -1102),
        ("amount", {"amount": "-1"}, -1100),
        ("amount", {"amount": "1e5"}, -1100),
        ("amount", {"amount": "1.123456789"}, -1111),
        ("amount", {"amount": "NaN"}, -1100),
        ("whole", {"whole": "1.0"}, -1100),
        ("time", {"startTime": "2", "endTime": "1"}, -1128),
        ("time", {"startTime": "9" * 18}, -1130),
        ("limit", {"limit": "0"}, -1130),
        ("flag", {"flag": "yes"}, -1100),
        ("choice", {"choice": "C"}, -1130),
    ],
)
def test_what_is_wrong_is_refused_by_its_number(
    reader: str, given: dict[str, str], expected: int
) -> None:
    assert number(lambda: READERS[reader](Parameters(given))) == expected


def test_what_is_right_is_read() -> None:
    p = Parameters(
        {
            "symbol": "BTC-USD",
            "amount": "1.100000000000",
            "limit": "5000",
            "flag": "TRUE",
            "startTime": "1700000000000000",
            "symbols": '["A", "B"]',
        }
    )
    assert p.symbol() == "BTC-USD"
    assert p.amount("amount") == Decimal("1.1")
    assert p.limit(500, 1_000) == 1_000
    assert p.optional_flag("flag")
    assert p.span()[0] == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert p.symbols() == ["A", "B"]
