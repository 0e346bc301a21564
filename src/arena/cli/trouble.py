"""Turns what can go wrong on an operator's machine into a sentence that says what to do."""

import errno
import socket

import asyncpg
from pydantic import ValidationError

from arena.kit.errors import ArenaError
from arena.kit.migrations import DatabaseNewerThanCode, UpgradeFailed
from arena.kit.postgres import CannotRunHere, NoBinaries, PostgresFailed
from arena.kit.vault import VaultError


class Trouble(Exception):
    """Something the operator can mend; the message says how."""


_SPOKEN = (
    Trouble, ArenaError, VaultError, DatabaseNewerThanCode, UpgradeFailed, PostgresFailed, CannotRunHere, NoBinaries,
)  # fmt: skip
_NOT_WRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC)


def explain(broken: BaseException) -> str | None:
    """The sentence, or None for a fault of ours, which deserves its traceback."""
    if isinstance(broken, ValidationError):
        wrong = "; ".join(
            f"ARENA_{'_'.join(map(str, e['loc'])).upper()}: {e['msg'].removeprefix('Value error, ')}"
            for e in broken.errors()
        )
        return f"a setting is wrong: {wrong}"
    if isinstance(broken, OSError) and broken.errno in _NOT_WRITABLE and broken.filename:
        return (
            f"cannot write {broken.filename} ({broken.strerror}): give this user the right to, or choose"
            " another folder with ARENA_HOME"
        )
    if _is_out_of_reach(broken):
        return f"cannot reach PostgreSQL ({broken}): is it running where ARENA_DATABASE_URL points?"
    if isinstance(
        broken, asyncpg.InvalidAuthorizationSpecificationError | asyncpg.InvalidCatalogNameError
    ):
        return f"PostgreSQL refuses ARENA_DATABASE_URL: {broken}"
    if isinstance(broken, _SPOKEN):
        return str(broken)
    return None


def _is_out_of_reach(broken: BaseException) -> bool:
    """Other files that are missing have a name; a server's socket that is missing has none."""
    socket_missing = isinstance(broken, FileNotFoundError) and broken.filename is None
    return socket_missing or isinstance(
        broken,
        ConnectionError | TimeoutError | socket.gaierror | asyncpg.CannotConnectNowError
        | asyncpg.TooManyConnectionsError,
    )  # fmt: skip
