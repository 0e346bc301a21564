"""Moving-average cross: long while the fast average is above the slow one.

Source: R. D. Donchian's 5- and 20-day rule (Commodities magazine, 1974); tested by Brock, Lakonishok and
LeBaron, Simple Technical Trading Rules and the Stochastic Properties of Stock Returns, J. Finance 47 (1992).
A band around the slow average, as in their variable-length rule, keeps whipsaws down.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

from arena.signals.lab.indicators import Indicator
from arena.signals.lab.strategy import (
    Parameters,
    Plan,
    Range,
    Table,
    Target,
    View,
    confidence,
    words,
)


class MovingAverageCross:
    name = "moving_average_cross"
    about = "Long while the fast moving average is above the slow one, flat otherwise."
    ranges: ClassVar[Mapping[str, Range]] = {
        "fast_bars": Range(20, 1, 5_000), "slow_bars": Range(80, 2, 5_000), "band_bps": Range(10, 0, 1_000),
    }  # fmt: skip

    def indicators(self, parameters: Parameters) -> Mapping[str, Indicator]:
        return {
            "fast": Indicator("simple_average", {"bars": parameters["fast_bars"]}),
            "slow": Indicator("simple_average", {"bars": parameters["slow_bars"]}),
        }

    def on_bar(self, view: View, parameters: Parameters, weight: Decimal) -> Target | None:
        fast, slow = view["fast"][-1], view["slow"][-1]
        if fast >= slow if weight else fast <= slow:  # most bars leave here
            return None
        band = slow * parameters["band_bps"] / 10_000
        if not weight and fast > slow + band:
            gap_bps = (fast / slow - 1) * 10_000
            return Target(
                Decimal(1), confidence(0.5 + gap_bps / 400),
                f"The {parameters['fast_bars']}-bar average {words(fast)} crossed above the"
                f" {parameters['slow_bars']}-bar average {words(slow)} by {gap_bps:.1f} bps.",
            )  # fmt: skip
        if weight and fast < slow - band:
            gap_bps = (fast / slow - 1) * 10_000
            return Target(
                Decimal(0), confidence(0.5 - gap_bps / 400),
                f"The {parameters['fast_bars']}-bar average {words(fast)} crossed below the"
                f" {parameters['slow_bars']}-bar average {words(slow)} by {-gap_bps:.1f} bps.",
            )  # fmt: skip
        return None

    def plan(self, table: Table, parameters: Parameters) -> Plan:
        from arena.signals.strategists.crossings import crossings  # compiled: only where it runs

        return Plan(*crossings(table["fast"], table["slow"], parameters["band_bps"]))
