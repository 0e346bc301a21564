"""RSI mean reversion: buy what is oversold, leave when strength is back.

Source: J. W. Wilder, New Concepts in Technical Trading Systems (1978), chapter VI: below 30 oversold.
The exit in the middle of the scale follows the usual reversion reading of it.
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


class RsiReversion:
    name = "rsi_reversion"
    about = "Buys when the relative strength index says oversold, leaves when strength is back."
    ranges: ClassVar[Mapping[str, Range]] = {
        "bars": Range(14, 2, 5_000), "oversold_level": Range(30, 1, 99), "exit_level": Range(55, 1, 99),
        "stop_pct": Range(5, 1, 99),
    }  # fmt: skip

    def indicators(self, parameters: Parameters) -> Mapping[str, Indicator]:
        return {"index": Indicator("relative_strength_index", {"bars": parameters["bars"]})}

    def on_bar(self, view: View, parameters: Parameters, weight: Decimal) -> Target | None:
        index, close = view["index"][-1], view.closes[-1]
        if not weight and index < parameters["oversold_level"]:
            stop = close * (100 - parameters["stop_pct"]) / 100
            return Target(
                Decimal(1), confidence(0.5 + (parameters["oversold_level"] - index) / 40),
                f"The {parameters['bars']}-bar RSI fell to {index:.1f}, below {parameters['oversold_level']}:"
                f" oversold at {words(close)}; stop at {words(stop)}.",
                stop_price=stop,
            )  # fmt: skip
        if weight and index > parameters["exit_level"]:
            return Target(
                Decimal(0), Decimal("0.60"),
                f"The {parameters['bars']}-bar RSI is back at {index:.1f}, above {parameters['exit_level']}:"
                f" the bounce has happened at {words(close)}.",
            )  # fmt: skip
        return None

    def plan(self, table: Table, parameters: Parameters) -> Plan:
        index = table["index"]
        return Plan(
            np.where(index < parameters["oversold_level"], 1.0, np.nan),
            np.where(index > parameters["exit_level"], 0.0, np.nan),
            stop_prices=table.closes * (100 - parameters["stop_pct"]) / 100,
        )
