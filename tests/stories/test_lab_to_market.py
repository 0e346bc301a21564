"""From an empty folder to a published listing, by the commands of the guides and nothing else.

The commands are read out of docs/guide: what is printed there is what runs here, but for the port, and for the candles
that a test cannot fetch from an exchange. They are those of the large packs where there are any, else the sample's,
which are played more slowly.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import polars as pl
import pytest

from arena.trading.market import SAMPLE_FILE
from tests.cli.command import free_port

GUIDE = Path(__file__).parents[2] / "docs/guide"
BIN = Path(sys.executable).parent
PATIENCE_S = 900
BLOCK = re.compile(r"(?:Save this as `([^`]+)`[^\n]*\n)?```(\w*)\n(.*?)```", re.DOTALL)


class Machine:
    """An empty folder, and a shell in it. Whatever a command leaves running ends with the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.origin = f"http://127.0.0.1:{free_port()}"
        self.times: list[tuple[str, float]] = []
        self.exports = ""
        self._groups: list[int] = []
        self._environment = {
            "PATH": f"{BIN}:{os.defpath}", "HOME": str(folder), "COLUMNS": "160",
            "ARENA_PORT": self.origin.rpartition(":")[2], "SIGMA_URL": self.origin,
        }  # fmt: skip

    def run(self, commands: str, *, keep_exports: bool = True, fails: bool = False) -> str:
        """Runs a block of the guide to its end; what it puts into the background goes on. Its output."""
        text = commands.replace("http://127.0.0.1:8000", self.origin)
        said = self.folder / f"said-{len(self._groups)}.txt"
        with said.open("w") as out:
            begun = time.monotonic()
            shell = subprocess.Popen(
                ["bash", "-e", "-c", self.exports + text], cwd=self.folder, env=self._environment,
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
            self._groups.append(shell.pid)
            ended = shell.wait(PATIENCE_S)
        self.times.append((text.strip().splitlines()[-1], time.monotonic() - begun))
        assert fails or ended == 0, said.read_text()
        if keep_exports:
            self.exports += "".join(
                f"{line}\n" for line in text.splitlines() if line.startswith("export ")
            )
        return said.read_text()

    def kill_last(self) -> None:
        """As a power cut would."""
        os.killpg(self._groups[-1], signal.SIGKILL)

    def wait_for(self, file: str, words: str) -> str:
        """Until a command in the background has said so."""
        begun, path, said = time.monotonic(), self.folder / file, ""
        while words not in said:
            assert time.monotonic() - begun < PATIENCE_S, said
            time.sleep(0.5)
            said = path.read_text() if path.is_file() else ""
        self.times.append((f"until {file} says {words!r}", time.monotonic() - begun))
        return said

    def wait_for_arena(self) -> None:
        begun = time.monotonic()
        while True:
            try:
                httpx.get(f"{self.origin}/health/live", timeout=5, trust_env=False)
                break
            except httpx.TransportError:
                assert time.monotonic() - begun < PATIENCE_S, (
                    self.folder / "arena.out"
                ).read_text()
                time.sleep(0.2)
        self.times.append(("until the arena answers", time.monotonic() - begun))

    def end(self) -> None:
        for group in reversed(self._groups):
            try:
                os.killpg(group, signal.SIGTERM)
            except ProcessLookupError:
                continue
        for _second in range(20):
            if not any(map(_alive, self._groups)):
                return
            time.sleep(1)
        for group in filter(_alive, self._groups):
            os.killpg(group, signal.SIGKILL)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path)
    try:
        yield made
    finally:
        made.end()
        for what, seconds in made.times:
            print(f"{seconds:8.1f} s  {what}")


def blocks(guide: str, heading: str) -> list[tuple[str, str, str]]:
    """The fenced blocks under a heading: the file it is to be saved as, its language, its text."""
    text = (GUIDE / guide).read_text(encoding="utf-8").split(f"\n## {heading}\n")[1]
    return BLOCK.findall(re.split(r"\n## ", text)[0])


@pytest.mark.slow
def test_from_an_empty_folder_to_a_listing_by_the_commands_of_the_guide(machine: Machine) -> None:
    shared = _candles(machine.folder / "candles")
    steps = iter(blocks("lab.md", "From an empty folder to a listing"))
    assert "arena data fetch" in next(steps)[2]
    assert "study.json" in machine.run(next(steps)[2])
    _save(machine.folder, *next(steps), shared=shared)
    assert "reproduced every figure, bit for bit" in machine.run(next(steps)[2])
    machine.run(_paced(next(steps)[2], shared=shared))
    machine.wait_for_arena()
    assert "Registered" in machine.run(next(steps)[2])
    said = machine.run(next(steps)[2])
    assert "reproduced: every figure is the same" in said, said
    working = next(steps)[2]
    said = machine.run(working)
    assert "✗ burn_in_days" in said
    assert "✓ identity" in said
    machine.wait_for("run.out", "#1 ")
    machine.kill_last()
    machine.run(working.replace("> run.out", ">> run.out"))
    machine.run(next(steps)[2])
    machine.wait_for("publish.out", "handed in")
    [(_, _, review)] = blocks("operator.md", "Review")
    assert "Listed" in machine.run(review, keep_exports=False)
    machine.wait_for("publish.out", "listed: ")
    said = machine.run(next(steps)[2])
    assert "Two averages" in said
    assert "$49.00 a month" in said
    assert next(steps, None) is None
    _holds(machine)
    _own_strategy(machine, shared=shared)


def _holds(machine: Machine) -> None:
    """What the market shows: the card reproduced, the thresholds kept, and each signal once."""
    with httpx.Client(base_url=machine.origin, timeout=30, trust_env=False) as client:
        [listing] = client.get("/market/listings").json()["data"]
        card = client.get(f"/market/listings/{listing['id']}/card").json()
        held = client.get(f"/market/listings/{listing['id']}/thresholds").json()
        page = client.get(f"/listings/{listing['id']}").text
    assert card["label"] == "reproduced"
    assert card["chosen"]["study_trials"] == 11
    assert {one["name"] for one in held["thresholds"]} >= {"drawdown_max_pct", "weight_max_pct"}
    assert next(one for one in held["thresholds"] if one["name"] == "weight_max_pct")["kept"]
    assert "What it is held to" in page
    said = (machine.folder / "run.out").read_text()
    numbers = [int(n) for n in re.findall(r"Z  #(\d+) ", said)]
    assert numbers == sorted(set(numbers)), "a signal was published twice"


def _own_strategy(machine: Machine, *, shared: bool) -> None:
    """The other guide's page of Python, from the file to a draft and a model at work."""
    strategy = re.findall(
        r"```python\n(.*?)```", (GUIDE / "own-strategy.md").read_text(), re.DOTALL
    )
    (machine.folder / "calm_trend.py").write_text(strategy[0])
    study, commands = blocks("own-strategy.md", "Publish")
    _save(machine.folder, *study, shared=shared)
    *first, run = commands[2].strip().splitlines()
    said = machine.run("\n".join(first))
    assert "✓ disclosures" in said
    assert "self-reported so far" in said
    machine.run(f"{run} > own.out 2>&1 &")
    machine.wait_for("own.out", "Calm trend at work")


def _candles(folder: Path) -> bool:
    """What `arena data fetch` would have brought; False where it is the sample's ninety days of quarter hours."""
    folder.mkdir()
    large = os.environ.get("ARENA_TEST_DATA") or Path(__file__).parents[3] / "shared/data"
    file = Path(large) / "candles/binance-spot-nic/BTCUSDT-1h.parquet"
    if not file.is_file():
        shutil.copy(SAMPLE_FILE, folder / "BTCUSDT-15m.parquet")
        return False
    spanned = pl.col("ts").is_between(_ms(2021), _ms(2023, 7))
    pl.read_parquet(file).filter(spanned).write_parquet(folder / "BTCUSDT-1h.parquet")
    return True


def _save(folder: Path, name: str, language: str, text: str, *, shared: bool) -> None:
    """The file as the guide has it; on the sample's ninety days with windows that fit into them."""
    assert language == "json"
    study = json.loads(text)
    if not shared:
        study["walk"] |= {"train_days": 20, "test_days": 10}
        study["data"] |= {"interval": "15m", "until": None}
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(json.dumps(study))


def _paced(commands: str, *, shared: bool) -> str:
    """Quarter hours come four times as often as hours: at the guide's pace there is no time to act between them."""
    assert commands.count("--speed 36000x") == 1
    return commands if shared else commands.replace("--speed 36000x", "--speed 12000x")


def _ms(year: int, month: int = 1) -> int:
    return int(datetime(year, month, 1, tzinfo=UTC).timestamp() * 1000)


def _alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
