"""Runs the reactions to facts, one at a time, so that a replay of the tape always goes the same way."""

import asyncio

from arena.kit.db import Database
from arena.kit.outbox import react_once


class Reactor:
    """One per worker. Whoever must have all reactions behind him holds `quiet` and calls `settle`."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.quiet = asyncio.Lock()
        self.woken = asyncio.Event()

    def wake(self, _news: str = "") -> None:
        self.woken.set()

    async def settle(self) -> None:
        """Runs reactions, those they lead to included, until none is pending; call it holding `quiet`."""
        while await react_once(self._db, impatient=True):
            pass

    async def run(self, *, poll_s: float = 1.0) -> None:
        """Runs what is due as soon as a fact is told of, and looks every `poll_s` seconds anyway."""
        while True:
            self.woken.clear()
            async with self.quiet:
                while await react_once(self._db):
                    pass
            try:
                await asyncio.wait_for(self.woken.wait(), poll_s)
            except TimeoutError:
                continue
