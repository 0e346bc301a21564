"""Strategies as creators write them, good ones and bad ones, as the text of a file."""

from textwrap import dedent, indent

from arena.signals.lab.own import Source

HEAD = """\
from decimal import Decimal

import numpy as np

from arena.signals.lab.indicators import Indicator
from arena.signals.lab.strategy import Plan, Range, Target
"""


def written(
    on_bar: str = "return None", *, plan: str = "", head: str = "", more: str = ""
) -> Source:
    """A strategy `Own` that reads two averages; its methods have these bodies."""
    text = (
        HEAD
        + dedent(head)
        + """
class Own:
    name = "own"
    about = "For tests."
    ranges = {"bars": Range(5, 2, 50)}

    def indicators(self, parameters):
        return {
            "fast": Indicator("simple_average", {"bars": parameters["bars"]}),
            "slow": Indicator("simple_average", {"bars": 20}),
        }

    def on_bar(self, view, parameters, weight):
"""
        + indent(dedent(on_bar).strip("\n"), " " * 8)
        + "\n"
    )
    if plan:
        text += "\n    def plan(self, table, parameters):\n" + indent(
            dedent(plan).strip("\n"), " " * 8
        )
    return Source(text + "\n" + indent(dedent(more), " " * 4), "Own", "own.py")


CROSS = """
    fast, slow = view["fast"][-1], view["slow"][-1]
    if weight == 0 and fast > slow:
        return Target(Decimal(1), Decimal("0.5"), "Above.", stop_price=view.closes[-1] * 0.9)
    if weight > 0 and fast < slow:
        return Target(Decimal(0), Decimal("0.5"), "Below.")
    return None
"""
CROSS_PLAN = """
    fast, slow = table["fast"], table["slow"]
    return Plan(
        np.where(fast > slow, 1.0, np.nan), np.where(fast < slow, 0.0, np.nan), stop_prices=table.closes * 0.9
    )
"""


def honest() -> Source:
    return written(CROSS, plan=CROSS_PLAN)
