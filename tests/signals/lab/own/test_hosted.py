"""Hosted strategies trade as they would here, and their processes end with them."""

import select
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest

from arena.signals.lab.bars import Bars
from arena.signals.lab.engine import run_by_bar
from arena.signals.lab.indicators import compute_all
from arena.signals.lab.own import (
    BadStrategy,
    CannotHost,
    Host,
    Hosted,
    Limits,
    Source,
    StrategyFailed,
    StrategyTooSlow,
    load_source,
    read_source,
    run_checks,
    try_hosting,
)
from arena.signals.lab.strategy import Table, complete, plan_of
from arena.signals.strategists import STRATEGISTS
from arena.trading.venues import Rules
from tests.signals.lab.own.stage import (
    CASH,
    CROSS,
    children,
    honest,
    hosted,
    wait_until_gone,
    written,
)
from tests.signals.lab.stage import wandering

pytestmark = pytest.mark.slow

STRATEGISTS_FOLDER = Path(__file__).parents[4] / "src/arena/signals/strategists"


@pytest.mark.parametrize("name", ["moving_average_cross", "bollinger_reversion", "momentum"])
def test_a_hosted_strategy_trades_as_it_does_here(host: Host, name: str) -> None:
    bars = wandering(3, 1_200, swing=0.02)
    rule = STRATEGISTS[name]
    parameters = complete(rule, {})
    series = compute_all(rule.indicators(parameters), bars)
    here = run_by_bar(rule, parameters, bars, series, rules=Rules(), cash=CASH)
    source = read_source(f"{STRATEGISTS_FOLDER / name}.py:{type(rule).__name__}")
    there = hosted(source, bars, host)
    assert there.trades == here.trades
    assert len(there.trades) >= 2
    np.testing.assert_array_equal(there.equity, here.equity)
    np.testing.assert_array_equal(there.weights, here.weights)


def test_a_hosted_plan_is_the_plan_it_is_here(host: Host, bars: Bars) -> None:
    here = load_source(honest())
    parameters = complete(here, {"bars": 7})
    table = Table(bars, compute_all(here.indicators(parameters), bars))
    with Hosted(honest(), host) as there:
        assert there.plan is not None
        plan, expected = there.plan(table, parameters), here.plan(table, parameters)  # type: ignore[attr-defined]  # honest() has one
    np.testing.assert_array_equal(plan.enter, expected.enter)
    np.testing.assert_array_equal(plan.hold, expected.hold)
    np.testing.assert_array_equal(plan.stop_prices, expected.stop_prices)
    assert plan.limit_prices is None
    with Hosted(written(CROSS), host) as without:
        assert without.plan is None


def test_a_hosted_strategy_may_say_that_it_has_no_plan(host: Host, bars: Bars) -> None:
    """As at home: then it is asked bar by bar, and nothing else of it is doubted."""
    none = written(
        CROSS,
        plan="raise NoPlan('only by bar')",
        head="from arena.signals.lab.strategy import NoPlan\n",
    )
    here = load_source(none)
    parameters = complete(here, {})
    table = Table(bars, compute_all(here.indicators(parameters), bars))
    with Hosted(none, host) as there:
        assert plan_of(there, table, parameters) is None
    assert plan_of(here, table, parameters) is None
    found = {one.name: one for one in run_checks(none, {}, wandering(1, 900), here=False)}
    assert (found["plan"].passed, found["look-ahead"].passed) == (None, True)
    assert "only by bar" in found["plan"].words


def test_where_there_are_no_walls_nothing_is_hosted(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CannotHost, match=r"OverflowError|ValueError"):
        Hosted(honest(), host, Limits(memory_mb=-(10**15)))
    monkeypatch.setattr(sys, "platform", "darwin")
    with Host() as elsewhere, pytest.raises(CannotHost, match="it runs darwin"):
        try_hosting(elsewhere)


def test_who_went_before_he_was_asked_has_said_why(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    fork = Host.fork

    def gone_at_once(self: Host, limits: Limits) -> tuple[socket.socket, int]:
        end, number = fork(self, limits)
        gone = select.poll()
        gone.register(end, select.POLLHUP)
        while not any(event & select.POLLHUP for _, event in gone.poll(10_000)):
            pass
        return end, number

    monkeypatch.setattr(Host, "fork", gone_at_once)
    with pytest.raises(CannotHost, match=r"OverflowError|ValueError"):
        Hosted(honest(), host, Limits(memory_mb=-(10**15)))


def test_megabytes_of_print_go_nowhere(host: Host, bars: Bars) -> None:
    loud = written("print('x' * 1_000_000)\n" + CROSS.replace("\n    ", "\n"))
    np.testing.assert_array_equal(
        hosted(loud, bars, host, Limits()).equity, hosted(honest(), bars, host).equity
    )


LAWFUL = """
from __future__ import annotations
import collections.abc, dataclasses, datetime, decimal, enum, fractions, functools, itertools, math, statistics, typing
import numpy.random

@dataclasses.dataclass(frozen=True, slots=True)
class Pair:
    a: float
    b: dict[str, float]

class Mood(enum.Enum):
    GOOD = 1

class Row(typing.NamedTuple):
    a: int
"""


def test_what_is_allowed_works_though_no_file_can_be_opened(host: Host, bars: Bars) -> None:
    """Modules that import others late, warnings that show lines, numbers that are printed."""
    deeds = """
        Pair(1.0, {}), Mood(1), Row(3), repr(Pair(2.0, {}))
        np.log(np.array([-1.0, 0.0])); str(np.arange(2000.0)); np.linalg.svd(np.eye(3)); np.fft.fft(np.ones(8))
        np.random.default_rng(1).normal(size=3), np.median([1, 2]), np.percentile([1, 2], 50)
        np.polyfit([1, 2], [1, 2], 1)
        np.ma.masked_array([1.0]), np.datetime64("2020-01-01"), np.einsum("i,i", [1.0], [2.0]), f"{np.float64(3):.2f}"
        datetime.datetime.strptime("2020-01-01", "%Y-%m-%d"), datetime.datetime.fromtimestamp(0, datetime.UTC)
        statistics.NormalDist().inv_cdf(0.9), statistics.stdev([1.0, 2.0]), fractions.Fraction(1, 3), Decimal(2).sqrt()
        functools.reduce(lambda a, b: a + b, itertools.accumulate([1, 2])), "ä".encode("latin-1"), math.gcd(4, 6)
        try:
            import pandas
        except ImportError:
            pass
        warned = eval("1 + 1")
    """
    source = written(dedent(deeds) + dedent(CROSS))
    lawful = Source(LAWFUL + source.text, "Own", "own.py")
    assert hosted(lawful, bars, host, Limits()).trades == hosted(honest(), bars, host).trades


def test_nothing_is_left_where_the_host_itself_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "host.py"
    script.write_text(
        "from arena.signals.lab.own import Host, Limits, Source\n"
        "with Host() as host:\n"
        "    end, process = host.fork(Limits())\n"
        "    print(process, host._nursery.pid, flush=True)\n"
        "    input()\n"
    )
    killed = subprocess.Popen(
        [sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert killed.stdout is not None
    left = [int(number) for number in killed.stdout.readline().split()]
    assert len(left) == 2
    assert set(left) <= children()
    killed.kill()
    killed.communicate()
    for process in left:
        wait_until_gone(process)


def test_a_strategy_with_anothers_name_is_not_hosted(host: Host) -> None:
    source = Source(written().text.replace('"own"', '"momentum"'), "Own")
    with pytest.raises(BadStrategy, match="another strategy's"):
        Hosted(source, host, taken=STRATEGISTS)


def test_a_source_that_does_not_load_says_at_which_line(host: Host, bars: Bars) -> None:
    with pytest.raises(BadStrategy, match="line 2: "):
        hosted(Source("x = 1\ndef broken(:\n", "Own"), bars, host)
    with pytest.raises(BadStrategy, match="it has no `on_bar`"):
        hosted(Source(written().text.replace("def on_bar", "def on_tick"), "Own"), bars, host)


def test_no_process_is_left_behind(bars: Bars) -> None:
    before = children()
    with Host() as host:
        deeds: list[Callable[[], object]] = [
            lambda: hosted(written("while True: pass"), bars, host),
            lambda: hosted(written("return 1 / 0"), bars, host),
            lambda: hosted(honest(), bars, host),
        ]
        for deed in deeds:
            with suppress(StrategyTooSlow, StrategyFailed):
                deed()
            assert len(children() - before) == 1, "the nursery alone"
        left_open = Hosted(honest(), host)
        assert len(children() - before) == 2
    assert children() <= before
    left_open.close()


def test_a_host_that_was_ended_begins_again(bars: Bars) -> None:
    with Host() as host:
        first = hosted(honest(), bars, host)
        host.close()
        assert hosted(honest(), bars, host).trades == first.trades
        try_hosting(host)
