"""Background tasks: they end with their block, and a broken one ends the block, however many break. Turns."""

import asyncio
from collections.abc import Callable

import pytest

from arena.kit.tasks import Turns, background


class Broken(Exception):
    """What a job of these tests raises."""


async def breaks(after_s: float = 0, words: str = "broken") -> None:
    await asyncio.sleep(after_s)
    raise Broken(words)


async def breaks_when_canceled() -> None:
    try:
        await asyncio.sleep(60)
    finally:
        raise Broken("on the way out")


async def test_jobs_run_beside_the_block_and_end_with_it() -> None:
    ended = asyncio.Event()

    async def job() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    async with background(job()):
        await asyncio.sleep(0)
        assert not ended.is_set()
    assert ended.is_set()


async def test_a_job_that_is_done_early_bothers_nobody() -> None:
    async with background(asyncio.sleep(0)):
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("rest", [lambda: asyncio.sleep(60), lambda: asyncio.sleep(0.01)])
async def test_however_many_break_at_once_the_first_error_comes_out(
    count: int, rest: Callable[[], asyncio.Future[None]]
) -> None:
    async def whole() -> str:
        with pytest.raises(Broken, match="first"):
            async with background(breaks(0.01, "first"), *(breaks(0.01) for _ in range(count - 1))):
                await rest()
                await asyncio.sleep(60)
        await asyncio.sleep(0.02)
        return "went on"

    task = asyncio.create_task(whole())
    assert await asyncio.wait_for(task, 5) == "went on"
    assert task.cancelling() == 0


async def test_a_job_that_breaks_while_others_are_let_go_does_not_cancel_the_block_again() -> None:
    with pytest.raises(Broken, match="first"):
        async with background(breaks(0, "first"), breaks_when_canceled(), breaks_when_canceled()):
            await asyncio.sleep(60)
    async with background(breaks_when_canceled()):
        await asyncio.sleep(0)
    await asyncio.sleep(0.01)


async def test_the_errors_of_the_block_itself_come_out_as_they_are() -> None:
    with pytest.raises(ValueError, match="mine"):
        async with background(breaks_when_canceled()):
            await asyncio.sleep(0)
            raise ValueError("mine")


async def test_a_cancel_from_outside_stays_one() -> None:
    async def whole() -> None:
        async with background(breaks_when_canceled()):
            await asyncio.sleep(60)

    task = asyncio.create_task(whole())
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_at_most_so_many_go_in_one_turn_in_the_order_they_came() -> None:
    turns, turn, went = Turns(2), 0, []

    async def call(number: int) -> None:
        await turns.take()
        went.append((turn, number))

    async def count() -> None:
        nonlocal turn
        while True:
            await asyncio.sleep(0)
            turn += 1

    async with background(count()):
        await asyncio.gather(*(call(number) for number in range(5)))
    assert [number for _, number in went] == [0, 1, 2, 3, 4]
    per_turn = [sum(t == at for t, _ in went) for at in sorted({t for t, _ in went})]
    assert per_turn == [2, 2, 1]


async def test_turns_that_nobody_took_are_not_saved_up() -> None:
    turns, went = Turns(1), 0

    async def call() -> None:
        nonlocal went
        await turns.take()
        went += 1

    await call()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    calls = [asyncio.ensure_future(call()) for _ in range(3)]
    await asyncio.sleep(0)
    assert went == 2
    await asyncio.gather(*calls)
    assert went == 4
