"""Dip buying in an uptrend: above the long average, buy a two-bar RSI washout, leave on strength.

Source: L. Connors and C. Alvarez, Short Term Trading Strategies That Work (2008), the two-period RSI rule:
trend filter by a long average, entry below 10, exit above the five-bar average; here on shorter bars.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

import numpy as np

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


class DipBuying:
    name = "dip_buying"
    about = "Above its long average, buys a sharp dip and leaves on the first strength."
    ranges: ClassVar[Mapping[str, Range]] = {
        "bars": Range(3, 2, 5_000), "dip_level": Range(10, 1, 99), "trend_bars": Range(192, 2, 5_000),
        "exit_bars": Range(12, 1, 5_000), "strength_bps": Range(20, 0, 5_000), "failure_bps": Range(100, 0, 5_000),
        "profit_bps": Range(300, 1, 10_000),
    }  # fmt: skip

    def indicators(self, parameters: Parameters) -> Mapping[str, Indicator]:
        return {
            "index": Indicator("relative_strength_index", {"bars": parameters["bars"]}),
            "trend": Indicator("simple_average", {"bars": parameters["trend_bars"]}),
            "recent": Indicator("simple_average", {"bars": parameters["exit_bars"]}),
        }

    def on_bar(self, view: View, parameters: Parameters, weight: Decimal) -> Target | None:
        close, trend, recent = view.closes[-1], view["trend"][-1], view["recent"][-1]
        index = view["index"][-1]
        if not weight and close > trend and index < parameters["dip_level"]:
            profit = close * (1 + parameters["profit_bps"] / 10_000)
            return Target(
                Decimal("0.8"), confidence(0.5 + (parameters["dip_level"] - index) / 30),
                f"In an uptrend ({words(close)} above the {parameters['trend_bars']}-bar average {words(trend)})"
                f" the {parameters['bars']}-bar RSI dipped to {index:.1f}; profit at {words(profit)}.",
                take_profit_price=profit,
            )  # fmt: skip
        strong = close > recent * (1 + parameters["strength_bps"] / 10_000)
        if weight and (strong or close < trend * (1 - parameters["failure_bps"] / 10_000)):
            why = "strength is back" if strong else "the uptrend is over"
            return Target(
                Decimal(0), Decimal("0.60"),
                f"The close {words(close)} against the {parameters['exit_bars']}-bar average {words(recent)}: {why}.",
            )  # fmt: skip
        return None

    def plan(self, table: Table, parameters: Parameters) -> Plan:
        closes, trend = table.closes, table["trend"]
        strong = closes > table["recent"] * (1 + parameters["strength_bps"] / 10_000)
        over = closes < trend * (1 - parameters["failure_bps"] / 10_000)
        return Plan(
            np.where((closes > trend) & (table["index"] < parameters["dip_level"]), 0.8, np.nan),
            np.where(strong | over, 0.0, np.nan),
            take_profit_prices=closes * (1 + parameters["profit_bps"] / 10_000),
        )
