"""Child processes that are told what to do by lines of JSON on their stdin and answer on their stdout."""

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

Handler = Callable[..., Awaitable[Any]]
ANSWER_S = 120


class Child:
    """A running child; `ask` tells it one thing and waits for the answer."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def ask(self, what: str, **how: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": what, **how}).encode() + b"\n")
        line = await asyncio.wait_for(self._process.stdout.readline(), ANSWER_S)
        if not line:
            raise RuntimeError("a child process ended early")
        answer = json.loads(line)
        if isinstance(answer, dict) and "failed" in answer:
            raise RuntimeError(answer["failed"])
        return answer

    def kill(self) -> None:
        """As a crash: it gets no chance to finish anything."""
        self._process.kill()

    async def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), 3)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


@contextlib.asynccontextmanager
async def child(*command: str, core: int | None = None, **environment: str) -> AsyncIterator[Child]:
    """Starts the command (a module's name and arguments, or a program) on one core of the machine."""
    program = command if command[0] == "node" else (sys.executable, "-m", *command)
    process = await asyncio.create_subprocess_exec(
        *program,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
        limit=64_000_000,
    )
    if core is not None:
        os.sched_setaffinity(process.pid, {core})
    started = Child(process)
    try:
        yield started
    finally:
        await started.end()


async def obey(handlers: dict[str, Handler]) -> None:
    """The child's side: runs what it is told until its stdin is closed."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=64_000_000)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        told = json.loads(line)
        try:
            answer = await handlers[told.pop("do")](**told)
        except Exception as broken:  # noqa: BLE001 - the edge of a child: whatever broke is told to the parent
            answer = {"failed": f"{type(broken).__name__}: {broken}"}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


async def spent() -> dict[str, float]:
    """What this process holds in memory, and the processor time it has used, in seconds."""
    return {"rss_kb": resident_kb(), "cpu_s": time.process_time()}


def resident_kb() -> int:
    """What this process holds in memory."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
