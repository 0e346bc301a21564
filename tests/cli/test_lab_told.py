"""`arena lab sweep --arena`: trials registered before they run, the sweep followed, ended, gone on with, cancelled."""

import asyncio
import secrets
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from arena.cli.main import app
from arena.kit.settings import Settings
from arena.kit.signing import SigningKey, to_base64
from arena.people import identity
from arena.people.access import Actor
from arena.people.identity import Registration, register_collective
from arena.signals.lab.sweeps import Status, Sweep, cancel_sweep, sweeps_of
from arena.signals.lab.trials import count_trials, trials
from tests.conftest import Server
from tests.http import person
from tests.signals.lab.stage import wandering
from tests.stories.house import House, open_house

GRID = ["--set", "fast_bars=5:15:5", "--set", "slow_bars=10,20,40", "--less", "fast_bars,slow_bars"]
WIDE = ["--set", "fast_bars=2:31", "--set", "slow_bars=61:400"]
LONG = 150_000
"""Bars that make `WIDE` last for many times the second between two tellings, on the fastest machine, too."""
pytestmark = pytest.mark.slow


@dataclass
class Desk:
    """A creator's machine beside a running arena."""

    house: House
    folder: Path
    key: Path
    owner: str
    collective: str

    async def run(self, *words: str) -> Any:
        """The command, in a thread beside the server."""
        return await asyncio.to_thread(CliRunner().invoke, app, self.words(*words))

    def words(self, *words: str) -> list[str]:
        return [
            "lab", "sweep", "--data", str(self.folder / "BTCUSDT-1h.parquet"), "--symbol", "BTCUSDT", "--interval",
            "1h", "--workers", "1", "--arena", self.house.url, "--key", str(self.key), "--out",
            str(self.folder / "out"), *words,
        ]  # fmt: skip

    async def sweeps(self) -> list[Sweep]:
        async with self.house.arena.db.transaction(readonly=True) as tx:
            return await sweeps_of(tx, self.owner)


@pytest.fixture(scope="module")
async def house(server: Server, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    name = await server.create()
    settings = Settings(
        home=tmp_path_factory.mktemp("told"), seed="told", source="sample", demo=False,
        rate_anonymous_per_min=0, rate_caller_per_min=0,
    )  # fmt: skip
    try:
        async with open_house(server.url_of(name), settings) as opened:
            yield opened
    finally:
        await server.drop(name)


@pytest.fixture
async def desk(house: House, tmp_path: Path) -> Desk:
    _keep_bars(tmp_path, 900)
    secret = secrets.token_bytes(32)
    path = tmp_path / "my.key"
    path.write_text(to_base64(secret) + "\n")
    path.chmod(0o600)
    owner, _ = await person(house.arena.db, "creator")
    async with house.arena.db.transaction() as tx:
        name = f"Tellers {secret[:4].hex()}"
        mine = await register_collective(
            tx, Registration(name, "", SigningKey(secret).public, owner)
        )
    return Desk(house, tmp_path, path, owner, mine.id)


async def test_trials_are_registered_and_the_sweep_is_kept_with_what_came_of_it(desk: Desk) -> None:
    told = await desk.run(*GRID, "--name", "My grid")
    assert told.exit_code == 0, (told.output, told.exception)
    [sweep] = await desk.sweeps()
    assert f"/studio/lab/sweeps/{sweep.id}" in told.output
    assert (sweep.asked.name, sweep.status, sweep.run_by) == ("My grid", Status.DONE, "creator")
    assert sweep.reached.done == sweep.asked.configurations == 7
    async with desk.house.arena.db.transaction(readonly=True) as tx:
        found = await trials(tx, sweep.family_id)
    assert [one.kind for one in found] == ["sweep_member"] * 7
    assert all(one.recorded_at < sweep.opened_at for one in found)
    again = await desk.run(*GRID)
    assert again.exit_code == 0, again.output
    assert [one.id for one in await desk.sweeps()] == [sweep.id]


async def test_an_interrupted_sweep_is_told_so_and_goes_on_as_the_same(desk: Desk) -> None:
    _keep_bars(desk.folder, LONG)
    child = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("arena"), *desk.words(*WIDE), stdout=PIPE, stderr=PIPE
    )
    await _when(desk, lambda one: one.reached.done > 0)
    child.send_signal(signal.SIGINT)
    output, _ = await child.communicate()
    assert child.returncode == 130, output
    assert b"--resume" in output
    [sweep] = await desk.sweeps()
    assert sweep.status is Status.INTERRUPTED
    assert 0 < sweep.reached.done < sweep.asked.configurations
    went_on = await desk.run("--resume")
    assert went_on.exit_code == 0, went_on.output
    [same] = await desk.sweeps()
    assert (same.id, same.status) == (sweep.id, Status.DONE)
    assert same.reached.done == sweep.asked.configurations


async def test_a_search_registers_each_batch_before_it_runs(desk: Desk) -> None:
    wide = ["--set", "fast_bars=2:40", "--set", "slow_bars=50:99", "--optimise", "12"]
    told = await desk.run(*wide)
    assert told.exit_code == 0, (told.output, told.exception)
    [sweep] = await desk.sweeps()
    assert (sweep.status, sweep.asked.configurations) == (Status.DONE, 16)
    async with desk.house.arena.db.transaction(readonly=True) as tx:
        assert 8 < await count_trials(tx, sweep.family_id) <= 16


async def test_a_sweep_that_is_cancelled_in_the_arena_stops_here(desk: Desk) -> None:
    _keep_bars(desk.folder, LONG)
    running = asyncio.ensure_future(desk.run(*WIDE))
    sweep = await _when(desk, lambda one: one.reached.done > 0)
    async with desk.house.arena.db.transaction() as tx:
        await cancel_sweep(tx, sweep.id, desk.owner, actor=Actor("person", desk.owner))
    told = await running
    assert told.exit_code == 1, told.output
    assert "cancelled in the arena" in told.output
    assert "--resume" in told.output
    [sweep] = await desk.sweeps()
    assert sweep.status is Status.CANCELLED


async def test_trouble_on_the_way_never_stops_a_sweep(desk: Desk) -> None:
    _keep_bars(desk.folder, LONG)
    running = asyncio.ensure_future(desk.run(*WIDE))
    sweep = await _when(desk, lambda one: one.reached.done > 0)
    async with desk.house.arena.db.transaction() as tx:
        [key] = await identity.keys(tx, desk.collective)
        await identity.revoke_key(tx, desk.collective, key.id, by=desk.owner, last=True)
    told = await running
    assert told.exit_code == 0, told.output
    words = " ".join(told.output.split())
    assert "the arena was not told how it ended" in words
    assert f"of {sweep.asked.configurations:,} by Sharpe ratio" in words
    [sweep] = await desk.sweeps()
    assert sweep.status is Status.RUNNING


async def test_nothing_runs_where_trials_cannot_be_registered(desk: Desk) -> None:
    stranger = desk.folder / "stranger.key"
    stranger.write_text(to_base64(secrets.token_bytes(32)))
    stranger.chmod(0o600)
    refused = await desk.run(*GRID, "--key", str(stranger))
    assert refused.exit_code != 0
    assert "is unknown or revoked" in str(refused.exception)
    assert not (desk.folder / "out").exists()
    assert await desk.sweeps() == []
    alone = await asyncio.to_thread(
        CliRunner().invoke, app, ["lab", "sweep", "--out", "o", "--arena", desk.house.url]
    )
    assert "--arena and --key go together" in str(alone.exception)


def _keep_bars(folder: Path, count: int) -> None:
    bars = wandering(2, count, gaps=0.0)
    pl.DataFrame({
        "ts": bars.open_ms, "open": bars.opens, "high": bars.highs, "low": bars.lows, "close": bars.closes,
        "volume": np.round(bars.volumes, 5),
    }).write_parquet(folder / "BTCUSDT-1h.parquet")  # fmt: skip


async def _when(desk: Desk, holds: Callable[[Sweep], bool]) -> Sweep:
    async with asyncio.timeout(60):
        while True:
            for one in await desk.sweeps():
                if holds(one):
                    return one
            await asyncio.sleep(0.02)
