"""The Lab's back-tests of the built-in strategies beside two engines of others, on BTCUSDT by the hour.

vectorbt keeps the account of the Lab's own fills; backtesting.py decides, orders and fills by itself. What differs is
split by cause. docs/reference/engines.md says how they are set alike.
"""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from arena.signals.lab.bars import Bars, Floats
from arena.signals.lab.candles import load_bars
from arena.signals.lab.engine import Run, Trade, run_by_bar
from arena.signals.lab.indicators import compute_all
from arena.signals.lab.strategy import complete
from arena.signals.strategists import STRATEGISTS
from arena.trading.venues import Rules
from benchmarks.engines import ABSENT, HERE, engines_python
from benchmarks.sweep import CASH, FILE, data
from benchmarks.table import Goal, show

AIM = 1e-6
FREE = Rules(
    fee_maker_bps=0, fee_taker_bps=0, half_spread_bps=0, latency_ms=0, impact_y=Decimal(0),
    participation_bps=10**9, reserve_bps=500,
)  # fmt: skip
"""Next open, no cost, as much as is asked for. A twentieth is kept back, because backtesting.py cancels what an open
above the close makes dearer than the cash, where the Lab buys less."""
CHARGED = replace(FREE, fee_maker_bps=10, fee_taker_bps=10)
DRAWS = 4


@dataclass(frozen=True, slots=True)
class How:
    """How backtesting.py runs; the words are those of its script."""

    path: bool = True
    attached: bool = False
    share: bool = False
    fee: float = 0.0
    changes: Mapping[str, int] = field(default_factory=dict)
    """Of the built-in's parameters."""


@dataclass(frozen=True, slots=True)
class Theirs:
    """What the other engine came to: equity at each bar's close in quote units, and what it says of itself."""

    equity: Floats
    figures: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Apart:
    """How far two runs are apart: equity relatively, at the worst bar and at the end; fills that only one has."""

    worst: float
    last: float
    ours_alone: int = 0
    theirs_alone: int = 0

    @property
    def alone(self) -> int:
        return max(self.ours_alone, self.theirs_alone)


CAUSES = {
    "whole bars": How(path=False),
    "guards at once": How(attached=True),
    "share at the fill": How(share=True),
    "fee in cash": How(fee=0.001),
}
"""What backtesting.py has otherwise when it is used as its guide does."""
ASSUMPTIONS = {
    "none": FREE,
    "reserve 50 bps": replace(FREE, reserve_bps=50),
    "fees 10 bps": replace(CHARGED, reserve_bps=50),
    "half spread 1 bps": replace(CHARGED, reserve_bps=50, half_spread_bps=1),
    "latency 250 ms": replace(CHARGED, reserve_bps=50, half_spread_bps=1, latency_ms=250),
    "impact, a tenth of the volume": Rules(),
}


def agreement() -> None:
    """Prints the tables, or why there are none."""
    path, python = data(), engines_python()
    if path is None or python is None:
        why = f"set ARENA_TEST_DATA to a folder with {FILE}" if path is None else ABSENT
        print(f"\n## Agreement with other engines\n\nleft out: {why}\n")
        return
    bars = load_bars(path, "BTCUSDT", "1h")
    with TemporaryDirectory() as home:
        _accounts_table(bars, Path(home), python)
        _decisions_table(bars, Path(home), python)
        _causes_table(bars, Path(home), python)
    _assumptions_table(bars)


def _accounts_table(bars: Bars, home: Path, python: str) -> None:
    runs = {name: back_test(name, bars, Rules()) for name in STRATEGISTS}
    found = accounts(runs, home, python)
    rows, worst = [], []
    for name, run in runs.items():
        theirs, off = found[name], apart(run, found[name])
        worst.append(off.worst)
        rows.append(
            [
                name, f"{len(run.trades):,}", f"{theirs.figures['fills']:,}", _tiny(off.worst),
                _tiny(theirs.figures["fees"] / run.fees - 1),
                _tiny(theirs.figures["total_return"] - run.total_return),
                _tiny(theirs.figures["max_drawdown"] - run.max_drawdown),
            ]
        )  # fmt: skip
    show(
        f"The Lab's fills by its default rules in vectorbt's account, {len(bars):,} bars",
        ["built-in", "fills", "vectorbt's", "equity apart", "fees", "total return", "drawdown"],
        rows,
        [Goal("equity apart, millionths, the worst", [max(worst) / AIM], 1, at_most=True)],
    )


def _decisions_table(bars: Bars, home: Path, python: str) -> None:
    hows = {name: (name, How()) for name in STRATEGISTS}
    more = {
        f"{name} {number}": (name, How(changes=changes))
        for name in STRATEGISTS
        for number, changes in enumerate(drawn(name, DRAWS))
    }
    busy = traded(bars)
    found = decisions(bars, hows, home, python) | decisions(busy, more, home, python)
    offs: dict[str, list[Apart]] = {name: [] for name in STRATEGISTS}
    fills: dict[str, list[int]] = {name: [] for name in STRATEGISTS}
    for key, (name, how) in (hows | more).items():
        run = back_test(name, bars if key in hows else busy, FREE, how.changes)
        offs[name].append(apart(run, found[key]))
        fills[name].append(len(run.trades))
    worst = max(off[0].worst for off in offs.values())
    show(
        f"Decisions and fills by backtesting.py, set alike; with defaults, then {DRAWS} drawn configurations",
        ["built-in", "fills", "not the same", "equity apart", "fills drawn", "not the same ", "equity apart "],
        [
            [
                name, f"{fills[name][0]:,}", str(offs[name][0].alone), _tiny(offs[name][0].worst),
                f"{sum(fills[name][1:]):,}", str(sum(off.alone for off in offs[name][1:])),
                _tiny(max((off.worst for off in offs[name][1:]), default=0.0)),
            ]
            for name in STRATEGISTS
        ],
        [Goal("equity apart with defaults, millionths, the worst", [worst / AIM], 1, at_most=True)],
    )  # fmt: skip


def _causes_table(bars: Bars, home: Path, python: str) -> None:
    hows = {f"{name} {cause}": (name, how) for name in STRATEGISTS for cause, how in CAUSES.items()}
    found = decisions(bars, hows, home, python)
    rows = []
    for name in STRATEGISTS:
        free = back_test(name, bars, FREE)
        paid = back_test(name, bars, CHARGED)
        ends = [
            apart(paid if how.fee else free, found[f"{name} {cause}"]).last
            for cause, how in CAUSES.items()
        ]
        rows.append([name, *(_percent(end) for end in ends), _percent(fee_in_base(paid))])
    show(
        "backtesting.py's equity at the end against the Lab's, one thing at a time as backtesting.py has it",
        ["built-in", *CAUSES, "the last one expected"], rows, [],
    )  # fmt: skip


def _assumptions_table(bars: Bars) -> None:
    rows = []
    for name in STRATEGISTS:
        growth = [1 + back_test(name, bars, rules).total_return for rules in ASSUMPTIONS.values()]
        rows.append([name, *(f"{each:.4f}" for each in growth)])
    show(
        "What the Lab's own assumptions cost: equity at the end as a multiple of the cash, one added after the other",
        ["built-in", *ASSUMPTIONS], rows, [],
    )  # fmt: skip


def back_test(name: str, bars: Bars, rules: Rules, changes: Mapping[str, int] | None = None) -> Run:
    """The built-in with its defaults, but for changes, by the event path: the code that follows signals live."""
    strategy = STRATEGISTS[name]
    parameters = complete(strategy, changes or {})
    series = compute_all(strategy.indicators(parameters), bars)
    return run_by_bar(strategy, parameters, bars, series, rules=rules, cash=CASH)


def traded(bars: Bars) -> Bars:
    """Those in which somebody traded. In the others the Lab fills nothing, other engines do."""
    kept = bars.volumes > 0
    names = ("opens", "highs", "lows", "closes", "volumes")
    return replace(bars, open_ms=bars.open_ms[kept], **{n: getattr(bars, n)[kept] for n in names})


def drawn(name: str, count: int) -> list[dict[str, int]]:
    """Configurations around the built-in's defaults, from a quarter to four times each, the same at every call."""
    chance = np.random.default_rng(5)
    ranges = STRATEGISTS[name].ranges
    if not ranges:
        return []
    return [
        {
            parameter: int(
                chance.integers(
                    max(span.low, span.default // 4),
                    min(span.high, span.default * 4),
                    endpoint=True,
                )
            )
            for parameter, span in ranges.items()
        }
        for _ in range(count)
    ]


def accounts(runs: Mapping[str, Run], home: Path, python: str) -> dict[str, Theirs]:
    """The same fills in vectorbt's account, by the name of the run."""
    first = next(iter(runs.values()))
    np.savez(home / "closes.npz", closes=first.bars.closes)
    np.savez(
        home / "fills.npz",
        **{
            name: np.array(
                [(t.bar, _sign(t.side), t.steps, t.ticks, t.maker) for t in run.trades], np.int64
            ).reshape(-1, 5)
            for name, run in runs.items()
        },
    )
    asked = {
        "bars": str(home / "closes.npz"), "fills": str(home / "fills.npz"), "cash": float(CASH),
        "tick": str(first.bars.instrument.tick), "step": str(first.bars.instrument.step),
        "maker_bps": first.rules.fee_maker_bps, "taker_bps": first.rules.fee_taker_bps,
    }  # fmt: skip
    return _asked("vectorbt_accounts.py", asked, home, python)


def decisions(
    bars: Bars, hows: Mapping[str, tuple[str, How]], home: Path, python: str
) -> dict[str, Theirs]:
    """Back-tests by backtesting.py: of a built-in, in a way, by a name for both."""
    instrument = bars.instrument
    unit = float(instrument.tick * instrument.step)
    prices = ("opens", "highs", "lows", "closes")
    np.savez(
        home / "ticks.npz", open_ms=bars.open_ms,
        **{name: np.rint(getattr(bars, name) / float(instrument.tick)) for name in prices},
    )  # fmt: skip
    asked = {
        "bars": str(home / "ticks.npz"), "cash": round(float(CASH) / unit),
        "notional_min": float(instrument.notional_min) / unit, "interval_ms": bars.interval_s * 1000,
        "reserve_bps": FREE.reserve_bps, "rebalance_bps": FREE.rebalance_bps,
        "runs": [
            {
                "name": name, "strategy": strategy,
                "parameters": complete(STRATEGISTS[strategy], how.changes),
                "path": how.path, "attached": how.attached, "share": how.share, "fee": how.fee,
            }
            for name, (strategy, how) in hows.items()
        ],
    }  # fmt: skip
    found = _asked("backtesting_decisions.py", asked, home, python)
    return {name: replace(theirs, equity=theirs.equity * unit) for name, theirs in found.items()}


def apart(ours: Run, theirs: Theirs) -> Apart:
    """Counts fills too, where the other engine tells them one by one."""
    off = theirs.equity / ours.equity - 1
    worst, last = float(np.abs(off).max()), float(off[-1])
    told = theirs.figures["fills"]
    if isinstance(told, int):
        return Apart(worst, last)
    mine = {(t.bar, _sign(t.side), t.steps, t.ticks) for t in ours.trades}
    other = {tuple(fill) for fill in told}
    return Apart(worst, last, len(mine - other), len(other - mine))


def fee_in_base(run: Run) -> float:
    """How far, relatively, equity is expected to be above the run's where a buy's fee is paid in cash and not in the
    asset bought.

    Until the next fill such an account holds that fee in the asset, and has its worth less in cash: it gains or loses
    what that much of the asset does meanwhile. A sell's fee is taken off that, too.
    """
    fee = run.rules.fee_taker_bps / 10_000
    unit = float(run.bars.instrument.tick * run.bars.instrument.step)
    end = Trade(len(run.bars) - 1, "buy", 0, _ticks(run, len(run.bars) - 1), False)
    total = 0.0
    for fill, later in pairwise((*run.trades, end)):
        if fill.side == "buy":
            price = later.ticks * (1 - fee if later.side == "sell" else 1)
            total += fee * fill.steps * unit * (price - fill.ticks) / run.equity[later.bar]
    return total


def _ticks(run: Run, bar: int) -> int:
    return round(run.bars.closes[bar] / float(run.bars.instrument.tick))


def _tiny(value: float) -> str:
    return "0" if value == 0 else f"{value:.0e}"


def _percent(value: float) -> str:
    return "0" if abs(value) < AIM else f"{100 * value:+.3f} %"


def _sign(side: str) -> int:
    return 1 if side == "buy" else -1


def _asked(script: str, asked: dict[str, Any], home: Path, python: str) -> dict[str, Theirs]:
    equity, question = home / f"{script}.npz", home / f"{script}.json"
    question.write_text(json.dumps({**asked, "equity": str(equity)}))
    told = subprocess.run(
        [python, str(HERE / script), str(question)],
        capture_output=True, text=True, timeout=1_800, check=False,
    )  # fmt: skip
    if told.returncode:  # what it writes beside is a progress bar, else
        raise RuntimeError(f"{script} failed:\n{told.stderr[-2_000:]}")
    answer = json.loads(told.stdout)
    with np.load(equity) as arrays:
        return {name: Theirs(arrays[name], answer["figures"][name]) for name in arrays}
