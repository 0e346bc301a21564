"""Turns what can go wrong on an operator's machine into a sentence that says what to do."""

import errno

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


def explain(broken: BaseException) -> str | None:
    """The sentence, or None for a fault of ours, which deserves its traceback."""
    if isinstance(broken, ValidationError):
        wrong = "; ".join(
            f"ARENA_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in broken.errors()
        )
        return f"a setting is wrong: {wrong}"
    if isinstance(broken, OSError) and broken.errno == errno.EADDRINUSE:
        return "the port is taken: stop what listens there, or choose another with --port or ARENA_PORT"
    if isinstance(broken, OSError) and broken.errno == errno.EACCES and broken.filename:
        return f"no permission for {broken.filename}: choose another folder with ARENA_HOME"
    if isinstance(broken, ConnectionError | asyncpg.CannotConnectNowError):
        return f"cannot reach PostgreSQL ({broken}): is it running where ARENA_DATABASE_URL points?"
    if isinstance(
        broken, asyncpg.InvalidAuthorizationSpecificationError | asyncpg.InvalidCatalogNameError
    ):
        return f"PostgreSQL refuses ARENA_DATABASE_URL: {broken}"
    if isinstance(broken, _SPOKEN):
        return str(broken)
    return None
