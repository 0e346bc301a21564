"""What one process holds to deliver signals: pages and passes for pulls, the hub and its watch for streams."""

import weakref
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from starlette.routing import BaseRoute, Route, WebSocketRoute

from arena.kit.bus import Bus
from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.marketplace.delivery import admit
from arena.marketplace.delivery.door import Door
from arena.marketplace.delivery.hub import Hub
from arena.marketplace.delivery.meter import Meter
from arena.marketplace.delivery.pages import Pages
from arena.marketplace.delivery.passes import Passes
from arena.marketplace.delivery.pull import Pull
from arena.marketplace.delivery.stream import Stream
from arena.marketplace.delivery.watch import Watch
from arena.money.usage import Meter as UsageMeter


class Parts(Protocol):
    """The parts of an open arena that delivery stands on."""

    @property
    def db(self) -> Database: ...

    @property
    def settings(self) -> Settings: ...

    @property
    def bus(self) -> Bus: ...


@dataclass(frozen=True, slots=True)
class DeliveryHealth:
    """Of this process: open streams, and the feeds they follow."""

    sockets: int
    feeds: int


class Delivery:
    """Made once per app, best before the bus runs. The watch runs as long as there are streams."""

    def __init__(self, parts: Parts, usage: UsageMeter | None = None) -> None:
        db, settings, bus = parts.db, parts.settings, parts.bus
        self.passes = Passes()
        self.pages = Pages(db)
        self.hub = Hub(
            db, sockets_max=settings.stream_sockets_max, queued_max=settings.stream_queued_bytes_max
        )
        self.watch = Watch(
            self.hub, bus, partial(admit.grants, db), partial(admit.proven, db),
            float(settings.stream_heartbeat_s),
        )  # fmt: skip
        door = Door(db, settings, self.passes)
        callers = Meter(settings.rate_caller_per_min, "signals")
        self._pull = Pull(door, self.pages, callers, self.hub.given, usage)
        self._stream = Stream(self.hub, self.watch, settings, door, callers=callers)
        for topic, listener in (
            ("signal", self.pages.heard),
            ("entitlement", self.passes.heard_entitlement),
            ("key", self.passes.heard_key),
            ("person", self.passes.heard_person),
            ("*", self.pages.forget),
            ("*", self.passes.forget),
        ):
            bus.listen(topic, listener)
        self.watch.listen()
        _hubs.add(self.hub)

    def routes(self) -> list[BaseRoute]:
        return [
            Route(
                "/signals",
                self._pull,
                methods=["GET"],
                name="pull signals",
                include_in_schema=False,
            ),
            WebSocketRoute("/stream", self._stream, name="stream signals"),
        ]


_hubs: "weakref.WeakSet[Hub]" = weakref.WeakSet()  # of this process


def routes(parts: Parts, usage: UsageMeter | None = None) -> list[BaseRoute]:
    """GET /signals and the WebSocket /stream over these parts; pulls of those who pay by the call are counted."""
    return Delivery(parts, usage).routes()


def delivery_health() -> DeliveryHealth:
    """Of all hubs of this process; there is one, unless an app was made twice."""
    return DeliveryHealth(sum(len(h.connections) for h in _hubs), sum(len(h.lines) for h in _hubs))
