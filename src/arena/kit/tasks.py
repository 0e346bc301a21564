"""Background tasks that end with the block that started them, and take it down when they break; turns of the loop."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from typing import Any


@contextlib.asynccontextmanager
async def background(*jobs: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Runs the jobs beside the block. A job that raises cancels the block and its error is raised here."""
    block = asyncio.current_task()
    assert block is not None
    broken: list[BaseException] = []
    leaving = False

    def ended(task: asyncio.Task[None]) -> None:
        if leaving or task.cancelled() or (error := task.exception()) is None:
            return
        broken.append(error)
        if (
            len(broken) == 1
        ):  # a second cancel would hit the waiting below, and look like one from outside
            block.cancel()

    tasks = [asyncio.ensure_future(job) for job in jobs]
    for task in tasks:
        task.add_done_callback(ended)
    try:
        yield
    except asyncio.CancelledError:
        if not broken or block.uncancel():
            raise
    finally:
        leaving = True
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if broken:
        raise broken[0]


class Turns:
    """Lets at most so many through in one turn of the event loop, in the order they came.

    A turn runs all that became ready before it. Thirty calls of half a millisecond that came together would keep the
    loop from hearing for fifteen that a commit is done, with whoever waits for it, and the database idle meanwhile.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._through = 0

    async def take(self) -> None:
        while self._through >= self._most:  # noqa: ASYNC110 - what is waited for is the turn itself
            await asyncio.sleep(0)
        if not self._through:
            asyncio.get_running_loop().call_soon(self._begin)
        self._through += 1

    def _begin(self) -> None:
        self._through = 0
