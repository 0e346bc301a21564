"""Two processes on one database, each with its own hub: both deliver all, also after the bus was down."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from websockets.asyncio.client import connect

from tests.marketplace.delivery.stage import (
    Parts,
    Publisher,
    Served,
    closed,
    end_subscription,
    hear,
    sequences,
    subscriber,
    until,
)

ROOT = Path(__file__).parents[3]


@contextlib.asynccontextmanager
async def _process(parts: Parts) -> AsyncIterator[str]:
    """The address of the other process' stream; it runs on uvloop and is told to stop at the end."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.marketplace.delivery.alone", parts.url, str(parts.settings.home),
        cwd=ROOT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert child.stdout is not None
    try:
        port = int(await asyncio.wait_for(child.stdout.readline(), 20))
        yield f"ws://127.0.0.1:{port}/stream"
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.send_signal(signal.SIGINT)
        await asyncio.wait_for(child.wait(), 10)


async def test_two_processes_deliver_the_same(served: Served, publisher: Publisher) -> None:
    person_id, key = await subscriber(served.parts, publisher, "pro")
    query = f"model_id={publisher.feed_id}"
    async with (
        _process(served.parts) as address,
        served.stream(query, key) as here,
        connect(f"{address}?{query}", additional_headers=key, proxy=None) as there,
    ):
        await hear(here, "caught_up")
        await hear(there, "caught_up")
        await publisher.publish(20)
        assert await sequences(here, 20) == list(range(1, 21))
        assert await sequences(there, 20) == list(range(1, 21))
        await end_subscription(served.parts, publisher, person_id)
        assert (await closed(there, within_s=1))[0] == 4403


async def test_what_was_published_while_the_bus_was_down_comes_after_it(
    served: Served, publisher: Publisher
) -> None:
    """The server ends every listening connection; news in between is lost."""
    _, key = await subscriber(served.parts, publisher, "pro")
    query = f"model_id={publisher.feed_id}"
    async with (
        _process(served.parts) as address,
        connect(f"{address}?{query}", additional_headers=key, proxy=None) as there,
    ):
        await hear(there, "caught_up")
        await until(lambda: served.parts.bus.connected)
        await served.parts.db.pool.execute(
            """select pg_terminate_backend(pid) from pg_stat_activity
               where datname = current_database() and (query ilike 'listen%' or query ilike '%pg_notify%')
                 and pid <> pg_backend_pid()"""
        )
        await publisher.publish(3)
        assert await sequences(there, 3, within_s=6) == [1, 2, 3]


async def test_a_lost_entitlement_shows_while_the_bus_is_down(
    served: Served, publisher: Publisher
) -> None:
    """No news at all: the row changes behind everybody's back, and the bus has no connection."""
    _, key = await subscriber(served.parts, publisher, "pro")
    async with served.stream(f"model_id={publisher.feed_id}", key) as socket:
        await hear(socket, "caught_up")
        served.parts.bus.connected = False  # as it says of itself between two connections
        await served.parts.db.pool.execute("update subscription set status = 'ended'")
        assert (await closed(socket, within_s=1.5))[0] == 4403
