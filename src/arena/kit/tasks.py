"""Background tasks that end with the block that started them, and take it down when they break."""

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
