"""The guide to a strategy of one's own does what it says: its file passes, its back-test runs, its peek is seen."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from arena.signals.lab.own import Limits
from arena.signals.lab.own.host.walls import MODULES
from arena.signals.strategists import reproduce_child
from arena.signals.strategists.hosting import check_child, feed_child

GUIDE = (Path(__file__).parents[2] / "docs/guide/own-strategy.md").read_text(encoding="utf-8")
STRATEGY, BACK_TEST, COMMANDS = (
    re.findall(rf"```{kind}\n(.*?)```", GUIDE, re.DOTALL) for kind in ("python", "py", "sh")
)
BIN = Path(sys.executable).parent


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "calm_trend.py").write_text(STRATEGY[0])
    return tmp_path


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": f"{BIN}:{os.defpath}",
        "COLUMNS": "200",
        "ARENA_HOME": str(folder / "home"),
    }
    return subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_strategy_of_the_guide_passes_its_own_check(folder: Path) -> None:
    (command,) = COMMANDS
    done = run(folder, *command.split())
    assert done.returncode == 0, done.stdout + done.stderr
    said = [line.split()[:2] for line in done.stdout.splitlines()[1:]]
    listed = re.findall(r"^\| (\S+) \|", GUIDE.split("| check |")[1].split("\n\n")[0], re.MULTILINE)
    assert said == [["passed", name] for name in listed]


def test_the_back_test_of_the_guide_runs_and_trades(folder: Path) -> None:
    (folder / "test_it.py").write_text(BACK_TEST[0])
    done = run(folder, sys.executable, "test_it.py")
    found = re.search(r"8684 bars, (\d+) fills", done.stdout)
    assert found, done.stdout + done.stderr
    assert int(found[1]) > 20


def test_the_peek_the_guide_names_is_found(folder: Path) -> None:
    peek = STRATEGY[0].replace(
        "closes, average, swing = table.closes",
        "closes, average, swing = np.roll(table.closes, -1)",
    )
    assert peek != STRATEGY[0]
    (folder / "calm_trend.py").write_text(peek)
    done = run(folder, *COMMANDS[0].split())
    assert done.returncode == 1
    assert "looks ahead: what `plan` decided at bar" in done.stdout


def test_the_limits_and_modules_it_names_are_those_that_hold() -> None:
    flat = " ".join(GUIDE.split())
    rows = dict(re.findall(r"^\| (\S[^|]*) \| (.*) \|$", GUIDE, re.MULTILINE))
    stated = {
        "`arena lab check --hosted`": Limits(),
        "checks": check_child.LIMITS,
        "a card": reproduce_child.LIMITS,
    }
    for name, limits in stated.items():
        words = f"{limits.bar_s:g} s a bar, {limits.plan_s:g} s for a plan, {limits.run_s / 60:g} minutes for a run"
        assert words in rows[name]
        assert rows[name].endswith(f"| {limits.memory_mb} MB")
    assert f"{feed_child.BAR_S:g} s a bar, {feed_child.TAKE_S:g} s with all" in rows["a feed"]
    named = flat.split("It may import ")[1].split(". What it prints")[0]
    assert set(re.findall(r"`([\w.]+)`", named)) == MODULES - {"__future__"}
