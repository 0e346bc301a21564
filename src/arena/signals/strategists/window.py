"""The last bars of each instrument in memory, so that a decision needs only the newest from the database."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache

from arena.kit.db import Row, Tx
from arena.signals.lab.indicators import Indicator, bars_needed, spec_of
from arena.signals.lab.strategy import View
from arena.signals.strategists import store
from arena.signals.strategists.latest import latest

_COLUMNS = ("open", "high", "low", "close", "volume")


class Windows:
    """Rolling windows of at most `bars` bars. What they show ends at the time they were moved to."""

    def __init__(self, bars: int, interval_s: int) -> None:
        self.bars = bars
        self.interval_s = interval_s
        self._interval = timedelta(seconds=interval_s)
        self._rows: dict[str, list[tuple[float, ...]]] = {}
        self._last_open: dict[str, datetime] = {}
        self._until: datetime | None = None

    async def move_to(self, tx: Tx, symbols: Collection[str], at: datetime) -> None:
        """Takes in the bars that had closed by `at`; starts over where time went back or a symbol is new."""
        until = at - self._interval
        if self._until is None or until < self._until or set(symbols) != set(self._rows):
            self._rows = {symbol: [] for symbol in symbols}
            for symbol in symbols:
                for row in await store.last_bars(tx, symbol, until, self.bars):
                    self._take(row)
        else:
            for row in await store.bars_between(tx, list(symbols), self._until, until):
                self._take(row)
        self._until = until

    def closed_at(self, symbol: str, at: datetime) -> bool:
        """Whether the instrument has a bar that closed just then."""
        last = self._last_open.get(symbol)
        return last is not None and last + self._interval == at

    def view(self, symbol: str, indicators: Mapping[str, Indicator]) -> View | None:
        """The instrument's last bars and the indicators over them, as `view_of` tells."""
        return view_of(self._rows[symbol], indicators, self.interval_s)

    def _take(self, row: Row) -> None:
        rows = self._rows[row["symbol"]]
        rows.append(tuple(float(row[name]) for name in _COLUMNS))
        del rows[: -self.bars]
        self._last_open[row["symbol"]] = row["open_at"]


def view_of(
    rows: Sequence[tuple[float, ...]], indicators: Mapping[str, Indicator], interval_s: int
) -> View | None:
    """The last bars (open, high, low, close, volume) and the indicators over them; None while one has too few.

    Always over as many bars as they need, so that nothing depends on how many happen to be in memory.
    """
    needed = bars_needed(indicators, interval_s)
    rows = rows[-needed - 1 :]
    specs = ((spec_of(each), each.parameters) for each in indicators.values())
    if len(rows) <= max((spec.warm_up(parameters) for spec, parameters in specs), default=0):
        return None
    view = _view(rows[-needed:], interval_s)
    earlier = cache(lambda: _view(rows[:-1][-needed:], interval_s))
    view.read({name: _Last(each, view, earlier) for name, each in indicators.items()})
    return view


class _Last:
    """The last two values of an indicator, computed when they are asked for."""

    def __init__(self, indicator: Indicator, now: View, earlier: Callable[[], View]) -> None:
        self._indicator = indicator
        self._now = now
        self._earlier = earlier

    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: int) -> float:
        if index not in (-1, -2):
            raise IndexError("a strategy at work reads an indicator's last two values")
        return latest(self._indicator, self._now if index == -1 else self._earlier())


def _view(rows: Sequence[tuple[float, ...]], interval_s: int) -> View:
    view = View(interval_s)
    if rows:
        columns = (list(column) for column in zip(*rows, strict=True))
        view.opens, view.highs, view.lows, view.closes, view.volumes = columns
    return view
