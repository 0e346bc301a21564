"""The combined stream of Binance: connects, reads into books and inbox, and connects again for ever."""

import asyncio

import msgspec
import structlog
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from arena.kit.clock import monotonic_s
from arena.kit.errors import ArenaError
from arena.kit.http import guard
from arena.trading.market.binance import parse
from arena.trading.market.binance.books import Books
from arena.trading.market.binance.inbox import Inbox
from arena.trading.market.binance.messages import Messages, envelope
from arena.trading.market.model import Instrument, interval_name

FRAME_BYTES_MAX = 1_000_000
OPEN_S = 10
SILENCE_S = 60
PAUSE_S_MIN, PAUSE_S_MAX = 0.25, 30.0
MALFORMED_MAX = 100
log = structlog.get_logger()


class Stream:
    """`malformed` and `connections` count since the start."""

    def __init__(self, base_url: str, instruments: tuple[Instrument, ...], interval_s: int) -> None:
        self._base = base_url.rstrip("/")
        kinds = (f"kline_{interval_name(interval_s)}", "depth@100ms", "trade")
        self._messages = {one.symbol.lower(): (one.symbol, Messages(one)) for one in instruments}
        names = "/".join(f"{symbol}@{kind}" for symbol in self._messages for kind in kinds)
        self._url = f"{self._base}/stream?streams={names}"
        self.connections = 0
        self.malformed = 0

    async def run(self, inbox: Inbox, books: Books) -> None:
        """Reads until cancelled. The pause between attempts doubles up to half a minute."""
        pause_s = PAUSE_S_MIN
        while True:
            began_s = monotonic_s()
            try:
                await self._read(inbox, books)
                why = "closed by the exchange"
            except (
                OSError,
                WebSocketException,
                TimeoutError,
                ArenaError,
                parse.Malformed,
            ) as broken:
                why = f"{type(broken).__name__} {broken}"
            books.lose("connection")
            if (
                monotonic_s() - began_s > PAUSE_S_MAX
            ):  # it held for a while: begin with short pauses
                pause_s = PAUSE_S_MIN
            log.warning("price stream lost", why=why[:300], again_in_s=pause_s)
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, PAUSE_S_MAX)

    async def _read(self, inbox: Inbox, books: Books) -> None:
        """One connection, until it ends, falls silent or talks nonsense."""
        await asyncio.to_thread(guard, self._base, allow=[self._base])
        async with connect(
            self._url, open_timeout=OPEN_S, ping_interval=20, ping_timeout=20, close_timeout=2,
            max_size=FRAME_BYTES_MAX, max_queue=256, compression=None, proxy=None,
        ) as socket:  # fmt: skip
            self.connections += 1
            inbox.connected()
            strikes = 0
            while True:
                async with asyncio.timeout(
                    SILENCE_S
                ):  # `wait_for` may swallow a cancellation on 3.11
                    frame = await socket.recv()
                try:
                    self._take(frame, inbox, books)
                    strikes = 0
                except parse.Malformed as bad:
                    self.malformed += 1
                    strikes += 1
                    if strikes == 1:
                        log.warning("malformed price message", why=str(bad)[:300])
                    if strikes >= MALFORMED_MAX:
                        raise

    def _take(self, frame: str | bytes, inbox: Inbox, books: Books) -> None:
        said = envelope(frame)
        name, _, kind = said.stream.partition("@")
        if name not in self._messages:
            raise parse.Malformed(f"a stream nobody asked for: {said.stream[:60]}")
        symbol, messages = self._messages[name]
        if kind.startswith("depth"):
            books.update(messages.depth(said.data))
        elif kind == "trade":
            books.trade(messages.trade(said.data))
        elif kind.startswith("kline_"):
            candle = parse.kline_event(msgspec.json.decode(said.data))
            if candle is not None:
                if candle.symbol != symbol:
                    raise parse.Malformed("a bar of another symbol")
                inbox.put_bar(candle, monotonic_s())
