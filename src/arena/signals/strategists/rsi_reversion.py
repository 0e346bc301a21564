"""RSI mean reversion: buy what is oversold, leave when strength is back.

Source: J. W. Wilder, New Concepts in Technical Trading Systems (1978), chapter VI: below 30 oversold.
The exit in the middle of the scale follows the usual reversion reading of it.
"""

from decimal import Decimal
from typing import Any, ClassVar

from arena.signals.strategists.indicators import relative_strength, relative_strength_bars
from arena.signals.strategists.model import History, Parameters, Target, confidence, stay, words


class RsiReversion:
    name = "rsi_reversion"
    about = "Buys when the relative strength index says oversold, leaves when strength is back."
    defaults: ClassVar[Parameters] = {
        "bars": 14,
        "oversold_level": 30,
        "exit_level": 55,
        "stop_pct": 5,
    }

    def indicators(self, parameters: Parameters) -> list[dict[str, Any]]:
        return [{"name": "relative_strength_index", "parameters": {"bars": parameters["bars"]}}]

    def bars_needed(self, parameters: Parameters) -> int:
        return relative_strength_bars(parameters["bars"])

    def decide(self, history: History, parameters: Parameters, weight: Decimal) -> Target:
        if len(history) < self.bars_needed(parameters):
            return stay(weight, "Too few bars for the index.")
        index = relative_strength(history.closes, parameters["bars"])
        close = history.closes[-1]
        if weight == 0 and index < parameters["oversold_level"]:
            stop = close * (100 - parameters["stop_pct"]) / 100
            return Target(
                Decimal(1), confidence(0.5 + (parameters["oversold_level"] - index) / 40),
                f"The {parameters['bars']}-bar RSI fell to {index:.1f}, below {parameters['oversold_level']}:"
                f" oversold at {words(close)}; stop at {words(stop)}.",
                stop_price=stop,
            )  # fmt: skip
        if weight > 0 and index > parameters["exit_level"]:
            return Target(
                Decimal(0), Decimal("0.60"),
                f"The {parameters['bars']}-bar RSI is back at {index:.1f}, above {parameters['exit_level']}:"
                f" the bounce has happened at {words(close)}.",
            )  # fmt: skip
        return stay(weight, f"The RSI is {index:.1f}.")
