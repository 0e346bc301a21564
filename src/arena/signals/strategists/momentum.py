"""Time-series momentum with a volatility target: long what has risen, less of it the more it swings.

Source: Moskowitz, Ooi and Pedersen, Time Series Momentum, J. Financial Economics 104 (2012): the sign of the
past return times target volatility over realised volatility; here long or flat, at most fully invested.
Around a past return of zero it stays as it is, and a new weight is published only when it differs from the
last one by more than a band; both keep costs down.
"""

from decimal import Decimal
from typing import Any, ClassVar

from arena.signals.strategists.indicators import volatility
from arena.signals.strategists.model import (
    History,
    Parameters,
    Target,
    confidence,
    share,
    stay,
    words,
)


class Momentum:
    name = "momentum"
    about = "Long while the past return is positive, sized to a target volatility."
    defaults: ClassVar[Parameters] = {
        "return_bars": 192, "volatility_bars": 96, "volatility_target_pct": 40, "band_pct": 20,
        "still_bps": 50,
    }  # fmt: skip

    def indicators(self, parameters: Parameters) -> list[dict[str, Any]]:
        return [
            {"name": "past_return", "parameters": {"bars": parameters["return_bars"]}},
            {"name": "realised_volatility", "parameters": {"bars": parameters["volatility_bars"]}},
        ]

    def bars_needed(self, parameters: Parameters) -> int:
        return max(parameters["return_bars"], parameters["volatility_bars"]) + 1

    def decide(self, history: History, parameters: Parameters, weight: Decimal) -> Target:
        if len(history) < self.bars_needed(parameters):
            return stay(weight, "Too few bars for the past return.")
        close, before = history.closes[-1], history.closes[-1 - parameters["return_bars"]]
        past = close / before - 1
        swing = volatility(history.closes, parameters["volatility_bars"], history.interval_s)
        if abs(past) * 10_000 <= parameters["still_bps"] or (past < 0 and weight == 0):
            return stay(weight, "The past return gives no reason to change.")
        if past < 0:
            return Target(
                Decimal(0), confidence(0.5 - past * 4),
                f"The return over {parameters['return_bars']} bars turned to {past:+.2%}"
                f" ({words(before)} to {words(close)}).",
            )  # fmt: skip
        wanted = share(parameters["volatility_target_pct"] / 100 / swing) if swing else Decimal(1)
        if weight != 0 and abs(wanted - weight) * 100 < parameters["band_pct"]:
            return stay(weight, "The target is within the band.")
        return Target(
            wanted, confidence(0.5 + past * 4),
            f"The return over {parameters['return_bars']} bars is {past:+.2%} and volatility {swing:.0%} a year;"
            f" a target of {parameters['volatility_target_pct']}% makes the weight {wanted:.0%}.",
        )  # fmt: skip
