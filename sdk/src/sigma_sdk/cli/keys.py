"""Commands about a collective's keys: rotate-key, recovery-proof."""

import json
import re
from pathlib import Path
from typing import Annotated

import typer

from sigma_sdk.cli import config
from sigma_sdk.cli.connect import out, stop, told
from sigma_sdk.client import Client
from sigma_sdk.credentials import Collective
from sigma_sdk.keys import SigningKey
from sigma_sdk.operations.collectives import proven

_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
Url = Annotated[
    str | None, typer.Option("--url", help="Address of the arena, e.g. http://127.0.0.1:8000.")
]


def rotate_key(
    old: Annotated[Path, typer.Argument(help="The key that signs now.")],
    new: Annotated[Path, typer.Argument(help="The new one, as `sigma keygen` wrote it.")],
    overlap: Annotated[
        str, typer.Option(help="How long both may sign, of the arena's time: 30m, 24h, 7d; 0.")
    ] = "1h",
    url: Url = None,
) -> None:
    """Replace a collective's key: the new one signs at once, the old one until the overlap is over."""
    overlap_s = _seconds(overlap)
    signing, fresh = _loaded(old), _loaded(new)
    with Client(_origin(url), Collective(signing), knock_once=True) as client, told():
        whose = client.me()["id"]
        answer = client.rotate_key(whose, fresh, overlap_s=overlap_s)
    out.print(f"[green]{answer['new']['id']}[/] signs from now on.")
    out.print(f"{answer['old']['id']} signs until {answer['old']['not_after']}, then no more.")


def recovery_proof(
    collective_id: Annotated[str, typer.Argument(help="Whose keys are lost: col_…")],
    new: Annotated[Path, typer.Argument(help="A new key, as `sigma keygen` wrote it.")],
    url: Url = None,
) -> None:
    """Prove that you hold a new key, for an operator who binds it to a collective that has lost all others.

    The proof is good for seven days. It holds no secret."""
    stated = proven(
        "recover-keys", _loaded(new), {"origin": _origin(url), "collective": collective_id}
    )
    sent = {name: stated[name] for name in ("public_key", "created", "proof")}
    typer.echo(json.dumps(sent, indent=1))


def _origin(url: str | None) -> str:
    return (url or config.load().origin).rstrip("/")


def _loaded(path: Path) -> SigningKey:
    try:
        return SigningKey.load(path)
    except (OSError, ValueError) as broken:
        stop(f"{path} cannot be used: {broken}")


def _seconds(text: str) -> int:
    found = re.fullmatch(r"(\d{1,7})([smhd]?)", text)
    if found is None:
        stop(f"{text!r} is no time; say 30m, 24h, 7d or 0.")
    return int(found[1]) * _UNITS_S[found[2] or "s"]
