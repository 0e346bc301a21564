"""One instrument as its streams tell it: takes events in their order and lets each stream say its part."""

from collections.abc import Callable, Iterable
from datetime import datetime

from arena.kit.clock import monotonic_s
from arena.trading.market import DepthSnapshot, DepthUpdate, Levels, MarketEvent, Print
from arena.trading.venues.dialects.binance import stream_messages
from arena.trading.venues.dialects.binance.connection import Connection
from arena.trading.venues.dialects.binance.forming_bar import BarMaker, FormingBar
from arena.trading.venues.dialects.binance.schema.market import average_price
from arena.trading.venues.dialects.binance.schema.symbols import wire_symbol
from arena.trading.venues.dialects.binance.stream_book import Difference, StreamBook
from arena.trading.venues.dialects.binance.stream_names import StreamName
from arena.trading.venues.dialects.binance.topic import DepthTopic, Topic, make_topic
from arena.trading.venues.exchange import Market

BOOK_LEVELS_MAX = 1_000_000  # all of a book
AVERAGE_MINUTES = 5


class Line:
    """Begins with the book as it stands: what the events then repeat of it is passed over."""

    def __init__(self, find: Callable[[], Market], now: Callable[[], datetime]) -> None:
        self._find = find
        self._now = now
        self.instrument = self._market.instrument
        self.wire = wire_symbol(self.instrument)
        self._book = StreamBook(self._market.depth(BOOK_LEVELS_MAX))
        self._last_print = self._latest_id()
        self._top: tuple[Levels, Levels] | None = None
        self._topics: dict[tuple[str, bool], Topic] = {}
        self._bars: dict[int, BarMaker] = {}
        self._say = {
            "partial_depth": self._say_partial_depth,
            "ticker": self._say_ticker,
            "mini_ticker": self._say_mini_ticker,
            "avg_price": self._say_average,
            "kline": self._say_bar,
            "depth": self._say_depth,
        }

    @property
    def _market(self) -> Market:
        """Asked for each time: an exchange that begins anew has another one."""
        return self._find()

    @property
    def empty(self) -> bool:
        return not self._topics

    def topic(self, name: StreamName, *, micro: bool) -> Topic:
        """The topic of this stream, which the first to ask for it begins."""
        key = (name.text, micro)
        if key not in self._topics:
            self._topics[key] = make_topic(name, micro=micro)
            if name.kind == "kline" and name.interval_s not in self._bars:
                candle = self._market.open_candle(name.interval_s)
                self._bars[name.interval_s] = BarMaker(
                    name.interval_s, candle, max(self._latest_id(), self._last_print)
                )
        return self._topics[key]

    def existing(self, name: StreamName, *, micro: bool) -> Topic | None:
        return self._topics.get((name.text, micro))

    def hearers(self) -> set[Connection]:
        return {hearer for topic in self._topics.values() for hearer in topic.hearers}

    def go_on(self) -> bool:
        """After a stream of events that ended: what was missed of the book is told as one difference.

        False where ids have gone back: then nothing can be told that would follow on what was.
        """
        book = self._market.depth(BOOK_LEVELS_MAX)
        if book.last_id < self._book.last_id:
            self._book, self._last_print = StreamBook(book), self._latest_id()
            return False
        self._take_depth(book)
        return True

    def drop(self, topic: Topic) -> None:
        self._topics.pop((topic.name.text, topic.key[1]), None)
        kept = {other.name.interval_s for other in self._topics.values()}
        for interval_s in self._bars.keys() - kept:
            del self._bars[interval_s]

    def take(self, event: MarketEvent) -> None:
        if isinstance(event, Print):
            self._take_print(event)
        else:
            self._take_depth(event)

    def look(self) -> None:
        """Says what has waited for its time, and closes bars whose time is over though nobody trades."""
        now, wall_s = self._now(), monotonic_s()
        for interval_s, maker in self._bars.items():
            if (ended := maker.pass_time(now)) is not None:
                self._say_closed(interval_s, ended)
        for topic in list(self._topics.values()):
            if topic.dirty and topic.may_speak(now, wall_s):
                self._speak(topic, now, wall_s)

    def _take_print(self, happened: Print) -> None:
        if happened.id <= self._last_print:
            return
        self._last_print = happened.id
        for interval_s, maker in self._bars.items():
            if (ended := maker.add(happened)) is not None:
                self._say_closed(interval_s, ended)
        for topic in self._topics.values():
            kind = topic.name.kind
            if kind == "trade":
                topic.tell(
                    stream_messages.trade(happened, self.instrument, topic.stamp), in_order=True
                )
            elif kind == "agg_trade":
                topic.tell(
                    stream_messages.agg_trade(happened, self.instrument, topic.stamp),
                    in_order=True,
                )
            elif kind in ("kline", "ticker", "mini_ticker", "avg_price"):
                self._soon(topic, happened.at)

    def _take_depth(self, event: DepthUpdate | DepthSnapshot) -> None:
        update = self._book.apply(event)
        if update is None:
            return
        for topic in self._topics.values():
            kind = topic.name.kind
            if isinstance(topic, DepthTopic):
                if topic.pending is None:
                    topic.pending = Difference(update)
                else:
                    topic.pending.add(update)
                self._soon(topic, update.at)
            elif kind == "partial_depth" or kind == "ticker":
                self._soon(topic, update.at)
        self._say_top()

    def _soon(self, topic: Topic, at: datetime) -> None:
        topic.dirty = True
        wall_s = monotonic_s()
        if topic.may_speak(at, wall_s):
            self._speak(topic, at, wall_s)

    def _speak(self, topic: Topic, at: datetime, wall_s: float) -> None:
        self._say[topic.name.kind](topic)
        topic.spoke(at, wall_s)

    def _say_depth(self, topic: Topic) -> None:
        assert isinstance(topic, DepthTopic)
        topic.tell_pending(self.instrument)

    def _say_partial_depth(self, topic: Topic) -> None:
        book = self._market.depth(topic.name.levels)
        topic.tell(stream_messages.partial_depth(book, self.instrument))

    def _say_top(self) -> None:
        """Best bid and ask, each time one of them is another or of another size."""
        hearing = [t for t in self._topics.values() if t.name.kind == "book_ticker"]
        if not hearing:
            return
        book = self._book.top()
        if (book.bids, book.asks) == self._top:
            return
        self._top = (book.bids, book.asks)
        data = stream_messages.book_ticker(book, self.instrument)
        for topic in hearing:
            topic.tell(data)

    def _say_ticker(self, topic: Topic) -> None:
        if (full := self.ticker(topic.stamp)) is not None:
            topic.tell(stream_messages.encode(full))

    def _say_mini_ticker(self, topic: Topic) -> None:
        if (full := self.ticker(topic.stamp)) is not None:
            topic.tell(stream_messages.encode(stream_messages.mini_ticker(full)))

    def _say_average(self, topic: Topic) -> None:
        now = self._now()
        found = average_price(self._market.prints(1000), until=now, minutes=AVERAGE_MINUTES)
        if found is not None:
            price, last_at = found
            topic.tell(
                stream_messages.average(
                    price, self.instrument, at=now, last_at=last_at, stamp=topic.stamp
                )
            )

    def _say_bar(self, topic: Topic) -> None:
        if (bar := self._bars[topic.name.interval_s].bar) is not None:
            self._say_kline(topic, bar, in_order=False)

    def _say_closed(self, interval_s: int, ended: FormingBar) -> None:
        for topic in self._kline_topics(interval_s):
            self._say_kline(topic, ended, in_order=True)

    def _say_kline(self, topic: Topic, bar: FormingBar, *, in_order: bool) -> None:
        at = bar.close_at if bar.closed else self._now()
        data = stream_messages.kline(
            bar, self.instrument, topic.name.interval, at=at, stamp=topic.stamp
        )
        topic.tell(data, in_order=in_order)

    def _kline_topics(self, interval_s: int) -> Iterable[Topic]:
        return [
            topic
            for topic in self._topics.values()
            if topic.name.kind == "kline" and topic.name.interval_s == interval_s
        ]

    def ticker(self, stamp: stream_messages.Stamp) -> dict[str, object] | None:
        """The whole ticker as it is now; None before the first trade."""
        return ticker_of(self._market, self._now(), stamp)

    def _latest_id(self) -> int:
        latest = self._market.prints(1)
        return latest[-1].id if latest else -1


def ticker_of(
    market: Market, now: datetime, stamp: stream_messages.Stamp
) -> dict[str, object] | None:
    day = market.statistics()
    if day is None:
        return None
    latest = market.prints(1)
    return stream_messages.ticker(
        day, market.depth(1), market.instrument, last=latest[-1] if latest else None, at=now, stamp=stamp
    )  # fmt: skip
