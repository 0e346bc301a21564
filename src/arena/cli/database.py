"""The database a command works on: the operator's own by URL, else the embedded one, up to date."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console

from arena.cli.trouble import Trouble
from arena.kit.postgres import EmbeddedPostgres, running_url
from arena.kit.settings import Settings


@dataclass(frozen=True, slots=True)
class OpenDatabase:
    """`embedded` is None where the database is somebody else's to watch."""

    url: str
    embedded: EmbeddedPostgres | None


def make_home(settings: Settings) -> None:
    """Makes ARENA_HOME where it is missing. Raises Trouble where it cannot be a folder, OSError where this
    user may not make it."""
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError, FileNotFoundError) as wrong:
        raise Trouble(
            f"{settings.home} cannot be made a folder ({wrong.strerror}): choose another with ARENA_HOME"
        ) from wrong


@contextmanager
def database(settings: Settings, console: Console) -> Iterator[OpenDatabase]:
    """Call it from the main thread: the embedded server ends with the thread that started it.

    Raises PostgresFailed and its kin with advice.
    """
    if settings.database_url:
        yield OpenDatabase(settings.database_url, None)
        return
    make_home(settings)
    server = EmbeddedPostgres(settings.home)
    with console.status("starting PostgreSQL"):
        url = server.start()
    try:
        yield OpenDatabase(url, server)
    finally:
        server.stop()


def url_in_use(settings: Settings) -> str | None:
    """The URL of the database where a running arena holds it, or the operator's own; None if neither."""
    return settings.database_url or running_url(settings.home)
