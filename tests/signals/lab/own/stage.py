"""Strategies as creators write them, good ones and bad ones, as the text of a file; and hosted runs of them."""

import os
import time
from decimal import Decimal
from pathlib import Path
from textwrap import dedent, indent

from arena.signals.lab.bars import Bars
from arena.signals.lab.engine import Run
from arena.signals.lab.own import Host, Limits, Source, hosted_run
from arena.trading.venues import Rules

CASH = Decimal(100_000)

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


OS = "import statistics\nos = statistics.sys.modules['os']\n"
"""Lines of a strategy that finds what it may not import."""


def hosted(source: Source, bars: Bars, host: Host, limits: Limits = Limits()) -> Run:
    """A run with the defaults of its parameters."""
    return hosted_run(source, {}, bars, rules=Rules(), cash=CASH, limits=limits, host=host)


def children() -> set[int]:
    """The processes below this one, their own children too."""
    found: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                found[int(entry.name)] = int(
                    (entry / "stat").read_text().rsplit(") ", 1)[1].split()[1]
                )
            except (FileNotFoundError, ProcessLookupError):
                continue
    below = {os.getpid()}
    while more := {child for child, parent in found.items() if parent in below} - below:
        below |= more
    return below - {os.getpid()}


def wait_until_gone(process: int) -> None:
    for _ in range(3_000):
        try:
            state = Path(f"/proc/{process}/stat").read_text().rsplit(") ", 1)[1][0]
        except (FileNotFoundError, ProcessLookupError):
            return
        if state == "Z":  # whoever adopted it has not looked yet
            return
        time.sleep(0.01)
    raise AssertionError(f"process {process} is still there")
