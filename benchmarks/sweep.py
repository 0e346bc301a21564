"""The Lab's sweep and its event path on BTCUSDT by the hour, beside vectorbt and backtesting.py.

Those two stand in a Python of their own, that of `make engines`; without it only the Lab's own figures are taken. In
each round every side goes once, in turning order.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from arena.signals.lab.bars import Bars
from arena.signals.lab.candles import load_bars
from arena.signals.lab.engine import Machine, ready, run_by_bar
from arena.signals.lab.indicators import compute_all
from arena.signals.lab.strategy import Table, complete
from arena.signals.lab.sweep import Configurations, Space, Study, grid, sweep
from arena.signals.strategists import STRATEGISTS
from arena.trading.venues import Rules
from benchmarks.engines import ABSENT, HERE, engines_python
from benchmarks.table import Goal, ratios, show, spread

CROSS = STRATEGISTS["moving_average_cross"]
CASH = Decimal(100_000)
CONFIGURATIONS, THEIRS, LARGE = 4_000, 100, 10_000
FILE = "candles/binance-spot-nic/BTCUSDT-1h.parquet"


def data() -> Path | None:
    """The file of bars; None where it is absent."""
    folder = Path(
        os.environ.get("ARENA_TEST_DATA") or Path(__file__).parents[2] / "shared" / "data"
    )
    return folder / FILE if (folder / FILE).is_file() else None


def configurations(step: int, most: int) -> Configurations:
    """Pairs of windows, fast ones from 5 to 60 and slow ones from 20 to 300 bars by that step, the first so many."""
    space = Space.of(
        CROSS, {"fast_bars": (5, 60, 1), "slow_bars": (20, 300, step), "band_bps": [0]}, [("fast_bars", "slow_bars")]
    )  # fmt: skip
    whole = grid(space)
    return Configurations(whole.names, whole.values[:most])


def sweeps(*, rounds: int) -> None:
    """Prints the tables, or why there are none."""
    path = data()
    if path is None:
        print(f"\n## Sweep\n\nleft out: set ARENA_TEST_DATA to a folder with {FILE}\n")
        return
    bars = load_bars(path, "BTCUSDT", "1h")
    with tempfile.TemporaryDirectory() as home:
        _sweep_table(bars, Path(home), rounds)
        _event_table(bars, Path(home), rounds)
        _once_table(path)


def _sweep_table(bars: Bars, home: Path, rounds: int) -> None:
    many = configurations(4, CONFIGURATIONS)
    few = many.values[:: len(many) // THEIRS][:THEIRS, :2]
    np.save(home / "closes.npy", bars.closes)
    asked = {
        "closes": str(home / "closes.npy"), "pairs": few.tolist(), "batch": THEIRS, "fee": 0.001,
    }  # fmt: skip
    with _peer("vectorbt_sweep.py", asked, home) as peer:
        sides: dict[str, Callable[[], float]] = {
            "the Lab, one core": lambda: len(many) * len(bars) / _timed(bars, many, home, 1),
            "the Lab, two cores": lambda: len(many) * len(bars) / _timed(bars, many, home, 2),
        }
        if peer:
            sides["vectorbt, one core"] = lambda: len(few) * len(bars) / peer()["seconds"]
        figures = _turns(sides, rounds)
    one, two = figures["the Lab, one core"], figures["the Lab, two cores"]
    goals = [Goal("two cores against one", ratios(two, one), 1.6)]
    if peer:
        theirs = figures["vectorbt, one core"]
        goals.insert(0, Goal("one core against vectorbt", ratios(one, theirs), 50))
    show(
        f"Sweep of a moving-average cross over {len(bars):,} bars: return, drawdown, fills; {rounds} rounds",
        ["side", "million bars x configurations/s"],
        [[name, spread([value / 1e6 for value in values], 1)] for name, values in figures.items()],
        goals,
    )  # fmt: skip


def _timed(bars: Bars, tried: Configurations, home: Path, workers: int) -> float:
    with tempfile.TemporaryDirectory(dir=home) as folder:
        began = time.perf_counter()
        sweep(Study(CROSS, bars, tried), Path(folder), workers=workers)
        return time.perf_counter() - began


def _event_table(bars: Bars, home: Path, rounds: int) -> None:
    parameters = complete(CROSS, {"fast_bars": 20, "slow_bars": 80, "band_bps": 0})
    names = ("opens", "highs", "lows", "closes", "volumes")
    np.savez(home / "bars.npz", **{name: getattr(bars, name) for name in names})
    asked = {"bars": str(home / "bars.npz"), "fast": 20, "slow": 80, "fee": 0.001}
    fills: dict[str, int] = {}

    def by_bar() -> float:
        began = time.perf_counter()
        series = compute_all(CROSS.indicators(parameters), bars)
        run = run_by_bar(CROSS, parameters, bars, series, rules=Rules(), cash=CASH)
        taken = time.perf_counter() - began
        plan = CROSS.plan(Table(bars, series), parameters)
        quick = Machine(bars, rules=Rules(), cash=CASH).run(plan, ready(series))
        assert quick.trades == run.trades, "both engines of the Lab come to the same fills"
        fills["the Lab, bar by bar"] = len(run.trades)
        return len(bars) / taken

    with _peer("backtesting_run.py", asked, home) as peer:
        sides: dict[str, Callable[[], float]] = {"the Lab, bar by bar": by_bar}
        if peer:
            sides["backtesting.py"] = lambda: len(bars) / peer()["seconds"]
        figures = _turns(sides, rounds)
    goals = []
    if peer:
        goals = [Goal("against backtesting.py", ratios(*figures.values()), 8)]
    show(
        f"One back-test bar by bar over {len(bars):,} bars, {rounds} rounds; the same {fills['the Lab, bar by bar']}"
        " fills as by plan",
        ["side", "bars/s"], [[name, spread(values)] for name, values in figures.items()], goals,
    )  # fmt: skip


def _once_table(path: Path) -> None:
    with tempfile.TemporaryDirectory() as cache:
        first, again = (_alone("first", path, NUMBA_CACHE_DIR=cache) for _ in range(2))
    most = _alone("memory", path)
    show(
        "Once",
        ["what", "figure"],
        [
            ["first configuration, nothing compiled yet, s", f"{first:.1f}"],
            ["first configuration of a later process, s", f"{again:.2f}"],
            [f"memory of a sweep of {LARGE:,} over two processes and their parent, MB", f"{most:,.0f}"],
        ],
        [Goal(f"MB of {LARGE:,} configurations", [most], 1_000, at_most=True)],
    )  # fmt: skip


def _alone(what: str, path: Path, **settings: str) -> float:
    """A figure taken in a process of its own."""
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.sweep", what, str(path)],
        check=True, capture_output=True, text=True, env={**os.environ, **settings},
    )  # fmt: skip
    return float(told.stdout)


def memory(path: Path) -> float:
    """The most memory that a large sweep holds, MB: of this process and those below it, shared pages once."""
    bars, done, most = load_bars(path, "BTCUSDT", "1h"), threading.Event(), [0.0]

    def look() -> None:
        own = psutil.Process()
        while not done.wait(0.05):
            total = 0
            for process in (own, *own.children(recursive=True)):
                with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                    total += process.memory_full_info().pss
            most[0] = max(most[0], total / 1e6)

    watching = threading.Thread(target=look)
    watching.start()
    try:
        with tempfile.TemporaryDirectory() as home:
            _timed(bars, configurations(1, LARGE), Path(home), 2)
    finally:
        done.set()
        watching.join()
    return most[0]


def _turns(sides: dict[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    figures: dict[str, list[float]] = defaultdict(list)
    names = list(sides)
    for number in range(rounds + 1):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            value = sides[name]()
            if number:  # the first round only warms up
                figures[name].append(value)
    return {name: figures[name] for name in names}


@contextmanager
def _peer(
    script: str, asked: dict[str, Any], home: Path
) -> Iterator[Callable[[], dict[str, Any]] | None]:
    """Asks the other engine for a round; None, said in plain words, where there is no Python for it."""
    python = engines_python()
    if not python:
        print(f"{script} left out: {ABSENT}")
        yield None
        return
    (home / f"{script}.json").write_text(json.dumps(asked))
    with subprocess.Popen(
        [python, str(HERE / script), str(home / f"{script}.json")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as running:  # fmt: skip
        assert running.stdin is not None
        assert running.stdout is not None
        into, out = running.stdin, running.stdout

        def ask() -> dict[str, Any]:
            into.write("\n")
            into.flush()
            answer: dict[str, Any] = json.loads(out.readline())
            return answer

        yield ask
        into.close()


def first_call(path: Path) -> float:
    """Seconds of the first configuration in this process."""
    bars = load_bars(path, "BTCUSDT", "1h").until(2_000)
    parameters = complete(CROSS, {})
    began = time.perf_counter()
    series = compute_all(CROSS.indicators(parameters), bars)
    plan = CROSS.plan(Table(bars, series), parameters)
    Machine(bars, rules=Rules(), cash=CASH).folds(plan, [len(bars) - 1], ready(series))
    return time.perf_counter() - began


if __name__ == "__main__":
    print({"first": first_call, "memory": memory}[sys.argv[1]](Path(sys.argv[2])))
