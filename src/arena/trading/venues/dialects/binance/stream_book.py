"""A book as its stream has told it, and the differences that keep those who hear the stream in step with it."""

from datetime import datetime

from arena.trading.market import DepthSnapshot, DepthUpdate, Levels, Mirror


class Difference:
    """One or more updates in a row, merged: of each price the last quantity counts. Ids stay without a gap, because the
    first id is that of the first update and the last one that of the last."""

    __slots__ = ("asks", "at", "bids", "first_id", "last_id")

    def __init__(self, update: DepthUpdate) -> None:
        self.first_id = update.first_id
        self.last_id = update.last_id
        self.at: datetime = update.at
        self.bids = dict(update.bids)
        self.asks = dict(update.asks)

    def add(self, update: "DepthUpdate | Difference") -> None:
        assert update.first_id == self.last_id + 1, (update.first_id, self.last_id)
        self.last_id = update.last_id
        self.at = update.at
        self.bids.update(update.bids)
        self.asks.update(update.asks)

    def copy(self) -> "Difference":
        made = Difference.__new__(Difference)
        made.first_id, made.last_id, made.at = self.first_id, self.last_id, self.at
        made.bids, made.asks = dict(self.bids), dict(self.asks)
        return made

    @property
    def levels(self) -> int:
        return len(self.bids) + len(self.asks)


class StreamBook:
    """`last_id` is the id of the last update it contains."""

    __slots__ = ("_mirror",)

    def __init__(self, snapshot: DepthSnapshot) -> None:
        self._mirror = Mirror(snapshot.symbol)
        self._mirror.apply(snapshot)

    @property
    def last_id(self) -> int:
        return self._mirror.last_id

    def apply(self, event: DepthUpdate | DepthSnapshot) -> DepthUpdate | None:
        """What the event changes, as an update that follows on the last one; None where it was there already.

        A snapshot stands for updates that nobody told of: its difference from this book takes their place, so that
        those who follow need no snapshot of their own.
        """
        mirror, last_id = self._mirror, self.last_id
        if event.last_id <= last_id:
            return None
        bids, asks = event.bids, event.asks
        if isinstance(event, DepthSnapshot):
            bids = _changes(mirror.bids.quantities, bids)
            asks = _changes(mirror.asks.quantities, asks)
        else:
            assert event.first_id <= last_id + 1, (event.first_id, last_id)
        mirror.apply(event)
        return DepthUpdate(event.symbol, event.at, last_id + 1, event.last_id, bids, asks)

    def top(self) -> DepthSnapshot:
        """The best level of each side."""
        found = self._mirror.snapshot(1)
        assert found is not None, "a stream begins with a snapshot"
        return found


def _changes(old: dict[int, int], wanted: Levels) -> Levels:
    """What has to be told to make these levels of the old ones."""
    new = dict(wanted)
    told = [(price, quantity) for price, quantity in new.items() if old.get(price) != quantity]
    told += [(price, 0) for price in old if price not in new]
    return tuple(told)
