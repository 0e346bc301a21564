"""News between processes: at once here, soon elsewhere, again after the connection broke."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from arena.kit.bus import WAITING_MAX, Bus
from arena.kit.clock import monotonic_s
from arena.kit.db import Database
from arena.kit.tasks import background


async def until(condition: Callable[[], object], *, within_s: float = 10) -> None:
    end = monotonic_s() + within_s
    while not condition():
        assert monotonic_s() < end, "it did not happen in time"
        await asyncio.sleep(0.01)


@pytest.fixture
async def pair(database_url: str) -> AsyncIterator[tuple[Bus, Bus]]:
    """Two processes' worth of buses on one database."""
    one, two = Bus(database_url), Bus(database_url)
    async with background(one.run(), two.run()):
        await until(lambda: one.connected and two.connected)
        yield one, two


async def test_news_is_told_here_at_once_and_elsewhere_soon(pair: tuple[Bus, Bus]) -> None:
    one, two = pair
    here: list[str] = []
    there: list[str] = []
    one.listen("signal", here.append)
    two.listen("signal", there.append)
    one.publish(["signal:fd_1:7", "other:x", "signal"])
    assert here == ["fd_1:7", ""]
    await until(lambda: len(there) == 2)
    assert there == ["fd_1:7", ""]
    await asyncio.sleep(0.1)
    assert len(here) == 2  # one's own news does not come back


async def test_a_flood_arrives_whole_in_order_and_in_few_batches(pair: tuple[Bus, Bus]) -> None:
    one, two = pair
    heard: list[str] = []
    two.listen("n", heard.append)
    news = [f"n:{number}:{'x' * 60}" for number in range(2000)]
    one.publish(news)
    await until(lambda: len(heard) == len(news))
    assert heard == [item.removeprefix("n:") for item in news]


async def test_after_a_broken_connection_it_listens_again_and_says_so(
    pair: tuple[Bus, Bus], db: Database
) -> None:
    one, two = pair
    again: list[str] = []
    heard: list[str] = []
    two.listen("*", again.append)
    two.listen("n", heard.append)
    async with db.transaction() as tx:
        assert await tx.fetchval(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database()"
            " and query ilike any ('{%LISTEN%,%pg_notify%}') and pid <> pg_backend_pid()"
        )
    await until(lambda: again)
    await until(lambda: one.connected and two.connected)
    one.publish(["n:1"])
    await until(lambda: heard == ["1"])


async def test_news_told_while_the_connection_is_down_goes_out_later(database_url: str) -> None:
    one, two = Bus(database_url), Bus(database_url)
    heard: list[str] = []
    two.listen("n", heard.append)
    one.publish(["n:1", "n:1", "n:2"])
    async with background(two.run()):
        await until(lambda: two.connected)
        async with background(one.run()):
            await until(lambda: heard == ["1", "2"])


async def test_a_long_silence_drops_the_oldest_news() -> None:
    bus = Bus("postgresql://nowhere")
    bus.publish([f"n:{number}" for number in range(WAITING_MAX + 5)])
    assert len(bus._waiting) == WAITING_MAX
    assert next(iter(bus._waiting)) == "n:5"


async def test_a_listener_that_breaks_harms_neither_the_teller_nor_the_others(
    pair: tuple[Bus, Bus],
) -> None:
    one, _two = pair
    heard: list[str] = []

    def breaks(_words: str) -> None:
        raise RuntimeError("deaf")

    one.listen("n", breaks)
    one.listen("n", heard.append)
    one.publish(["n:1"])
    assert heard == ["1"]


async def test_a_bus_without_a_server_keeps_trying(monkeypatch: pytest.MonkeyPatch) -> None:
    bus = Bus("postgresql://u@/d?host=/nonexistent")
    async with background(bus.run()):
        await asyncio.sleep(0.3)
        assert not bus.connected
