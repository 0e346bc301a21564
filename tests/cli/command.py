"""The `arena` command as people run it: in a process of its own, with an environment of its own."""

import os
import socket
import subprocess
import sys
from pathlib import Path

ARENA = Path(sys.executable).with_name("arena")
Ended = subprocess.CompletedProcess[str]


def environment(home: Path, **more: str) -> dict[str, str]:
    return {"PATH": os.defpath, "ARENA_HOME": str(home), "COLUMNS": "200"} | more


def arena(home: Path, *words: str, says: str = "", **more: str) -> Ended:
    """Runs the command to its end; `says` is what is typed into it, `more` are environment variables."""
    return subprocess.run(
        [ARENA, *words], env=environment(home, **more), input=says, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])
