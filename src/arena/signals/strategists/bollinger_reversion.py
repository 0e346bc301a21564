"""Bollinger reversion: bid below the lower band, take profit at the average, stop further below.

Source: J. Bollinger, Bollinger on Bollinger Bands (2001): an average of closes and bands some population
standard deviations away; his values are 20 and 2, longer and wider ones pay fewer fees on short bars. It
enters by a limit order at the close, so that it makes the price rather than takes it.
"""

from decimal import Decimal
from typing import Any, ClassVar

from arena.signals.strategists.indicators import deviation, mean
from arena.signals.strategists.model import History, Parameters, Target, confidence, stay, words


class BollingerReversion:
    name = "bollinger_reversion"
    about = "Bids when the close falls below the lower Bollinger band, takes profit at the average."
    defaults: ClassVar[Parameters] = {"bars": 40, "band_pct": 225, "stop_pct": 250, "valid_bars": 4}

    def indicators(self, parameters: Parameters) -> list[dict[str, Any]]:
        return [
            {
                "name": "bollinger_bands",
                "parameters": {"bars": parameters["bars"], "band_pct": parameters["band_pct"]},
            }
        ]

    def bars_needed(self, parameters: Parameters) -> int:
        return parameters["bars"]

    def decide(self, history: History, parameters: Parameters, weight: Decimal) -> Target:
        if len(history) < self.bars_needed(parameters):
            return stay(weight, "Too few bars for the bands.")
        window = history.closes[-parameters["bars"] :]
        middle, spread, close = mean(window), deviation(window), window[-1]
        lower = middle - spread * parameters["band_pct"] / 100
        if weight == 0 and spread > 0 and close < lower:
            stop = max(close - spread * parameters["stop_pct"] / 100, close / 2)
            return Target(
                Decimal(1), confidence(0.5 + (lower - close) / spread / 4),
                f"The close {words(close)} is below the lower band {words(lower)}; bid at the close, profit at"
                f" the {parameters['bars']}-bar average {words(middle)}, stop at {words(stop)}.",
                limit_price=close, stop_price=stop,
                take_profit_price=middle, valid_bars=parameters["valid_bars"],
            )  # fmt: skip
        if weight > 0 and close >= middle:
            return Target(
                Decimal(0), Decimal("0.60"),
                f"The close {words(close)} is back at the {parameters['bars']}-bar average {words(middle)}.",
            )  # fmt: skip
        return stay(weight, "The close has not reached a band.")
