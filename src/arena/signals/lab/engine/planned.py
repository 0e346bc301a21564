"""Runs a plan through the compiled engine: one with all it leaves, or many for their folds."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from arena.kit.errors import Refused
from arena.signals.lab.bars import Bars, Floats, Whole
from arena.signals.lab.bounds import UNBOUNDED, Bounds
from arena.signals.lab.engine.book import CASH, COSTS, FEES, FILLS, TRADED, empty_book
from arena.signals.lab.engine.kernel import Folds as Rows
from arena.signals.lab.engine.kernel import Tape, Wanted, simulate
from arena.signals.lab.engine.run import Run, Trade, day_ends
from arena.signals.lab.engine.units import Ticks, TooLarge, Units, cash_units, ticks_of
from arena.signals.lab.strategy import Plan
from arena.trading.venues import Rules

_NO_FLOATS = np.empty(0)
_NO_WEIGHTS = np.empty(0, np.float32)
_NO_FILLS = np.empty((0, 5), np.int64)
_NO_ENDS = np.empty(0, np.int64)


class BadPlan(Refused):
    """A plan has arrays of shape {shape} where there are {bars} bars: it must have one value for each."""


@dataclass(frozen=True, slots=True, eq=False)
class Folds:
    """What a sweep keeps of a run: a row for each fold. `equity` at its last bar, quote units; the largest drawdown and
    the number of fills in it. `drawdown_max` is that of the whole run; `daily` the returns by day as `Run` has them,
    `equity_mean` the mean of the days' ends, `traded` the worth of all fills and `fees` all fees, quote units."""

    equity: Floats
    drawdown: Floats
    fills: Floats
    drawdown_max: float
    daily: Floats
    equity_mean: float
    traded: float
    fees: float


class Machine:
    """Bars, rules and cash made ready once; then plan after plan."""

    def __init__(
        self, bars: Bars, *, rules: Rules, cash: Decimal, bounds: Bounds = UNBOUNDED
    ) -> None:
        """Raises OffTick, TooLarge."""
        self.bars = bars
        self.cash = cash
        self._rules = rules
        self._units = Units.of(bars.instrument, bars.interval_s, rules, bounds)
        self._ticks: Ticks = ticks_of(bars)
        self._cash = cash_units(cash, bars, self._units)
        self._day_ends = day_ends(bars.open_ms, bars.interval_s).astype(np.int64)

    def run(self, plan: Plan, first: int = 0) -> Run:
        """Decisions begin at bar `first`. Raises TooLarge where the account grows beyond counting."""
        count = len(self.bars)
        changes = int(
            np.count_nonzero(~np.isnan(plan.enter)) + np.count_nonzero(~np.isnan(plan.hold))
        )
        fills = np.empty((min(3 * count, 4 * changes + 16), 5), np.int64)
        tape = Tape(np.empty(count), np.empty(count), np.empty(count, np.float32), fills)
        account, sums, _ = self._play(plan, first, _NO_ENDS, tape)
        return Run(
            bars=self.bars,
            rules=self._rules,
            cash=float(self.cash),
            equity=tape.equity,
            weights=tape.weights,
            exposure=tape.exposure,
            trades=tuple(
                Trade(bar, "buy" if side > 0 else "sell", steps, ticks, bool(maker))
                for bar, side, steps, ticks, maker in fills[: account[FILLS]].tolist()
            ),
            fees=float(sums[FEES]),
            traded=float(sums[TRADED]),
            costs=float(sums[COSTS]),
        )

    def folds(self, plan: Plan, ends: Sequence[int], first: int = 0) -> Folds:
        """Only what happened up to each of these bars, which rise; nothing else is kept."""
        tape = Tape(_NO_FLOATS, _NO_FLOATS, _NO_WEIGHTS, _NO_FILLS)
        _, sums, rows = self._play(plan, first, np.array(ends, np.int64), tape)
        levels = np.concatenate(([float(self.cash)], rows.levels))
        equity, drawdown, fills = rows.rows.T
        return Folds(
            equity,
            drawdown,
            fills,
            drawdown_max=float(rows.fall[3]),
            daily=levels[1:] / levels[:-1] - 1,
            equity_mean=float(rows.levels.mean()) if len(rows.levels) else float(self.cash),
            traded=float(sums[TRADED]),
            fees=float(sums[FEES]),
        )

    def _play(self, plan: Plan, first: int, ends: Whole, tape: Tape) -> tuple[Whole, Floats, Rows]:
        account, sums = np.zeros(8, np.int64), np.zeros(3)
        account[CASH] = self._cash
        days = self._day_ends if len(ends) else _NO_ENDS
        rows = Rows(
            ends, np.empty((len(ends), 3)), days, np.empty(len(days)), np.empty(4), np.zeros(1, np.int64)
        )  # fmt: skip
        counted = simulate(
            self._ticks, self._wanted(plan), first, empty_book(), account, sums, self._units, rows, tape
        )  # fmt: skip
        if not counted:
            raise TooLarge(symbol=self.bars.instrument.symbol, cash=self.cash)
        return account, sums, rows

    def _wanted(self, plan: Plan) -> Wanted:
        prices = (plan.limit_prices, plan.stop_prices, plan.take_profit_prices)
        limits, stops, profits = (
            _NO_FLOATS if array is None else self._checked(array) for array in prices
        )
        return Wanted(
            self._checked(plan.enter), self._checked(plan.hold), limits, stops, profits,
            plan.valid_bars, plan.band_pct * 100,
        )  # fmt: skip

    def _checked(self, array: Floats) -> Floats:
        """The engine is compiled for arrays of one kind; for another it would be compiled anew, which takes seconds."""
        if array.shape != self.bars.closes.shape:
            raise BadPlan(shape=array.shape, bars=len(self.bars))
        return np.require(array, np.float64, ["C", "W"])
