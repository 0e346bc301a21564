"""A view that grows bar by bar, by what is read of it: prices that nobody asks for are never put into lists."""

from collections.abc import Iterator, Mapping
from typing import Any

from arena.signals.lab.bars import Bars, Floats
from arena.signals.lab.strategy import View

_COLUMNS = ("opens", "highs", "lows", "closes", "volumes")


class Growing(View):
    """Shows the bars before `first`; each step of `steps` shows one more.

    A list of prices is made when it is first read. `more` tells that it was, and that the steps must be asked for
    again, as those begun do not know of it.
    """

    __slots__ = ("_bars", "_lists", "last", "more")

    def __init__(self, bars: Bars, series: Mapping[str, Floats], first: int) -> None:
        self.interval_s = bars.interval_s
        self.close_ms = 0
        self.last = first - 1
        self.more = False
        self._bars = bars
        self._lists: list[tuple[list[float], Floats]] = []
        self.read({name: self._begun(values) for name, values in series.items()})

    def steps(self, at: int) -> Iterator[tuple[Any, ...]]:
        """From that bar on, each step makes every list one longer and gives the bar's close, UTC milliseconds,
        in front."""
        self.more = False
        closes_ms = (self._bars.open_ms[at:] + self._bars.interval_s * 1000).tolist()
        grown = (map(seen.append, values[at:].tolist()) for seen, values in self._lists)
        return zip(closes_ms, *grown, strict=True)

    def __getattr__(self, name: str) -> list[float]:
        """Of prices that were not read yet."""
        if name not in _COLUMNS:
            raise AttributeError(name)
        prices = self._begun(getattr(self._bars, name))
        setattr(self, name, prices)
        self.more = True
        return prices

    def __len__(self) -> int:
        return self.last + 1

    def _begun(self, values: Floats) -> list[float]:
        seen: list[float] = values[: self.last + 1].tolist()
        self._lists.append((seen, values))
        return seen
