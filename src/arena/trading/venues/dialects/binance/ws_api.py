"""The ws-api, /ws-api/v3: REST's acts over a socket, with a session that signs once, and account events.

Requests of one connection run side by side and are answered as they are done; those of the session in their order.
"""

import asyncio
import contextlib
from typing import Any
from urllib.parse import parse_qs

import msgspec
import structlog
from starlette.types import Message as AsgiMessage
from starlette.types import Receive, Scope, Send

from arena.kit.db import DATABASE_AWAY
from arena.kit.errors import ArenaError
from arena.kit.sockets import outlet_of, text_frame
from arena.trading.venues.dialects.binance import stream_counters as counters
from arena.trading.venues.dialects.binance.acts import ACTS
from arena.trading.venues.dialects.binance.admit import Knock, admit, perform
from arena.trading.venues.dialects.binance.desk import Desk
from arena.trading.venues.dialects.binance.errors import (
    BUSY,
    SILENT,
    UNKNOWN,
    Answer,
    DialectRefused,
    Words,
    answer_of,
)
from arena.trading.venues.dialects.binance.parameters import Parameters
from arena.trading.venues.dialects.binance.sign import socket_parameters, socket_payload
from arena.trading.venues.dialects.binance.sockets import SocketCount, refuse
from arena.trading.venues.dialects.binance.user_streams import UserStreams
from arena.trading.venues.dialects.binance.ws_session import WsSession, wants_rate_limits

PONG_S = 60
LIFE_S = 24 * 3600
FLYING_MAX = 64  # requests of one connection at once; the next one waits
CONNECT_WEIGHT = 2
MESSAGE_MAX = 65_536
REST_ONLY = frozenset(
    {"otherExchangeInfo", "tradeFee", "apiRestrictions", "emptyList", "systemStatus"}
)
log = structlog.get_logger()
encode = msgspec.json.Encoder().encode
Id = int | str | None


class _Request(msgspec.Struct):
    method: str
    id: Id = None
    params: dict[str, msgspec.Raw] | None = None


class _Named(msgspec.Struct):
    """What can be told of a request that is wrong otherwise."""

    id: Id = None


_decode = msgspec.json.Decoder(_Request).decode
_decode_id = msgspec.json.Decoder(_Named).decode


class WsApi:
    """The ASGI application of the route."""

    def __init__(self, desk: Desk, users: UserStreams, count: SocketCount) -> None:
        self._desk = desk
        self._users = users
        self._count = count
        self._open: set[WsSession] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        address = self._count.enter(scope)
        if address is None:
            counters.CLOSED.labels("too many").inc()
            await refuse(send, 429, code=-1003, words="Too many connections from this address.")
            return
        try:
            self._desk.weights.spend_address(address, CONNECT_WEIGHT)
            await self._serve(scope, receive, send, address=address)
        except DialectRefused as refused:
            answer = refused.answer
            await refuse(send, answer.http, code=answer.code, words=answer.message)
        finally:
            self._count.leave(address)

    async def _serve(self, scope: Scope, receive: Receive, send: Send, *, address: str) -> None:
        await send({"type": "websocket.accept"})
        outlet = outlet_of(scope, send)
        outlet.wait_for_pong(PONG_S)
        session = WsSession(self._desk, self._users, outlet)
        session.return_rate_limits = _first_word(scope, "returnRateLimits") != "false"
        over = asyncio.get_running_loop().create_task(_end(send))
        self._open.add(session)
        counters.SOCKETS_API.inc()
        try:
            await _Line(self._desk, session, address, _header_key(scope)).listen(receive)
        finally:
            over.cancel()
            session.leave()
            self._open.discard(session)
            counters.SOCKETS_API.dec()

    def say_goodbye(self) -> None:
        for session in self._open:
            session.say_goodbye()


class _Line:
    """One connection's requests."""

    def __init__(self, desk: Desk, session: WsSession, address: str, header_key: str) -> None:
        self._desk = desk
        self._session = session
        self._address = address
        self._header_key = header_key
        self._flying: set[asyncio.Task[None]] = set()

    async def listen(self, receive: Receive) -> None:
        """Until the client has gone. What is under way then is done all the same, and heard by nobody."""
        while True:
            said = await receive()
            if said["type"] == "websocket.disconnect":
                if self._flying:
                    await asyncio.wait(self._flying)
                return
            request = self._read(said)
            if request is None:
                continue
            if request.method in self._session.methods:
                await self._take(request)
            else:
                task = asyncio.get_running_loop().create_task(self._take(request))
                self._flying.add(task)
                task.add_done_callback(self._flying.discard)
                if len(self._flying) >= FLYING_MAX:
                    await asyncio.wait(self._flying, return_when=asyncio.FIRST_COMPLETED)
            if self._session.outlet.congested:  # who asks without reading waits for himself
                await self._session.outlet.drained()

    def _read(self, said: AsgiMessage) -> _Request | None:
        text = said.get("text") or said.get("bytes") or ""
        try:
            if len(text) > MESSAGE_MAX:
                raise msgspec.DecodeError("the message is too long")
            return _decode(text)
        except (msgspec.MsgspecError, UnicodeError):
            found: Id = None
            with contextlib.suppress(msgspec.MsgspecError, UnicodeError):
                found = _decode_id(text).id
            self._tell(found, Answer(400, -1135, "Invalid JSON Request.", {}))
            return None

    async def _take(self, request: _Request) -> None:
        """The edge of a request: whatever happens, it is answered."""
        act = ACTS.get(request.method)
        changes, cancels = act is not None and act.changes, act is not None and act.cancels
        limits = self._session.return_rate_limits
        try:
            given = socket_parameters(request.params or {})
            limits = wants_rate_limits(Parameters(given), default=limits)
            result, used, account_id = await self._run(request.method, given)
        except ArenaError as error:
            self._tell(request.id, answer_of(error, cancels=cancels, changes=changes))
        except DATABASE_AWAY as error:
            log.warning("the database is away", method=request.method, error=str(error))
            self._tell(request.id, _answer(SILENT if changes else BUSY))
        except Exception:  # the edge of a request: what nobody foresaw is told without details
            log.exception("a request of the ws-api failed", method=request.method)
            self._tell(request.id, _answer(SILENT if changes else UNKNOWN))
        else:
            told: dict[str, Any] = {"id": request.id, "status": 200, "result": result}
            if limits:
                told["rateLimits"] = self._desk.weights.usage(used, account_id)
            self._push(told)

    async def _run(self, method: str, given: dict[str, str]) -> tuple[Any, int, str | None]:
        """The result, the weight used by now, and whose orders were counted."""
        payload, session = socket_payload(given), self._session
        api_key = given.get("apiKey", "")
        known = None if api_key or method == "session.logon" else await session.caller()
        if not api_key and known is None:
            api_key = self._header_key
        signature = given.get("signature")
        knock = Knock(
            given, payload, signature.encode() if signature else None, api_key, self._address, known
        )
        if method in session.methods:
            return *await session.run(method, knock), None
        act = ACTS.get(method)
        if act is None or method in REST_ONLY:
            raise DialectRefused(-1020, "This operation is not supported.")
        admitted = await admit(self._desk, act, knock)
        result, used = await perform(self._desk, act, admitted)
        return result, used, admitted.ask.account_id if act.orders or act.cancels else None

    def _tell(self, request_id: Id, refused: Answer) -> None:
        self._push({"id": request_id, "status": refused.http, "error": refused.body()})

    def _push(self, told: dict[str, Any]) -> None:
        self._session.outlet.push(text_frame(encode(told)))


def _answer(words: Words) -> Answer:
    return Answer(words.http, words.code, words.message, {})


async def _end(send: Send) -> None:
    await asyncio.sleep(LIFE_S)
    with contextlib.suppress(OSError, RuntimeError):
        await send(
            {"type": "websocket.close", "code": 1000, "reason": "a day is over; connect again"}
        )


def _first_word(scope: Scope, name: str) -> str:
    try:
        words = parse_qs(scope.get("query_string", b"").decode("latin-1"), max_num_fields=50)
    except ValueError:
        return ""
    return str(words.get(name, [""])[0]).lower()


def _header_key(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-mbx-apikey":
            found: bytes = value
            return found.decode("latin-1").strip()
    return ""
