"""Runs the sweeps that creators ask the arena for, one at a time, each in a process of its own beside everything else.

What a process has finished lies in a folder of the worker's home until the sweep ends, so that neither a worker that
dies nor a sweep that is cancelled and asked for again loses it.
"""

import asyncio
import json
import shutil
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import structlog

from arena.kit.clock import monotonic_s, wall_now
from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.signals.lab.sweeps import (
    Reached,
    Status,
    Sweep,
    begin_sweep,
    end_sweep,
    next_sweep,
    report_sweep,
    sweep_now,
)

log = structlog.get_logger()
LOOK_EVERY_S = 2
TELL_EVERY_S = 1.0
LINE_BYTES_MAX = 2_000_000
RESULT_BYTES_MAX = 64_000_000
WORDS_BYTES_MAX = 2_000
KEPT_DAYS = 30
"""What is finished of a sweep that was cancelled or failed lies so long, looked at when a worker begins."""
WALL_FACTOR = 4  # a machine with other work gives a process a fourth of its time, or it is stuck
TOO_MUCH = "It took too much time or memory, or it broke. What is finished is kept: run it again, and it goes on."


async def sweep_for_ever(db: Database, settings: Settings) -> None:
    """Beside the tape, by the wall clock. Ends at once where it is switched off."""
    if settings.run_sweeps:
        await asyncio.to_thread(_forget_old, settings.home / "sweeps")
    while settings.run_sweeps:
        if await run_next_sweep(db, settings) is None:
            await asyncio.sleep(LOOK_EVERY_S)


async def run_next_sweep(db: Database, settings: Settings) -> Status | None:
    """Runs the oldest sweep that waits, or goes on with one that a worker left; how it ended, None without."""
    async with db.transaction(readonly=True) as tx:
        waiting = await next_sweep(tx)
    if waiting is None:
        return None
    async with db.transaction() as tx:
        sweep = await begin_sweep(tx, waiting.id)
    folder = folder_of(settings, sweep.id)
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    try:
        async with asyncio.timeout(settings.sweep_seconds_max * WALL_FACTOR):
            told = await _conduct(db, settings, sweep, folder)
    except TimeoutError:
        told = {"end": "failed", "why": TOO_MUCH}
    status = await _end(db, sweep, told, folder)
    if status is Status.DONE:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    log.info("sweep ended", sweep=sweep.id, status=status.value)
    return status


def folder_of(settings: Settings, sweep_id: str) -> Path:
    """Where what is finished of the sweep lies until it ends."""
    return settings.home / "sweeps" / sweep_id


async def _conduct(db: Database, settings: Settings, sweep: Sweep, folder: Path) -> dict[str, Any]:
    """Listens to the process and writes down how far it is, about once a second; its last word. It is killed when the
    sweep is cancelled."""
    order = {
        "asked": sweep.asked.document(), "folder": str(folder),
        "data": str(settings.data) if settings.data else None,
        "seconds_max": settings.sweep_seconds_max, "memory_mb_max": settings.sweep_memory_mb_max,
    }  # fmt: skip
    async with _child(order) as child:
        newest, told_at = sweep.reached, 0.0
        async for line in _lines(child):
            if "end" in line:
                return {**line, "reached": newest}
            newest = Reached(line["done"], line["per_second"], line["best"])
            if monotonic_s() - told_at < TELL_EVERY_S:
                continue
            told_at = monotonic_s()
            if await _reported(db, sweep.id, newest) is not Status.RUNNING:
                return {"end": "cancelled", "reached": newest}
        words = b"" if child.stderr is None else await child.stderr.read(WORDS_BYTES_MAX)
        log.warning("a sweep broke", sweep=sweep.id, words=words.decode(errors="replace"))
        return {"end": "failed", "why": TOO_MUCH, "reached": newest}


async def _reported(db: Database, sweep_id: str, reached: Reached) -> Status:
    async with db.transaction() as tx:
        return (await report_sweep(tx, sweep_id, reached, run_by="arena")).status


@asynccontextmanager
async def _child(order: dict[str, Any]) -> AsyncIterator[Process]:
    """A process that has its order, and is gone when the block ends."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "arena.signals.strategists.sweep_child",
        stdin=PIPE, stdout=PIPE, stderr=PIPE, limit=LINE_BYTES_MAX,
    )  # fmt: skip
    try:
        assert child.stdin is not None
        child.stdin.write(json.dumps(order).encode() + b"\n")
        await child.stdin.drain()
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


async def _lines(child: Process) -> AsyncIterator[dict[str, Any]]:
    assert child.stdout is not None
    while line := await child.stdout.readline():
        told: dict[str, Any] = json.loads(line)
        yield told


def _forget_old(home: Path) -> None:
    """What was finished of sweeps that nobody has gone on with for long is computed again if somebody does."""
    now = wall_now().timestamp()
    for folder in home.iterdir() if home.is_dir() else ():
        newest = max((path.stat().st_mtime for path in folder.rglob("*")), default=0.0)
        if now - newest > KEPT_DAYS * 86_400:
            shutil.rmtree(folder, ignore_errors=True)


async def _end(db: Database, sweep: Sweep, told: dict[str, Any], folder: Path) -> Status:
    """Writes down how it ended; a sweep that was cancelled meanwhile stays so."""
    parquet: bytes | None = None
    if told["end"] == "done":
        path = folder / "results.parquet"
        if path.stat().st_size <= RESULT_BYTES_MAX:
            parquet = await asyncio.to_thread(path.read_bytes)
    async with db.transaction() as tx:
        there = await sweep_now(tx, sweep.id)
        if there.status is not Status.RUNNING:
            return there.status
        ended = await end_sweep(
            tx, sweep.id, Status(told["end"]), run_by="arena", reached=told.get("reached"),
            summary=told.get("summary"), why=told.get("why"), parquet=parquet,
        )  # fmt: skip
    return ended.status
