"""What a hosted strategy may not, it cannot: the hook says it in words, the kernel holds it."""

from pathlib import Path

import pytest

from arena.signals.lab.bars import Bars
from arena.signals.lab.indicators import compute_all
from arena.signals.lab.own import (
    Host,
    Hosted,
    StrategyFailed,
    StrategyForbidden,
    StrategyTooSlow,
)
from arena.signals.lab.strategy import Table
from tests.signals.lab.own.stage import OS, honest, hosted, written

pytestmark = pytest.mark.slow

FORBIDDEN = {
    "opens a file": "open('/etc/passwd')",
    "writes a file": "open('/tmp/stolen', 'w').write('x')",
    "reads a file by numpy": "np.fromfile('/etc/passwd', dtype=np.uint8)",
    "writes a file by numpy": "np.save('/tmp/stolen.npy', np.ones(3))",
    "imports os": "import os",
    "imports ctypes": "import ctypes",
    "imports socket": "import socket",
    "imports subprocess": "from subprocess import run",
    "imports the arena": "import arena.kit.db",
    "imports by __import__": "__import__('os')",
    "finds os and lists": OS + "os.listdir('/')",
    "finds os and opens": OS + "os.open('/etc/passwd', 0)",
    "finds os and forks": OS + "os.fork()",
    "finds os and executes": OS + "os.execv('/bin/sh', ['sh'])",
    "finds os and kills": OS + "os.kill(os.getppid(), 9)",
    "finds a socket": OS + "os.sys.modules['socket'].socket()",
    "calls into C": "np.ctypeslib.load_library('libc.so.6', '/')",
    "reads what others left in memory": "import statistics\nstatistics.sys.modules['gc'].get_objects()",
    "catches the error": "try:\n    open('/etc/passwd')\nexcept BaseException:\n    pass",
    "asks the user": "input()",
}


@pytest.mark.parametrize("deed", sorted(FORBIDDEN))
def test_what_is_forbidden_is_told(host: Host, bars: Bars, deed: str) -> None:
    with pytest.raises(StrategyForbidden, match="may use neither files") as told:
        hosted(written(FORBIDDEN[deed]), bars, host)
    assert told.value.facts["when"] == "at bar 19"
    assert not Path("/tmp/stolen").exists()
    assert not Path("/tmp/stolen.npy").exists()


UNHOOKED = """
import statistics
os = statistics.sys.modules["os"]
frame = statistics.sys._getframe()
while "watch" not in frame.f_locals:
    frame = frame.f_back
frame.f_locals["watch"]._on = False
"""
DEEDS = {
    "opens": "os.open('/etc/passwd', 0)",
    "forks": "os.fork()",
    "executes": "os.execv('/bin/sh', ['sh'])",
    "connects": "statistics.sys.modules['socket'].socket()",
    "kills": "os.kill(os.getpid(), 9)",
    "looks": "os.stat('/')",
}


@pytest.mark.parametrize("deed", sorted(DEEDS))
def test_whoever_gets_past_the_hook_meets_the_kernel(host: Host, bars: Bars, deed: str) -> None:
    with pytest.raises(
        StrategyForbidden, match=r"PermissionError: .Errno 1. Operation not permitted"
    ):
        hosted(written(UNHOOKED + DEEDS[deed]), bars, host)


@pytest.mark.parametrize(
    "junk",
    ["b'\\xff' * 100", "b'\\x05\\0\\0\\0hello'", "b'\\0\\0\\0\\0'", "b'\\x01\\0\\0\\0\\xc0' * 10**6",
     "b'\\x40\\0\\0\\0half'"],
)  # fmt: skip
def test_junk_on_its_line_hurts_itself_only(host: Host, bars: Bars, junk: str) -> None:
    with pytest.raises((StrategyFailed, StrategyTooSlow), match=r"cannot be read|longer than"):
        hosted(written(OS + f"os.write(3, {junk})"), bars, host)
    assert hosted(honest(), bars, host).trades


def test_it_is_forbidden_at_loading_and_planning_too(host: Host, bars: Bars) -> None:
    with pytest.raises(StrategyForbidden, match="while it was loaded: it imports os"):
        hosted(written(head="import os\n"), bars, host)
    with Hosted(written(plan="return open('/etc/passwd')"), host) as planning:
        assert planning.plan is not None
        series = compute_all(planning.indicators({"bars": 5}), bars)
        with pytest.raises(StrategyForbidden, match="while it planned: it called `open`"):
            planning.plan(Table(bars, series), {"bars": 5})
