"""Every error has words at Binance, and clients take those words for what they mean."""

from collections.abc import Iterator
from typing import Any

import pytest

import arena.app  # noqa: F401 - so that every error class there is has been made
from arena.kit.errors import ArenaError, Unavailable
from arena.trading import risk
from arena.trading.venues import UnknownOrder, VenueSilent
from arena.trading.venues.dialects.binance import TABLE, DialectRefused
from arena.trading.venues.dialects.binance.errors import KINDS, answer_of, words_of

# They say something of other things than orders, or never reach a caller of the dialect.
ELSEWHERE = {"bad_limits", "looser_than_bound", "stop_is_the_operators", "no_such_liquidation"}


def test_every_error_of_venues_and_risk_has_a_row() -> None:
    there = (
        "arena.trading.venues.model.",
        "arena.trading.risk.model.",
        "arena.trading.orders.floor.",
    )
    found = {kind.code() for kind in _all() if f"{kind.__module__}.".startswith(there)}
    assert len(found) > 25
    assert found - set(TABLE) - ELSEWHERE == set(), "give it a row in dialects/binance/errors.py"


def test_no_row_is_about_an_error_that_there_is_not() -> None:
    assert set(TABLE) - {kind.code() for kind in _all()} == set()


def _all() -> Iterator[type[ArenaError]]:
    """Every error class of the product."""
    pending = [ArenaError]
    while pending:
        kind = pending.pop()
        pending += kind.__subclasses__()
        yield kind


def test_an_error_without_a_row_gets_the_words_of_its_kind() -> None:
    for kind, words in KINDS:

        class Unheard(kind):  # type: ignore[valid-type,misc]  # one class of each kind
            """Something new."""

        assert words_of(Unheard()) == words


def test_what_really_happened_stands_beside_it() -> None:
    body = answer_of(risk.OffStep(quantity="0.1234567", step="0.00001")).body()
    assert (body["code"], body["msg"]) == (-1013, "Filter failure: LOT_SIZE")
    assert body["arena"]["code"] == "off_step"
    assert body["arena"]["facts"] == {"quantity": "0.1234567", "step": "0.00001"}


def test_cancelling_and_asking_have_words_of_their_own() -> None:
    error = UnknownOrder(which="x")
    assert answer_of(error).code == -2013
    assert answer_of(error, cancels=True).code == -2011


def test_only_what_may_have_been_done_is_of_unknown_fate() -> None:
    silent = VenueSilent(venue="x")
    assert answer_of(silent).code == -1007
    assert answer_of(silent, changes=False).code == -1001
    assert answer_of(Unavailable()).headers["Retry-After"] == "1"


ccxt = pytest.importorskip("ccxt")
OF_CCXT: list[tuple[str, str]] = [
    ("insufficient_funds", "InsufficientFunds"),
    ("would_take", "OrderImmediatelyFillable"),
    ("would_trigger", "OrderImmediatelyFillable"),
    ("off_step", "InvalidOrder"),
    ("off_tick", "InvalidOrder"),
    ("below_notional_min", "BadRequest"),
    ("unknown_order", "OrderNotFound"),
    ("order_ended", "OrderNotFound"),
    ("duplicate_order", "InvalidOrder"),
    ("unknown_instrument", "BadSymbol"),
    ("market_closed", "MarketClosed"),
    ("trading_killed", "PermissionDenied"),
    ("trading_barred", "PermissionDenied"),
    ("drawdown_reached", "PermissionDenied"),
    ("may_not_trade", "PermissionDenied"),
    ("orders_too_fast", "DDoSProtection"),
    ("venue_silent", "RequestTimeout"),
    ("database_busy", "RequestTimeout"),
    ("bad_order_request", "InvalidOrder"),
]


def raised_by_ccxt(http: int, body: dict[str, Any], url: str) -> str:
    exchange = ccxt.binance({"hostname": "arena.example"})
    text = exchange.json(body)
    with pytest.raises(ccxt.BaseError) as caught:
        exchange.handle_errors(http, "", url, "POST", {}, text, body, {}, None)
    return type(caught.value).__name__


@pytest.mark.parametrize(("code", "expected"), OF_CCXT)
def test_ccxt_takes_an_error_for_what_it_means(code: str, expected: str) -> None:
    kind = next(kind for kind in _all() if kind.code() == code)
    answer = answer_of(kind())
    for url in ("http://127.0.0.1:8000/api/v3/order", "https://api.arena.example/api/v3/order"):
        assert raised_by_ccxt(answer.http, answer.body(), url) == expected


@pytest.mark.parametrize(
    ("number", "http", "expected"),
    [
        (-1021, 400, "InvalidNonce"),
        (-1022, 400, "AuthenticationError"),
        (-2014, 401, "AuthenticationError"),
        (-2015, 401, "AuthenticationError"),
        (-1003, 429, "DDoSProtection"),
        (-1003, 418, "DDoSProtection"),
        (-1102, 400, "BadRequest"),
        (-1111, 400, "BadRequest"),
        (-1120, 400, "BadRequest"),
    ],
)
def test_ccxt_takes_the_dialects_own_refusals_for_what_they_mean(
    number: int, http: int, expected: str
) -> None:
    answer = answer_of(DialectRefused(number, "words", http=http))
    assert raised_by_ccxt(answer.http, answer.body(), "http://127.0.0.1/api/v3/order") == expected


@pytest.mark.parametrize(
    ("number", "expected"), [(-1131, "BadRequest"), (-1145, "BadRequest"), (-1151, "BadSymbol")]
)
def test_under_a_host_named_api_ccxt_knows_the_rest_of_the_numbers(
    number: int, expected: str
) -> None:
    body = answer_of(DialectRefused(number, "words")).body()
    there = "https://api.arena.example/api/v3/order"
    found = raised_by_ccxt(400, body, there)
    assert found != "ExchangeError"
    assert found == expected
    assert raised_by_ccxt(400, body, "http://127.0.0.1/api/v3/order") == "ExchangeError"
