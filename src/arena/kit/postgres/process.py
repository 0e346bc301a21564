"""Starts a process that ends when ours does, even when ours is killed with kill -9."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1
# A shell that leaves a watcher behind and becomes the command: the watcher reads a pipe whose other end we
# hold, and interrupts the command when the pipe closes because we are gone.
_WATCHED = 'exec 3<&0 </dev/null; ( ( read -r _ ; kill -INT $$ ) <&3 >/dev/null 2>&1 & ) ; exec 3<&-; exec "$@"'
_libc = ctypes.CDLL(None, use_errno=True)


def spawn(
    command: list[str],
    *,
    output: IO[bytes],
    cwd: Path,
    environment: dict[str, str],
    user: int | None = None,
) -> "subprocess.Popen[bytes]":
    """Runs the command in a session of its own (Ctrl-C reaches us, not it); SIGINT when we are gone.

    On Linux the kernel sends it, when the thread that called this ends; so off the main thread, and on
    other systems, a small shell watches a pipe instead, open as long as the answer is kept.
    """
    prepare = dies_with_us()
    return subprocess.Popen(  # noqa: S603 - the caller's fixed command
        command if prepare else ["/bin/sh", "-c", _WATCHED, "sh", *command],
        stdin=subprocess.DEVNULL if prepare else subprocess.PIPE, stdout=output, stderr=output, cwd=cwd,
        env=environment, start_new_session=True, user=user, group=user,
        extra_groups=None if user is None else [], preexec_fn=prepare,
    )  # fmt: skip


def dies_with_us() -> Callable[[], None] | None:
    """What to run between fork and exec so that the kernel ties the child to this thread, where it can."""
    if sys.platform != "linux" or threading.current_thread() is not threading.main_thread():
        return None
    parent = os.getpid()

    def prepare() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)
        if os.getppid() != parent:  # it died before the kernel knew
            os._exit(1)

    return prepare
