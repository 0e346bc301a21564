"""Moving-average cross: long while the fast average is above the slow one.

Source: R. D. Donchian's 5- and 20-day rule (Commodities magazine, 1974); tested by Brock, Lakonishok and
LeBaron, Simple Technical Trading Rules and the Stochastic Properties of Stock Returns, J. Finance 47 (1992).
A band around the slow average, as in their variable-length rule, keeps whipsaws down.
"""

from decimal import Decimal
from typing import Any, ClassVar

from arena.signals.strategists.indicators import mean
from arena.signals.strategists.model import History, Parameters, Target, confidence, stay, words


class MovingAverageCross:
    name = "moving_average_cross"
    about = "Long while the fast moving average is above the slow one, flat otherwise."
    defaults: ClassVar[Parameters] = {"fast_bars": 20, "slow_bars": 80, "band_bps": 10}

    def indicators(self, parameters: Parameters) -> list[dict[str, Any]]:
        return [
            {"name": "simple_average", "parameters": {"bars": parameters["fast_bars"]}},
            {"name": "simple_average", "parameters": {"bars": parameters["slow_bars"]}},
        ]

    def bars_needed(self, parameters: Parameters) -> int:
        return parameters["slow_bars"]

    def decide(self, history: History, parameters: Parameters, weight: Decimal) -> Target:
        if len(history) < self.bars_needed(parameters):
            return stay(weight, "Too few bars for the slow average.")
        fast_bars, slow_bars = parameters["fast_bars"], parameters["slow_bars"]
        fast, slow = mean(history.closes[-fast_bars:]), mean(history.closes[-slow_bars:])
        band = slow * parameters["band_bps"] / 10_000
        gap_bps = (fast / slow - 1) * 10_000
        if weight == 0 and fast > slow + band:
            return Target(
                Decimal(1), confidence(0.5 + gap_bps / 400),
                f"The {fast_bars}-bar average {words(fast)} crossed above the {slow_bars}-bar average"
                f" {words(slow)} by {gap_bps:.1f} bps.",
            )  # fmt: skip
        if weight > 0 and fast < slow - band:
            return Target(
                Decimal(0), confidence(0.5 - gap_bps / 400),
                f"The {fast_bars}-bar average {words(fast)} crossed below the {slow_bars}-bar average"
                f" {words(slow)} by {-gap_bps:.1f} bps.",
            )  # fmt: skip
        return stay(weight, "The averages have not crossed.")
