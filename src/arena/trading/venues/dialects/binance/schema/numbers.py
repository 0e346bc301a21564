"""Numbers and times on Binance's wire: amounts as text with eight decimals, times in whole milliseconds."""

from datetime import datetime
from decimal import ROUND_DOWN, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from arena.kit.clock import from_ms, to_ms

ZERO = "0.00000000"
"""Clients compare it as text: a level goes away only by this very spelling."""
_ONE = 10**8
_EIGHT = Decimal("0.00000001")


class Malformed(ValueError):
    """A message that is not what the exchange's documentation says."""


def text8(value: Decimal | None) -> str:
    """Rounded half to even where there are more than eight decimals; None is zero."""
    return f"{value:.8f}" if value else ZERO


def text8_down(value: Decimal) -> str:
    """Rounded towards zero, as Binance does with products; and nobody may be shown more than there is."""
    return f"{value.quantize(_EIGHT, ROUND_DOWN):.8f}" if value else ZERO


def plain(value: Decimal) -> str:
    """As short as it is exact, never with an exponent: what goes into requests."""
    return format(value.normalize(), "f") if value else "0"


def number(text: Any) -> Decimal:
    """The amount, zero or more; raises Malformed for anything else."""
    if not isinstance(text, str) or len(text) > 40:
        raise Malformed(f"no number: {text!r:.50}")
    try:
        value = Decimal(text)
    except InvalidOperation as broken:
        raise Malformed(f"no number: {text!r:.50}") from broken
    if not value.is_finite() or value < 0:
        raise Malformed(f"no amount: {text!r:.50}")
    return value


def signed_number(text: Any) -> Decimal:
    """The amount, which may be negative, as a change of price is."""
    if isinstance(text, str) and text.startswith("-"):
        return -number(text[1:])
    return number(text)


def whole(value: Any) -> int:
    """An id or a count; raises Malformed for anything but a whole number (True and False are none)."""
    if type(value) is not int or not -1 <= value < 2**63:
        raise Malformed(f"no whole number: {value!r:.50}")
    return value


def moment(ms: Any) -> datetime:
    """Raises Malformed for anything but whole milliseconds since 1970."""
    if type(ms) is not int or not 0 <= ms < 2**43:
        raise Malformed(f"no time in milliseconds: {ms!r:.50}")
    return from_ms(ms)


def milliseconds(at: datetime | None) -> int:
    """-1 for none, as Binance has it."""
    return to_ms(at) if at is not None else -1


class Scale:
    """Turns counts of a unit (a tick or a step) into text with eight decimals and back, by whole numbers only."""

    __slots__ = ("_denominator", "_numerator")

    def __init__(self, unit: Decimal) -> None:
        self._numerator, self._denominator = (unit * _ONE).as_integer_ratio()

    def text(self, count: int) -> str:
        """What is finer than eight decimals is cut off."""
        units, rest = divmod(count * self._numerator // self._denominator, _ONE)
        return f"{units}.{rest:08d}"

    def count(self, text: str) -> int:
        """How many units, rounded down; raises Malformed."""
        left, _, right = text.partition(".")
        digits = left + (right + "00000000")[:8]
        if not (left and digits.isascii() and digits.isdigit() and len(digits) < 40):
            raise Malformed(f"no number: {text!r:.50}")
        return int(digits) * self._denominator // self._numerator


@lru_cache(maxsize=4096)
def scale(unit: Decimal) -> Scale:
    return Scale(unit)
