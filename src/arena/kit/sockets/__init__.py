"""WebSockets as the server writes them: frames, where they go, and the protocol that writes past ASGI."""

from arena.kit.sockets.framing import payloads, text_frame
from arena.kit.sockets.outlet import AsgiOutlet, Outlet, outlet_of
from arena.kit.sockets.protocol import SCOPE_KEY, DirectProtocol

__all__ = [
    "SCOPE_KEY",
    "AsgiOutlet",
    "DirectProtocol",
    "Outlet",
    "outlet_of",
    "payloads",
    "text_frame",
]
