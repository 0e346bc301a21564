"""`arena keys`: the installation's own keys, and who is an operator or creator."""

from typing import Annotated

import typer
from rich.console import Console

from arena.cli.database import in_transaction
from arena.cli.trouble import Trouble
from arena.evidence import log as evidence_log
from arena.kit.db import Tx
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

    in_transaction(Settings(), act)
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

    in_transaction(Settings(), act)


async def _person_id(tx: Tx, email: str) -> str:
    found = await identity.person_by_email(tx, email)
    if found is None:
        raise Trouble(f"nobody has signed up as {email}: `sigma signup` or POST /people first")
    return found[0].id
