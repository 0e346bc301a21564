"""Who may open how many sockets: counted by address, as a first guard; what is signed is counted by key elsewhere."""

from collections import Counter, deque

import msgspec
from starlette.requests import HTTPConnection
from starlette.types import Scope, Send

from arena.kit.clock import monotonic_s
from arena.people.access import address_of

WINDOW_S = 300
ADDRESSES_MAX = 50_000
Headers = list[tuple[bytes, bytes]]


class SocketCount:
    """`sockets_max` sockets open at once, and as many opened within five minutes, from one address."""

    def __init__(self, sockets_max: int) -> None:
        self._max = sockets_max
        self._open: Counter[str] = Counter()
        self._opened: dict[str, deque[float]] = {}

    def enter(self, scope: Scope) -> str | None:
        """The address, which counts one more until it leaves; None where that would be too many."""
        address, now_s = address_of(HTTPConnection(scope)), monotonic_s()
        opened = self._opened.setdefault(address, deque())
        while opened and opened[0] <= now_s - WINDOW_S:
            opened.popleft()
        if self._open[address] >= self._max or len(opened) >= self._max:
            return None
        opened.append(now_s)
        if len(self._opened) > ADDRESSES_MAX:
            self._opened = {
                who: times for who, times in self._opened.items() if times and times[-1] > now_s - WINDOW_S
            }  # fmt: skip
        self._open[address] += 1
        return address

    def leave(self, address: str) -> None:
        self._open[address] -= 1
        self._open += Counter()  # forgets who holds none


async def refuse(send: Send, status: int, *, code: int, words: str) -> None:
    """Answers a handshake with an error instead of a socket."""
    body = msgspec.json.encode({"code": code, "msg": words})
    headers: Headers = [(b"content-type", b"application/json")]
    if status == 429:
        headers.append((b"retry-after", b"%d" % WINDOW_S))
    await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})
