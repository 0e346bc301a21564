"""The sockets of market streams, /ws and /stream: what is asked for in the path and by messages, and listen keys.

`/ws/<stream>` and `/stream?streams=<a>/<b>` hear at once; `/ws`, `/ws/<anything>`, `/stream` and
`/stream/ws/<anything>` wait to be told. Messages of `/stream` name their stream, all others come bare.
"""

import contextlib
from collections.abc import Iterable
from urllib.parse import parse_qs

import structlog
from starlette.types import Message as AsgiMessage
from starlette.types import Receive, Scope, Send

from arena.kit.clock import monotonic_s
from arena.kit.sockets import outlet_of
from arena.trading.venues.dialects.binance import events, stream_messages
from arena.trading.venues.dialects.binance import stream_counters as counters
from arena.trading.venues.dialects.binance.connection import Connection, in_envelope
from arena.trading.venues.dialects.binance.control import (
    STREAMS_MAX,
    BadControl,
    Bucket,
    Control,
    answer,
    read_control,
    read_property,
    refusal,
)
from arena.trading.venues.dialects.binance.listen_door import ListenDoor
from arena.trading.venues.dialects.binance.sockets import SocketCount, refuse
from arena.trading.venues.dialects.binance.stream_hub import POLICY, StreamHub
from arena.trading.venues.dialects.binance.stream_names import StreamName, parse_stream
from arena.trading.venues.dialects.binance.user_streams import UserSeat

PONG_S = 60
MESSAGE_MAX = 65_536
log = structlog.get_logger()


class Streams:
    """The ASGI application of these routes."""

    def __init__(self, hub: StreamHub, door: ListenDoor, count: SocketCount) -> None:
        self._hub = hub
        self._door = door
        self._count = count

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        address = self._count.enter(scope)
        if address is None:
            counters.CLOSED.labels("too many").inc()
            await refuse(send, 429, code=-1003, words="Too many connections from this address.")
            return
        try:
            await self._serve(scope, receive, send)
        finally:
            self._count.leave(address)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})
        outlet = outlet_of(scope, send)
        outlet.wait_for_pong(PONG_S)
        asked = _asked(scope)
        connection = Connection(
            outlet, send, combined=asked.combined, micro=asked.micro, opened_at_s=monotonic_s()
        )
        session = _Session(self._hub, self._door, connection, asked.after)
        self._hub.attach(connection)
        try:
            for name in asked.names:
                await session.subscribe(name)
            await session.listen(receive)
        finally:
            session.leave()
            self._hub.detach(connection)


class _Asked:
    """What path and query string ask for."""

    def __init__(self, path: str, query: bytes) -> None:
        words = parse_qs(query.decode("latin-1"), max_num_fields=50)
        first, _, rest = path.strip("/").partition("/")
        self.combined = first == "stream" and not rest
        self.micro = words.get("timeUnit", [""])[-1].upper() == "MICROSECOND"
        after = words.get("arenaAfter", [""])[-1]
        self.after = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else None
        texts = "/".join(words.get("streams", [])) if self.combined else rest
        self.names = _names(texts.split("/"))


def _asked(scope: Scope) -> _Asked:
    try:
        return _Asked(scope["path"], scope.get("query_string", b""))
    except ValueError:  # more fields than anybody needs: whoever writes that is told by messages
        return _Asked(scope["path"], b"")


def _names(texts: Iterable[str]) -> list[StreamName]:
    found = (parse_stream(text) for text in texts)
    return [name for name in found if name is not None][:STREAMS_MAX]


class _Session:
    """One socket: its control messages, and the listen keys it hears."""

    def __init__(
        self, hub: StreamHub, door: ListenDoor, connection: Connection, after: int | None
    ) -> None:
        self._hub = hub
        self._door = door
        self._connection = connection
        self._after = after
        self._seats: dict[str, UserSeat] = {}

    def leave(self) -> None:
        for seat in self._seats.values():
            self._door.leave(seat)

    async def listen(self, receive: Receive) -> None:
        """Until the client has gone."""
        bucket = Bucket()
        while True:
            said = await receive()
            if said["type"] == "websocket.disconnect":
                return
            if self._connection.closing:
                continue
            if bucket.full(monotonic_s()):
                self._hub.close(self._connection, POLICY, "too many messages in a second")
                continue
            try:
                await self._take(read_control(_text(said)))
            except BadControl as refused:
                self._connection.say(refusal(refused))
            if self._connection.outlet.congested:  # who asks without reading waits for himself
                await self._connection.outlet.drained()

    async def _take(self, control: Control) -> None:
        connection = self._connection
        result: object = None
        if control.method == "LIST_SUBSCRIPTIONS":
            result = [*connection.streams, *self._seats]
        elif control.method == "UNSUBSCRIBE":
            for name in _names(control.params):
                self._unsubscribe(name)
        elif control.method == "SUBSCRIBE":
            names = _names(control.params)
            if len(names) < len(control.params):
                unknown = next(text for text in control.params if parse_stream(text) is None)
                raise BadControl(
                    2, f"Invalid request: invalid stream name `{unknown:.60}`", control.id
                )
            if len({*connection.streams, *(name.text for name in names)}) > STREAMS_MAX:
                raise BadControl(2, "Invalid request: too many streams", control.id)
            for name in names:
                await self.subscribe(name)
        else:
            read_property(control)
            if control.method == "SET_PROPERTY":
                connection.combined = control.params[1]
            else:
                result = connection.combined
        connection.say(answer(control, result))

    async def subscribe(self, name: StreamName) -> None:
        if name.kind != "user":
            await self._hub.subscribe(self._connection, name)
        elif name.text not in self._seats:
            listen_key = name.text
            seat = await self._door.sit(
                listen_key, outlet=self._connection.outlet,
                tell=lambda message: self._tell(listen_key, message),
                ended=lambda seat: self._ended(listen_key, seat), after=self._after,
            )  # fmt: skip
            if seat is not None:
                self._seats[listen_key] = seat

    def _unsubscribe(self, name: StreamName) -> None:
        if name.kind != "user":
            self._hub.unsubscribe(self._connection, name)
        elif (seat := self._seats.pop(name.text, None)) is not None:
            self._door.leave(seat)

    def _tell(self, listen_key: str, message: events.Message) -> None:
        data = stream_messages.encode(message)
        combined = self._connection.combined
        self._connection.say(in_envelope(listen_key, data) if combined else data)

    def _ended(self, listen_key: str, seat: UserSeat) -> None:
        """The listen key is over: says so; the socket stays for whatever else it hears."""
        if self._seats.get(listen_key) is seat:
            del self._seats[listen_key]
            self._tell(listen_key, events.listen_key_expired(self._door.now(), listen_key))


def _text(said: AsgiMessage) -> str:
    text = said.get("text")
    if text is None:
        with contextlib.suppress(UnicodeDecodeError):
            text = (said.get("bytes") or b"").decode()
    if text is None or len(text) > MESSAGE_MAX:
        raise BadControl(3, "Invalid JSON: the message is too long or no text")
    return text
