"""The hub of market streams, one per process: follows what somebody listens to, and writes each message to all of them.

A message is encoded once. Nobody waits for a slow reader: what he misses is kept small, and told when he reads again.
"""

import asyncio
import contextlib
from functools import partial

import structlog

from arena.kit.clock import monotonic_s
from arena.kit.sockets import text_frame
from arena.trading.venues.dialects.binance import events, stream_messages
from arena.trading.venues.dialects.binance import stream_counters as counters
from arena.trading.venues.dialects.binance.connection import LEVELS_HELD_MAX, Connection
from arena.trading.venues.dialects.binance.desk import Desk
from arena.trading.venues.dialects.binance.line import Line, ticker_of
from arena.trading.venues.dialects.binance.stream_names import StreamName
from arena.trading.venues.dialects.binance.topic import DepthTopic, Topic, make_topic
from arena.trading.venues.exchange import Market

LOOK_S = 0.05
BATCH = 64  # events of one instrument before others get their turn
READY_S = 5.0
LIFE_S = 24 * 3600.0  # as long as a socket may stay open
CLOSE_PATIENCE_S = 0.5
AGAIN_S = 0.5
POLICY, TRY_AGAIN, NORMAL = 1008, 1013, 1000
log = structlog.get_logger()


class Following:
    """A line and the task that feeds it, which ends with its last topic. `symbol` is ours."""

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.line: Line | None = None
        self.ready = asyncio.Event()
        self.task: asyncio.Task[None] | None = None


class StreamHub:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._exchange = desk.exchange
        self.connections: dict[Connection, None] = {}
        self._following: dict[str, Following] = {}  # by the symbol on the wire
        self._all: dict[tuple[str, bool], Topic] = {}
        self._told: dict[
            str, dict[str, object]
        ] = {}  # tickers as the streams of all last told them
        self._looking: asyncio.Task[None] | None = None
        self._closing: set[asyncio.Task[None]] = set()

    # -- connections

    def attach(self, connection: Connection) -> None:
        self.connections[connection] = None
        counters.SOCKETS_STREAMS.inc()
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().create_task(self._look_after())

    def detach(self, connection: Connection) -> None:
        if connection not in self.connections:
            return
        del self.connections[connection]
        counters.SOCKETS_STREAMS.dec()
        connection.closing = True
        for name in list(connection.streams.values()):
            self.unsubscribe(connection, name)

    def close(self, connection: Connection, code: int, why: str) -> None:
        """Begins to close the socket; nothing more is told to it."""
        if connection.closing:
            return
        connection.closing = True
        counters.CLOSED.labels(why).inc()
        for name in list(connection.streams.values()):
            self.unsubscribe(connection, name)
        task = asyncio.get_running_loop().create_task(_close(connection, code, why))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def say_goodbye(self) -> None:
        """The server stops: everybody is told, before their sockets are closed."""
        told = events.server_shutdown(self._exchange.now())
        # Some clients look for it as they do on a ws-api connection, inside `event`.
        frame = text_frame(stream_messages.encode({**told, "event": told}))
        for connection in self.connections:
            if not connection.closing:
                connection.outlet.push(frame)

    # -- streams

    async def subscribe(self, connection: Connection, name: StreamName) -> None:
        """From the next event on. A symbol that is not traded here stays silent, as it does at Binance."""
        if name.text in connection.streams:
            return
        connection.streams[name.text] = name
        topic = await self._topic(name, micro=connection.micro)
        # It may have left again while the line was made ready.
        if topic is not None and connection.streams.get(name.text) is name:
            if connection.closing:
                self._drop_empty(topic)
            else:
                topic.hearers[connection] = None

    def unsubscribe(self, connection: Connection, name: StreamName) -> None:
        connection.streams.pop(name.text, None)
        topic = self._existing(name, micro=connection.micro)
        if topic is None:
            return
        topic.hearers.pop(connection, None)
        if connection.backlog is not None:
            connection.backlog.forget(topic.key)
        self._drop_empty(topic)

    async def _topic(self, name: StreamName, *, micro: bool) -> Topic | None:
        if not name.symbol:
            return self._all.setdefault((name.text, micro), make_topic(name, micro=micro))
        following = self._following.get(name.symbol)
        if following is None:
            instrument = self._desk.symbols().instrument(name.symbol)
            if instrument is None:
                return None
            following = self._following[name.symbol] = Following(instrument.symbol)
            following.task = asyncio.get_running_loop().create_task(self._follow(following))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READY_S):
                await following.ready.wait()
        return following.line.topic(name, micro=micro) if following.line is not None else None

    def _existing(self, name: StreamName, *, micro: bool) -> Topic | None:
        if not name.symbol:
            return self._all.get((name.text, micro))
        line = self._line(name)
        return line.existing(name, micro=micro) if line is not None else None

    def _line(self, name: StreamName) -> Line | None:
        following = self._following.get(name.symbol)
        return following.line if following is not None else None

    def _drop_empty(self, topic: Topic) -> None:
        if topic.hearers:
            return
        if not topic.name.symbol:
            self._all.pop((topic.name.text, topic.key[1]), None)
            return
        line = self._line(topic.name)
        if line is None:
            return
        line.drop(topic)
        if line.empty:
            following = self._following.pop(topic.name.symbol)
            if following.task is not None:
                following.task.cancel()

    async def _follow(self, following: Following) -> None:
        """Feeds the line for as long as it is there. Where the exchange ends its stream the line goes on with the next
        one: its book tells what has changed meanwhile."""
        while True:
            try:
                async with self._exchange.watch([following.symbol]) as happenings:
                    self._begin(following)
                    count = 0
                    async for event in happenings:
                        assert following.line is not None
                        following.line.take(event)
                        count += 1
                        if count % BATCH == 0:
                            await asyncio.sleep(0)
            except Exception:  # the edge of a task that must not end while somebody listens
                log.exception("streams of an instrument broke", symbol=following.symbol)
            await asyncio.sleep(AGAIN_S)

    def _begin(self, following: Following) -> None:
        if following.line is None:
            find = partial(self._exchange.market, following.symbol)
            following.line = Line(find, self._exchange.now)
        elif not following.line.go_on():
            for connection in following.line.hearers():
                self.close(connection, TRY_AGAIN, "books begin anew")
        following.ready.set()

    # -- what time brings

    async def _look_after(self) -> None:
        """Runs while there are connections."""
        tickers_due_s = 0.0
        while self.connections:
            await asyncio.sleep(LOOK_S)
            now_s = monotonic_s()
            try:
                for following in list(self._following.values()):
                    if following.line is not None:
                        following.line.look()
                if self._all and now_s >= tickers_due_s:
                    tickers_due_s = now_s + 1
                    self._tell_all_tickers()
                for connection in list(self.connections):
                    self._look_at(connection, now_s)
            except Exception:  # the edge of a task that must not end while somebody listens
                log.exception("streams are not looked after")

    def _look_at(self, connection: Connection, now_s: float) -> None:
        if connection.closing:
            return
        if now_s - connection.opened_at_s >= LIFE_S:
            self.close(connection, NORMAL, "a day is over; connect again")
        elif connection.backlog is not None:
            if not connection.outlet.congested:
                self._catch_up(connection)
            elif connection.backlog.levels > LEVELS_HELD_MAX:
                self.close(connection, POLICY, "too much is unread")

    def _catch_up(self, connection: Connection) -> None:
        backlog, connection.backlog = connection.backlog, None
        assert backlog is not None
        frames: list[bytes] = []
        for (name, micro), difference in backlog.differences.items():
            topic = self._existing(name, micro=micro)
            line = self._line(name)
            if isinstance(topic, DepthTopic) and line is not None:
                message = topic.message(difference, line.instrument)
                frames.append(message.frame(combined=connection.combined))
        frames += [message.frame(combined=connection.combined) for message in backlog.messages()]
        connection.outlet.push(b"".join(frames))

    def _tell_all_tickers(self) -> None:
        """Those that changed since the last time, in one message."""
        now = self._exchange.now()
        changed: list[Market] = []
        for symbol in self._exchange.symbols():
            market = self._exchange.market(symbol)
            full = ticker_of(market, now, stream_messages.milliseconds)
            if full is not None and _news(full) != self._told.get(symbol):
                self._told[symbol] = _news(full)
                changed.append(market)
        if not changed:
            return
        for topic in list(self._all.values()):
            shown = [ticker_of(market, now, topic.stamp) or {} for market in changed]
            if topic.name.kind == "all_mini_tickers":
                shown = [stream_messages.mini_ticker(full) for full in shown]
            topic.tell(stream_messages.encode(shown))


def _news(full: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in full.items() if key not in ("E", "O", "C")}


async def _close(connection: Connection, code: int, why: str) -> None:
    """Says goodbye; a reader who does not even read that in time is cut off."""
    try:
        async with asyncio.timeout(CLOSE_PATIENCE_S):
            await connection.send({"type": "websocket.close", "code": code, "reason": why})
    except (TimeoutError, OSError, RuntimeError):
        with contextlib.suppress(OSError, RuntimeError):
            connection.outlet.abort()
