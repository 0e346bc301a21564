"""A load generator for GET: some connections, each sending the next request when the answer is complete."""

import asyncio
import re
import time
from array import array
from functools import partial
from typing import Any

import uvloop

from benchmarks.child import obey

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


class _Connection(asyncio.Protocol):
    def __init__(self, request: bytes, run: "_Run") -> None:
        self._request = request
        self._run = run
        self._missing = 0
        self._head = b""
        self._sent_at = 0.0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        if self._missing:
            self._missing -= len(data)
        else:
            self._head += data
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                return
            if not self._head.startswith(b"HTTP/1.1 200"):
                self._run.errors += 1
            found = _LENGTH.search(self._head, 0, end)
            length = int(found[1]) if found else 0
            self._missing = end + 4 + length - len(self._head)
            self._head = b""
        if self._missing <= 0:
            self._run.latencies.append(time.monotonic() - self._sent_at)
            if not self._run.over:
                self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._run.over:
            self._run.errors += 1

    def _send(self) -> None:
        self._sent_at = time.monotonic()
        self._transport.write(self._request)


class _Run:
    def __init__(self) -> None:
        self.latencies = array("d")
        self.errors = 0
        self.over = False


async def load(
    port: int, path: str, keys: list[str], connections: int, seconds: float
) -> dict[str, Any]:
    """Requests a second, latency in ms; connections take the keys in turn."""
    run, loop = _Run(), asyncio.get_running_loop()
    began = time.monotonic()
    transports = []
    for number in range(connections):
        lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Accept: */*"]
        if keys:
            lines.append(f"Authorization: Bearer {keys[number % len(keys)]}")
        request = "\r\n".join([*lines, "", ""]).encode()
        transport, _ = await loop.create_connection(
            partial(_Connection, request, run), "127.0.0.1", port
        )
        transports.append(transport)
    await asyncio.sleep(seconds)
    run.over = True
    took = time.monotonic() - began
    for transport in transports:
        transport.close()
    ordered = sorted(run.latencies)
    return {
        "rps": len(ordered) / took,
        "p50_ms": 1000 * ordered[len(ordered) // 2],
        "p99_ms": 1000 * ordered[int(len(ordered) * 0.99)],
        "errors": run.errors,
    }


if __name__ == "__main__":
    uvloop.run(obey({"load": load}))
