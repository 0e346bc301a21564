"""The dialect's REST: every path in one table, and the bare ASGI application that answers them all.

It stands beside FastAPI, whose machinery would cost more than the work; it admits its callers itself, by API key and
signature, and answers in Binance's words whatever happens.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
import structlog
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute, Mount
from starlette.types import Receive, Scope, Send

from arena.kit.db import DATABASE_AWAY
from arena.kit.errors import ArenaError
from arena.people.access import address_of
from arena.people.access import public as public_gate
from arena.trading.venues.dialects.binance.acts import ACTS
from arena.trading.venues.dialects.binance.admit import Knock, admit, perform
from arena.trading.venues.dialects.binance.desk import Act, Desk
from arena.trading.venues.dialects.binance.errors import (
    BUSY,
    SILENT,
    UNKNOWN,
    Answer,
    answer_in,
    answer_of,
)
from arena.trading.venues.dialects.binance.parameters import read_pairs
from arena.trading.venues.dialects.binance.sign import split_signature
from arena.trading.venues.dialects.binance.weights import weight_headers

log = structlog.get_logger()
Header = tuple[bytes, bytes]
_JSON: Header = (b"content-type", b"application/json;charset=UTF-8")

PATHS: Sequence[tuple[str, str, str]] = (
    ("POST", "/api/v3/order", "order.place"),
    ("DELETE", "/api/v3/order", "order.cancel"),
    ("GET", "/api/v3/order", "order.status"),
    ("POST", "/api/v3/order/test", "order.test"),
    ("POST", "/api/v3/order/cancelReplace", "order.cancelReplace"),
    ("POST", "/api/v3/order/oco", "orderList.place"),
    ("POST", "/api/v3/orderList/oco", "orderList.place.oco"),
    ("GET", "/api/v3/orderList", "orderList.status"),
    ("DELETE", "/api/v3/orderList", "orderList.cancel"),
    ("GET", "/api/v3/openOrderList", "openOrderLists.status"),
    ("GET", "/api/v3/openOrders", "openOrders.status"),
    ("DELETE", "/api/v3/openOrders", "openOrders.cancelAll"),
    ("GET", "/api/v3/allOrders", "allOrders"),
    ("GET", "/api/v3/account", "account.status"),
    ("GET", "/api/v3/account/commission", "account.commission"),
    ("GET", "/api/v3/myTrades", "myTrades"),
    ("GET", "/api/v3/rateLimit/order", "account.rateLimits.orders"),
    ("GET", "/api/v3/ping", "ping"),
    ("GET", "/api/v3/time", "time"),
    ("GET", "/api/v3/exchangeInfo", "exchangeInfo"),
    ("GET", "/api/v3/depth", "depth"),
    ("GET", "/api/v3/trades", "trades.recent"),
    ("GET", "/api/v3/historicalTrades", "trades.historical"),
    ("GET", "/api/v3/aggTrades", "trades.aggregate"),
    ("GET", "/api/v3/klines", "klines"),
    ("GET", "/api/v3/uiKlines", "uiKlines"),
    ("GET", "/api/v3/avgPrice", "avgPrice"),
    ("GET", "/api/v3/ticker", "ticker"),
    ("GET", "/api/v3/ticker/24hr", "ticker.24hr"),
    ("GET", "/api/v3/ticker/tradingDay", "ticker.tradingDay"),
    ("GET", "/api/v3/ticker/price", "ticker.price"),
    ("GET", "/api/v3/ticker/bookTicker", "ticker.book"),
    ("POST", "/api/v3/userDataStream", "userDataStream.start"),
    ("PUT", "/api/v3/userDataStream", "userDataStream.ping"),
    ("DELETE", "/api/v3/userDataStream", "userDataStream.stop"),
    ("GET", "/api/v1/ping", "ping"),
    ("GET", "/api/v1/time", "time"),
    ("GET", "/api/v1/exchangeInfo", "exchangeInfo"),
    ("GET", "/sapi/v1/system/status", "systemStatus"),
    ("GET", "/sapi/v1/account/apiRestrictions", "apiRestrictions"),
    ("GET", "/sapi/v1/asset/tradeFee", "tradeFee"),
    ("GET", "/sapi/v1/capital/config/getall", "emptyList"),
    ("GET", "/sapi/v1/margin/allAssets", "emptyList"),
    ("GET", "/sapi/v1/margin/allPairs", "emptyList"),
    ("GET", "/sapi/v1/margin/isolated/allPairs", "emptyList"),
    ("GET", "/fapi/v1/exchangeInfo", "otherExchangeInfo"),
    ("GET", "/dapi/v1/exchangeInfo", "otherExchangeInfo"),
)
"""Method, path, and the act that is asked for; what each asks of its caller and weighs stands with the act."""


class Rest:
    """The ASGI application of all paths of the table."""

    # Read by whoever checks that every route names its gate.
    __arena__ = (
        public_gate("admits by API key and signature itself, in the words of another exchange"),
        False,
        False,
    )

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._acts: dict[str, dict[str, Act]] = {}
        for method, path, name in PATHS:
            self._acts.setdefault(path, {})[method] = ACTS[name]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises HTTPException where the body is too long."""
        method, path = scope["method"], scope["path"]
        act = self._acts.get(path, {}).get("GET" if method == "HEAD" else method)
        if act is None:
            known = path in self._acts
            words = f"Path {path}, Method {method} is invalid"
            await _send_error(send, Answer(405 if known else 404, -5000, words, {}))
            return
        headers: dict[str, str] = {}
        try:
            result = await self._do(act, scope, receive, headers)
        except ArenaError as error:
            refused = answer_of(error, cancels=act.cancels, changes=act.changes)
            await _send_error(send, refused, headers)
        except DATABASE_AWAY as error:
            log.warning("the database is away", act=act.name, error=str(error))
            await _send_error(send, answer_in(SILENT if act.changes else BUSY), headers)
        except HTTPException:
            raise
        except Exception:  # the edge of a request: what nobody foresaw is told without details
            log.exception("a request of the dialect failed", act=act.name)
            await _send_error(send, answer_in(SILENT if act.changes else UNKNOWN), headers)
        else:
            await _send(send, 200, msgspec.json.encode(result), headers)

    async def _do(self, act: Act, scope: Scope, receive: Receive, headers: dict[str, str]) -> Any:
        """The act's result. What is to be told of the caller's limits goes into `headers`, also where it fails."""
        body, query = await _body(scope, receive), scope["query_string"]
        payload, signature = split_signature(query, body)
        knock = Knock(
            read_pairs(query, body), payload, signature, _api_key(scope), address_of(HTTPConnection(scope))
        )  # fmt: skip
        admitted = await admit(self._desk, act, knock)
        headers |= weight_headers(admitted.used)
        try:
            result, used = await perform(self._desk, act, admitted)
            headers |= weight_headers(used)
        finally:
            if act.orders or act.cancels:
                headers |= self._desk.weights.order_headers(admitted.ask.account_id)
        return result


def rest_routes(desk: Desk) -> list[BaseRoute]:
    """All paths of the table; what is not in it is answered in Binance's words, too."""
    rest = Rest(desk)
    return [
        Mount(root, app=rest, name=f"binance {root}")
        for root in ("/api", "/sapi", "/fapi", "/dapi")
    ]


def _api_key(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-mbx-apikey":
            return str(value, "latin-1").strip()
    return ""


async def _body(scope: Scope, receive: Receive) -> bytes:
    """Read for every method: some clients send what they sign in the body of a DELETE."""
    if not any(name in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"]):
        return b""
    chunks = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return b"".join(chunks)


async def _send_error(send: Send, answer: Answer, headers: dict[str, str] | None = None) -> None:
    told = msgspec.json.encode(answer.body())
    await _send(send, answer.http, told, {**answer.headers, **(headers or {})})


async def _send(send: Send, status: int, body: bytes, headers: dict[str, str]) -> None:
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    length: Header = (b"content-length", b"%d" % len(body))
    await send({"type": "http.response.start", "status": status, "headers": [_JSON, length, *raw]})
    await send({"type": "http.response.body", "body": body})
