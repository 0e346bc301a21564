"""Donchian breakout: buy a new high, leave on a new low, with a stop two average ranges away.

Source: the channel is R. D. Donchian's; entry, exit and the 2N stop are the Turtles' (C. M. Faith, Way of
the Turtle, 2007, appendix "The Original Turtle Trading Rules").
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
    before,
    confidence,
    words,
)


class DonchianBreakout:
    name = "donchian_breakout"
    about = "Buys a close above the highest high of the last bars, leaves below the lowest low, stop at 2N."
    ranges: ClassVar[Mapping[str, Range]] = {
        "entry_bars": Range(40, 2, 5_000), "exit_bars": Range(20, 2, 5_000), "range_bars": Range(20, 1, 5_000),
        "stop_ranges_pct": Range(300, 1, 5_000),
    }  # fmt: skip

    def indicators(self, parameters: Parameters) -> Mapping[str, Indicator]:
        return {
            "top": Indicator("highest_high", {"bars": parameters["entry_bars"]}),
            "bottom": Indicator("lowest_low", {"bars": parameters["exit_bars"]}),
            "range": Indicator("mean_true_range", {"bars": parameters["range_bars"]}),
        }

    def on_bar(self, view: View, parameters: Parameters, weight: Decimal) -> Target | None:
        close, tops, bottoms = view.closes[-1], view["top"], view["bottom"]
        if len(tops) < 2:
            return None
        if not weight and close > tops[-2]:
            top, average = tops[-2], view["range"][-1]
            stop = close - average * parameters["stop_ranges_pct"] / 100
            return Target(
                Decimal(1), confidence(0.45 + (close - top) / average / 4 if average else 0.45),
                f"The close {words(close)} broke above {words(top)}, the highest high of the last"
                f" {parameters['entry_bars']} bars; stop at {words(stop)}.",
                stop_price=stop if stop > 0 else None,
            )  # fmt: skip
        if weight and close < bottoms[-2]:
            return Target(
                Decimal(0), Decimal("0.60"),
                f"The close {words(close)} fell below {words(bottoms[-2])}, the lowest low of the last"
                f" {parameters['exit_bars']} bars.",
            )  # fmt: skip
        return None

    def plan(self, table: Table, parameters: Parameters) -> Plan:
        closes = table.closes
        stops = closes - table["range"] * parameters["stop_ranges_pct"] / 100
        return Plan(
            np.where(closes > before(table["top"]), 1.0, np.nan),
            np.where(closes < before(table["bottom"]), 0.0, np.nan),
            stop_prices=np.where(stops > 0, stops, np.nan),
        )
