"""A card's model at work: closed bars go in, and what it wants now comes out, the same after any interruption.

It decides as in the back-test, bar by bar, from the opening of its feed on; so whoever begins anew with the same bars
comes to the same target, and publishes only where the feed does not ask for it yet.
"""

from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from arena.signals.lab.bars import Bars
from arena.signals.lab.engine import ready
from arena.signals.lab.indicators import bars_needed, compute_all
from arena.signals.lab.strategy import Parameters, Strategy, Target, View
from arena.trading.market import Instrument

Row = tuple[int, float, float, float, float, float]
"""A closed bar: when it opened (UTC milliseconds), open, high, low, close, volume."""
_COLUMNS = ("ts", "open", "high", "low", "close", "volume")


class AtWork:
    """`wanted` is the last target that changed anything, `weight` its share of equity; None and 0 before the first.
    `deciding` is whether there are bars enough for every indicator."""

    def __init__(
        self,
        strategy: Strategy,
        parameters: Parameters,
        instrument: Instrument,
        *,
        interval_s: int,
        begins_ms: int,
    ) -> None:
        """Bars that close after `begins_ms` are decided on; those before are what the indicators need."""
        self.wanted: Target | None = None
        self.weight = Decimal(0)
        self.deciding = False
        self._strategy = strategy
        self._parameters = parameters
        self._instrument = instrument
        self._interval_s = interval_s
        self._begins_ms = begins_ms
        self._rows: list[Row] = []
        self._view = View(interval_s)
        self._lists: dict[str, list[float]] = {}

    @property
    def next_ms(self) -> int:
        """From which open on bars are needed next, UTC milliseconds."""
        step_ms = self._interval_s * 1000
        if self._rows:
            return self._rows[-1][0] + step_ms
        needed = bars_needed(self._strategy.indicators(self._parameters), self._interval_s)
        return (self._begins_ms // step_ms - needed - 1) * step_ms

    def take(self, rows: Sequence[Row]) -> None:
        """Takes in the bars that closed since, oldest first, and decides at each. Raises BadBars."""
        if not rows:
            return
        known = len(self._rows)
        every = [*self._rows, *rows]
        columns = dict(zip(_COLUMNS, map(np.array, zip(*every, strict=True)), strict=True))
        bars = Bars.of(self._instrument, self._interval_s, columns)
        series = compute_all(self._strategy.indicators(self._parameters), bars)
        self._rows = every
        first = ready(series)
        self.deciding = first < len(every)
        if not known:
            self._lists = {name: [] for name in series}
            self._view.read(self._lists)
        for at in range(known, len(every)):
            self._grow(every[at])
            for name, values in series.items():
                self._lists[name].append(float(values[at]))
            if at >= first and self._view.close_ms > self._begins_ms:
                self._decide()

    def _grow(self, row: Row) -> None:
        view = self._view
        view.close_ms = row[0] + self._interval_s * 1000
        for values, value in zip(
            (view.opens, view.highs, view.lows, view.closes, view.volumes), row[1:], strict=True
        ):
            values.append(value)

    def _decide(self) -> None:
        target = self._strategy.on_bar(self._view, self._parameters, self.weight)
        if target is not None and target.weight != self.weight:
            self.wanted, self.weight = target, target.weight
