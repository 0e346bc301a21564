"""The process hosted strategies are forked from: it has imported what they need, holds no secret, runs none itself.

Begun by the host as `python -I -m arena.signals.lab.own.host.nursery`, with an empty environment and one end of a
socket at file 0. For each word `fork` that comes with a socket it forks a process that shuts itself in and answers
there; `reap` waits for one that was ended. When the host goes, all of them go.
"""

import array
import importlib
import os
import signal
import socket

import msgspec

from arena.signals.lab.own.host.hosted_side import serve
from arena.signals.lab.own.host.walls import MODULES
from arena.signals.lab.own.model import Limits

# What those import later by themselves, when no file can be opened any more.
_LATER = (
    "_strptime", "numpy.fft", "numpy.linalg", "numpy.ma", "numpy.polynomial", "numpy.random", "numpy.lib.stride_tricks",
    "numpy.lib.scimath", "collections.abc", "encodings.ascii", "encodings.latin_1", "encodings.utf_16",
    "tracemalloc", "traceback", "linecache", "tokenize", "unicodedata", "locale",
    "arena.signals.lab.indicators.computing",
)  # fmt: skip
WORDS_BYTES_MAX = 4096


class Fork(msgspec.Struct, tag=True):
    """A process with these limits on the socket that comes with it; answered by its number."""

    limits: Limits


class Reap(msgspec.Struct, tag=True):
    """Waits for a process that was told to end; answered by how it ended, as os.waitstatus_to_exitcode says it."""

    process: int


words = msgspec.msgpack.Decoder(Fork | Reap)
encode = msgspec.msgpack.Encoder().encode
numbers = msgspec.msgpack.Decoder(int)


def run(control: socket.socket) -> None:
    """Serves until the host closes."""
    begun: set[int] = set()
    while True:
        data, ends = _receive(control)
        if not data:
            break
        word = words.decode(data)
        if isinstance(word, Fork):
            process = os.fork()
            if process == 0:
                _become_hosted(control, ends[0], word.limits)
            begun.add(process)
            answer = process
        else:
            answer = os.waitstatus_to_exitcode(os.waitpid(word.process, 0)[1])
            begun.discard(word.process)
        for end in ends:
            os.close(end)
        control.send(encode(answer))
    for process in begun:
        os.kill(process, signal.SIGKILL)


def _receive(control: socket.socket) -> tuple[bytes, list[int]]:
    data, ancillary, _, _ = control.recvmsg(WORDS_BYTES_MAX, socket.CMSG_SPACE(4))
    ends = array.array("i")
    for level, kind, more in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            ends.frombytes(more[: len(more) - len(more) % ends.itemsize])
    return data, ends.tolist()


def _become_hosted(control: socket.socket, end: int, limits: Limits) -> None:
    """The forked process keeps its one socket; what it prints goes nowhere."""
    control.close()
    os.dup2(end, 3)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    os.closerange(4, 1 << 16)
    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, signal.SIG_DFL)
    serve(3, limits)


def main() -> None:
    """Imports, says that it is ready, serves."""
    for name in (*MODULES, *_LATER):
        importlib.import_module(name)
    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, signal.SIG_IGN)  # the host decides when this ends
    control = socket.socket(fileno=0)
    control.send(encode(os.getpid()))
    run(control)
    os._exit(0)


if __name__ == "__main__":
    main()
