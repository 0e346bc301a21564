"""Strategies that peek, remember or draw chance are found, with the first bar; honest ones pass."""

from pathlib import Path

import pytest

from arena.signals.lab.bars import Bars
from arena.signals.lab.own import (
    Host,
    Hosted,
    LooksAhead,
    NotRepeatable,
    PlanDisagrees,
    StrategyFailed,
    TooFewToLook,
    check_lookahead,
    check_plan,
    load_source,
)
from arena.signals.lab.strategy import Strategy
from arena.signals.strategists import STRATEGISTS
from tests.signals.lab.own.stage import CROSS, CROSS_PLAN, honest, written
from tests.signals.lab.stage import hourly_btc, wandering

PEEKS = {
    "a centred average": "centred = np.convolve(table.closes, np.ones(5) / 5, mode='same')\nfast = centred",
    "the next close": "fast = np.append(table.closes[1:], np.nan)",
    "the highest close of all": "fast, slow = table.closes, table.closes * 0 + table.closes.max() * 0.95",
    "the mean of all": "fast, slow = table.closes, table.closes * 0 + table.closes.mean()",
    "how many bars there are": "fast = np.where(np.arange(len(table.bars)) > len(table.bars) - 30, 1e9, 0.0)",
}


def made(on_bar: str = CROSS, *, plan: str = "", head: str = "", more: str = "") -> Strategy:
    return load_source(written(on_bar, plan=plan, head=head, more=more))


@pytest.mark.parametrize("name", sorted(STRATEGISTS))
def test_no_built_in_strategy_looks_ahead_and_plans_agree(name: str) -> None:
    bars = wandering(3, 1_200, swing=0.02)
    looked = check_lookahead(STRATEGISTS[name], {}, bars, seed=1)
    assert looked.changes >= 1
    assert check_plan(STRATEGISTS[name], {}, bars) == looked.changes


@pytest.mark.parametrize("name", sorted(STRATEGISTS))
def test_nor_does_one_on_the_bars_of_an_exchange(shared_data: Path, name: str) -> None:
    looked = check_lookahead(STRATEGISTS[name], {}, hourly_btc(shared_data).between(30_000, 32_500))
    assert looked.bars > 2_000
    assert len(looked.cuts) == 3


@pytest.mark.parametrize("peek", sorted(PEEKS))
def test_a_plan_that_peeks_is_found(bars: Bars, peek: str) -> None:
    plan = CROSS_PLAN.replace(
        "return Plan", PEEKS[peek].replace("\n", "\n    ") + "\n    return Plan"
    )
    with pytest.raises(LooksAhead, match="`plan` decided at bar") as found:
        check_lookahead(made(plan=plan), {}, bars)
    assert found.value.facts["bar"] <= found.value.facts["cut"]
    assert found.value.facts["was"] != found.value.facts["became"]


def test_what_it_saw_while_it_planned_does_not_help_it_later(bars: Bars) -> None:
    remembers = CROSS_PLAN.replace("fast, slow", "self.seen = table.closes\n    fast, slow", 1)
    peeks = "seen = getattr(self, 'seen', [])\nif len(seen) > len(view) and seen[len(view)] > view.closes[-1]:\n"
    peeks += "    return None\n" + CROSS.replace("\n    ", "\n")
    with pytest.raises(NotRepeatable, match="after it planned"):
        check_lookahead(made(peeks, plan=remembers), {}, bars)


@pytest.mark.parametrize(
    ("on_bar", "head", "again"),
    [
        ("self.n = getattr(self, 'n', 0) + 1\nreturn target() if self.n % 7 == 0 and not weight else None",
         "", "twice"),
        ("import random\nreturn target() if random.random() < 0.3 and not weight else None", "", "twice"),
        # It begins anew with each run, but counts the calls since then.
        ("self.n = 0 if len(view) <= 20 else self.n + 1\nif self.n == 50: return target()", "", "out of turn"),
    ],
)  # fmt: skip
def test_what_keeps_something_or_draws_chance_is_not_repeatable(
    bars: Bars, on_bar: str, head: str, again: str
) -> None:
    head = "def target():\n    return Target(Decimal(1), Decimal('0.5'), 'Because.')\n"
    with pytest.raises(NotRepeatable, match=f"asked {again} about the same bars"):
        check_lookahead(made(on_bar, head=head), {}, bars)


def test_one_that_remembers_the_future_of_an_earlier_run_is_found(bars: Bars) -> None:
    remembers = """
        kept = vars(type(self)).get("kept") or {}
        type(self).kept = kept
        now = view.close_ms
        kept[now] = view.closes[-1]
        later = kept.get(now + 3_600_000)
        if later is not None and later > view.closes[-1] and weight == 0:
            return Target(Decimal(1), Decimal("0.5"), "I know.")
        return None
    """
    with pytest.raises((LooksAhead, NotRepeatable)):
        check_lookahead(made(remembers), {}, bars)


def test_a_plan_that_decides_otherwise_is_found_with_the_bar(bars: Bars) -> None:
    assert check_plan(load_source(honest()), {}, bars) > 5
    for old, new in (
        ("fast > slow", "fast > slow * 1.01"),
        ("* 0.9", "* 0.8"),
        ("0.0, np", "0.5, np"),
    ):
        other = made(plan=CROSS_PLAN.replace(old, new))
        with pytest.raises(PlanDisagrees, match="disagrees with `on_bar` at bar"):
            check_plan(other, {}, bars)
    with pytest.raises(PlanDisagrees, match="on_bar: no change"):
        check_plan(made("return None", plan=CROSS_PLAN), {}, bars)


def test_a_strategy_that_changes_its_view_is_told_so(bars: Bars) -> None:
    for touch in (
        "view.closes.append(1.0)",
        "view['fast'][-1] = 0.0",
        "view.opens.clear()",
        "del view.lows[0]",
        "view.closes = [1.0] * len(view)",
    ):
        with pytest.raises(StrategyFailed, match="lists of the view are for reading"):
            check_lookahead(made(touch), {}, bars)


def test_an_error_of_the_strategy_is_told_with_its_line(bars: Bars) -> None:
    with pytest.raises(
        StrategyFailed, match=r"at bar 19: ZeroDivisionError.*\n.*on_bar, line 21: "
    ):
        check_lookahead(made("x = 1\nreturn 1 / 0"), {}, bars)


def test_too_few_bars_show_nothing(bars: Bars) -> None:
    with pytest.raises(TooFewToLook, match="at 11 of these 30 bars"):
        check_lookahead(load_source(honest()), {}, bars.until(30))


def test_a_hosted_strategy_is_looked_at_alike(host: Host, bars: Bars) -> None:
    with Hosted(honest(), host) as hosted:
        here = check_lookahead(load_source(honest()), {}, bars, seed=4)
        assert check_lookahead(hosted, {}, bars, seed=4) == here
        assert check_plan(hosted, {}, bars) == here.changes
    peeking = written(
        CROSS,
        plan=CROSS_PLAN.replace("return", "fast = np.append(table.closes[1:], 0)\n    return", 1),
    )
    with Hosted(peeking, host) as hosted, pytest.raises(LooksAhead):
        check_lookahead(hosted, {}, bars)
