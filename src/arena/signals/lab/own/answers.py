"""What a strategy may answer: each target and plan is looked at before anybody trades by it."""

import math
from decimal import Decimal
from typing import Any

import numpy as np

from arena.signals.lab.bars import Floats
from arena.signals.lab.strategy import WEIGHT_PLACES, Plan, Target

RATIONALE_MAX = 2_000  # as a signal's
VALID_BARS_MAX = 10_000
BAND_PCT_MAX = 100
_PRICES = ("limit_price", "stop_price", "take_profit_price")


class BadAnswer(Exception):
    """The strategy answered what no strategy may; the message says what and what it should be."""


def checked_target(answer: Any) -> Target | None:
    """The answer of `on_bar`. Raises BadAnswer."""
    if answer is None:
        return None
    if type(answer) is not Target:
        raise BadAnswer(
            f"on_bar answered {_shown(answer)}; it must be a Target, or None for no change"
        )
    _share(answer.weight, "weight")
    if answer.weight != answer.weight.quantize(WEIGHT_PLACES):
        raise BadAnswer(
            f"its weight {_shown(answer.weight)} has more than four decimals: use share()"
        )
    _share(answer.confidence, "confidence")
    if type(answer.rationale) is not str or not 0 < len(answer.rationale) <= RATIONALE_MAX:
        raise BadAnswer(f"its rationale must be text of 1 to {RATIONALE_MAX} characters")
    if any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in answer.rationale):
        raise BadAnswer("its rationale must be text without U+0000 and halves of letters")
    for name in _PRICES:
        price = getattr(answer, name)
        if price is not None and not (
            type(price) in (float, int) and math.isfinite(price) and price > 0
        ):
            raise BadAnswer(f"its {name} {_shown(price)} must be a float above zero, or None")
    _whole(answer.valid_bars, "valid_bars", 1, VALID_BARS_MAX)
    return answer


def checked_plan(answer: Any, count: int) -> Plan:
    """The answer of `plan` for so many bars. Raises BadAnswer."""
    if type(answer) is not Plan:
        raise BadAnswer(f"plan answered {_shown(answer)}; it must be a Plan")
    for name in ("enter", "hold"):
        weights = getattr(answer, name)
        _array(weights, name, count)
        if np.isinf(weights).any() or (weights < 0).any() or (weights > 1).any():
            raise BadAnswer(f"`{name}` must hold weights from 0 to 1, NaN for no change")
    for name in ("limit_prices", "stop_prices", "take_profit_prices"):
        prices = getattr(answer, name)
        if prices is not None:
            _array(prices, name, count)
            if np.isinf(prices).any():
                raise BadAnswer(f"`{name}` must hold prices, NaN for none")
    _whole(answer.valid_bars, "valid_bars", 1, VALID_BARS_MAX)
    _whole(answer.band_pct, "band_pct", 0, BAND_PCT_MAX)
    return answer


def _share(value: Any, name: str) -> None:
    if type(value) is not Decimal:
        raise BadAnswer(f"its {name} {_shown(value)} must be a Decimal")
    if not value.is_finite() or not 0 <= value <= 1:
        raise BadAnswer(f"its {name} {_shown(value)} must be from 0 to 1")


def _whole(value: Any, name: str, low: int, high: int) -> None:
    if type(value) is not int or not low <= value <= high:
        raise BadAnswer(f"its {name} {_shown(value)} must be a whole number from {low} to {high}")


def _array(values: Floats, name: str, count: int) -> None:
    if (
        type(values) is not np.ndarray
        or values.dtype != np.float64
        or values.shape != (count,)
        or not values.dtype.isnative
    ):
        got = (
            f"{values.dtype} of shape {values.shape}"
            if type(values) is np.ndarray
            else type(values).__name__
        )
        raise BadAnswer(f"`{name}` must be float64 of shape ({count},), one value a bar, not {got}")


def _shown(value: Any) -> str:
    """A value in few words; what cannot even be shown, by its type."""
    if type(value) in (int, float, str, bool, Decimal, np.float64):
        return f"{str(value)[:60]} ({type(value).__name__})"
    return f"a {type(value).__name__}"
