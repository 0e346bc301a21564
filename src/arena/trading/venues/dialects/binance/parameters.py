"""The parameters of a request, read one by one into our types; what is missing or wrong is told as Binance does.

Parameters nobody asks about are passed over: clients send more than they need.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from urllib.parse import unquote_plus

import msgspec

from arena.kit.clock import from_ms
from arena.trading.venues.dialects.binance.errors import (
    DialectRefused,
    illegal,
    invalid,
    mandatory,
)

_NUMBER = r"^([0-9]{1,20})(\.[0-9]{1,20})?$"
_SYMBOL = "^[A-Z0-9-_.]{1,20}$"
CLIENT_ID = r"^[\.A-Z\:/a-z0-9_-]{1,36}$"
_NUMBERS = re.compile(_NUMBER)
_SYMBOLS = re.compile(_SYMBOL)
_CLIENT_IDS = re.compile(CLIENT_ID)
_WHOLE = re.compile("[0-9]{1,18}")
DECIMALS_MAX = 8
SYMBOLS_MAX = 500


def read_pairs(query: bytes, body: bytes) -> dict[str, str]:
    """Parameters of the query string and of a form body; where both have one, that of the query counts.

    Raises DialectRefused: a name twice in one place, or bytes that are no text.
    """
    found = _pairs(body) if body else {}
    if query:
        found.update(_pairs(query))
    return found


def _pairs(part: bytes) -> dict[str, str]:
    try:
        text = part.decode("ascii")
    except UnicodeDecodeError:
        raise DialectRefused(-1100, "Illegal characters found in a parameter.") from None
    found: dict[str, str] = {}
    for pair in text.split("&"):
        name, _, value = pair.partition("=")
        if "%" in pair or "+" in pair:
            name, value = unquote_plus(name), unquote_plus(value)
        if not name:
            continue
        if name in found:
            raise DialectRefused(-1101, "Duplicate values for a parameter detected.")
        found[name] = value
    return found


class Parameters:
    """`optional_…` gives None where the parameter was not sent; the others refuse then. All raise DialectRefused."""

    __slots__ = ("_given",)

    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = given

    def has(self, name: str) -> bool:
        return bool(self._given.get(name))

    def optional(self, name: str) -> str | None:
        """As text; one that was sent empty is refused."""
        text = self._given.get(name)
        if text == "":
            raise DialectRefused(-1105, f"Parameter '{name}' was empty.")
        return text

    def text(self, name: str) -> str:
        found = self._given.get(name)
        if not found:
            raise mandatory(name)
        return found

    def symbol(self, name: str = "symbol") -> str:
        return _legal(self.text(name), name, _SYMBOLS, _SYMBOL)

    def optional_symbol(self, name: str = "symbol") -> str | None:
        found = self.optional(name)
        return None if found is None else _legal(found, name, _SYMBOLS, _SYMBOL)

    def symbols(self) -> Sequence[str] | None:
        """`symbols` as a JSON list."""
        found = self.optional("symbols")
        if found is None:
            return None
        try:
            names = msgspec.json.decode(found, type=list[str])
        except (msgspec.DecodeError, UnicodeEncodeError):
            raise illegal(
                "symbols", r'^\["[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}"){0,}\]$'
            ) from None
        if not 1 <= len(names) <= SYMBOLS_MAX:
            raise invalid("symbols")
        if len(set(names)) < len(names):
            raise DialectRefused(-1151, "Symbol is present multiple times in the list.")
        return [_legal(one, "symbols", _SYMBOLS, _SYMBOL) for one in names]

    def optional_client_id(self, name: str) -> str | None:
        found = self.optional(name)
        return None if found is None else _legal(found, name, _CLIENT_IDS, CLIENT_ID)

    def optional_amount(self, name: str) -> Decimal | None:
        """A decimal number with at most eight decimals, zero or more."""
        found = self.optional(name)
        if found is None:
            return None
        _legal(found, name, _NUMBERS, _NUMBER)
        if len(found.partition(".")[2].rstrip("0")) > DECIMALS_MAX:
            raise DialectRefused(-1111, f"Parameter '{name}' has too much precision.")
        return Decimal(found)

    def amount(self, name: str) -> Decimal:
        found = self.optional_amount(name)
        if found is None:
            raise mandatory(name)
        return found

    def optional_whole(self, name: str) -> int | None:
        found = self.optional(name)
        if found is None:
            return None
        if not _WHOLE.fullmatch(found):
            raise illegal(name, "^[0-9]{1,20}$")
        return int(found)

    def optional_time(self, name: str) -> datetime | None:
        """Milliseconds or, where there are too many digits for those, microseconds since 1970."""
        found = self.optional_whole(name)
        if found is None:
            return None
        ms = found if found < 10**14 else found // 1_000
        if ms >= 2**43:
            raise invalid(name)
        return from_ms(ms)

    def span(self) -> tuple[datetime | None, datetime | None]:
        """`startTime` and `endTime`."""
        since, until = self.optional_time("startTime"), self.optional_time("endTime")
        if since is not None and until is not None and since > until:
            raise DialectRefused(-1128, "Combination of optional parameters invalid.")
        return since, until

    def limit(self, default: int, most: int) -> int:
        """`limit`; more than the most is the most, as Binance does."""
        found = self.optional_whole("limit")
        if found is None:
            return default
        if found == 0:
            raise invalid("limit")
        return min(found, most)

    def optional_flag(self, name: str) -> bool:
        found = self.optional(name)
        if found is None:
            return False
        if found.lower() not in ("true", "false"):
            raise illegal(name, "^(true|false)$")
        return found.lower() == "true"

    def optional_choice(self, name: str, known: Sequence[str]) -> str | None:
        found = self.optional(name)
        if found is not None and found not in known:
            raise invalid(name)
        return found


def _legal(text: str, name: str, pattern: re.Pattern[str], legal: str) -> str:
    if not pattern.fullmatch(text):
        raise illegal(name, legal)
    return text
