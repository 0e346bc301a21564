"""A sweep that is killed in its middle goes on, and ends as if nothing had happened."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from arena.signals.lab.sweep import sweep
from arena.signals.lab.sweep.files import finished
from tests.signals.lab.sweep.__main__ import COUNT, study

ROOT = Path(__file__).parents[4]
LONGEST_S = 60


def begin(folder: Path, workers: int) -> subprocess.Popen[bytes]:
    """A sweep in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.signals.lab.sweep", str(folder), str(workers)],
        cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def wait_for_parts(running: subprocess.Popen[bytes], folder: Path, count: int) -> None:
    until = time.monotonic() + LONGEST_S
    while len(list(folder.glob("parts/*.parquet"))) < count:
        assert running.poll() is None, "it ended too early"
        assert time.monotonic() < until, "it does not come forward"
        time.sleep(0.01)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sign", "workers"), [(signal.SIGKILL, 1), (signal.SIGKILL, 2), (signal.SIGINT, 2)]
)
def test_it_goes_on_and_ends_in_the_same_bytes(
    tmp_path: Path, sign: signal.Signals, workers: int
) -> None:
    cut, whole = tmp_path / "cut", tmp_path / "whole"
    running = begin(cut, workers)
    wait_for_parts(running, cut, 2)
    os.killpg(running.pid, sign)
    assert running.wait(LONGEST_S) != 0
    before = {
        number: (cut / f"parts/{number:06}.parquet").stat().st_mtime_ns for number in finished(cut)
    }
    assert 2 <= len(before) < 8
    again = sweep(study(), cut, workers=1)
    after = {number: (cut / f"parts/{number:06}.parquet").stat().st_mtime_ns for number in before}
    assert before == after
    assert again.height == COUNT
    assert again.equals(sweep(study(), whole, workers=1))
    for path in (whole / "parts").iterdir():
        assert path.read_bytes() == (cut / "parts" / path.name).read_bytes()
