"""Runs the reactions to facts, one at a time, so that a replay of the tape always goes the same way."""

import asyncio
import contextlib

from arena.kit.db import Database
from arena.kit.outbox import react_once
from arena.kit.tasks import background


class Reactor:
    """One per worker. Whoever must have all reactions behind him holds `quiet` and calls `settle`.

    `woken` is set by news of a fact, which this process hears before the recording call returns; it is
    cleared by nobody but the holder of `quiet`, so what is not set needs no look into the database.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self.quiet = asyncio.Lock()
        self.woken = asyncio.Event()
        self.woken.set()  # an earlier process may have left something

    def wake(self, _news: str = "") -> None:
        self.woken.set()

    async def settle(self) -> None:
        """Runs reactions, those they lead to included, until none is pending; call it holding `quiet`."""
        while self.woken.is_set():
            self.woken.clear()
            while await react_once(self._db, impatient=True):
                pass

    async def run(self, *, poll_s: float = 1.0) -> None:
        """Runs what is due as soon as a fact is told of, and looks every `poll_s` seconds anyway."""
        async with background(self._run_outward(poll_s)):
            while True:
                async with self.quiet:
                    self.woken.clear()
                    while await react_once(self._db):
                        pass
                # Not wait_for: on Python 3.11 it may swallow a cancellation, and Ctrl-C would hang.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(poll_s):
                        await self.woken.wait()

    async def _run_outward(self, poll_s: float) -> None:
        """Beside the others and without `quiet`: the tape does not wait for a mail server that is slow. It only
        looks now and then, because a replay tells of more facts than anybody writes letters."""
        while True:
            while await react_once(self._db, outward=True):
                pass
            await asyncio.sleep(poll_s)
