"""The event path: a strategy decides bar by bar, and the code that follows signals live trades it.

`following.Follower` sizes, orders, fills, charges and protects, in decimals, as record.md says. Here stands only the
clock: bars come one at a time, and what the strategy sees grows with them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal, localcontext
from itertools import repeat

import numpy as np

from arena.kit.clock import from_ms
from arena.kit.ids import derived
from arena.signals.feeds import Lineage, Terms
from arena.signals.following import Follower
from arena.signals.lab.bars import Bars, Floats
from arena.signals.lab.engine.run import Run, Trade
from arena.signals.lab.strategy import Parameters, Strategy, Target, View
from arena.trading.market import ARITHMETIC, Candle
from arena.trading.venues import Fill, Rules

ACCOUNT = derived("acc", "lab")
_NO_LINEAGE = Lineage("0" * 64, "0" * 64, "0" * 64, "0" * 64)
_NO_HASH = "0" * 64


def run_by_bar(
    strategy: Strategy,
    parameters: Parameters,
    bars: Bars,
    series: Mapping[str, Floats],
    *,
    rules: Rules,
    cash: Decimal,
    first: int = 0,
) -> Run:
    """The back-test over all bars; `series` are its indicators over the same bars, NaN where there are too few yet.

    Decisions begin at bar `first`, or as soon as every indicator has a value. `cash` is in quote units.
    """
    with localcontext(ARITHMETIC):
        clock = _Clock(strategy, parameters, bars, series, rules=rules, cash=cash)
        clock.run(max(first, ready(series)))
        return clock.result(cash)


def ready(series: Mapping[str, Floats]) -> int:
    """The first bar at which every indicator has a value; the number of bars where that never is."""
    firsts = [
        int(np.argmax(~np.isnan(values))) if not np.isnan(values).all() else len(values)
        for values in series.values()
    ]
    return max(firsts, default=0)


@dataclass(slots=True)
class _Ledger:
    """How the account stood after each bar that changed it."""

    bars: list[int] = field(default_factory=list)
    cash: list[float] = field(default_factory=list)
    quantity: list[float] = field(default_factory=list)


class _Clock:
    def __init__(
        self,
        strategy: Strategy,
        parameters: Parameters,
        bars: Bars,
        series: Mapping[str, Floats],
        *,
        rules: Rules,
        cash: Decimal,
    ) -> None:
        self._strategy = strategy
        self._parameters = parameters
        self._bars = bars
        self._series = series
        self._rules = rules
        self._interval = timedelta(seconds=bars.interval_s)
        self._follower = Follower(
            ACCOUNT, cash, instrument=bars.instrument, rules=rules, interval_s=bars.interval_s
        )
        self._ledger = _Ledger([-1], [float(cash)], [0.0])
        self._filled: list[tuple[int, Fill]] = []
        self._targets: list[tuple[int, float]] = [(0, 0.0)]

    def run(self, first: int) -> None:
        bars, follower = self._bars, self._follower
        view = View(bars.interval_s)
        lists: dict[str, list[float]] = {name: [] for name in self._series}
        view.read(lists)
        rows = zip(
            (bars.open_ms + bars.interval_s * 1000).tolist(), bars.opens.tolist(), bars.highs.tolist(),
            bars.lows.tolist(), bars.closes.tolist(), bars.volumes.tolist(),
            zip(*(values.tolist() for values in self._series.values()), strict=True)
            if lists else repeat((), len(bars)),
            strict=True,
        )  # fmt: skip
        add_open, add_high, add_low = view.opens.append, view.highs.append, view.lows.append
        add_close, add_volume = view.closes.append, view.volumes.append
        grow = [values.append for values in lists.values()]
        on_bar, parameters = self._strategy.on_bar, self._parameters
        weight = Decimal(0)
        for at, (close_ms, opened, high, low, close, volume, values) in enumerate(rows):
            view.close_ms = close_ms
            add_open(opened)
            add_high(high)
            add_low(low)
            add_close(close)
            add_volume(volume)
            for append, value in zip(grow, values):  # noqa: B905 - of one length, and met at every bar
                append(value)
            if follower.tickets:
                self._meet(at)
            if at < first:
                continue
            target = on_bar(view, parameters, weight)
            if target is not None and target.weight != weight:
                weight = target.weight
                self._targets.append((at, float(weight)))
                self._follow(target, at, close_ms)

    def _meet(self, at: int) -> None:
        candle = self._candle(at)
        fills = self._follower.meet(candle, candle.open_at + self._interval)
        if fills:
            self._filled += [(at, fill) for fill in fills]
            held = self._follower.holding
            self._ledger.bars.append(at)
            self._ledger.cash.append(float(held.cash))
            self._ledger.quantity.append(float(held.quantity))

    def _follow(self, target: Target, at: int, close_ms: int) -> None:
        self._follower.close = _decimal(float(self._bars.closes[at]))
        self._follower.follow(self._terms(target, at, close_ms), from_ms(close_ms))

    def _terms(self, target: Target, at: int, close_ms: int) -> Terms:
        limit, stop, profit = target.prices(self._bars.instrument.tick)
        issued_at = from_ms(close_ms)
        return Terms(
            id=f"lab:{at}", feed_id="lab", sequence=at, issued_at=issued_at,
            valid_until=issued_at + self._interval * target.valid_bars,
            instrument=self._bars.instrument.symbol, action="open", target_weight=target.weight,
            limit_price=limit, stop_price=stop, take_profit_price=profit,
            confidence=target.confidence, rationale=target.rationale, lineage=_NO_LINEAGE,
            previous_hash=_NO_HASH, key_id="",
        )  # fmt: skip

    def _candle(self, at: int) -> Candle:
        bars = self._bars
        return Candle(
            bars.instrument.symbol, from_ms(int(bars.open_ms[at])), _decimal(float(bars.opens[at])),
            _decimal(float(bars.highs[at])), _decimal(float(bars.lows[at])),
            _decimal(float(bars.closes[at])), _decimal(float(bars.volumes[at])),
        )  # fmt: skip

    def result(self, cash: Decimal) -> Run:
        bars, count = self._bars, len(self._bars)
        changed = np.searchsorted(np.array(self._ledger.bars), np.arange(count), side="right") - 1
        exposure = np.array(self._ledger.quantity)[changed] * bars.closes
        weights = np.zeros(count, dtype=np.float32)
        for at, weight in self._targets:
            weights[at:] = weight
        instrument = bars.instrument
        return Run(
            bars=bars,
            rules=self._rules,
            cash=float(cash),
            equity=np.array(self._ledger.cash)[changed] + exposure,
            weights=weights,
            exposure=exposure,
            trades=tuple(
                Trade(
                    at, fill.side, int(fill.quantity / instrument.step),
                    int(fill.price / instrument.tick), fill.liquidity == "maker",
                )
                for at, fill in self._filled
            ),
            fees=float(self._follower.holding.fees),
            traded=float(sum((f.quantity * f.price for _, f in self._filled), Decimal(0))),
            costs=float(sum((_slipped(fill) for _, fill in self._filled), Decimal(0))),
        )  # fmt: skip


def _slipped(fill: Fill) -> Decimal:
    """What the fill's price was worse than the path's at its hit, quote units."""
    worse = fill.price - Decimal(fill.evidence["path_price"])
    return fill.quantity * (worse if fill.side == "buy" else -worse)


def _decimal(value: float) -> Decimal:
    """The number as it is spelled."""
    return Decimal(repr(value))
