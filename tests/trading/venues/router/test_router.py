"""Breakers, clocks and the router itself, without any exchange."""

import asyncio
import itertools

import pytest

from arena.kit.clock import to_ms, wall_now
from arena.trading.venues import Router, VenueAway, VenueHealth
from arena.trading.venues.breaker import FAILURES_MAX, REST_S_MIN, Breaker
from arena.trading.venues.clock_offset import ClockOffset
from arena.trading.venues.guarded import Guarded, Pulse


def test_a_run_of_failures_rests_and_one_answer_ends_it() -> None:
    now = [0.0]
    breaker = Breaker(lambda: now[0])
    for _ in range(FAILURES_MAX - 1):
        breaker.failed()
    assert breaker.admits()
    breaker.failed()
    assert (breaker.state, breaker.admits()) == ("resting", False)
    now[0] += REST_S_MIN
    assert breaker.admits()
    assert (breaker.state, breaker.admits()) == ("probing", False)
    breaker.succeeded()
    assert (breaker.state, breaker.admits()) == ("well", True)


def test_a_failed_probe_rests_twice_as_long_up_to_a_minute() -> None:
    now = [0.0]
    breaker = Breaker(lambda: now[0])
    rests = []
    for _ in range(FAILURES_MAX):
        breaker.failed()
    for _ in range(7):
        began = now[0]
        while not breaker.admits():
            now[0] += 1
        rests.append(now[0] - began)
        breaker.failed()
    assert rests == [2, 4, 8, 16, 32, 60, 60]


def test_failures_that_are_not_in_a_row_do_not_count() -> None:
    breaker = Breaker(lambda: 0.0)
    for _ in range(5 * FAILURES_MAX):
        breaker.failed()
        breaker.succeeded()
    assert breaker.state == "well"


def test_a_probe_that_was_called_off_leaves_the_next_call_to_probe() -> None:
    now = [0.0]
    breaker = Breaker(lambda: now[0])
    for _ in range(FAILURES_MAX):
        breaker.failed()
    now[0] += REST_S_MIN
    assert breaker.admits()
    breaker.abandoned()
    assert breaker.admits()


async def test_the_quickest_of_a_few_round_trips_is_believed() -> None:
    """An exchange two seconds ahead; one of the answers is slow on its way back."""
    clock = ClockOffset()
    assert clock.stale
    slow = itertools.chain([0.08], itertools.repeat(0.0))

    async def ask() -> int:
        told = to_ms(wall_now()) + 2_000
        await asyncio.sleep(next(slow))
        return told

    await clock.measure(ask)
    offset = clock.offset_ms()
    assert offset is not None
    assert abs(offset - 2_000) < 30
    assert not clock.stale
    clock.doubt()
    assert clock.stale


class Silent:
    """A venue that is never there; only what the router asks of it."""

    name = "nowhere"
    settles_s = 0
    closed = 0

    async def get_account_balance(self) -> None:
        raise VenueAway(venue=self.name, why="a test")

    def health(self) -> VenueHealth:
        return VenueHealth(self.name, weight_left=7)

    async def close(self) -> None:
        self.closed += 1


async def test_accounts_at_one_exchange_share_its_breaker_and_are_opened_once() -> None:
    opened: list[Silent] = []

    async def open_venue(_account_id: str) -> Silent:
        opened.append(Silent())
        await asyncio.sleep(0)
        return opened[-1]

    router = Router(open_venue)  # type: ignore[arg-type]  # only a part of a venue, all that is asked of it
    first, again = await asyncio.gather(router.venue("acc_1"), router.venue("acc_1"))
    assert first is again
    other = await router.venue("acc_2")
    for _ in range(FAILURES_MAX):
        with pytest.raises(VenueAway, match="a test"):
            await first.get_account_balance()
    with pytest.raises(VenueAway, match="left alone"):
        await other.get_account_balance()
    (health,) = router.health()
    assert (health.name, health.state, health.weight_left) == ("nowhere", "resting", 7)
    await router.forget("acc_1")
    assert opened[0].closed == 1
    assert await router.venue("acc_1") is not first
    await router.close()


async def test_a_cancelled_call_is_no_failure() -> None:
    class Slow(Silent):
        async def get_account_balance(self) -> None:
            await asyncio.sleep(10)

    pulse = Pulse("nowhere")
    guarded = Guarded(Slow(), pulse)  # type: ignore[arg-type]  # only a part of a venue, all that is asked of it
    for _ in range(2 * FAILURES_MAX):
        task = asyncio.create_task(guarded.get_account_balance())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert pulse.breaker.state == "well"
