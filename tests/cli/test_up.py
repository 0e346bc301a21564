"""`arena up` as people run it: it survives its database's death, goes on where it stopped, ends on Ctrl-C."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from arena.kit.clock import monotonic_s
from tests.cli.command import free_port

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kills processes the Linux way")


class Product:
    """A running `arena up` in a session of its own, like a terminal's."""

    def __init__(self, home: Path) -> None:
        self.home, self.port = home, free_port()
        bare = {
            "PATH": os.defpath,
            "ARENA_HOME": str(home),
            "ARENA_SOURCE": "sample",
            "ARENA_SPEED": "max",
        }
        with (home.parent / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [Path(sys.executable).with_name("arena"), "up", "--port", str(self.port)],
                env=bare, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip

    async def health(self) -> dict[str, Any]:
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"http://127.0.0.1:{self.port}/health", timeout=10)
        body: dict[str, Any] = answer.json()
        return body

    async def plays(self, beyond: str = "", *, within_s: float = 90) -> str:
        """Waits until it is well and its product time is beyond the one given; the new one."""
        end = monotonic_s() + within_s
        while monotonic_s() < end:
            assert self.process.poll() is None, (self.home.parent / "log").read_text()[-3000:]
            with contextlib.suppress(httpx.TransportError, KeyError):
                body = await self.health()
                if (
                    body["status"] == "ok"
                    and body["product_time"] > beyond
                    and body["parts"]["prices"]["steps"]
                ):
                    return str(body["product_time"])
            await asyncio.sleep(0.2)
        raise AssertionError((self.home.parent / "log").read_text()[-3000:])

    @property
    def postmaster(self) -> int:
        return int((self.home / "postgres/data/postmaster.pid").read_text().split("\n", 1)[0])

    def left(self) -> list[str]:
        """Processes that still work on this home."""
        found = []
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if entry.name.isdigit() and str(self.home) in os.readlink(entry / "cwd"):
                    found.append(entry.name)
        return found


@asynccontextmanager
async def product(home: Path) -> AsyncIterator[Product]:
    running = Product(home)
    try:
        yield running
    finally:
        running.process.kill()
        running.process.wait()


@pytest.mark.slow
async def test_it_plays_on_after_its_database_was_killed_and_after_it_was_killed_itself(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    async with product(home) as running:
        at = await running.plays()
        for _ in range(2):
            os.kill(running.postmaster, signal.SIGKILL)
            await asyncio.sleep(0.5)
            at = await running.plays(at)
    async with product(home) as running:
        assert await running.plays(at) > at


async def test_ctrl_c_ends_it_within_seconds_and_leaves_nothing_running(tmp_path: Path) -> None:
    async with product(tmp_path / "home") as running:
        await running.plays()
        os.killpg(running.process.pid, signal.SIGINT)
        assert await asyncio.to_thread(running.process.wait, 60) == 0
        assert running.left() == []
    assert "everything is kept" in (tmp_path / "log").read_text()


async def test_a_second_one_on_the_same_home_is_told_what_to_do(tmp_path: Path) -> None:
    async with product(tmp_path / "home") as running:
        await running.plays()
        second = Product(tmp_path / "home")
        assert await asyncio.to_thread(second.process.wait, 30) == 1
    said = (tmp_path / "log").read_text().replace("\n", " ")
    assert f"process {running.process.pid} already runs the database" in said
    assert "ARENA_HOME" in said
