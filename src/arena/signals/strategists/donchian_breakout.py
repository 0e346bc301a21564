"""Donchian breakout: buy a new high, leave on a new low, with a stop two average ranges away.

Source: the channel is R. D. Donchian's; entry, exit and the 2N stop are the Turtles' (C. M. Faith, Way of
the Turtle, 2007, appendix "The Original Turtle Trading Rules").
"""

from decimal import Decimal
from typing import Any, ClassVar

from arena.signals.strategists.indicators import true_range
from arena.signals.strategists.model import History, Parameters, Target, confidence, stay, words


class DonchianBreakout:
    name = "donchian_breakout"
    about = "Buys a close above the highest high of the last bars, leaves below the lowest low, stop at 2N."
    defaults: ClassVar[Parameters] = {
        "entry_bars": 40, "exit_bars": 20, "range_bars": 20, "stop_ranges_pct": 300,
    }  # fmt: skip

    def indicators(self, parameters: Parameters) -> list[dict[str, Any]]:
        return [
            {"name": "highest_high", "parameters": {"bars": parameters["entry_bars"]}},
            {"name": "lowest_low", "parameters": {"bars": parameters["exit_bars"]}},
            {"name": "average_true_range", "parameters": {"bars": parameters["range_bars"]}},
        ]

    def bars_needed(self, parameters: Parameters) -> int:
        windows = (parameters["entry_bars"], parameters["exit_bars"], parameters["range_bars"])
        return max(windows) + 1

    def decide(self, history: History, parameters: Parameters, weight: Decimal) -> Target:
        if len(history) < self.bars_needed(parameters):
            return stay(weight, "Too few bars for the channel.")
        entry_bars, exit_bars = parameters["entry_bars"], parameters["exit_bars"]
        close = history.closes[-1]
        top = max(history.highs[-entry_bars - 1 : -1])
        bottom = min(history.lows[-exit_bars - 1 : -1])
        if weight == 0 and close > top:
            average = true_range(
                history.highs, history.lows, history.closes, parameters["range_bars"]
            )  # fmt: skip
            stop = close - average * parameters["stop_ranges_pct"] / 100
            return Target(
                Decimal(1), confidence(0.45 + (close - top) / average / 4 if average else 0.45),
                f"The close {words(close)} broke above {words(top)}, the highest high of the last"
                f" {entry_bars} bars; stop at {words(stop)}.",
                stop_price=stop if stop > 0 else None,
            )  # fmt: skip
        if weight > 0 and close < bottom:
            return Target(
                Decimal(0), Decimal("0.60"),
                f"The close {words(close)} fell below {words(bottom)}, the lowest low of the last"
                f" {exit_bars} bars.",
            )  # fmt: skip
        return stay(weight, "The close is inside the channel.")
