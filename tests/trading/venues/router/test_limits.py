"""Rate limits are kept before the exchange has to say no."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.trading.venues.limits import Rate, RateKeeper, VenueBusy


class Clock:
    """The exchange's clock, which sleeping moves."""

    def __init__(self) -> None:
        self.ms = 1_000_000_000_000

    def now_ms(self) -> int:
        return self.ms

    async def sleep(self, seconds: float) -> None:
        self.ms += max(1, round(seconds * 1000))


def keeper(clock: Clock, *rates: Rate) -> RateKeeper:
    return RateKeeper("test", rates, clock.now_ms, sleep=clock.sleep)


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 900), st.booleans()), max_size=60))
async def test_no_window_ever_holds_more_than_its_limit(calls: list[tuple[int, int, bool]]) -> None:
    clock = Clock()
    kept = keeper(clock, Rate("weight", 1, 50), Rate("weight", 10, 300))
    spent: dict[tuple[int, int], int] = {}
    for cost, pause_ms, urgent in calls:
        clock.ms += pause_ms
        await kept.spend("weight", cost, urgent=urgent)
        for window_s in (1, 10):
            at = (window_s, clock.ms // (window_s * 1000))
            spent[at] = spent.get(at, 0) + cost
    assert all(used <= {1: 50, 10: 300}[window_s] for (window_s, _), used in spent.items())


async def test_reading_leaves_room_for_cancels() -> None:
    clock = Clock()
    kept = keeper(clock, Rate("weight", 60, 100))
    for _ in range(8):
        await kept.spend("weight", 10)
    assert kept.left("weight") == 20
    await kept.spend("weight", 20, urgent=True)
    assert (kept.left("weight"), kept.waits) == (0, 0)


async def test_a_full_window_is_waited_for_and_a_far_one_is_refused() -> None:
    clock = Clock()
    kept = keeper(clock, Rate("orders", 10, 2), Rate("orders", 86_400, 3))
    for _ in range(3):
        await kept.spend("orders", 1, urgent=True)
    assert kept.waits == 1
    with pytest.raises(VenueBusy):
        await kept.spend("orders", 1, urgent=True)


async def test_what_the_exchange_has_counted_is_believed_where_it_is_more() -> None:
    clock = Clock()
    kept = keeper(clock, Rate("weight", 60, 100))
    kept.correct("weight", 60, 95)
    assert kept.left("weight") == 5
    kept.correct("weight", 60, 10)
    assert kept.left("weight") == 5
    clock.ms += 60_000
    assert kept.left("weight") == 100


async def test_after_a_refusal_by_rate_nothing_goes_out_until_it_is_over() -> None:
    clock = Clock()
    kept = keeper(clock, Rate("weight", 60, 100))
    began = clock.ms
    kept.close_for(7)
    await kept.spend("weight", 1, urgent=True)
    assert clock.ms >= began + 7_000
    kept.close_for(120)
    with pytest.raises(VenueBusy) as busy:
        await kept.spend("weight", 1, urgent=True)
    assert busy.value.facts["wait_s"] == 120


async def test_new_limits_keep_what_was_counted() -> None:
    clock = Clock()
    kept = keeper(clock, Rate("weight", 60, 100))
    await kept.spend("weight", 40)
    kept.learn([Rate("weight", 60, 50)])
    assert kept.left("weight") == 10
