"""What went wrong, in Binance's words: one table turns our errors into a status, a code and a text clients know.

Texts matter: clients look for them before they look at codes. What has no word at Binance gets the nearest that
is right for a program; what really happened stands beside it in the key `arena`, with our own code and its facts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from arena.kit.errors import (
    ArenaError,
    Conflict,
    Forbidden,
    NotFound,
    Refused,
    Unauthenticated,
    Unavailable,
)


class DialectRefused(Refused):
    """{message} ({number})"""

    def __init__(
        self,
        number: int,
        message: str,
        /,
        *,
        http: int = 400,
        headers: Mapping[str, str] | None = None,
        arena: Mapping[str, Any] | None = None,
        data: Any = None,
    ) -> None:
        super().__init__(number=number, message=message)
        self.answer = Answer(http, number, message, dict(headers or {}), arena, data)


@dataclass(frozen=True, slots=True)
class Answer:
    """An error as a client of Binance meets it."""

    http: int
    code: int
    message: str
    headers: Mapping[str, str]
    arena: Mapping[str, Any] | None = None
    data: Any = None

    def body(self) -> dict[str, Any]:
        told: dict[str, Any] = {"code": self.code, "msg": self.message}
        if self.data is not None:
            told["data"] = self.data
        if self.arena is not None:
            told["arena"] = self.arena
        return told


@dataclass(frozen=True, slots=True)
class Words:
    """A row of the table. `cancel` replaces code and text where the act would have cancelled something."""

    code: int
    message: str
    http: int = 400
    cancel: tuple[int, str] | None = None


MAY_NOT = "This account may not place or cancel orders."
NOT_PERMITTED = "This symbol is not permitted for this account."
DISABLED = "This action is disabled on this account."
NO_ORDERS = "Order book liquidity is less than symbol minimum quantity."
CLOSED = "Market is closed."
UNKNOWN_ORDER = (-2011, "Unknown order sent.")
NO_SUCH_ORDER = (-2013, "Order does not exist.")
# One client looks for this text, the others for the code: both say that nobody knows whether it was done.
SILENT = Words(-1007, "Unknown error, please check your request or try again later.", 503)
BUSY = Words(-1001, "Internal error; unable to process your request. Please try again.", 503)
OVERLOADED = Words(
    -1008,
    "Server is currently overloaded with other requests. Please try again in a few minutes.",
    503,
)
UNKNOWN = Words(-1000, "An unknown error occurred while processing the request.", 500)
TOO_MANY_ORDERS = "Too many new orders; current limit is {limit} orders per {window}."


def _filter(name: str) -> Words:
    return Words(-1013, f"Filter failure: {name}")


# By the error's code, because some stand above this package; a test looks that every one has a row.
TABLE: Mapping[str, Words] = {
    # venues.model
    "unknown_order": Words(*NO_SUCH_ORDER, cancel=UNKNOWN_ORDER),
    "order_ended": Words(*UNKNOWN_ORDER),
    "duplicate_order": Words(-2010, "Duplicate order sent."),
    "bad_order_request": Words(-1014, "Unsupported order combination."),
    "would_take": Words(-2010, "Order would immediately match and take."),
    "would_trigger": Words(-2010, "Stop price would trigger immediately."),
    "nothing_to_trade": Words(-2010, NO_ORDERS),
    "market_closed": Words(-2010, CLOSED),
    "may_not_trade": Words(-2010, MAY_NOT, cancel=(-2011, MAY_NOT)),
    "venue_refused": Words(-2010, DISABLED),
    "venue_silent": SILENT,
    "venue_away": BUSY,
    # market
    "unknown_instrument": Words(-1121, "Invalid symbol."),
    "unknown_interval": Words(-1120, "Invalid interval."),
    "no_tape": BUSY,
    "no_prices": BUSY,
    # portfolio, orders
    "insufficient_funds": Words(-2010, "Account has insufficient balance for requested action."),
    "account_closed": Words(-2010, DISABLED),
    "wrong_quote": Words(-2010, NOT_PERMITTED),
    # the exchange itself
    "exchange_broke": SILENT,
    "seat_lost": SILENT,
    "exchange_elsewhere": BUSY,
    "exchange_full": OVERLOADED,
    # risk
    "trading_killed": Words(-2010, MAY_NOT),
    "trading_barred": Words(-2010, MAY_NOT),
    "instrument_halted": Words(-2010, CLOSED),
    "symbol_not_allowed": Words(-2010, NOT_PERMITTED),
    "no_price_yet": Words(-2010, NO_ORDERS),
    "off_step": _filter("LOT_SIZE"),
    "off_tick": _filter("PRICE_FILTER"),
    "below_notional_min": _filter("NOTIONAL"),
    "order_too_large": _filter("NOTIONAL"),
    "price_outside_collar": _filter("PERCENT_PRICE_BY_SIDE"),
    "orders_too_fast": Words(-1015, "Too many new orders.", 429),
    "too_many_open_orders": _filter("EXCHANGE_MAX_NUM_ORDERS"),
    "position_too_large": _filter("MAX_POSITION"),
    "position_quantity_too_large": _filter("MAX_POSITION"),
    "exposure_too_large": _filter("MAX_POSITION"),
    "daily_drawdown_reached": Words(-2010, MAY_NOT),
    "drawdown_reached": Words(-2010, MAY_NOT),
    "liquidation_under_way": Words(-2010, MAY_NOT),
    # this package
    "no_such_listen_key": Words(-1125, "This listenKey does not exist."),
    # kit: nobody knows whether what was asked has been committed
    "database_busy": SILENT,
}
# The nearest words for an error that has no row of its own, by its kind.
KINDS: tuple[tuple[type[ArenaError], Words], ...] = (
    (Unauthenticated, Words(-2015, "Invalid API-key, IP, or permissions for action.", 401)),
    (Forbidden, Words(-2010, DISABLED)),
    (NotFound, Words(*NO_SUCH_ORDER, cancel=UNKNOWN_ORDER)),
    (Conflict, Words(-2010, DISABLED)),
    (Refused, Words(-2010, DISABLED)),
    (Unavailable, BUSY),
)


def answer_of(error: ArenaError, *, cancels: bool = False, changes: bool = True) -> Answer:
    """`cancels`: the act would have cancelled something; `changes`: it would have changed something at all."""
    if isinstance(error, DialectRefused):
        return error.answer
    words = words_of(error)
    if words is SILENT and not changes:
        words = BUSY
    code, message = words.cancel if cancels and words.cancel else (words.code, words.message)
    headers = {}
    if words.http in (429, 503):
        wait_s = error.facts.get("retry_after_s", getattr(error, "retry_after_s", 1))
        headers["Retry-After"] = str(wait_s)
    facts = {name: _plain(fact) for name, fact in error.facts.items() if name != "headers"}
    told = {"code": error.code(), "detail": error.detail, **({"facts": facts} if facts else {})}
    return Answer(words.http, code, message, headers, told)


def answer_in(words: Words) -> Answer:
    """For what went wrong without an error of ours."""
    headers = {"Retry-After": "1"} if words.http == 503 else {}
    return Answer(words.http, words.code, words.message, headers)


def words_of(error: ArenaError) -> Words:
    found = TABLE.get(error.code())
    if found is not None:
        return found
    return next((words for kind, words in KINDS if isinstance(error, kind)), UNKNOWN)


def _plain(value: object) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, set | frozenset):
        return sorted(value)
    return msgspec.to_builtins(value, enc_hook=str)


def mandatory(name: str) -> DialectRefused:
    return DialectRefused(
        -1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."
    )


def either(one: str, other: str) -> DialectRefused:
    return DialectRefused(
        -1102, f"Param '{one}' or '{other}' must be sent, but both were empty/null!"
    )


def not_required(name: str) -> DialectRefused:
    return DialectRefused(-1106, f"Parameter '{name}' sent when not required.")


def illegal(name: str, legal: str) -> DialectRefused:
    return DialectRefused(
        -1100, f"Illegal characters found in parameter '{name}'; legal range is '{legal}'."
    )


def invalid(name: str) -> DialectRefused:
    return DialectRefused(-1130, f"Data sent for parameter '{name}' is not valid.")


def filter_failed(name: str) -> DialectRefused:
    return DialectRefused(-1013, f"Filter failure: {name}")
