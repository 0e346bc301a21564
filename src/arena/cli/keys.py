"""`arena keys`: the installation's own keys, and who is an operator or creator."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer
from rich.console import Console

from arena.cli.database import url_in_use
from arena.cli.trouble import Trouble
from arena.evidence import log as evidence_log
from arena.kit.clock import WallClock
from arena.kit.db import Database, Tx, open_pool
from arena.kit.facts import Routing
from arena.kit.settings import Settings
from arena.people import access, identity

app = typer.Typer(no_args_is_help=True, help="Keys and roles of this installation.")
console = Console()


@app.command("show")
def show() -> None:
    """Show the log's public key (give it to whoever verifies) and where the master key lies."""
    settings = Settings()
    key = evidence_log.log_key(settings.vault)
    console.print(f"log key     {key.vkey}", highlight=False, soft_wrap=True)
    console.print(
        f"master key  {settings.master_key_file or settings.home / 'master.key'} (back it up)"
    )


@app.command("grant")
def grant(
    email: Annotated[str, typer.Argument(help="E-mail of a person who has signed up")],
    role: Annotated[str, typer.Argument(help="operator or creator")],
) -> None:
    """Give a person a role; the first operator of an installation is made like this."""

    async def act(tx: Tx) -> None:
        await identity.grant_role(tx, await _person_id(tx, email), role)

    _with_database(act)
    console.print(f"{email} is {role} now")


@app.command("api")
def api(
    email: Annotated[str, typer.Argument(help="E-mail of the person")],
    name: Annotated[str, typer.Option(help="What the key is for")] = "made by the operator",
) -> None:
    """Make an API key with all scopes of a person; it is shown once."""

    async def act(tx: Tx) -> None:
        new = access.NewApiKey(await _person_id(tx, email), name)
        _, key = await access.create_api_key(tx, Settings().vault, new)
        console.print(key, highlight=False)

    _with_database(act)


async def _person_id(tx: Tx, email: str) -> str:
    found = await identity.person_by_email(tx, email)
    if found is None:
        raise Trouble(f"nobody has signed up as {email}: `sigma signup` or POST /people first")
    return found[0].id


def _with_database(act: Callable[[Tx], Awaitable[None]]) -> None:
    settings = Settings()
    url = url_in_use(settings)
    if url is None:
        raise Trouble(
            "the embedded database is not running: start `arena up` in another terminal first"
        )

    async def run() -> None:
        pool = await open_pool(url, size_min=1, size_max=1)
        try:
            async with Database(pool, WallClock(), Routing()).transaction() as tx:
                await act(tx)
        finally:
            await pool.close()

    asyncio.run(run())
