"""Strategies for tests of sweeps; they stand in a module, so that workers can import them."""

import time
from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

import numpy as np

from arena.signals.lab.indicators import Indicator
from arena.signals.lab.strategy import Parameters, Plan, Range, Table, Target, View


class ByBar:
    """Long above an average; it can only decide bar by bar."""

    name = "above_average"
    about = "Long above an average."
    ranges: ClassVar[Mapping[str, Range]] = {
        "bars": Range(10, 2, 200),
        "pause_ms": Range(0, 0, 1_000),
    }

    def indicators(self, parameters: Parameters) -> Mapping[str, Indicator]:
        return {"average": Indicator("simple_average", {"bars": parameters["bars"]})}

    def on_bar(self, view: View, parameters: Parameters, weight: Decimal) -> Target | None:
        above = view.closes[-1] > view["average"][-1]
        if above != (weight > 0):
            return Target(Decimal(int(above)), Decimal("0.5"), "It crossed.")
        return None


class AtOnce(ByBar):
    """The same, all at once; it takes its time where it is told to."""

    def plan(self, table: Table, parameters: Parameters) -> Plan:
        time.sleep(parameters["pause_ms"] / 1_000)
        above = table.closes > table["average"]
        below = table.closes <= table["average"]
        return Plan(np.where(above, 1.0, np.nan), np.where(below, 0.0, np.nan))


class Delicate(AtOnce):
    """Breaks at seven bars, and at eleven plans for too few."""

    def plan(self, table: Table, parameters: Parameters) -> Plan:
        if parameters["bars"] == 7:
            raise ZeroDivisionError("seven is too many")
        whole = super().plan(table, parameters)
        return Plan(whole.enter[:-1], whole.hold) if parameters["bars"] == 11 else whole
