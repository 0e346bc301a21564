"""One venue's prices beside others: read all the time, judged, and kept ready to be gone over to."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any, Protocol

from arena.kit.clock import monotonic_s
from arena.trading.market.depth import DepthSnapshot
from arena.trading.market.mirror import Mirror
from arena.trading.market.model import Bars, Candle, Instrument, Pack, Print
from arena.trading.market.source import Step

STEPS_MAX = 1_000
BARS_KEPT = 6_000  # more than a venue hands on after a long absence


class PriceVenue(Protocol):
    """A live source of one venue."""

    venue: str
    pack: Pack
    instruments: tuple[Instrument, ...]
    reason: str

    def stream(self, since: datetime | None) -> AsyncIterator[Step]: ...

    async def history(self, symbol: str, first: datetime, last: datetime) -> list[Candle]: ...


class VenueLine:
    """`steps` fill only while the line is `active`; its books are kept up to date anyway."""

    def __init__(self, source: PriceVenue, silent_s: float) -> None:
        self.source = source
        self.venue = source.venue
        self.active = False
        self.steps: asyncio.Queue[Step] = asyncio.Queue(STEPS_MAX)
        self.bars: deque[Bars] = deque(maxlen=BARS_KEPT)
        self.state: Mapping[str, Any] = {}
        self.opening: Step | None = None
        self._silent_s = silent_s
        self._mirrors = {one.symbol: Mirror(one.symbol) for one in source.instruments}
        self._task: asyncio.Task[None] | None = None
        self._heard_s = monotonic_s()
        self._whole_s = monotonic_s()  # when the books were last known to be whole
        self._well_s: float | None = None

    @property
    def started(self) -> bool:
        return self._task is not None

    def start(self, since: datetime | None) -> None:
        self._heard_s = self._whole_s = monotonic_s()
        self._well_s = None
        self.state, self.opening = {}, None
        self._task = asyncio.create_task(self._read(since))

    async def stop(self) -> None:
        """Nothing is read any more; what waits is forgotten."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._task, self.active = None, False
        self.drained()
        self.bars.clear()

    def drained(self) -> list[Step]:
        """The steps that waited, which do so no more."""
        taken = []
        while not self.steps.empty():
            taken.append(self.steps.get_nowait())
        return taken

    def trouble(self) -> str:
        """What is wrong, in a few words; empty where all is well. Raises what ended the reading."""
        if self._task is not None and self._task.done() and not self._task.cancelled():
            self._task.result()
        now_s, why = monotonic_s(), ""
        if self.state.get("ok"):
            self._whole_s = now_s
        if now_s - self._heard_s > self._silent_s:
            why = f"silent for {now_s - self._heard_s:.0f} s"
        elif now_s - self._whole_s > self._silent_s:
            why = "its books are not whole"
        self._well_s = None if why or not self.state.get("ok") else (self._well_s or now_s)
        return why

    def uneasy(self) -> bool:
        """Half of the way to being left: time to listen to others, so that they are ready."""
        now_s, half_s = monotonic_s(), self._silent_s / 2
        return now_s - self._heard_s > half_s or now_s - self._whole_s > half_s

    def well_for_s(self) -> float:
        """How long all has been well without a break."""
        return 0 if self.trouble() or self._well_s is None else monotonic_s() - self._well_s

    def books(self) -> list[DepthSnapshot]:
        """The books as the venue has them now, where they are known."""
        held = [mirror.snapshot() for mirror in self._mirrors.values()]
        return [one for one in held if one is not None]

    def shown(self) -> dict[str, Any]:
        """For health: how this venue is, as far as it is listened to."""
        if not self.started:
            return {"venue": self.venue, "ok": None, "why": "not listened to while others are well"}
        why = self.trouble()
        return {"venue": self.venue, "ok": not why and bool(self.state.get("ok")), "why": why}

    async def _read(self, since: datetime | None) -> None:
        async for step in self.source.stream(since):
            self.opening = self.opening or step
            for event in step.events:
                if not isinstance(event, Print):
                    self._mirrors[event.symbol].apply(event)
            if step.events:
                self._heard_s = monotonic_s()
            if step.state is not None:
                self.state = step.state
            if step.bars is not None:
                self.bars.append(step.bars)
            if self.active:
                await self.steps.put(step)
