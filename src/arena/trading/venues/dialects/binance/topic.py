"""One stream of one instrument: who hears it, how often it may speak, and what it has to say."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from arena.trading.market import Instrument
from arena.trading.venues.dialects.binance import stream_counters as counters
from arena.trading.venues.dialects.binance import stream_messages
from arena.trading.venues.dialects.binance.connection import Connection, Key, Message, Told
from arena.trading.venues.dialects.binance.stream_book import Difference
from arena.trading.venues.dialects.binance.stream_names import StreamName

SLACK = timedelta(
    milliseconds=5
)  # exchanges stamp their rhythm to the millisecond, not always evenly


class Topic:
    """Paced by the time of its events, so that a replay is told message for message as it was live; where events come
    too late for that, by the clock on the wall. `wall_s` is of the monotonic clock."""

    __slots__ = ("_pace", "_pace_s", "_sent_at", "_sent_wall_s", "dirty", "hearers", "key", "name")

    def __init__(self, name: StreamName, *, micro: bool) -> None:
        self.name = name
        self.key: Key = (name, micro)
        self.hearers: dict[Connection, None] = {}
        self.dirty = False
        self._pace = timedelta(milliseconds=name.pace_ms) - SLACK
        self._pace_s = name.pace_ms / 1000
        self._sent_at: datetime | None = None
        self._sent_wall_s = 0.0

    @property
    def stamp(self) -> stream_messages.Stamp:
        return stream_messages.microseconds if self.key[1] else stream_messages.milliseconds

    def may_speak(self, at: datetime, wall_s: float) -> bool:
        return (
            self._sent_at is None
            or at - self._sent_at >= self._pace
            or wall_s - self._sent_wall_s >= self._pace_s
        )

    def spoke(self, at: datetime, wall_s: float) -> None:
        self.dirty = False
        self._sent_at, self._sent_wall_s = at, wall_s

    def tell(self, data: bytes, *, in_order: bool = False) -> None:
        """To all hearers. Of readers that are behind the newest message waits, or the last ones `in_order`."""
        message = Told(self.name, data)
        counters.MESSAGES.inc()
        for connection in self.hearers:
            backlog = connection.held()
            if backlog is None:
                connection.outlet.push(message.frame(combined=connection.combined))
            elif in_order:
                backlog.keep_in_order(self.key, message)
            else:
                backlog.keep_latest(self.key, message)


class DepthTopic(Topic):
    """Differences of the book: no id is ever left out, so those who are late are told the rest in one."""

    __slots__ = ("pending",)

    def __init__(self, name: StreamName, *, micro: bool) -> None:
        super().__init__(name, micro=micro)
        self.pending: Difference | None = None

    def tell_pending(self, instrument: Instrument) -> None:
        difference, self.pending = self.pending, None
        if difference is None:
            return
        message = self.message(difference, instrument)
        counters.MESSAGES.inc()
        for connection in self.hearers:
            backlog = connection.held()
            if backlog is None:
                connection.outlet.push(message.frame(combined=connection.combined))
            else:
                backlog.keep_difference(self.key, difference)

    def message(self, difference: Difference, instrument: Instrument) -> Message:
        return Told(self.name, stream_messages.depth_update(difference, instrument, self.stamp))


def make_topic(name: StreamName, *, micro: bool) -> Topic:
    made = DepthTopic if name.kind == "depth" else Topic
    return made(name, micro=micro)


def dirty(topics: Iterable[Topic]) -> list[Topic]:
    return [topic for topic in topics if topic.dirty]
