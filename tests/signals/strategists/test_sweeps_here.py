"""Sweeps that the arena runs: asked for with their trials registered, run apart, stopped, gone on with."""

import asyncio
import contextlib
import io
import os
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.signals.lab.sweep import BadSpace, FolderBusy, TooManyConfigurations
from arena.signals.lab.sweep.files import held
from arena.signals.lab.sweeps import Status, cancel_sweep, results_of
from arena.signals.lab.trials import family
from arena.signals.strategists import (
    NoSuchCandles,
    SweepsOff,
    TooManyWaiting,
    bars_here,
    candles_here,
    run_next_sweep,
    sweep_for_ever,
)
from arena.signals.strategists.run_sweep import folder_of
from tests.signals.strategists.sweeping import Asking, asking

WIDE = {"ranges": {"fast_bars": (2, 40, 1), "slow_bars": (41, 110, 1)}}


@pytest.fixture
async def creator(db: Database, settings: Settings) -> Asking:
    return await asking(db, settings)


async def test_all_configurations_are_trials_before_the_sweep_waits(creator: Asking) -> None:
    sweep = await creator.ask()
    assert (sweep.status, sweep.asked.configurations, sweep.reached.done) == (Status.QUEUED, 16, 0)
    async with creator.db.transaction(readonly=True) as tx:
        counted = await family(tx, sweep.family_id)
    assert (counted.model, counted.trials) == ("moving_average_cross", 16)
    assert counted.owner_id == sweep.owner_id == creator.actor.id
    again = await creator.ask(name="Under another name")
    assert (again.id, again.number) == (sweep.id, sweep.number)


async def test_what_the_arena_does_not_run_is_said(creator: Asking) -> None:
    with pytest.raises(BadSpace, match="it has no fast"):
        await creator.ask(ranges={"fast": (1, 2, 1)})
    with pytest.raises(TooManyConfigurations, match="23,995,200 configurations are more than the 10,000"):  # fmt: skip
        await creator.ask(ranges={"fast_bars": (1, 4_800, 1), "slow_bars": (2, 5_000, 1)}, less=[])
    with pytest.raises(TooManyConfigurations):
        await creator.ask(method="random", count=10_001)
    with pytest.raises(BadSpace, match="fast_bars = 1000000000000 is none"):
        await creator.ask(ranges={"fast_bars": (1, 10**12, 1)})
    with pytest.raises(NoSuchCandles, match="ETH-USD at 15m"):
        bars_here({"symbol": "ETH-USD", "interval": "15m", "shipped": True}, None)
    creator.settings.sweeps_waiting_max = 1
    await creator.ask()
    with pytest.raises(TooManyWaiting, match="1 of your sweeps"):
        await creator.ask(ranges={"fast_bars": (5, 6, 1)})
    creator.settings.run_sweeps = False
    with pytest.raises(SweepsOff):
        await creator.ask()
    await sweep_for_ever(creator.db, creator.settings)


async def test_what_nobody_went_on_with_for_a_month_is_forgotten(creator: Asking) -> None:
    old, new = (folder_of(creator.settings, name) for name in ("swp_old", "swp_new"))
    for folder in (old, new):
        folder.mkdir(parents=True)
        (folder / "sweep.json").write_text("{}")
    os.utime(old / "sweep.json", (0, 0))
    running = asyncio.create_task(sweep_for_ever(creator.db, creator.settings))
    async with asyncio.timeout(60):
        while old.exists():
            await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert new.exists()


def test_candles_here_are_the_shipped_and_the_folders(tmp_path: Path) -> None:
    bars = bars_here(candles_here(None)[0].document(), None)
    pl.DataFrame({
        "ts": bars.open_ms, "open": bars.opens, "high": bars.highs, "low": bars.lows, "close": bars.closes,
        "volume": bars.volumes,
    }).write_parquet(tmp_path / "BTCUSDT-15m.parquet")  # fmt: skip
    assert [one.key for one in candles_here(tmp_path / "nowhere")] == ["sample:BTC-USD:15m"]
    shipped, own = candles_here(tmp_path)
    assert (shipped.key, own.key) == ("sample:BTC-USD:15m", "data:BTCUSDT:15m")
    assert (own.bars, len(bars_here(own.document(), tmp_path))) == (len(bars), len(bars))


@pytest.mark.slow
async def test_the_worker_runs_it_to_the_end_and_keeps_what_came_of_it(creator: Asking) -> None:
    sweep = await creator.ask()
    assert await run_next_sweep(creator.db, creator.settings) is Status.DONE
    done = await creator.now(sweep.id)
    assert (done.status, done.reached.done) == (Status.DONE, 16)
    assert done.summary is not None
    best = done.summary["best"][0]
    assert done.reached.best is not None
    assert best["sharpe"] == pytest.approx(done.reached.best["sharpe"], rel=1e-3)
    assert best["parameters"] == done.reached.best["parameters"]
    assert done.summary["luck"]["trials"] == 16
    assert [(one["x"], one["y"]) for one in done.summary["maps"]] == [("fast_bars", "slow_bars")]
    async with creator.db.transaction(readonly=True) as tx:
        frame = pl.read_parquet(io.BytesIO(await results_of(tx, sweep.id)))
    assert frame.height == 16
    assert frame["sharpe"].max() == pytest.approx(best["sharpe"], rel=1e-3)
    assert not folder_of(creator.settings, sweep.id).exists()
    assert await run_next_sweep(creator.db, creator.settings) is None


@pytest.mark.slow
async def test_a_worker_killed_in_the_middle_loses_nothing_that_was_finished(
    creator: Asking, database_url: str
) -> None:
    sweep = await creator.ask(**WIDE)
    folder = folder_of(creator.settings, sweep.id)
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.signals.strategists.crash_sweep", database_url, str(creator.settings.home)
    )  # fmt: skip
    await _until(lambda: len(_parts(folder)) >= 2)
    worker.kill()
    await worker.wait()
    await _until(
        lambda: _is_let_go(folder)
    )  # its process has seen that nobody listens, and is gone
    left = _parts(folder)
    assert (await creator.now(sweep.id)).status is Status.RUNNING
    assert not (folder / "results.parquet").exists()
    going_on = asyncio.ensure_future(run_next_sweep(creator.db, creator.settings))
    seen: dict[str, int] = {}
    while not going_on.done():
        seen |= _parts(folder)
        await asyncio.sleep(0.01)
    assert await going_on is Status.DONE
    assert {name: seen[name] for name in left} == left
    done = await creator.now(sweep.id)
    assert done.reached.done == done.asked.configurations == 2730


@pytest.mark.slow
async def test_a_sweep_that_is_cancelled_stops_and_goes_on_when_it_is_asked_for_again(
    creator: Asking,
) -> None:
    sweep = await creator.ask(**WIDE)
    running = asyncio.ensure_future(run_next_sweep(creator.db, creator.settings))
    await _until(lambda: len(_parts(folder_of(creator.settings, sweep.id))) >= 1)
    async with creator.db.transaction() as tx:
        await cancel_sweep(tx, sweep.id, sweep.owner_id, actor=creator.actor)
    assert await running is Status.CANCELLED
    assert (await creator.now(sweep.id)).reached.done < 2730
    assert await run_next_sweep(creator.db, creator.settings) is None
    assert (await creator.ask(**WIDE)).status is Status.QUEUED
    assert await run_next_sweep(creator.db, creator.settings) is Status.DONE


@pytest.mark.slow
async def test_a_process_that_takes_too_much_fails_with_the_reason(creator: Asking) -> None:
    sweep = await creator.ask(**WIDE)
    creator.settings.sweep_memory_mb_max = 64
    assert await run_next_sweep(creator.db, creator.settings) is Status.FAILED
    failed = await creator.now(sweep.id)
    assert failed.why is not None
    assert "too much time or memory" in failed.why
    assert await run_next_sweep(creator.db, creator.settings) is None


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0.01)


def _parts(folder: Path) -> dict[str, int]:
    """The finished chunks, and when each was written."""
    found = {}
    for path in (folder / "parts").glob("*.parquet"):
        with contextlib.suppress(FileNotFoundError):  # the folder goes when the sweep is done
            found[path.name] = path.stat().st_mtime_ns
    return found


def _is_let_go(folder: Path) -> bool:
    """Whether no process writes there any more."""
    try:
        with held(folder):
            return True
    except FolderBusy:
        return False
