"""Joins one symbol's book snapshots and differences into one line without a gap, by the exchange's own rule.

Differences are kept until there is a snapshot; of these, what the snapshot contains already is dropped. The first one
after it must cover the update that follows the snapshot (`first_id <= last + 1 <= last_id`), each later one must begin
right behind its predecessor. Where that fails something was missed, and differences are kept again until the next
snapshot.
"""

from collections import deque

from arena.trading.market.depth import DepthSnapshot, DepthUpdate, MarketEvent

KEPT_MAX = 5_000
"""Differences kept while waiting, about eight minutes' worth; the oldest are dropped, which costs another snapshot."""


class Joiner:
    """`last_id` is the last update handed on; `gaps` counts how often the line broke after it stood."""

    __slots__ = ("_fresh", "_kept", "gaps", "joined", "last_id")

    def __init__(self) -> None:
        self.joined = False
        self.last_id = 0
        self.gaps = 0
        self._fresh = False  # no difference has followed the snapshot yet
        self._kept: deque[DepthUpdate] = deque(maxlen=KEPT_MAX)

    @property
    def waits(self) -> bool:
        """Whether differences are kept for the next snapshot."""
        return bool(self._kept)

    def snapshot(self, taken: DepthSnapshot) -> list[MarketEvent]:
        """What may be handed on with it: the snapshot and the differences kept that follow it.

        Nothing where the line stands already, or where differences between snapshot and stream are missing: then
        another snapshot is needed.
        """
        if self.joined:
            return []
        while self._kept and self._kept[0].last_id <= taken.last_id:
            self._kept.popleft()
        if self._kept and self._kept[0].first_id > taken.last_id + 1:
            return []
        self.joined = self._fresh = True
        self.last_id = taken.last_id
        events: list[MarketEvent] = [taken]
        kept = list(self._kept)
        self._kept.clear()
        for update in kept:
            events += self.update(update)
        return events if self.joined else []

    def update(self, change: DepthUpdate) -> list[MarketEvent]:
        """The difference, where it follows what was handed on; nothing where it is kept, or was known before."""
        if not self.joined:
            self._kept.append(change)
            return []
        if change.last_id <= self.last_id:
            return []
        expected = self.last_id + 1
        if change.first_id == expected or (self._fresh and change.first_id < expected):
            self._fresh = False
            self.last_id = change.last_id
            return [change]
        self.lose()
        self._kept.append(change)
        return []

    def lose(self) -> None:
        """What was handed on does not hold any more; the next snapshot begins the line anew."""
        if self.joined:
            self.gaps += 1
        self.joined = False
        self._kept.clear()
