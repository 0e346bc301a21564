"""32 callers with keys of their own, each sending its next signed market order when the last one is answered.

Their orders are signed before the time begins that is measured, so that the client leaves its core to PostgreSQL.
"""

import asyncio
import base64
import re
import time
from array import array
from collections.abc import Iterator
from itertools import chain, count, islice
from typing import Any
from urllib.parse import quote

import uvloop

from arena.kit.signing import SigningKey
from benchmarks.child import obey
from benchmarks.order_stage import BTC, keys

READY_A_SECOND = 150
"""Orders of each caller that are signed before the time begins; a quicker exchange waits for the signatures of more."""
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


class _Run:
    def __init__(self) -> None:
        self.latencies = array("d")
        self.acknowledged: list[str] = []
        self.errors = 0
        self.first_error = ""
        self.over = False


class _Caller(asyncio.Protocol):
    def __init__(self, orders: Iterator[tuple[str, bytes]], run: _Run) -> None:
        self._orders = orders
        self._run = run
        self._buffer = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        found = _LENGTH.search(self._buffer, 0, end)
        if len(self._buffer) < end + 4 + (int(found[1]) if found else 0):
            return
        run = self._run
        run.latencies.append(time.monotonic() - self._sent_at)
        if self._buffer.startswith(b"HTTP/1.1 200"):
            run.acknowledged.append(self._name)
        else:
            run.errors += 1
            run.first_error = run.first_error or self._buffer.decode(errors="replace")[-300:]
        self._buffer = b""
        if not run.over:
            self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._run.over:
            self._run.errors += 1

    def _send(self) -> None:
        self._name, request = next(self._orders)
        self._sent_at = time.monotonic()
        self._transport.write(request)


def _orders(key: SigningKey, name: str, port: int, *, ready: int) -> Iterator[tuple[str, bytes]]:
    """Buys and sells by turns, (client order id, request)."""
    made = (_order(key, f"{name}-{n}", port, sells=n % 2 == 0) for n in count(1))
    return chain(list(islice(made, ready)), made)


def _order(key: SigningKey, name: str, port: int, *, sells: bool) -> tuple[str, bytes]:
    """The client order id, and the request as it goes over the wire."""
    side, quantity = ("SELL", "0.00099") if sells else ("BUY", "0.00100")
    payload = (
        f"symbol={BTC.symbol}&side={side}&type=MARKET&quantity={quantity}&newClientOrderId={name}"
        f"&newOrderRespType=FULL&recvWindow=60000&timestamp={int(time.time() * 1000)}"
    )
    body = f"{payload}&signature={quote(base64.b64encode(key.sign(payload.encode())).decode())}"
    lines = [
        "POST /api/v3/order HTTP/1.1", f"Host: 127.0.0.1:{port}", f"X-MBX-APIKEY: {key.public.hex()}",
        "Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}", "", body,
    ]  # fmt: skip
    return name, "\r\n".join(lines).encode()


async def _connect(caller: _Caller, port: int) -> asyncio.Transport:
    transport, _ = await asyncio.get_running_loop().create_connection(
        lambda: caller, "127.0.0.1", port
    )
    return transport


async def load(port: int, seconds: float, name: str) -> dict[str, Any]:
    """Orders a second, latency in ms, and which orders were acknowledged."""
    run = _Run()
    callers = [
        _Caller(_orders(key, f"{name}-{number}", port, ready=int(READY_A_SECOND * seconds)), run)
        for number, key in enumerate(keys())
    ]
    began = time.monotonic()
    transports = [await _connect(caller, port) for caller in callers]
    await asyncio.sleep(seconds)
    run.over = True
    took = time.monotonic() - began
    for transport in transports:
        transport.close()
    ordered = sorted(run.latencies) or [0.0]
    return {
        "orders": len(run.acknowledged) / took,
        "p50_ms": 1000 * ordered[len(ordered) // 2],
        "p99_ms": 1000 * ordered[int(len(ordered) * 0.99)],
        "errors": run.errors,
        "first_error": run.first_error,
        "acknowledged": run.acknowledged,
    }


if __name__ == "__main__":
    uvloop.run(obey({"load": load}))
