"""The dialect's sockets in one process, and the addresses they are found at."""

import weakref

from starlette.routing import BaseRoute, Match, WebSocketRoute
from starlette.types import Scope

from arena.kit.bus import Bus
from arena.trading.venues.dialects.binance.desk import Desk
from arena.trading.venues.dialects.binance.listen_door import ListenDoor
from arena.trading.venues.dialects.binance.sockets import SocketCount
from arena.trading.venues.dialects.binance.stream_hub import StreamHub
from arena.trading.venues.dialects.binance.streams import Streams
from arena.trading.venues.dialects.binance.user_streams import UserStreams
from arena.trading.venues.dialects.binance.ws_api import WsApi

STREAM_PATHS = ("/ws", "/ws/{rest:path}", "/stream", "/stream/{rest:path}")
WS_API_PATH = "/ws-api/v3"


class Sockets:
    """Made once per app, best before the bus runs."""

    def __init__(self, desk: Desk, bus: Bus) -> None:
        count = SocketCount(desk.settings.dialect_sockets_max)
        users = UserStreams(desk.exchange, desk.wire)
        self.hub = StreamHub(desk)
        self.streams = Streams(self.hub, ListenDoor(desk, users), count)
        self.api = WsApi(desk, users, count)
        for topic, listener in (
            ("key", users.key_changed),
            ("listen_key", users.listen_key_changed),
            ("*", users.all_changed),
        ):
            bus.listen(topic, listener)
        _open.update((self.hub, self.api))

    def routes(self) -> list[BaseRoute]:
        return [
            *(
                _StreamRoute(path, self.streams, name=f"market streams {path}")
                for path in STREAM_PATHS
            ),
            WebSocketRoute(WS_API_PATH, self.api, name="ws-api"),
        ]


class _StreamRoute(WebSocketRoute):
    """`/stream?model_id=…` is the arena's own stream of signals, and stands elsewhere."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if b"model_id=" in scope.get("query_string", b""):
            return Match.NONE, {}
        return super().matches(scope)


_open: "weakref.WeakSet[StreamHub | WsApi]" = weakref.WeakSet()  # of this process


def say_goodbye() -> None:
    """Tells everybody on a socket of this process that the server stops; for right before it does."""
    for sockets in _open:
        sockets.say_goodbye()
