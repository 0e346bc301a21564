"""Decimal arithmetic as the record demands: 34 digits, half to even, steps and ticks exact."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Context, Decimal, localcontext

RECORD = Context(prec=34, rounding=ROUND_HALF_EVEN)
_FEE_UNIT = Decimal("1e-8")
BPS = Decimal(10_000)


@contextmanager
def record_arithmetic() -> Iterator[None]:
    """Everything computed inside follows the record's arithmetic."""
    with localcontext(RECORD):
        yield


def floor_to(value: Decimal, unit: Decimal) -> Decimal:
    """The greatest multiple of the unit not above the value."""
    count = value // unit
    if count * unit > value:
        count -= 1
    return count * unit


def ceil_to(value: Decimal, unit: Decimal) -> Decimal:
    """The smallest multiple of the unit not below the value."""
    floor = floor_to(value, unit)
    return floor if floor == value else floor + unit


def fee_of(amount: Decimal, bps: int) -> Decimal:
    """The fee on an amount of the asset received: 8 decimals, rounded up."""
    return (amount * bps / BPS).quantize(_FEE_UNIT, ROUND_CEILING)


def plain(value: Decimal) -> str:
    """Plain decimal notation without trailing zeros."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
