"""The host's side of the nursery: begins hosted processes, ends them, and leaves none behind."""

import os
import signal
import socket
import subprocess
import sys
from threading import Lock
from types import TracebackType
from typing import Self

from arena.signals.lab.own.host import nursery
from arena.signals.lab.own.model import CannotHost, Limits

START_S = 60.0
_FORK_S = 20.0


class Host:
    """A nursery and its processes. Use it by `with`; threads may share it.

    It begins with the first strategy, takes about a second to, and a few milliseconds for each strategy from then on.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._nursery: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:  # fmt: skip
        self.close()

    def fork(self, limits: Limits) -> tuple[socket.socket, int]:
        """A fresh hosted process: our end of its socket, its number. Raises CannotHost."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with self._lock:
                control = self._ready()
                socket.send_fds(control, [nursery.encode(nursery.Fork(limits))], [theirs.fileno()])
                return ours, nursery.numbers.decode(control.recv(nursery.WORDS_BYTES_MAX))
        except (OSError, ValueError) as broken:
            ours.close()
            self.close()
            raise CannotHost(
                why=f"the process strategies are forked from broke ({broken})"
            ) from None
        finally:
            theirs.close()

    def end(self, process: int) -> int:
        """Ends the process if it still runs, and waits for it; its exit code, a signal's number below zero."""
        with self._lock:
            if self._control is None:
                return -signal.SIGKILL
            try:
                os.kill(process, signal.SIGKILL)
                self._control.send(nursery.encode(nursery.Reap(process)))
                return nursery.numbers.decode(self._control.recv(nursery.WORDS_BYTES_MAX))
            except (OSError, ValueError):
                return -signal.SIGKILL

    def close(self) -> None:
        """Ends the nursery; what it forked goes with it."""
        with self._lock:
            control, self._control = self._control, None
            begun, self._nursery = self._nursery, None
            if control is not None:
                control.close()
            if begun is not None:
                try:
                    begun.wait(_FORK_S)
                except subprocess.TimeoutExpired:
                    begun.kill()
                    begun.wait()

    def _ready(self) -> socket.socket:
        if self._control is not None:
            return self._control
        if not sys.platform.startswith("linux"):
            raise CannotHost(why=f"it runs {sys.platform}, and the walls are the Linux kernel's")
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.settimeout(START_S)
        self._nursery = subprocess.Popen(
            [sys.executable, "-I", "-m", "arena.signals.lab.own.host.nursery"],
            # One thread, so that it can be forked; nothing of ours in the environment.
            env={"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"},
            stdin=theirs.fileno(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
            start_new_session=True,
        )  # fmt: skip
        theirs.close()
        self._control = ours
        if not ours.recv(nursery.WORDS_BYTES_MAX):
            raise OSError("it ended before it was ready")
        ours.settimeout(_FORK_S)
        return ours
