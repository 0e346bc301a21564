"""Prices and quantities as whole counts of an instrument's tick and step, from the text exchanges write and back.

Exchanges write eight decimals. Such text becomes an integer without a Decimal in between, several times as fast; any
other spelling goes the long way and gives the same. What is finer than the unit is floored.
"""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from arena.trading.market.depth import Levels
from arena.trading.market.model import ARITHMETIC, Instrument, Level

_DIGITS = 8
_TEXT_MAX = 40
_REMEMBERED_MAX = 1 << 15
_SMALLEST = Decimal(1).scaleb(-_DIGITS)


class Scale:
    """Counts of one instrument. `price` and `quantity` raise ValueError for what is no amount."""

    __slots__ = ("_prices", "_quantities", "step", "tick")

    def __init__(self, instrument: Instrument) -> None:
        self.tick = instrument.tick
        self.step = instrument.step
        self._prices = _Counts(instrument.tick)
        self._quantities = _Counts(instrument.step)

    def price(self, text: str) -> int:
        """Ticks in a price written as text."""
        return self._prices[text]

    def quantity(self, text: str) -> int:
        """Steps in a quantity written as text."""
        return self._quantities[text]

    def levels(self, rows: Iterable[tuple[str, str]]) -> Levels:
        """`[["61837.63000000", "0.02000000"], ...]` as counts, in the order given."""
        prices, quantities = self._prices, self._quantities
        return tuple([(prices[price], quantities[size]) for price, size in rows])

    def ticks(self, price: Decimal) -> int:
        return int(ARITHMETIC.divide_int(price, self.tick))

    def steps(self, quantity: Decimal) -> int:
        return int(ARITHMETIC.divide_int(quantity, self.step))

    def level(self, price_ticks: int, quantity_steps: int) -> Level:
        """A level of a book as it is shown; exact."""
        return Level(
            ARITHMETIC.multiply(price_ticks, self.tick),
            ARITHMETIC.multiply(quantity_steps, self.step),
        )


def amount(text: str) -> Decimal:
    """A number as exchanges write it, without its trailing zeros. Raises ValueError for what is no amount."""
    if not isinstance(text, str) or len(text) > _TEXT_MAX or not text[:1].isdigit() or "_" in text:
        raise ValueError(f"no number: {text!r:.50}")
    try:
        value = Decimal(text.rstrip("0").rstrip(".") if "." in text else text)
    except InvalidOperation:
        value = _any_spelling(text)
    if not value.is_finite() or value < 0:
        raise ValueError(f"no amount: {text!r:.50}")
    return value


def _any_spelling(text: str) -> Decimal:
    try:
        return Decimal(format(Decimal(text), "f"))
    except (InvalidOperation, ValueError) as broken:
        raise ValueError(f"no number: {text!r:.50}") from broken


class _Counts(dict[str, int]):
    """Text -> whole units, remembered: the same prices come again and again, and most quantities of a difference are
    zero. Raises ValueError for what is no amount."""

    __slots__ = ("_hundred_millionths", "_unit")

    def __init__(self, unit: Decimal) -> None:
        super().__init__()
        self._unit = unit
        whole = ARITHMETIC.remainder(unit, _SMALLEST) == 0
        self._hundred_millionths = int(ARITHMETIC.divide_int(unit, _SMALLEST)) if whole else 0

    def __missing__(self, text: str) -> int:
        if len(self) >= _REMEMBERED_MAX:
            self.clear()
        self[text] = count = self._count(text)
        return count

    def _count(self, text: str) -> int:
        if self._hundred_millionths and text[-9:-8] == "." and len(text) < _TEXT_MAX:
            digits = text[:-9] + text[-8:]
            if digits.isdigit():
                return int(digits) // self._hundred_millionths
        return int(ARITHMETIC.divide_int(amount(text), self._unit))
