"""Hosted strategies trade as they would here; what they may not, they cannot, and nobody else is hurt."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest

from arena.kit.errors import ArenaError
from arena.signals.lab.bars import Bars
from arena.signals.lab.engine import Run, run_by_bar
from arena.signals.lab.indicators import compute_all
from arena.signals.lab.own import (
    BadStrategy,
    CannotHost,
    Host,
    Hosted,
    Limits,
    Source,
    StrategyFailed,
    StrategyForbidden,
    StrategyTooLarge,
    StrategyTooSlow,
    hosted_run,
    load_source,
    read_source,
    try_hosting,
)
from arena.signals.lab.strategy import Table, complete
from arena.signals.strategists import STRATEGISTS
from arena.trading.venues import Rules
from tests.signals.lab.own.stage import CROSS, honest, written
from tests.signals.lab.stage import wandering

CASH = Decimal(100_000)
STRATEGISTS_FOLDER = Path(__file__).parents[4] / "src/arena/signals/strategists"
QUICK = Limits(load_s=1.0, bar_s=0.4, plan_s=1.0, run_s=20.0, cpu_s=20, memory_mb=256)
OS = "import statistics\nos = statistics.sys.modules['os']\n"
TARGET = "return Target({}, Decimal('0.5'), 'Because.')"


def hosted(source: Source, bars: Bars, host: Host, limits: Limits = QUICK) -> Run:
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


FORBIDDEN = {
    "opens a file": "open('/etc/passwd')",
    "writes a file": "open('/tmp/stolen', 'w').write('x')",
    "reads a file by numpy": "np.fromfile('/etc/passwd', dtype=np.uint8)",
    "writes a file by numpy": "np.save('/tmp/stolen.npy', np.ones(3))",
    "imports os": "import os",
    "imports ctypes": "import ctypes",
    "imports socket": "import socket",
    "imports subprocess": "from subprocess import run",
    "imports the arena": "import arena.kit.db",
    "imports by __import__": "__import__('os')",
    "finds os and lists": OS + "os.listdir('/')",
    "finds os and opens": OS + "os.open('/etc/passwd', 0)",
    "finds os and forks": OS + "os.fork()",
    "finds os and executes": OS + "os.execv('/bin/sh', ['sh'])",
    "finds os and kills": OS + "os.kill(os.getppid(), 9)",
    "finds a socket": OS + "os.sys.modules['socket'].socket()",
    "calls into C": "np.ctypeslib.load_library('libc.so.6', '/')",
    "reads what others left in memory": "import statistics\nstatistics.sys.modules['gc'].get_objects()",
    "catches the error": "try:\n    open('/etc/passwd')\nexcept BaseException:\n    pass",
    "asks the user": "input()",
}


@pytest.mark.parametrize("deed", sorted(FORBIDDEN))
def test_what_is_forbidden_is_told(host: Host, bars: Bars, deed: str) -> None:
    with pytest.raises(StrategyForbidden, match="may use neither files") as told:
        hosted(written(FORBIDDEN[deed]), bars, host)
    assert told.value.facts["when"] == "at bar 19"
    assert not Path("/tmp/stolen").exists()
    assert not Path("/tmp/stolen.npy").exists()


UNHOOKED = """
import statistics
os = statistics.sys.modules["os"]
frame = statistics.sys._getframe()
while "watch" not in frame.f_locals:
    frame = frame.f_back
frame.f_locals["watch"]._on = False
"""
DEEDS = {
    "opens": "os.open('/etc/passwd', 0)",
    "forks": "os.fork()",
    "executes": "os.execv('/bin/sh', ['sh'])",
    "connects": "statistics.sys.modules['socket'].socket()",
    "kills": "os.kill(os.getpid(), 9)",
    "looks": "os.stat('/')",
}


@pytest.mark.parametrize("deed", sorted(DEEDS))
def test_whoever_gets_past_the_hook_meets_the_kernel(host: Host, bars: Bars, deed: str) -> None:
    with pytest.raises(
        StrategyForbidden, match=r"PermissionError: .Errno 1. Operation not permitted"
    ):
        hosted(written(UNHOOKED + DEEDS[deed]), bars, host)


@pytest.mark.parametrize(
    "junk",
    ["b'\\xff' * 100", "b'\\x05\\0\\0\\0hello'", "b'\\0\\0\\0\\0'", "b'\\x01\\0\\0\\0\\xc0' * 10**6",
     "b'\\x40\\0\\0\\0half'"],
)  # fmt: skip
def test_junk_on_its_line_hurts_itself_only(host: Host, bars: Bars, junk: str) -> None:
    with pytest.raises((StrategyFailed, StrategyTooSlow), match=r"cannot be read|longer than"):
        hosted(written(OS + f"os.write(3, {junk})"), bars, host)
    assert hosted(honest(), bars, host).trades


def test_where_there_are_no_walls_nothing_is_hosted(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CannotHost, match=r"OverflowError|ValueError"):
        Hosted(honest(), host, Limits(memory_mb=-(10**15)))
    monkeypatch.setattr(sys, "platform", "darwin")
    with Host() as elsewhere, pytest.raises(CannotHost, match="it runs darwin"):
        try_hosting(elsewhere)


def test_it_is_forbidden_at_loading_and_planning_too(host: Host, bars: Bars) -> None:
    with pytest.raises(StrategyForbidden, match="while it was loaded: it imports os"):
        hosted(written(head="import os\n"), bars, host)
    with Hosted(written(plan="return open('/etc/passwd')"), host) as planning:
        assert planning.plan is not None
        series = compute_all(planning.indicators({"bars": 5}), bars)
        with pytest.raises(StrategyForbidden, match="while it planned: it called `open`"):
            planning.plan(Table(bars, series), {"bars": 5})


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


SLOW = {
    "at a bar": written("while True: pass"),
    "through every error": written("while True:\n    try:\n        while True: pass\n    except BaseException: pass"),
    "in one long computation": written("return sum(range(10**12))"),
    "while it is loaded": written(head="while True: pass\n"),
    "naming indicators": Source(written().text.replace("return {", "while True: pass\n        return {"), "Own"),
}  # fmt: skip


@pytest.mark.parametrize("where", sorted(SLOW))
def test_what_never_ends_is_ended(host: Host, bars: Bars, where: str) -> None:
    with pytest.raises(StrategyTooSlow, match="it took longer than"):
        hosted(SLOW[where], bars, host)


def test_time_of_the_processor_is_limited_too(host: Host, bars: Bars) -> None:
    limits = Limits(bar_s=30.0, cpu_s=1)
    with pytest.raises(StrategyTooSlow, match="1 s of the processor"):
        hosted(written("while True: pass"), bars, host, limits)


def test_a_run_as_a_whole_may_not_take_longer_than_it_may(host: Host, bars: Bars) -> None:
    dawdling = written("for _ in range(300_000): pass")
    with pytest.raises(StrategyTooSlow, match=r"0\.2 s for the run|longer than 0\.\d+ s"):
        hosted(dawdling, bars, host, Limits(run_s=0.2))


LARGE = {
    "a list that grows": "kept = []\nwhile True: kept.append([0] * 100_000)",
    "one array": "return np.ones(10**10)",
    "bytes by doubling": "data = b'x' * 1000\nwhile True: data += data",
    "kept from bar to bar": "self.kept = getattr(self, 'kept', [])\nself.kept.append(bytearray(20_000_000))",
}


@pytest.mark.parametrize("way", sorted(LARGE))
def test_what_grows_without_end_is_ended(host: Host, bars: Bars, way: str) -> None:
    with pytest.raises(StrategyTooLarge, match="more than 256 MB"):
        hosted(written(LARGE[way]), bars, host, Limits(bar_s=20.0, memory_mb=256))


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


def test_a_strategy_with_anothers_name_is_not_hosted(host: Host) -> None:
    source = Source(written().text.replace('"own"', '"momentum"'), "Own")
    with pytest.raises(BadStrategy, match="another strategy's"):
        Hosted(source, host, taken=STRATEGISTS)


def test_a_source_that_does_not_load_says_at_which_line(host: Host, bars: Bars) -> None:
    with pytest.raises(BadStrategy, match="line 2: "):
        hosted(Source("x = 1\ndef broken(:\n", "Own"), bars, host)
    with pytest.raises(BadStrategy, match="it has no `on_bar`"):
        hosted(Source(written().text.replace("def on_bar", "def on_tick"), "Own"), bars, host)


@pytest.mark.parametrize(
    "deed",
    [
        "while True: pass",
        FORBIDDEN["opens a file"],
        LARGE["one array"],
        "return 1 / 0",
        OS + "os._exit(5)",
    ],
)
def test_one_that_is_ended_hurts_no_other(host: Host, bars: Bars, deed: str) -> None:
    """Another strategy runs beside it, on the same host, all the while."""
    good: list[Run] = []
    beside = threading.Thread(
        target=lambda: good.extend(hosted(honest(), bars, host, Limits()) for _ in range(3))
    )
    beside.start()
    with pytest.raises(ArenaError):
        hosted(written(deed), bars, host)
    beside.join()
    expected = hosted(honest(), bars, host)
    assert [run.trades for run in good] == [expected.trades] * 3


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
    assert children() == before
    left_open.close()


def test_a_host_that_was_ended_begins_again(bars: Bars) -> None:
    with Host() as host:
        first = hosted(honest(), bars, host)
        host.close()
        assert hosted(honest(), bars, host).trades == first.trades
        try_hosting(host)
