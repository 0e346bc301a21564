"""Lines that break between the client and the real arena: nothing is lost, nothing is done twice."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

from sigma_sdk import ApiKey, AsyncClient, Delivered
from tests.sdk.conftest import Bazaar


class Wire:
    """A TCP line to the arena that can be cut: now, or as soon as the arena begins to answer."""

    def __init__(self, origin: str) -> None:
        self._to = urlsplit(origin)
        self._open: set[asyncio.StreamWriter] = set()
        self.cut_answers = 0
        self.connections = 0

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        far_reader, far_writer = await asyncio.open_connection(self._to.hostname, self._to.port)
        self._open |= {writer, far_writer}
        await asyncio.gather(
            self._pump(reader, far_writer, answers=False),
            self._pump(far_reader, writer, answers=True),
        )
        self._open -= {writer, far_writer}

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                if answers and self.cut_answers > 0:
                    self.cut_answers -= 1
                    self.cut()
                    return
                writer.write(data)
                await writer.drain()
        with suppress(OSError):
            writer.close()

    def cut(self) -> None:
        for writer in self._open:
            writer.transport.abort()


@asynccontextmanager
async def wire_to(origin: str) -> AsyncIterator[tuple[Wire, str]]:
    wire = Wire(origin)
    server = await asyncio.start_server(wire.carry, "127.0.0.1", 0)
    try:
        yield wire, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        wire.cut()


async def test_a_subscription_whose_answer_was_lost_twice_is_charged_once(bazaar: Bazaar) -> None:
    key = await bazaar.subscriber("unlucky")
    async with wire_to(bazaar.origin) as (wire, origin), AsyncClient(origin, ApiKey(key)) as client:
        listings = [one async for one in client.listings()]
        other = next(one for one in listings if one["id"] != bazaar.listing_id)
        card = await client.add_payment_method("4242424242424242")
        wire.cut_answers = 2
        made = await client.subscribe(other["id"], tier="pro", payment_method_id=card["id"])
        mine = [one async for one in client.subscriptions() if one["listing_id"] == other["id"]]
    assert wire.cut_answers == 0
    assert made["status"] == "active"
    assert [one["id"] for one in mine] == [made["id"]]
    async with bazaar.house.arena.db.transaction(readonly=True) as tx:
        charged = await tx.fetchval(
            "select count(*) from payment_attempt where reference = $1 and state = 'succeeded'",
            made["id"],
        )
        assert charged == 1


async def test_a_stream_cut_again_and_again_gives_each_signal_once(bazaar: Bazaar) -> None:
    key = await bazaar.subscriber("patient")
    received: list[Delivered] = []
    notices: list[str] = []
    async with wire_to(bazaar.origin) as (wire, origin), AsyncClient(origin, ApiKey(key)) as client:
        last = (await client.feed(bazaar.feed_id))["last_sequence"]
        async with asyncio.timeout(30):
            async for signal in client.stream(bazaar.listing_id, notice=notices.append):
                received.append(signal)
                if signal.sequence in cuts(last):
                    wire.cut()
                if signal.sequence == last:
                    break
    assert [signal.sequence for signal in received] == list(range(1, last + 1))


async def test_signals_published_while_the_line_was_down_are_made_up_for(bazaar: Bazaar) -> None:
    key = await bazaar.subscriber("absent")
    notices: list[str] = []
    async with wire_to(bazaar.origin) as (wire, origin), AsyncClient(origin, ApiKey(key)) as client:
        last = (await client.feed(bazaar.feed_id))["last_sequence"]
        stream = client.stream(bazaar.listing_id, after=last - 1, notice=notices.append)
        assert (await anext(stream)).sequence == last
        wire.cut()
        for _ in range(800):
            await bazaar.house.player.step()
            if (await client.feed(bazaar.feed_id))["last_sequence"] >= last + 2:
                break
        async with asyncio.timeout(20):
            assert (await anext(stream)).sequence == last + 1
            assert (await anext(stream)).sequence == last + 2
        await stream.aclose()
    assert any("connection lost" in notice for notice in notices)
    assert "connected again" in notices


def cuts(last: int) -> Iterator[int]:
    yield from (2, last // 2, last - 1)
