"""Bollinger reversion: bid below the lower band, take profit at the average, stop further below.

Source: J. Bollinger, Bollinger on Bollinger Bands (2001): an average of closes and bands some population
standard deviations away; his values are 20 and 2, longer and wider ones pay fewer fees on short bars. It
enters by a limit order at the close, so that it makes the price rather than takes it.
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


class BollingerReversion:
    name = "bollinger_reversion"
    about = "Bids when the close falls below the lower Bollinger band, takes profit at the average."
    ranges: ClassVar[Mapping[str, Range]] = {
        "bars": Range(40, 2, 5_000), "band_pct": Range(225, 1, 1_000), "stop_pct": Range(250, 1, 5_000),
        "valid_bars": Range(4, 1, 500),
    }  # fmt: skip

    def indicators(self, parameters: Parameters) -> Mapping[str, Indicator]:
        return {
            "middle": Indicator("simple_average", {"bars": parameters["bars"]}),
            "spread": Indicator("standard_deviation", {"bars": parameters["bars"]}),
        }

    def on_bar(self, view: View, parameters: Parameters, weight: Decimal) -> Target | None:
        middle, spread, close = view["middle"][-1], view["spread"][-1], view.closes[-1]
        lower = middle - spread * parameters["band_pct"] / 100
        if not weight and spread > 0 and close < lower:
            stop = max(close - spread * parameters["stop_pct"] / 100, close / 2)
            return Target(
                Decimal(1), confidence(0.5 + (lower - close) / spread / 4),
                f"The close {words(close)} is below the lower band {words(lower)}; bid at the close, profit at"
                f" the {parameters['bars']}-bar average {words(middle)}, stop at {words(stop)}.",
                limit_price=close, stop_price=stop,
                take_profit_price=middle, valid_bars=parameters["valid_bars"],
            )  # fmt: skip
        if weight and close >= middle:
            return Target(
                Decimal(0), Decimal("0.60"),
                f"The close {words(close)} is back at the {parameters['bars']}-bar average {words(middle)}.",
            )  # fmt: skip
        return None

    def plan(self, table: Table, parameters: Parameters) -> Plan:
        middle, spread, closes = table["middle"], table["spread"], table.closes
        lower = middle - spread * parameters["band_pct"] / 100
        return Plan(
            np.where((spread > 0) & (closes < lower), 1.0, np.nan),
            np.where(closes >= middle, 0.0, np.nan),
            limit_prices=closes,
            stop_prices=np.maximum(closes - spread * parameters["stop_pct"] / 100, closes / 2),
            take_profit_prices=middle,
            valid_bars=parameters["valid_bars"],
        )
