"""The schema's state, and how it is brought up to date: Alembic, one process at a time.

What the schema should be is read from the names of the revision files, what it is by one query; Alembic and
SQLAlchemy are imported only when there is something to do.
"""

import asyncio
import sys
from asyncio.subprocess import PIPE, STDOUT
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import asyncpg

from arena.kit.db import connect_options

MAJOR_MIN = 15  # of a server of the operator's own
_LOCK = 7_291_530_016  # any number, the same in every process


def _folder() -> Path:
    spec = find_spec("arena_migrations")
    assert spec is not None, "the package arena_migrations is not installed"
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0])


FOLDER = _folder()


class State(StrEnum):
    EMPTY = "empty"
    BEHIND = "behind"
    CURRENT = "current"
    NEWER = "newer"


class UpgradeFailed(Exception):
    """The schema could not be brought up to date; nothing was changed. The message holds the cause."""


class DatabaseNewerThanCode(Exception):
    """The database was written by a newer version of this program."""

    def __init__(self, at: str) -> None:
        super().__init__(
            f"the database is at revision {at}, which this version of the program does not know"
            f" (it knows up to {revisions()[-1]}): install the newer version again, or restore a backup"
            " made before the update"
        )


def revisions() -> list[str]:
    """The revisions this code knows, oldest first."""
    return sorted(file.name.split("_")[0] for file in (FOLDER / "versions").glob("[0-9]*.py"))


async def revision(url: str) -> str | None:
    """The revision the database is at; None where it is empty."""
    connection = await asyncpg.connect(**connect_options(url), timeout=30)
    try:
        return await _revision(connection)
    finally:
        await connection.close(timeout=5)


async def state(url: str) -> State:
    """Where the schema stands, seen from this code."""
    return _state(await revision(url))


async def upgrade(url: str) -> list[str]:
    """Brings the schema up to date; returns the revisions applied. Raises DatabaseNewerThanCode."""
    return await _move(url, None)


async def upgrade_apart(url: str) -> list[str]:
    """The same for a process that will run long: where there is work, a short-lived process does it, so
    that the 27 MB of Alembic and SQLAlchemy go with that one. Raises DatabaseNewerThanCode, UpgradeFailed.
    """
    before = await revision(url)
    found = _state(before)
    if found is State.CURRENT:
        return []
    if found is State.NEWER:
        raise DatabaseNewerThanCode(str(before))
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "arena.kit.migrations", stdin=PIPE, stdout=PIPE, stderr=STDOUT
    )
    words, _ = await worker.communicate(url.encode())  # not an argument: it may hold a password
    if worker.returncode:
        raise UpgradeFailed(words.decode(errors="replace").strip()[-2000:])
    return _between(before, await revision(url))


async def downgrade(url: str, target: str) -> list[str]:
    """Takes the schema back to revision `target` ("base" is the empty database); returns the revisions undone.

    What the undone revisions held is lost. Raises DatabaseNewerThanCode.
    """
    if target != "base" and target not in revisions():
        raise ValueError(f"no revision {target}; there are base, {', '.join(revisions())}")
    return await _move(url, target)


def _state(at: str | None) -> State:
    known = revisions()
    if at is None:
        return State.EMPTY
    if at not in known:
        return State.NEWER
    return State.CURRENT if at == known[-1] else State.BEHIND


async def _revision(connection: Any) -> str | None:
    if await connection.fetchval("select to_regclass('alembic_version')") is None:
        return None
    at: str | None = await connection.fetchval("select version_num from alembic_version")
    return at


async def _move(url: str, down_to: str | None) -> list[str]:
    """The lock is taken before the look, so that of two processes the second finds the work done."""
    connection = await asyncpg.connect(**connect_options(url), timeout=30)
    try:
        await connection.execute("select pg_advisory_lock($1)", _LOCK)
        before = await _revision(connection)
        found = _state(before)
        if found is State.NEWER:
            raise DatabaseNewerThanCode(str(before))
        if down_to is None and found is State.CURRENT:
            return []
        await _check_server(connection)
        await _run(url, down_to)
        return _between(before, await _revision(connection))
    finally:
        await connection.close(timeout=5)  # and the lock goes with it


async def _check_server(connection: Any) -> None:
    """Raises UpgradeFailed with advice where this server, or this user on it, cannot have the schema."""
    major = connection.get_server_version().major
    if major < MAJOR_MIN:
        raise UpgradeFailed(f"PostgreSQL {major} is too old: {MAJOR_MIN} or newer is needed")
    user, allowed = await connection.fetchrow(
        "select current_user, coalesce(has_schema_privilege(current_schema(), 'create'), false)"
    )
    if not allowed:
        raise UpgradeFailed(
            f"the user {user} may not make tables in this database: make him its owner, or say"
            f' `grant create, usage on schema public to "{user}"` as its owner'
        )


def _between(before: str | None, after: str | None) -> list[str]:
    known = revisions()
    start = known.index(before) + 1 if before else 0
    end = known.index(after) + 1 if after else 0
    return known[start:end] if end >= start else known[end:start][::-1]


async def _run(url: str, down_to: str | None) -> None:
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory
    from sqlalchemy.ext.asyncio import create_async_engine
    from sqlalchemy.pool import NullPool

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)

    def steps(at: Any, _context: Any) -> Any:
        if down_to is None:
            return script._upgrade_revs("head", at)
        return script._downgrade_revs(down_to, at)

    def run(connection: Any) -> None:
        with EnvironmentContext(config, script, fn=steps) as environment:
            environment.configure(connection=connection)
            with environment.begin_transaction():
                environment.run_migrations()

    async def connect() -> Any:
        return await asyncpg.connect(**connect_options(url), timeout=30)

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
    try:
        async with engine.connect() as opened:
            await opened.run_sync(run)
            await opened.commit()
    finally:
        await engine.dispose()


if __name__ == "__main__":
    try:
        asyncio.run(upgrade(sys.stdin.read()))
    except UpgradeFailed as failed:
        sys.exit(str(failed))
