"""`arena db`: where the database is, whether its schema is current, and the way in and out of it."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from arena.cli.database import database, url_in_use
from arena.cli.trouble import Trouble
from arena.kit import migrations
from arena.kit.migrations import State
from arena.kit.postgres import forget, run_client, running_url
from arena.kit.settings import Settings

app = typer.Typer(help="The database: where it is, its schema, backups.", no_args_is_help=True)
_ADVICE = {
    State.EMPTY: "nothing in it yet; `arena db migrate` or `arena up` makes the tables",
    State.BEHIND: "older than this program; `arena db migrate` or `arena up` brings it up to date",
    State.CURRENT: "as this program wants it",
    State.NEWER: "written by a newer program; install that one again",
}


@app.command()
def url() -> None:
    """Print the URL of the database in use; an embedded one answers only while the arena runs."""
    found = url_in_use(Settings())
    if found is None:
        raise Trouble("the embedded database is not running: start it with `arena up`")
    print(found)


@app.command()
def status() -> None:
    """Print the schema's revision and whether this program knows it."""
    with _opened() as found:
        revision = asyncio.run(migrations.revision(found))
        print(f"revision {revision or 'none'}: {_ADVICE[asyncio.run(migrations.state(found))]}")


@app.command()
def migrate(
    to: Annotated[
        str, typer.Option(help="A revision to go back to, or base; what later ones held is lost")
    ] = "",
) -> None:
    """Bring the schema up to date, or back with --to."""
    with _opened() as found:
        work = migrations.downgrade(found, to) if to else migrations.upgrade(found)
        moved = asyncio.run(work)
    print(f"{'undone' if to else 'applied'}: {', '.join(moved)}" if moved else "nothing to do")


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def psql(context: typer.Context) -> None:
    """Open psql on the database; further words go to psql."""
    _client("psql", *context.args)


@app.command()
def dump(
    file: Annotated[
        Path | None, typer.Option(help="Where to write it; else standard output")
    ] = None,
) -> None:
    """Write the whole database as SQL. It holds secrets: keep it as you keep the master key."""
    _client("pg_dump", "--no-owner", *(["--file", str(file)] if file else []))


@app.command()
def restore(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)]) -> None:
    """Read a dump into an empty database, all of it or nothing."""
    with _opened() as found:
        if asyncio.run(migrations.state(found)) is not State.EMPTY:
            raise Trouble(
                "the database is not empty: move it away or point ARENA_DATABASE_URL at an empty one"
            )
        how = (
            "--quiet",
            "--no-psqlrc",
            "--single-transaction",
            "--set=ON_ERROR_STOP=1",
            "--output=/dev/null",
        )
        if code := run_client(found, "psql", *how, "--file", str(file)):
            sys.exit(code)
    print("restored; `arena up` brings it up to date")


@app.command()
def reset(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask")] = False,
) -> None:
    """Remove everything in the embedded database, for good; the master key stays. The next start begins anew."""
    settings = Settings()
    if settings.database_url:
        raise Trouble(
            "ARENA_DATABASE_URL names a database of your own, which this command does not touch. Stop every"
            " arena on it, keep a copy with `arena db dump --file arena.sql`, then empty it with"
            " `arena db migrate --to base`"
        )
    if running_url(settings.home):
        raise Trouble(f"an arena runs on the database in {settings.home}: stop it first")
    if not yes:
        print(
            f"This removes the database in {settings.home.absolute()} for good: people, feeds, records,"
            " subscriptions, the ledger and the log. Whoever keeps an older checkpoint of the log will see"
            " that it began anew. The master key stays. `arena db dump` makes a copy first."
        )
        if not typer.confirm("Remove it?"):
            raise Trouble("nothing was removed")
    removed = forget(settings.home)
    print("removed; the next `arena up` begins anew" if removed else "there was nothing to remove")


@contextmanager
def _opened() -> Iterator[str]:
    """The URL of the running database; where none runs, the embedded one is started for the while."""
    settings = Settings()
    if found := url_in_use(settings):
        yield found
        return
    with database(settings, Console(stderr=True)) as opened:
        yield opened.url


def _client(program: str, *arguments: str) -> None:
    with _opened() as found:
        code = run_client(found, program, *arguments)
    if code:
        sys.exit(code)
