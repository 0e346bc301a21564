"""Buy and hold: the honest baseline. It buys once and never trades again.

Source: W. F. Sharpe, The Arithmetic of Active Management, Financial Analysts Journal 47 (1991): before costs the
average active dollar earns what the passive one does, so this is what a strategy must beat net of costs.
"""

from decimal import Decimal
from typing import Any, ClassVar

from arena.signals.strategists.model import History, Parameters, Target, stay, words


class BuyAndHold:
    name = "buy_and_hold"
    about = "Buys once and holds: what every other strategy has to beat net of costs."
    defaults: ClassVar[Parameters] = {}

    def indicators(self, parameters: Parameters) -> list[dict[str, Any]]:
        return []

    def bars_needed(self, parameters: Parameters) -> int:
        return 1

    def decide(self, history: History, parameters: Parameters, weight: Decimal) -> Target:
        if weight > 0 or len(history) < 1:
            return stay(weight, "Holding.")
        return Target(
            Decimal(1), Decimal("0.50"),
            f"Bought at {words(history.closes[-1])} to hold; no further trades are planned.",
        )  # fmt: skip
