"""A reader who does not read delays nobody, is cut off when too much waits, and can resume."""

import asyncio
import contextlib
import socket as sockets

from tests.marketplace.delivery.stage import (
    Publisher,
    Served,
    hear,
    sequences,
    subscriber,
    until,
)


def _stalled(served: Served, query: str, headers: dict[str, str]) -> sockets.socket:
    """A connection that shakes hands and then reads nothing, with the smallest of receive buffers."""
    raw = sockets.socket()
    raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 1024)
    raw.connect(("127.0.0.1", served.port))
    lines = [
        f"GET /stream?{query} HTTP/1.1", "Host: 127.0.0.1", "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
        *(f"{name}: {value}" for name, value in headers.items()), "", "",
    ]  # fmt: skip
    raw.sendall("\r\n".join(lines).encode())
    return raw


async def test_a_stalled_reader_delays_nobody_and_is_cut_off(
    served: Served, publisher: Publisher
) -> None:
    _, key = await subscriber(served.parts, publisher, "pro")
    query = f"model_id={publisher.feed_id}"
    hub = served.delivery.hub
    raw = await asyncio.to_thread(_stalled, served, query, key)
    try:
        await until(lambda: len(hub.connections) == 1)
        [stalled] = hub.connections
        await until(lambda: bool(stalled.seats) and stalled.seats[0] in stalled.seats[0].line.live)
        async with served.stream(query, key) as quick:
            await hear(quick, "caught_up")
            # Fill what the kernel takes, so that from now on everything waits in our process.
            while not stalled.outlet.congested:
                stalled.outlet.push(b"\x81\x7e\xff\xff" + b"x" * 65_535)
                await asyncio.sleep(0)
            await publisher.publish(5)
            assert await sequences(quick, 5) == [1, 2, 3, 4, 5]
            assert stalled in hub.connections
            hub._queued_max = 1
            await publisher.publish()
            assert await sequences(quick, 1) == [6]
            await until(lambda: stalled not in hub.connections, within_s=3)
    finally:
        raw.close()
    async with served.stream(f"{query}&after=5", key) as again:
        assert await sequences(again, 1) == [6]


async def test_who_pings_without_reading_waits_for_himself(
    served: Served, publisher: Publisher
) -> None:
    """Else the answers to his pings would pile up in our memory."""
    _, key = await subscriber(served.parts, publisher, "pro")
    hub = served.delivery.hub
    raw = await asyncio.to_thread(_stalled, served, f"model_id={publisher.feed_id}", key)
    ping = b'{"type":"ping"}'
    frame = bytes((0x81, 0x80 | len(ping), 0, 0, 0, 0)) + ping  # masked with zeros
    try:
        await until(lambda: len(hub.connections) == 1)
        [greedy] = hub.connections
        while not greedy.outlet.congested:
            greedy.outlet.push(b"\x81\x7e\xff\xff" + b"x" * 65_535)
            await asyncio.sleep(0)
        before = greedy.outlet.queued_bytes()
        raw.setblocking(False)
        for _ in range(50):
            with contextlib.suppress(BlockingIOError):
                raw.send(frame * 100)
            await asyncio.sleep(0.005)
        assert greedy.outlet.queued_bytes() - before < 1_000
    finally:
        raw.close()
