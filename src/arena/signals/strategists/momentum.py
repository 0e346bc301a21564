"""Time-series momentum with a volatility target: long what has risen, less of it the more it swings.

Source: Moskowitz, Ooi and Pedersen, Time Series Momentum, J. Financial Economics 104 (2012): the sign of the
past return times target volatility over realised volatility; here long or flat, at most fully invested.
Around a past return of zero it stays as it is, and a new weight is published only when it differs from the
last one by more than a band; both keep costs down.
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
    share,
    words,
)


class Momentum:
    name = "momentum"
    about = "Long while the past return is positive, sized to a target volatility."
    ranges: ClassVar[Mapping[str, Range]] = {
        "return_bars": Range(192, 1, 5_000), "volatility_bars": Range(96, 2, 5_000),
        "volatility_target_pct": Range(40, 1, 500), "band_pct": Range(20, 1, 100), "still_bps": Range(50, 0, 5_000),
    }  # fmt: skip

    def indicators(self, parameters: Parameters) -> Mapping[str, Indicator]:
        return {
            "past": Indicator("past_return", {"bars": parameters["return_bars"]}),
            "swing": Indicator("realised_volatility", {"bars": parameters["volatility_bars"]}),
        }

    def on_bar(self, view: View, parameters: Parameters, weight: Decimal) -> Target | None:
        past, swing = view["past"][-1], view["swing"][-1]
        if abs(past) * 10_000 <= parameters["still_bps"] or (past < 0 and not weight):
            return None
        if past < 0:
            return Target(
                Decimal(0), confidence(0.5 - past * 4),
                f"The return over {parameters['return_bars']} bars turned to {past:+.2%}, to"
                f" {words(view.closes[-1])}.",
            )  # fmt: skip
        wanted = share(parameters["volatility_target_pct"] / 100 / swing) if swing else Decimal(1)
        if weight != 0 and abs(wanted - weight) * 100 < parameters["band_pct"]:
            return None
        return Target(
            wanted, confidence(0.5 + past * 4),
            f"The return over {parameters['return_bars']} bars is {past:+.2%} and volatility {swing:.0%} a year;"
            f" a target of {parameters['volatility_target_pct']}% makes the weight {wanted:.0%}.",
        )  # fmt: skip

    def plan(self, table: Table, parameters: Parameters) -> Plan:
        past, swing = table["past"], table["swing"]
        still = np.abs(past) * 10_000 <= parameters["still_bps"]
        with np.errstate(divide="ignore"):
            wanted = np.minimum(parameters["volatility_target_pct"] / 100 / swing, 1.0)
        return Plan(
            np.where(~still & (past > 0), wanted, np.nan),
            np.where(still, np.nan, np.where(past < 0, 0.0, wanted)),
            band_pct=parameters["band_pct"],
        )
