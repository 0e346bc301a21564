"""Buy and hold: the honest baseline. It buys once and never trades again.

Source: W. F. Sharpe, The Arithmetic of Active Management, Financial Analysts Journal 47 (1991): before costs the
average active dollar earns what the passive one does, so this is what a strategy must beat net of costs.
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
    nothing,
    words,
)


class BuyAndHold:
    name = "buy_and_hold"
    about = "Buys once and holds: what every other strategy has to beat net of costs."
    ranges: ClassVar[Mapping[str, Range]] = {}

    def indicators(self, parameters: Parameters) -> Mapping[str, Indicator]:
        return {}

    def on_bar(self, view: View, parameters: Parameters, weight: Decimal) -> Target | None:
        if weight:
            return None
        return Target(
            Decimal(1), Decimal("0.50"),
            f"Bought at {words(view.closes[-1])} to hold; no further trades are planned.",
        )  # fmt: skip

    def plan(self, table: Table, parameters: Parameters) -> Plan:
        count = len(table.bars)
        return Plan(np.ones(count), nothing(count))
