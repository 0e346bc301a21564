"""A recording is played at the pace that is asked for, and stands still while it is paused."""

import asyncio
from datetime import UTC, datetime, timedelta

from arena.kit.clock import monotonic_s
from arena.worker.pacer import Pacer

START = datetime(2024, 8, 9, tzinfo=UTC)


class Pace:
    """Seconds that a minute's bar takes; None while the tape is paused."""

    def __init__(self, pause_s: float | None) -> None:
        self.pause_s = pause_s
        self.pacer = Pacer(self.asked, asyncio.sleep, 60)
        self.began_s = monotonic_s()

    async def asked(self) -> float | None:
        return self.pause_s

    async def at(self, seconds: float) -> float:
        """Waits for that second of the tape; how long all has taken."""
        await self.pacer.wait_for(START + timedelta(seconds=seconds))
        return monotonic_s() - self.began_s


async def test_each_step_comes_when_it_is_due() -> None:
    pace = Pace(0.6)  # a hundred times real time
    assert await pace.at(0) < 5
    assert await pace.at(10) >= 0.1
    assert await pace.at(20) >= 0.2
    assert await pace.at(15) < 5  # what is late already is not waited for


async def test_as_fast_as_it_can_waits_for_nothing() -> None:
    pace = Pace(0)
    assert await pace.at(0) < 5
    assert await pace.at(86_400 * 1_000) < 5


async def test_a_paused_tape_waits_until_it_goes_on() -> None:
    pace = Pace(0.6)
    await pace.at(0)
    pace.pause_s = None
    waiting = asyncio.create_task(pace.at(1))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    pace.pause_s = 0.6
    assert await waiting >= 0.3  # and the time it stood still is not made up for
    began_s = monotonic_s()
    await pace.at(11)
    assert monotonic_s() - began_s >= 0.1
