"""Replays: bars made lazily, step by step, out of columns held in memory."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Literal

import numpy as np

from arena.kit.clock import from_ms, to_ms
from arena.trading.market.columns import Columns
from arena.trading.market.filters import instrument_of
from arena.trading.market.model import Bars, Candle, Instrument, Pack
from arena.trading.market.source import Step

_CHUNK = 4096  # steps turned into Python values at a time


class Replay:
    """A source that plays recorded candles; `name` says of which kind."""

    live = False

    def __init__(
        self,
        name: Literal["folder", "sample"],
        pack: Pack,
        columns: dict[str, Columns],
        reason: str,
    ) -> None:
        self.name = name
        self.pack = pack
        self.reason = reason
        self._columns = {symbol: columns[symbol] for symbol in pack.symbols}
        self.instruments: tuple[Instrument, ...] = tuple(
            instrument_of(s, price_digits=c.price_digits, volume_digits=c.volume_digits)
            for s, c in self._columns.items()
        )

    def __len__(self) -> int:
        """How many steps the tape has."""
        return len(self._steps())

    def columns(self, symbol: str) -> Columns:
        """All bars of one of its symbols."""
        return self._columns[symbol]

    def bars_from(self, open_at: datetime | None) -> Iterator[Bars]:
        """The bars that open at or after `open_at`; a symbol without a bar at a step is absent from it."""
        first_ms = -(2**62) if open_at is None else to_ms(open_at)
        steps = self._steps()
        position = int(np.searchsorted(steps, first_ms))
        for start in range(position, len(steps), _CHUNK):
            chunk = steps[start : start + _CHUNK]
            yield from self._bars(int(chunk[0]), int(chunk[-1]))

    async def stream(self, since: datetime | None) -> AsyncIterator[Step]:
        """The same bars as steps, for a reader that takes any source."""
        for bars in self.bars_from(since):
            yield Step(bars=bars)

    def _steps(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        times = [columns.times for columns in self._columns.values()]
        return times[0] if len(times) == 1 else np.unique(np.concatenate(times))

    def _bars(self, first_ms: int, last_ms: int) -> Iterator[Bars]:
        rows = [_rows(s, c.between(first_ms, last_ms)) for s, c in self._columns.items()]
        interval_s = self.pack.interval_s
        waiting = [next(row, None) for row in rows]
        while True:
            at = min((candle.open_at for candle in waiting if candle), default=None)
            if at is None:
                return
            step: list[Candle] = []
            for index, candle in enumerate(waiting):
                if candle is not None and candle.open_at == at:
                    step.append(candle)
                    waiting[index] = next(rows[index], None)
            yield Bars(at, interval_s, tuple(step))


def _rows(symbol: str, columns: Columns) -> Iterator[Candle]:
    prices, volumes = (
        Decimal(1).scaleb(-columns.price_digits),
        Decimal(1).scaleb(-columns.volume_digits),
    )
    for at, o, h, low, c, v in zip(
        columns.times.tolist(), columns.open.tolist(), columns.high.tolist(), columns.low.tolist(),
        columns.close.tolist(), columns.volume.tolist(), strict=True,
    ):  # fmt: skip
        # A count times its unit is exact: both are whole numbers of few digits.
        yield Candle(
            symbol, from_ms(at), o * prices, h * prices, low * prices, c * prices, v * volumes
        )
