"""The report on a strategy: each check has its line, and what cannot be looked at says so."""

import pytest

from arena.signals.lab.bars import Bars
from arena.signals.lab.own import Check, Limits, Source, run_checks
from arena.signals.strategists import STRATEGISTS
from tests.signals.lab.own.stage import CROSS, CROSS_PLAN, honest, written
from tests.signals.lab.stage import wandering

ALL = ["loads", "parameters", "look-ahead", "repeatable", "plan", "sandbox", "speed"]


def verdicts(source: Source, bars: Bars, *, here: bool = True) -> dict[str, Check]:
    limits = Limits(load_s=2.0, bar_s=1.0)
    found = list(run_checks(source, {}, bars, taken=STRATEGISTS, limits=limits, here=here))
    return {check.name: check for check in found}


@pytest.mark.parametrize("here", [True, False])
def test_an_honest_strategy_passes_all(here: bool) -> None:
    found = verdicts(honest(), wandering(1, 200), here=here)
    assert list(found) == ALL
    assert [check.passed for check in found.values()] == [True] * 7
    assert "hosted, it traded the same" in found["sandbox"].words


@pytest.mark.parametrize(
    ("source", "failed", "words"),
    [
        (written(CROSS, plan=CROSS_PLAN.replace("return", "fast = table.closes[::-1]\n    return", 1)),
         "look-ahead", "looks ahead"),
        (written(CROSS, plan=CROSS_PLAN.replace("fast > slow", "fast < slow")), "plan", "disagrees"),
        (written(CROSS, head="import json\n"), "sandbox", "it imports json"),
        (written("self.n = getattr(self, 'n', 0) + 1\n"
                 "return Target(Decimal(self.n % 2), Decimal('0.5'), 'x') if self.n % 5 == 0 else None"),
         "repeatable", "not repeatable"),
        (Source(honest().text.replace('"bars": parameters["bars"]', '"bars": parameters["bars"] - 2'), "Own"),
         "parameters", "must be a whole number"),
        (Source(honest().text.replace('name = "own"', 'name = "momentum"'), "Own"), "loads", "another"),
    ],
)  # fmt: skip
def test_each_fault_fails_its_check(source: Source, failed: str, words: str) -> None:
    found = verdicts(source, wandering(1, 200))
    assert found[failed].passed is False
    assert words in found[failed].words
    for earlier in ALL[: ALL.index(failed)]:
        assert found[earlier].passed is not False


def test_a_strategy_that_never_acts_is_not_called_clean(bars: Bars) -> None:
    found = verdicts(written("return None"), bars)
    assert found["look-ahead"].passed is None
    assert "nothing to see" in found["look-ahead"].words
    assert (found["plan"].passed, found["plan"].words) == (
        None,
        "it has none; sweeps ask it bar by bar",
    )


def test_hosted_only_it_runs_nothing_here(bars: Bars, capfd: pytest.CaptureFixture[str]) -> None:
    found = verdicts(written(CROSS, head="print('I am here')\n"), bars, here=False)
    assert found["loads"].passed
    assert "I am here" not in capfd.readouterr().out
