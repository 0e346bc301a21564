"""Many WebSocket clients in one light process: counts bytes by epoll, and knows frames by their lengths."""

import json
import select
import socket
import sys
import time
from bisect import bisect_left
from itertools import accumulate
from statistics import median
from typing import Any

HANDSHAKES_AT_ONCE = 100
_KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13"


class Listeners:
    def __init__(self) -> None:
        self._sockets: dict[int, socket.socket] = {}
        self._counts: dict[int, int] = {}
        self._log: list[tuple[int, float, int]] | None = None
        self._epoll = select.epoll()
        self._epoll.register(sys.stdin.fileno(), select.EPOLLIN)
        self._stalled: list[socket.socket] = []
        self._buffer = bytearray(1 << 20)
        self._last_at = 0.0

    def run(self) -> None:
        """Reads the sockets until told something, does it, goes on; ends with stdin."""
        while True:
            if self._read(0.5):
                line = sys.stdin.readline()
                if not line:
                    return
                told = json.loads(line)
                answer = getattr(self, "do_" + told.pop("do"))(**told)
                sys.stdout.write(json.dumps(answer) + "\n")
                sys.stdout.flush()

    def do_connect(self, port: int, path: str, key: str, count: int, stalled: int) -> int:
        """Opens the streams; the `stalled` ones never read."""
        for start in range(0, count, HANDSHAKES_AT_ONCE):
            opening = [
                _open(port, path, key) for _ in range(min(HANDSHAKES_AT_ONCE, count - start))
            ]
            for opened in opening:
                _upgraded(opened)
                opened.setblocking(False)
                self._sockets[opened.fileno()] = opened
                self._counts[opened.fileno()] = 0
                self._epoll.register(opened.fileno(), select.EPOLLIN)
            self._read(0)
        for _ in range(stalled):
            self._stalled.append(_open(port, path, key, receive_bytes=4096))
        return len(self._sockets)

    def do_reset(self, quiet_s: float, log: bool) -> int:
        """Counts from zero once nothing has come for a while."""
        self._last_at = time.monotonic()
        while time.monotonic() - self._last_at < quiet_s:
            self._read(quiet_s / 4, only_sockets=True)
        self._counts = dict.fromkeys(self._counts, 0)
        self._log = [] if log else None
        return len(self._sockets)

    def do_wait(self, bytes_each: int, timeout_s: float) -> dict[str, Any]:
        """Until every stream has had that many bytes; how many had, and when the last of them had."""
        until = time.monotonic() + timeout_s
        while time.monotonic() < until and min(self._counts.values(), default=0) < bytes_each:
            self._read(0.02, only_sockets=True)
        complete = sum(count >= bytes_each for count in self._counts.values())
        return {"complete": complete, "last_at": self._last_at, "bytes": sum(self._counts.values())}

    def do_latency(self, starts: list[float], sizes: list[int]) -> dict[str, float]:
        """From the beginning of each fan-out to a stream's having all of it, in ms, over all deliveries."""
        assert self._log is not None
        ends = list(accumulate(sizes))
        seen = dict.fromkeys(self._counts, 0)
        delays: list[float] = []
        last: dict[int, float] = {}
        for descriptor, at, total in self._log:
            done = min(bisect_left(ends, total + 1), len(starts))
            for number in range(seen[descriptor], done):
                delays.append(1000 * (at - starts[number]))
                last[number] = 1000 * (at - starts[number])
            seen[descriptor] = max(seen[descriptor], done)
        delays.sort()
        if not delays:
            return {"deliveries": 0, "p50_ms": 0.0, "p99_ms": 0.0, "last_ms": 0.0}
        return {
            "deliveries": len(delays), "p50_ms": delays[len(delays) // 2],
            "p99_ms": delays[int(len(delays) * 0.99)], "last_ms": median(last.values()),
        }  # fmt: skip

    def _read(self, timeout_s: float, *, only_sockets: bool = False) -> bool:
        """Takes what has come; True where stdin has something to say."""
        told = False
        for descriptor, _ in self._epoll.poll(timeout_s):
            opened = self._sockets.get(descriptor)
            if opened is None:
                told = descriptor == sys.stdin.fileno()
                continue
            try:
                size = opened.recv_into(self._buffer)
            except BlockingIOError:
                continue
            except OSError:
                size = 0
            if not size:
                self._epoll.unregister(descriptor)
                del self._sockets[descriptor]
                continue
            self._counts[descriptor] += size
            self._last_at = time.monotonic()
            if self._log is not None:
                self._log.append((descriptor, self._last_at, self._counts[descriptor]))
        return told and not only_sockets


def _open(port: int, path: str, key: str, receive_bytes: int | None = None) -> socket.socket:
    opened = socket.socket()
    if receive_bytes:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    opened.connect(("127.0.0.1", port))
    authorization = f"Authorization: Bearer {key}\r\n" if key else ""
    opened.sendall(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\n{authorization}{_KEY}\r\n\r\n".encode()
    )
    return opened


def _upgraded(opened: socket.socket) -> None:
    """Reads the answer's head; what comes behind it is left to be counted, and thrown away by `reset`."""
    head = b""
    opened.settimeout(30)
    while b"\r\n\r\n" not in head:
        head += opened.recv(4096)
    if not head.startswith(b"HTTP/1.1 101"):
        raise ConnectionError(head[:100].decode("latin-1"))


if __name__ == "__main__":
    Listeners().run()
