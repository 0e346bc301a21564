"""The `arena` command as people run it: in a process of its own, with an environment of its own."""

import contextlib
import itertools
import os
import socket
import subprocess
import sys
from pathlib import Path

ARENA = Path(sys.executable).with_name("arena")
Ended = subprocess.CompletedProcess[str]
GIVEN = Path("/proc/sys/net/ipv4/ip_local_port_range")
WORKERS, PORTS_A_WORKER = 32, 500
_asked = itertools.count()


def environment(home: Path, **more: str) -> dict[str, str]:
    return {"PATH": os.defpath, "ARENA_HOME": str(home), "COLUMNS": "200"} | more


def arena(home: Path, *words: str, says: str = "", **more: str) -> Ended:
    """Runs the command to its end; `says` is what is typed into it, `more` are environment variables."""
    return subprocess.run(
        [ARENA, *words], env=environment(home, **more), input=says, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip


def free_port() -> int:
    """A port nobody listens on, for a process that opens it in some seconds.

    It lies below those that the system gives to whoever asks for any, in this worker's own part: till then nobody
    else takes it.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % WORKERS
    first = _lowest_given() - (worker + 1) * PORTS_A_WORKER
    for _ in range(PORTS_A_WORKER):
        port = first + (os.getpid() + next(_asked)) % PORTS_A_WORKER
        with socket.socket() as listening, contextlib.suppress(OSError):
            listening.bind(("127.0.0.1", port))
            return port
    raise AssertionError(f"ports {first} to {first + PORTS_A_WORKER - 1} are all taken")


def _lowest_given() -> int:
    """The lowest port that is given to whoever asks for any."""
    if not GIVEN.exists():
        return 49_152  # by RFC 6335, where the system does not say
    return max(int(GIVEN.read_text().split()[0]), 1_024 + WORKERS * PORTS_A_WORKER)
