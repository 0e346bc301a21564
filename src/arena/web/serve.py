"""Serves the app: one listen socket with a bound on unacknowledged data, uvicorn with our protocol."""

import socket
from typing import Any

import uvicorn

from arena.kit.memory import settle_memory
from arena.kit.settings import Settings
from arena.kit.sockets import DirectProtocol
from arena.trading.venues.dialects import binance
from arena.web.live import end_streams

UNACKNOWLEDGED_MS = 15_000
BACKLOG = 2048


def listen(settings: Settings) -> socket.socket:
    """Bound and listening at the settings' host and port. Raises OSError where the port is taken.

    TCP_USER_TIMEOUT is inherited by the accepted sockets: a peer that acknowledges nothing for 15 s is gone,
    else a closed stream whose reader has vanished would hold its connection, and the shutdown, for long.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS)
        listening.bind((settings.host, settings.port))
        listening.listen(BACKLOG)
        listening.setblocking(False)
    except OSError:
        listening.close()
        raise
    return listening


def make_server(app: Any) -> uvicorn.Server:
    """uvicorn over the app: uvloop and httptools, pings, small messages, no deflate, two seconds to stop."""
    return _Server(
        uvicorn.Config(
            app,
            loop="uvloop",
            http="httptools",
            ws=DirectProtocol,
            ws_max_size=131_072,
            ws_per_message_deflate=False,
            ws_ping_interval=20,
            ws_ping_timeout=20,
            timeout_graceful_shutdown=2,
            timeout_keep_alive=30,
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            backlog=BACKLOG,
        )
    )


class _Server(uvicorn.Server):
    """Ends the streams of live pages as it stops: by themselves they end with their reader only. Clients on the
    exchange's sockets are told before those are closed."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        settle_memory()
        await super().startup(sockets)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        end_streams(self.config.app)
        binance.say_goodbye()
        await super().shutdown(sockets)


async def serve(app: Any, settings: Settings, listening: socket.socket | None = None) -> None:
    """Serves until the process is told to stop. Raises OSError where the port is taken."""
    await make_server(app).serve(sockets=[listening or listen(settings)])
