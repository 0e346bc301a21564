"""Web and worker as processes of their own on an external database: they agree, and one worker relieves another."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.command import free_port
from tests.conftest import Server

pytestmark = pytest.mark.slow

PATIENCE_S = 60


@contextmanager
def part(name: str, url: str, home: Path, port: int = 0) -> Iterator["subprocess.Popen[str]"]:
    """`arena up --part …`, started as a shell starts what it puts in the background: interrupts ignored."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("ARENA_")}
    process = subprocess.Popen(
        [str(Path(sys.executable).parent / "arena"), "up", "--part", name],
        env={**clean, "ARENA_DATABASE_URL": url, "ARENA_HOME": str(home), "ARENA_SOURCE": "sample",
             "ARENA_PORT": str(port), "ARENA_SPEED": "max"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def health(port: int) -> dict[str, Any] | None:
    try:
        answer = httpx.get(f"http://127.0.0.1:{port}/health", timeout=5, trust_env=False)
    except httpx.HTTPError:
        return None
    found: dict[str, Any] = answer.json()
    return found if answer.status_code == 200 else None


def moved_on(port: int, since: str) -> str:
    """The product's time as the web process tells it, once it is later than `since`."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        state = health(port)
        if state is not None and state["product_time"] > since:
            return str(state["product_time"])
        time.sleep(0.2)
    raise AssertionError(f"the product's time stood still at {since}")


async def test_web_and_worker_apart_agree_and_a_second_worker_steps_in(
    server: Server, tmp_path: Path
) -> None:
    name = await server.create()
    url, port = server.url_of(name), free_port()
    with part("worker", url, tmp_path) as first, part("web", url, tmp_path, port) as web:
        played = moved_on(port, moved_on(port, ""))
        state = health(port)
        assert state is not None
        assert state["parts"]["feeds"]["open"] == 8
        with part("worker", url, tmp_path) as second:
            time.sleep(3)
            assert second.poll() is None, "the second worker stands by"
            first.kill()
            first.wait()
            moved_on(port, moved_on(port, played))
            for process in (second, web):
                process.send_signal(signal.SIGTERM)
                assert process.wait(timeout=60) == 0
    await server.drop(name)
