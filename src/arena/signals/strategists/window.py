"""The last bars of each instrument in memory, so that a decision needs only the newest from the database."""

from collections.abc import Collection
from datetime import datetime, timedelta

from arena.kit.db import Row, Tx
from arena.signals.strategists import store
from arena.signals.strategists.model import History


class Windows:
    """Rolling windows of at most `bars` bars. What they show ends at the time they were moved to."""

    def __init__(self, bars: int, interval_s: int) -> None:
        self.bars = bars
        self.interval_s = interval_s
        self._interval = timedelta(seconds=interval_s)
        self._rows: dict[str, list[tuple[float, float, float]]] = {}
        self._last_open: dict[str, datetime] = {}
        self._histories: dict[str, History] = {}
        self._until: datetime | None = None

    async def move_to(self, tx: Tx, symbols: Collection[str], at: datetime) -> None:
        """Takes in the bars that had closed by `at`; starts over where time went back or a symbol is new."""
        until = at - self._interval
        self._histories.clear()
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

    def history(self, symbol: str) -> History:
        """The instrument's bars as they stand; one object for all who ask before the next move."""
        if symbol not in self._histories:
            rows = self._rows[symbol]
            closes, highs, lows = zip(*rows, strict=True) if rows else ((), (), ())
            self._histories[symbol] = History(closes, highs, lows, self.interval_s)
        return self._histories[symbol]

    def _take(self, row: Row) -> None:
        rows = self._rows[row["symbol"]]
        rows.append((float(row["close"]), float(row["high"]), float(row["low"])))
        del rows[: -self.bars]
        self._last_open[row["symbol"]] = row["open_at"]
