"""Asks a module of ours in a process of its own, which is ended when it takes too long; its answer is JSON."""

import asyncio
import contextlib
import json
import os
import resource
import sys
from asyncio.subprocess import PIPE
from typing import Any

import structlog

log = structlog.get_logger()
ANSWER_BYTES_MAX = 1_000_000
NICE = 10


class Broke(Exception):
    """There is no answer; the message says why, in words for whoever asked."""


async def apart(module: str, asked: dict[str, Any], *, seconds_max: float) -> dict[str, Any]:
    """What the module, run as a program, answers to `asked`. Raises Broke."""
    # A session of its own: what it has begun ends with it.
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, stdin=PIPE, stdout=PIPE, stderr=PIPE, start_new_session=True
    )
    try:
        async with asyncio.timeout(seconds_max):
            answer, words = await child.communicate(json.dumps(asked).encode())
    except TimeoutError:
        raise Broke("It took too long.") from None
    finally:
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()
    if child.returncode or len(answer) > ANSWER_BYTES_MAX:
        log.warning("a process of the Lab broke", module=module, words=_tail(words))
        raise Broke("It took too much time or memory, or it broke.")
    told: dict[str, Any] = json.loads(answer)
    return told


def take_little(seconds_max: int, memory_mb_max: int) -> None:
    """For the program itself: from here on it is the last to be served, and ends where it takes too much."""
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds_max, seconds_max))
    memory = memory_mb_max * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _tail(words: bytes) -> str:
    return words.decode(errors="replace")[-2000:]
