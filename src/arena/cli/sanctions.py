"""`arena sanctions`: load the lists that payees are compared with, and see which there are."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from arena.cli.database import in_transaction
from arena.kit.db import Tx
from arena.kit.facts import Reaction, Routing
from arena.kit.settings import Settings
from arena.people.access import SYSTEM

app = typer.Typer(no_args_is_help=True, help="Sanctions lists that payees are compared with.")
console = Console()


@app.command("load")
def load(
    name: Annotated[str, typer.Argument(help="Name of the list; one of the same name is replaced")],
    file: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, help="CSV in UTF-8: name, aliases, birth_date, country"
        ),
    ],
) -> None:
    """Load a list; the running arena compares all payees with it, and a likeness makes a case for an operator."""
    from arena.money import due_diligence

    content = file.read_bytes()

    async def act(tx: Tx) -> None:
        made = await due_diligence.load_list(tx, name, content, actor=SYSTEM)
        console.print(
            f"{made.name}, version {made.version}: {made.entries} entries", highlight=False
        )

    in_transaction(Settings(), act, routing=_routing())


@app.command("lists")
def lists() -> None:
    """Show the lists that are in force."""
    from arena.money import due_diligence

    async def act(tx: Tx) -> None:
        found = await due_diligence.lists(tx)
        for each in found:
            console.print(
                f"{each.name}  version {each.version}, {each.entries} entries, loaded {each.at:%Y-%m-%d}",
                highlight=False,
            )
        if not found:
            console.print("none is loaded; see `arena sanctions load --help`")

    in_transaction(Settings(), act)


def _routing() -> Routing:
    """What follows is written down here, and done by the arena that runs."""
    from functools import partial

    from arena.money import due_diligence

    screen = partial(due_diligence.screen_all, score_min=Settings().sanctions_score_min)
    return Routing(
        {due_diligence.SanctionsListLoaded: [Reaction("due_diligence.screen_all", screen)]}
    )
