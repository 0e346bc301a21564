"""Puts the dialect into an app: one desk, REST and sockets over it."""

from starlette.routing import BaseRoute

from arena.trading.venues.dialects.binance.desk import Desk, Parts
from arena.trading.venues.dialects.binance.rest import rest_routes
from arena.trading.venues.dialects.binance.ws_routes import Sockets


def dialect_routes(parts: Parts) -> list[BaseRoute]:
    """All addresses of the dialect over these parts; made once per app, best before the bus runs."""
    desk = Desk(parts)
    return [*rest_routes(desk), *Sockets(desk, parts.bus).routes()]
