"""A view that grows bar by bar, by what is read of it: prices that nobody asks for are never put into lists."""

from collections import deque
from collections.abc import Iterator, Mapping
from operator import length_hint
from typing import Any

from arena.signals.lab.bars import Bars, Floats
from arena.signals.lab.strategy import View

_COLUMNS = ("opens", "highs", "lows", "closes", "volumes")


class Growing(View):
    """Shows the bars before `first`; each step of `steps` shows one more. What only few strategies read is made when it
    is read: the time of the close, and the lists of prices."""

    __slots__ = ("_ahead", "_bars", "_lists")

    def __init__(self, bars: Bars, series: Mapping[str, Floats], first: int) -> None:
        self.interval_s = bars.interval_s
        self._bars = bars
        self._ahead: Iterator[float] = iter(range(first, len(bars)))
        self._lists: list[tuple[list[float], Floats]] = []
        self.read({name: self._begun(values) for name, values in series.items()})

    def steps(self) -> Iterator[tuple[Any, ...]]:
        """Each makes every list one longer. They end with the bars, or where a list of prices is first read: then ask
        for the steps that are left."""
        seen = len(self)
        coming = [iter(values[seen:].tolist()) for _, values in self._lists]
        if not coming:
            return zip(self._ahead)
        self._ahead = coming[0]
        grown = [
            map(shown.append, numbers)
            for (shown, _), numbers in zip(self._lists, coming, strict=True)
        ]
        return zip(*grown)  # noqa: B905 - that the first may end before the others is how they all end

    @property
    def close_ms(self) -> int:  # type: ignore[override]  # worked out for those who ask, so nobody sets it
        return int(self._bars.open_ms.item(len(self) - 1)) + self.interval_s * 1000

    def __getattr__(self, name: str) -> list[float]:
        """Of prices that were not read yet."""
        if name not in _COLUMNS:
            raise AttributeError(name)
        prices = self._begun(getattr(self._bars, name))
        setattr(self, name, prices)
        begun, self._ahead = self._ahead, iter(range(len(self), len(self._bars)))
        deque(begun, maxlen=0)  # ran out, and with it the steps that do not know of this list
        return prices

    def __len__(self) -> int:
        return len(self._bars) - length_hint(self._ahead)

    def _begun(self, values: Floats) -> list[float]:
        shown: list[float] = values[: len(self)].tolist()
        self._lists.append((shown, values))
        return shown
