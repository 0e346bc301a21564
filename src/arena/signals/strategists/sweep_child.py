"""The process that runs one sweep: reads what from its input, tells how far it is on its output, a line of JSON each.

It ends when its input does: whoever started it is gone then. What it has finished lies in the sweep's folder, and the
next one goes on from there.
"""

import contextlib
import json
import os
import resource
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from arena.kit.clock import monotonic_s
from arena.kit.errors import ArenaError
from arena.signals.lab.documents import bars_sha
from arena.signals.lab.sweep import Progress, Space, Study, grid, summary_of, sweep
from arena.signals.lab.sweep import random as drawn
from arena.signals.lab.sweeps import Asked
from arena.signals.strategists.candles_here import bars_here
from arena.signals.strategists.line_up import code_version, strategist

NICE = 10
TELL_EVERY_S = 0.5
DAILY_MAX = 4_000_000
"""Daily returns that are kept, configurations times days: the statistics of luck need them all in memory."""
DAY_MS = 86_400_000
ORPHANED = 3


def run(asked: Asked, folder: Path, data: Path | None) -> dict[str, Any]:
    """Sweeps what is asked for and writes results.parquet; how it ended, with the summary or the reason."""
    strategy = strategist(asked.model)
    if code_version(asked.model) != asked.code_version:
        return {
            "end": "failed",
            "why": "The model's code has changed since. Ask for the sweep again.",
        }
    bars = bars_here(asked.where, data)
    if bars_sha(bars) != asked.pack["data_sha"]:
        return {"end": "failed", "why": "The candles have changed since. Ask for the sweep again."}
    values = {name: tuple(each) for name, each in asked.space.items()}
    space = Space(strategy.name, values, tuple(asked.less))
    random = asked.method == "random"
    tried = drawn(space, asked.configurations, asked.seed) if random else grid(space)
    days = int(bars.open_ms[-1] - bars.open_ms[0]) // DAY_MS + 1
    study = Study(
        strategy, bars, tried, keep_daily=len(tried) * days <= DAILY_MAX,
        code_version=asked.code_version,
    )  # fmt: skip
    frame = sweep(study, folder, progress=Teller(), workers=1)
    kept = [name for name in frame.columns if not name.startswith("fold_") and name != "daily"]
    frame.select(kept).write_parquet(folder / "results.parquet", compression="zstd")
    return {"end": "done", "summary": summary_of(frame, study)}


class Teller:
    """Tells of progress now and then, of the first and the last always."""

    def __init__(self) -> None:
        self._told_at = 0.0

    def __call__(self, at: Progress) -> None:
        now = monotonic_s()
        if now - self._told_at >= TELL_EVERY_S or at.done == at.total:
            self._told_at = now
            _say({"done": at.done, "per_second": at.per_second, "best": at.best})


def _say(line: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _end_with_parent() -> None:
    """The rest of the input is silence, and its end is the end of whoever listens."""

    def wait() -> None:
        with contextlib.suppress(OSError):
            sys.stdin.buffer.read()
        os._exit(ORPHANED)

    threading.Thread(target=wait, daemon=True).start()


def _limit(seconds_max: int, memory_mb_max: int) -> None:
    """From here on this process is the last to be served, and ends where it takes too much."""
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds_max, seconds_max))
    memory = memory_mb_max * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    told = json.loads(sys.stdin.buffer.readline())
    _end_with_parent()
    _limit(told["seconds_max"], told["memory_mb_max"])
    data = Path(told["data"]) if told["data"] else None
    try:
        _say(run(Asked.of(told["asked"]), Path(told["folder"]), data))
    except ArenaError as refused:
        _say({"end": "failed", "why": str(refused)})


if __name__ == "__main__":
    main()
