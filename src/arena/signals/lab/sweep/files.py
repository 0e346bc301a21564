"""The folder of a sweep: what is swept (`sweep.json`), the bars as arrays, and a Parquet file for each finished chunk.

A file is written under another name, brought to the disk, and renamed: it is there whole, or not at all.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from arena.kit.canonical import canonical_json, document_sha
from arena.signals.lab.bars import Bars
from arena.signals.lab.sweep.model import FolderBusy, NoStudy, OtherStudy, OutOfReach
from arena.trading.market import Instrument

if TYPE_CHECKING:
    import polars as pl

    from arena.signals.lab.sweep.bench import Tried

_COLUMNS = ("open_ms", "opens", "highs", "lows", "closes", "volumes")


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Nobody else writes to the sweep meanwhile; the hold ends with the process. Raises FolderBusy."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderBusy(folder=folder) from None
        yield


def lay(folder: Path, document: Mapping[str, Any], bars: Bars) -> str:
    """Begins the sweep, or finds that it is this one; returns the hash of its document. Raises OtherStudy."""
    path = folder / "sweep.json"
    if path.is_file():
        kept = read_document(folder)
        differs = sorted(key for key in {*kept, *document} if kept.get(key) != document.get(key))
        if differs:
            raise OtherStudy(folder=folder, differs=", ".join(differs))
        return document_sha(kept)
    (folder / "bars").mkdir(exist_ok=True)
    (folder / "parts").mkdir(exist_ok=True)
    for name in _COLUMNS:
        np.save(folder / "bars" / f"{name}.npy", getattr(bars, name))
    _write(path, canonical_json(dict(document)) + b"\n")
    return document_sha(dict(document))


def read_document(folder: Path) -> dict[str, Any]:
    """Raises NoStudy."""
    try:
        document: dict[str, Any] = json.loads((folder / "sweep.json").read_bytes())
    except FileNotFoundError:
        raise NoStudy(folder=folder) from None
    return document


def kept_daily(folder: Path, otherwise: bool) -> bool:
    """Whether the sweep that was begun in the folder keeps daily returns; `otherwise` where none was."""
    try:
        return bool(read_document(folder)["keep_daily"])
    except NoStudy:
        return otherwise


def read_bars(folder: Path, document: Mapping[str, Any]) -> Bars:
    """The bars, still in their files: the machine's workers share one copy in memory. Raises OutOfReach."""
    told = document["instrument"]
    tick, step, smallest = (Decimal(told[name]) for name in ("tick", "step", "notional_min"))
    instrument = Instrument(told["symbol"], told["base"], told["quote"], tick, step, smallest)
    columns = []
    for name in _COLUMNS:
        path = folder / "bars" / f"{name}.npy"
        try:
            columns.append(np.asarray(np.load(path, mmap_mode="r", allow_pickle=False)))
        except OSError:
            raise OutOfReach(file=path) from None
    return Bars(instrument, document["interval_s"], *columns)


def finished(folder: Path) -> set[int]:
    """The numbers of the chunks that are done."""
    return {int(path.stem) for path in (folder / "parts").glob("*.parquet")}


def write_part(folder: Path, tried: Sequence["Tried"]) -> None:
    """Keeps what came of a chunk, which may have been done in pieces."""
    import polars as pl

    written = BytesIO()
    pl.concat([_frame(each) for each in tried]).write_parquet(written, compression="zstd")
    _write(folder / "parts" / f"{tried[0].task.part:06}.parquet", written.getvalue())


def results(folder: Path) -> "pl.DataFrame":
    """All finished configurations in the order of their numbers; the same whatever the workers and interruptions.

    Columns: `number`; the parameters; `total_return`, `drawdown_max` (fractions), `fills`, `sharpe` (annual, of daily
    returns), `turnover` (worth of the fills in a year over mean equity), `fees` (quote units); `fold_return`,
    `fold_drawdown`, `fold_fills` (a list with one for each fold); `daily` (returns by UTC day, where they are kept);
    `failed` (why, else null, and then the figures are null). Raises NoStudy.
    """
    import polars as pl

    read_document(folder)
    parts = [pl.read_parquet(path) for path in sorted((folder / "parts").glob("*.parquet"))]
    if not parts:
        return pl.DataFrame()
    return pl.concat(parts).sort("number").rechunk()


def _frame(tried: "Tried") -> "pl.DataFrame":
    import polars as pl

    task, count = tried.task, len(tried.task.numbers)
    columns: dict[str, pl.Series] = {"number": pl.Series("number", task.numbers, pl.Int64)}
    for name, values in zip(task.names, task.values.T, strict=True):
        columns[name] = pl.Series(name, values, pl.Int64)
    for name, figures in tried.figures.items():
        series = pl.Series(name, figures, pl.Float64).fill_nan(None)
        columns[name] = series.cast(pl.Int64) if name == "fills" else series
    worked = np.array([row not in tried.failed for row in range(count)])
    for name, rows in tried.folds.items():
        kind = pl.Int64 if name == "fold_fills" else pl.Float64
        lists = [row.tolist() if fine else None for row, fine in zip(rows, worked, strict=True)]
        if name == "fold_fills":
            lists = [None if row is None else [int(value) for value in row] for row in lists]
        columns[name] = pl.Series(name, lists, pl.List(kind))
    if tried.daily is not None:
        daily = [
            row.tolist() if fine else None for row, fine in zip(tried.daily, worked, strict=True)
        ]
        columns["daily"] = pl.Series("daily", daily, pl.List(pl.Float32))
    failed = [tried.failed.get(row) for row in range(count)]
    columns["failed"] = pl.Series("failed", failed, pl.String)
    return pl.DataFrame(columns)


def _write(path: Path, content: bytes) -> None:
    under_way = path.with_name(f".{path.name}.{os.getpid()}")
    with under_way.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    under_way.rename(path)
