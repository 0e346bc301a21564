"""Sweeps: every configuration tried once, over all cores or a cluster; interrupted, the same call goes on."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from arena.kit.clock import monotonic_s
from arena.signals.lab.strategy import Planned
from arena.signals.lab.sweep.chunks import chunks
from arena.signals.lab.sweep.files import finished, held, lay, results, write_part
from arena.signals.lab.sweep.model import Progress
from arena.signals.lab.sweep.study import Study
from arena.signals.lab.sweep.workers import work

if TYPE_CHECKING:
    import polars as pl

    from arena.signals.lab.sweep.bench import Task, Tried

Watch = Callable[[Progress], None]


def sweep(
    study: Study,
    folder: Path,
    *,
    progress: Watch | None = None,
    workers: int | None = None,
    cluster: str | None = None,
) -> "pl.DataFrame":
    """Tries all of the study's configurations and returns `results(folder)`.

    `workers` None: all cores. `cluster` is the address of a Dask scheduler (tcp://host:port) or of Ray
    (ray://host:port), whose machines must see the folder. What is finished in the folder is not done again. Raises
    BadSpace, TooManyConfigurations, OtherStudy, FolderBusy, NoCluster, OutOfReach, OffTick, TooLarge.
    """
    configurations = study.listed()
    document = study.document({"count": len(configurations), "sha": configurations.sha})
    parts = chunks(configurations, len(study.bars), planned=isinstance(study.strategy, Planned))
    with held(folder):
        sha = lay(folder, document, study.bars)
        behind = finished(folder)
        ahead = [part for part in range(len(parts)) if part not in behind]
        meter = Meter(
            progress, len(configurations), folder, sum(len(parts[part]) for part in behind)
        )
        tasks = (
            make_task(
                folder,
                sha,
                part,
                parts[part],
                (configurations.names, configurations.values[parts[part]]),
            )
            for part in ahead
        )
        for tried in work(tasks, study.strategy, workers=workers, cluster=cluster):
            write_part(folder, [tried])
            meter.add([tried])
    return results(folder)


def make_task(
    folder: Path,
    sha: str,
    part: int,
    numbers: NDArray[np.int64],
    configurations: tuple[tuple[str, ...], NDArray[np.int64]],
) -> "Task":
    """The chunk of these configurations (names of parameters, a row of values each) for a worker."""
    from arena.signals.lab.sweep.bench import Task

    return Task(str(folder.resolve()), sha, part, numbers, *configurations)


class Meter:
    """Counts what is done, remembers the best, and tells whoever watches. `done`: before, in the folder."""

    def __init__(self, watch: Watch | None, total: int, folder: Path, done: int) -> None:
        self._watch, self._total, self._done, self._before = watch, total, done, done
        self._best = _best_behind(folder) if watch is not None and done else None
        self._began = monotonic_s()
        self._tell()

    def add(self, tried: Sequence["Tried"]) -> None:
        for each in tried:
            self._done += len(each.task.numbers)
            self._best = _better(self._best, each)
        self._tell()

    def _tell(self) -> None:
        if self._watch is None:
            return
        now = self._done - self._before
        rate = now / max(monotonic_s() - self._began, 1e-9)
        left = (self._total - self._done) / rate if now else None
        self._watch(Progress(self._done, self._total, rate, left, self._best))


def _best_behind(folder: Path) -> Mapping[str, Any] | None:
    """The best of what is finished."""
    known = results(folder).drop_nulls("sharpe")
    if not known.height:
        return None
    row = known.sort("sharpe", descending=True, maintain_order=True).row(0, named=True)
    names = known.columns[1 : known.columns.index("total_return")]
    return {
        "parameters": {name: row[name] for name in names}, "sharpe": row["sharpe"],
        "total_return": row["total_return"],
    }  # fmt: skip


def _better(best: Mapping[str, Any] | None, tried: "Tried") -> Mapping[str, Any] | None:
    sharpes = tried.figures["sharpe"]
    if np.isnan(sharpes).all():
        return best
    row = int(np.nanargmax(sharpes))
    if best is not None and best["sharpe"] >= sharpes[row]:
        return best
    task = tried.task
    return {
        "parameters": dict(zip(task.names, task.values[row].tolist(), strict=True)),
        "sharpe": float(sharpes[row]), "total_return": float(tried.figures["total_return"][row]),
    }  # fmt: skip
