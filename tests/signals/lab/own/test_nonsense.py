"""What a hosted strategy answers is looked at: nonsense is told with the bar and the line."""

import pytest

from arena.signals.lab.bars import Bars
from arena.signals.lab.indicators import compute_all
from arena.signals.lab.own import (
    Host,
    Hosted,
    StrategyFailed,
)
from arena.signals.lab.strategy import Table
from tests.signals.lab.own.stage import OS, hosted, written

TARGET = "return Target({}, Decimal('0.5'), 'Because.')"


NONSENSE = {
    "a thread": (
        OS + "os.sys.modules['_thread'].start_new_thread(print, ())", "can't start new thread",
    ),
    "a weight of five": (TARGET.format("Decimal(5)"), "its weight 5 .* from 0 to 1"),
    "a weight below zero": (TARGET.format("Decimal(-1)"), "from 0 to 1"),
    "a weight that is no number": (TARGET.format("Decimal('NaN')"), "from 0 to 1"),
    "a float": (TARGET.format("0.5"), "must be a Decimal"),
    "too fine a weight": (TARGET.format("Decimal('0.12345')"), "more than four decimals"),
    "a number": ("return 1", "must be a Target"),
    "a name": ("return 'momentum'", "must be a Target"),
    "no rationale": ("return Target(Decimal(1), Decimal('0.5'), '')", "its rationale"),
    "megabytes of rationale": ("return Target(Decimal(1), Decimal('0.5'), 'x' * 10**7)", "its rationale"),
    "a price of infinity": (
        "return Target(Decimal(1), Decimal('0.5'), 'x', stop_price=float('inf'))", "its stop_price",
    ),
    "a price of numpy's": (
        "return Target(Decimal(1), Decimal('0.5'), 'x', stop_price=np.float64(3))", "its stop_price",
    ),
    "half a bar": ("return Target(Decimal(1), Decimal('0.5'), 'x', valid_bars=0.5)", "whole number"),
    "an error": ("x = 1\nreturn {}['nothing']", r"KeyError: 'nothing'\n  on_bar, line 21: return"),
    "half a letter": ("return Target(Decimal(1), Decimal('0.5'), chr(0xD800))", "halves of letters"),
    "another view": ("view.closes = [1.0]", "lists of the view are for reading"),
    "an exit": ("raise SystemExit(3)", "SystemExit: 3"),
    "no end of calls": ("return self.on_bar(view, parameters, weight)", "RecursionError"),
    "a changed view": ("view.closes.append(1.0)", "lists of the view are for reading"),
    "an indicator it never named": ("return view['none'][-1]", "KeyError"),
    "changed parameters": ("parameters['bars'] = 3", "does not support item assignment"),
}  # fmt: skip


@pytest.mark.parametrize("answer", sorted(NONSENSE))
def test_what_makes_no_sense_is_told(host: Host, bars: Bars, answer: str) -> None:
    body, words = NONSENSE[answer]
    with pytest.raises(StrategyFailed, match=words) as told:
        hosted(written(body), bars, host)
    assert told.value.facts["when"] == "at bar 19"
    assert len(str(told.value)) < 2_000


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ("return Plan(np.ones(3), np.ones(3))", r"`enter` must be float64 of shape \(290,\)"),
        ("return Plan(table.closes * 0 + 2, table.closes * 0)", "weights from 0 to 1"),
        ("return Plan(table.closes * 0, [0.0] * 290)", "`hold` must be float64"),
        ("return 5", "must be a Plan"),
        ("table.closes[0] = 1.0", "read-only"),
    ],
)
def test_a_plan_that_makes_no_sense_is_told(host: Host, bars: Bars, plan: str, words: str) -> None:
    bars = bars.until(290)
    with Hosted(written(plan=plan), host) as planning:
        assert planning.plan is not None
        series = compute_all(planning.indicators({"bars": 5}), bars)
        with pytest.raises(StrategyFailed, match=words):
            planning.plan(Table(bars, series), {"bars": 5})
