"""Sends a doing to a process of its own, which may be killed at it, and waits until PostgreSQL has noticed."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from arena.kit.clock import iso_ms
from arena.kit.db import connect_options
from tests.doubles.stripe_server import StripeServer
from tests.simulation.acts import Words
from tests.simulation.crash import Fate
from tests.simulation.doing import Outcome
from tests.simulation.handle import Handle

ROOT = Path(__file__).parents[2]


class Killer:
    """One process with everything loaded, that forks another one for each doing."""

    def __init__(self, arena: Handle, server: StripeServer, home: Path, *, seed: int) -> None:
        self.arena, self.server, self._home, self._seed = arena, server, home, seed
        self._process: asyncio.subprocess.Process | None = None

    @asynccontextmanager
    async def ready(self) -> AsyncIterator["Killer"]:
        await self._started()
        try:
            yield self
        finally:
            if self._process is not None:
                assert self._process.stdin is not None
                self._process.stdin.close()
                await self._process.wait()

    async def do(self, name: str, words: Words, *, fate: Fate, step: int) -> Outcome:
        """`died` where it was killed before it was done."""
        process = await self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        order = {
            "name": name, "words": words, "now": iso_ms(self.arena.clock.now()), "seed": self._seed,
            "step": [step], "place": fate.place, "number": fate.number,
        }  # fmt: skip
        admin = await asyncpg.connect(**connect_options(self.arena.db.url))
        try:
            since = await admin.fetchval("select clock_timestamp()")
            process.stdin.write(json.dumps(order).encode() + b"\n")
            await process.stdin.drain()
            kind, word = json.loads(await process.stdout.readline())
            while await admin.fetchval(
                """select count(*) from pg_stat_activity where datname = current_database()
                     and backend_type = 'client backend' and backend_start >= $1""",
                since,
            ):
                await asyncio.sleep(0.005)  # its backends roll back what it had begun
        finally:
            await admin.close()
        return Outcome(kind, word)

    async def _started(self) -> asyncio.subprocess.Process:
        if self._process is None:
            kept = {name: it for name, it in os.environ.items() if not name.startswith("ARENA_")}
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.simulation.zygote", self.arena.db.url, str(self._home),
                self.server.url, self.arena.settings.payout_gateway, cwd=ROOT, env=kept, stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
            assert self._process.stdout is not None
            assert await self._process.stdout.readline() == b"ready\n"
        return self._process
