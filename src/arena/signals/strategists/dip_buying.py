"""Dip buying in an uptrend: above the long average, buy a two-bar RSI washout, leave on strength.

Source: L. Connors and C. Alvarez, Short Term Trading Strategies That Work (2008), the two-period RSI rule:
trend filter by a long average, entry below 10, exit above the five-bar average; here on shorter bars.
"""

from decimal import Decimal
from typing import Any, ClassVar

from arena.signals.strategists.indicators import mean, relative_strength, relative_strength_bars
from arena.signals.strategists.model import History, Parameters, Target, confidence, stay, words


class DipBuying:
    name = "dip_buying"
    about = "Above its long average, buys a sharp dip and leaves on the first strength."
    defaults: ClassVar[Parameters] = {
        "bars": 3, "dip_level": 10, "trend_bars": 192, "exit_bars": 12, "strength_bps": 20,
        "failure_bps": 100, "profit_bps": 300,
    }  # fmt: skip

    def indicators(self, parameters: Parameters) -> list[dict[str, Any]]:
        return [
            {"name": "relative_strength_index", "parameters": {"bars": parameters["bars"]}},
            {"name": "simple_average", "parameters": {"bars": parameters["trend_bars"]}},
            {"name": "simple_average", "parameters": {"bars": parameters["exit_bars"]}},
        ]

    def bars_needed(self, parameters: Parameters) -> int:
        return max(parameters["trend_bars"], relative_strength_bars(parameters["bars"]))

    def decide(self, history: History, parameters: Parameters, weight: Decimal) -> Target:
        if len(history) < self.bars_needed(parameters):
            return stay(weight, "Too few bars for the long average.")
        close = history.closes[-1]
        trend = mean(history.closes[-parameters["trend_bars"] :])
        recent = mean(history.closes[-parameters["exit_bars"] :])
        index = relative_strength(history.closes, parameters["bars"])
        if weight == 0 and close > trend and index < parameters["dip_level"]:
            profit = close * (1 + parameters["profit_bps"] / 10_000)
            return Target(
                Decimal("0.8"), confidence(0.5 + (parameters["dip_level"] - index) / 30),
                f"In an uptrend ({words(close)} above the {parameters['trend_bars']}-bar average {words(trend)})"
                f" the {parameters['bars']}-bar RSI dipped to {index:.1f}; profit at {words(profit)}.",
                take_profit_price=profit,
            )  # fmt: skip
        strong = close > recent * (1 + parameters["strength_bps"] / 10_000)
        if weight > 0 and (strong or close < trend * (1 - parameters["failure_bps"] / 10_000)):
            why = "strength is back" if strong else "the uptrend is over"
            return Target(
                Decimal(0), Decimal("0.60"),
                f"The close {words(close)} against the {parameters['exit_bars']}-bar average {words(recent)}: {why}.",
            )  # fmt: skip
        return stay(weight, "No dip in an uptrend.")
