"""A local server that speaks Binance's public dialect: REST answers and combined streams, on a clock that tests move.

Prices are those of the sample pack, one bar a minute of the server's own clock; exchangeInfo, depth and trades are
recorded answers where the large packs are at hand. Tests make it drop connections, skip messages, send nonsense,
answer late or not at all.
"""

import asyncio
import contextlib
import itertools
import json
import socket
import threading
import time
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from arena.trading import market

MINUTE_MS = 60_000
START_MS = 1_760_000_040_000  # a full minute
STEPS = {"BTCUSDT": ("0.01000000", "0.00001000"), "ETHUSDT": ("0.01000000", "0.00010000")}


SYMBOLS = tuple(STEPS)


class BinanceServer:
    """`now_ms` is the exchange's clock. All methods may be called from another thread or loop."""

    def __init__(self, recorded: Path | None = None) -> None:
        self.now_ms = START_MS + 5_000
        self.requests: list[str] = []
        self.connections = 0
        self.slow_s = 0.0
        self.refuses = False
        self.recorded = recorded
        self._candles = [b.candles[0] for b in market.sample_source().bars_from(None)]
        self._sockets: dict[WebSocket, list[str]] = {}
        self._trades = 1000
        self.stale_snapshots = 0  # how many of the next depth answers come from before the stream
        self.used_weight = 0
        self.banned_s = 0
        self.stood_still = range(0)  # opens of the bars it never had
        self.listed_ms = 0
        self.odd = False
        self._books = {symbol: self._first_book(symbol) for symbol in STEPS}
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]

    @property
    def rest_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def stream_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def __enter__(self) -> "BinanceServer":
        app = Starlette(
            routes=[
                Route("/api/v3/{name:path}", self._rest),
                WebSocketRoute("/stream", self._stream),
            ]
        )
        config = uvicorn.Config(app, log_level="error", lifespan="off", ws="websockets-sansio")
        self._server = uvicorn.Server(config)
        ready: Future[asyncio.AbstractEventLoop] = Future()

        async def serve() -> None:
            ready.set_result(asyncio.get_running_loop())
            await self._server.serve(sockets=[self._listener])

        self._thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
        self._thread.start()
        self._loop = ready.result(5)
        return self

    def __exit__(self, *_reason: object) -> None:
        self.drop()
        self._server.should_exit = True
        self._thread.join(10)
        self._listener.close()

    # What tests do to it

    def close_bars(self, count: int = 1, *, told: tuple[str, ...] = tuple(STEPS)) -> None:
        """Moves the clock on by whole minutes; the bars that close are streamed for the symbols in `told`."""
        for _ in range(count):
            open_ms = self.now_ms // MINUTE_MS * MINUTE_MS
            self.now_ms += MINUTE_MS
            for symbol in told:
                self.send(
                    f"{symbol.lower()}@kline_1m", self._kline_event(symbol, open_ms, closed=True)
                )

    def change(
        self, symbol: str, side: str, price: str, quantity: str, *, told: bool = True
    ) -> None:
        """Changes one level of a book; the difference is streamed, or lost where it is not `told`."""
        book = self._books[symbol]
        book["lastUpdateId"] += 2
        levels = dict(book[side])
        levels[price] = quantity
        held = [[p, q] for p, q in levels.items() if q != "0.00000000"]
        book[side] = sorted(held, key=lambda level: float(level[0]), reverse=side == "bids")
        if told:
            last, row = book["lastUpdateId"], [[price, quantity]]
            self.send(f"{symbol.lower()}@depth@100ms", {
                "e": "depthUpdate", "E": self.now_ms, "s": symbol, "U": last - 1, "u": last,
                "b": row if side == "bids" else [], "a": row if side == "asks" else [],
            })  # fmt: skip

    def trade(
        self, symbol: str, price: str = "61837.63000000", quantity: str = "0.02000000"
    ) -> None:
        self._trades += 1
        self.send(f"{symbol.lower()}@trade", {
            "e": "trade", "E": self.now_ms, "s": symbol, "t": self._trades, "p": price, "q": quantity,
            "T": self.now_ms - 1, "m": True, "M": True,
        })  # fmt: skip

    def tick(self) -> None:
        """A running bar, a book and a trade of each symbol."""
        for symbol in STEPS:
            open_ms = self.now_ms // MINUTE_MS * MINUTE_MS
            self.send(
                f"{symbol.lower()}@kline_1m", self._kline_event(symbol, open_ms, closed=False)
            )
            self.change(symbol, "bids", "90.00000000", f"{self._trades}.00000000")
            self.trade(symbol)

    def send(self, stream: str, data: Any) -> None:
        self._run(self._send(json.dumps({"stream": stream, "data": data}), stream))

    def send_raw(self, text: str) -> None:
        """The text as it is, to every connection."""
        self._run(self._send(text, None))

    def drop(self) -> None:
        """Closes every connection."""
        self._run(self._drop())

    # How it answers

    def candle(self, symbol: str, open_ms: int) -> list[str]:
        """Open, high, low, close and volume of a minute, as text with eight decimals."""
        bar = self._candles[(open_ms // MINUTE_MS) % len(self._candles)]
        share = 1 if symbol == "BTCUSDT" else 10
        prices = [f"{round(p / share, 2):.8f}" for p in (bar.open, bar.high, bar.low, bar.close)]
        return [*prices, f"{bar.volume:.8f}"]

    async def _rest(self, request: Request) -> Response:
        name = request.path_params["name"]
        self.requests.append(name)
        began_s = time.monotonic()
        while (left_s := began_s + self.slow_s - time.monotonic()) > 0:
            await asyncio.sleep(min(left_s, 0.02))  # slow no more, it answers at once
        self.used_weight += 1
        if self.banned_s:
            return JSONResponse({"code": -1003, "msg": "Way too much request weight used."}, 429,
                                headers={"Retry-After": str(self.banned_s)})  # fmt: skip
        if self.refuses:
            return JSONResponse({"code": -1000, "msg": "maintenance"}, 503)
        ask = request.query_params
        match name:
            case "ping":
                return JSONResponse({})
            case "time":
                return JSONResponse({"serverTime": self.now_ms})
            case "exchangeInfo":
                return self._exchange_info(json.loads(ask["symbols"]))
            case "klines":
                width = market.INTERVALS[ask["interval"]] * 1000
                rows = self._klines(
                    ask["symbol"], int(ask["startTime"]), int(ask["endTime"]), width
                )
                return JSONResponse(rows)
            case "depth":
                return JSONResponse(self._depth(ask["symbol"], int(ask["limit"])))
            case "trades":
                return JSONResponse(self._recent(ask["symbol"], int(ask["limit"])))
        return JSONResponse({"code": -1, "msg": "no such path"}, 404)

    def _exchange_info(self, symbols: list[str]) -> Response:
        if not set(symbols) <= set(STEPS):
            return JSONResponse({"code": -1121, "msg": "Invalid symbol."}, 400)
        known = {s["symbol"]: s for s in self._recording("exchangeInfo", {}).get("symbols", [])}
        return JSONResponse(
            {"symbols": [known.get(symbol) or _symbol(symbol) for symbol in symbols]}
        )

    def _klines(
        self, symbol: str, first_ms: int, last_ms: int, width: int = MINUTE_MS
    ) -> list[list[Any]]:
        """As the exchange does, the running bar included, at most a thousand."""
        if self.odd:
            return [["soon"]]
        first_ms = -(-max(first_ms, self.listed_ms) // width) * width
        opens = range(first_ms, min(last_ms, self.now_ms) + 1, width)
        have = (t for t in opens if t not in self.stood_still)
        return [
            [t, *self.candle(symbol, t), t + width - 1, "0.0", 1, "0.0", "0.0", "0"]
            for t in itertools.islice(have, 1000)
        ]

    def _kline_event(self, symbol: str, open_ms: int, *, closed: bool) -> dict[str, Any]:
        o, h, low, c, v = self.candle(symbol, open_ms)
        return {"e": "kline", "E": self.now_ms, "s": symbol, "k": {
            "t": open_ms, "T": open_ms + MINUTE_MS - 1, "s": symbol, "i": "1m", "o": o, "h": h, "l": low, "c": c,
            "v": v, "x": closed,
        }}  # fmt: skip

    def _depth(self, symbol: str, limit: int) -> dict[str, Any]:
        book = self._books[symbol]
        if self.stale_snapshots:
            self.stale_snapshots -= 1
            book = {**book, "lastUpdateId": book["lastUpdateId"] - 1_000}
        return {**book, "bids": book["bids"][:limit], "asks": book["asks"][:limit]}

    def _first_book(self, symbol: str) -> dict[str, Any]:
        if (recorded := self._recording("depth", {})) and symbol == "BTCUSDT":
            return dict(recorded)
        return {
            "lastUpdateId": 5_000,
            "bids": [[f"{100 - i:.8f}", "1.50000000"] for i in range(50)],
            "asks": [[f"{101 + i:.8f}", "2.50000000"] for i in range(50)],
        }

    def _recent(self, symbol: str, limit: int) -> list[dict[str, Any]]:
        if symbol == "BTCUSDT" and (
            recorded := self._recording("trades", [], "limit=1000&symbol=BTCUSDT")
        ):
            return list(recorded[-limit:])
        return [{"id": 1, "price": "100.50000000", "qty": "0.10000000", "quoteQty": "10.0", "time": START_MS,
                 "isBuyerMaker": False, "isBestMatch": True}]  # fmt: skip

    def _recording(self, name: str, default: Any, query: str | None = None) -> Any:
        if self.recorded is None:
            return default
        answers = json.loads((self.recorded / f"GET-{name}.json").read_text())
        return next((a["data"] for a in answers if query in (None, a["query"])), default)

    async def _stream(self, websocket: WebSocket) -> None:
        await websocket.accept()
        self.connections += 1
        self._sockets[websocket] = websocket.query_params["streams"].split("/")
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                await websocket.receive_text()
        self._sockets.pop(websocket, None)

    async def _send(self, text: str, stream: str | None) -> None:
        for websocket, wanted in list(self._sockets.items()):
            if stream is None or stream in wanted:
                with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                    await websocket.send_text(text)

    async def _drop(self) -> None:
        for websocket in list(self._sockets):
            self._sockets.pop(websocket, None)
            with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                await websocket.close(1012)

    def _run(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(5)


def _symbol(symbol: str) -> dict[str, Any]:
    tick, step = STEPS[symbol]
    return {
        "symbol": symbol, "status": "TRADING", "baseAsset": symbol[:3], "quoteAsset": "USDT",
        "filters": [{"filterType": "PRICE_FILTER", "tickSize": tick}, {"filterType": "LOT_SIZE", "stepSize": step},
                    {"filterType": "NOTIONAL", "minNotional": "5.00000000"}],
    }  # fmt: skip
