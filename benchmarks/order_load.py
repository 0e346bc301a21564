"""32 callers with keys of their own, each sending its next signed market order when the last one is answered."""

import asyncio
import base64
import re
import time
from array import array
from functools import partial
from typing import Any
from urllib.parse import quote

import uvloop

from arena.kit.signing import SigningKey
from benchmarks.child import obey
from benchmarks.order_stage import BTC, keys

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


class _Run:
    def __init__(self, name: str) -> None:
        self.name = name
        self.latencies = array("d")
        self.acknowledged: list[str] = []
        self.errors = 0
        self.first_error = ""
        self.over = False


class _Caller(asyncio.Protocol):
    """Orders are signed before they are sent off, outside of the time that is measured."""

    def __init__(self, key: SigningKey, number: int, port: int, run: _Run) -> None:
        self._key, self._number, self._port, self._run = key, number, port, run
        self._orders = 0
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
        self._orders += 1
        side = "SELL" if self._orders % 2 == 0 else "BUY"
        quantity = "0.00100" if side == "BUY" else "0.00099"
        self._name = f"{self._run.name}-{self._number}-{self._orders}"
        payload = (
            f"symbol={BTC.symbol}&side={side}&type=MARKET&quantity={quantity}&newClientOrderId={self._name}"
            f"&newOrderRespType=FULL&recvWindow=60000&timestamp={int(time.time() * 1000)}"
        )
        signature = quote(base64.b64encode(self._key.sign(payload.encode())).decode())
        body = f"{payload}&signature={signature}"
        lines = [
            "POST /api/v3/order HTTP/1.1", f"Host: 127.0.0.1:{self._port}",
            f"X-MBX-APIKEY: {self._key.public.hex()}", "Content-Type: application/x-www-form-urlencoded",
            f"Content-Length: {len(body)}", "", body,
        ]  # fmt: skip
        self._sent_at = time.monotonic()
        self._transport.write("\r\n".join(lines).encode())


async def load(port: int, seconds: float, name: str) -> dict[str, Any]:
    """Orders a second, latency in ms, and which orders were acknowledged."""
    run, loop = _Run(name), asyncio.get_running_loop()
    began = time.monotonic()
    transports = []
    for number, key in enumerate(keys()):
        transport, _ = await loop.create_connection(
            partial(_Caller, key, number, port, run), "127.0.0.1", port
        )
        transports.append(transport)
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
