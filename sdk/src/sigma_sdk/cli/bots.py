"""The command for programs that speak Binance: exchange-config."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from sigma_sdk import bot_config
from sigma_sdk.bot_config import ExchangeKey
from sigma_sdk.cli import config
from sigma_sdk.cli.connect import err, stop
from sigma_sdk.keys import SigningKey


def exchange_config(
    client: Annotated[
        str, typer.Argument(help=f"Which one: {', '.join(bot_config.CLIENTS)}.")
    ] = "ccxt",
    key: Annotated[
        Path | None, typer.Option("--key", help="The collective's secret key, as keygen wrote it.")
    ] = None,
    api_key: Annotated[
        str | None,
        typer.Option("--api-key", help="An exchange key instead; its secret is asked for."),
    ] = None,
    pem: Annotated[
        Path | None, typer.Option("--pem", help="Write the secret key as PEM into this new file.")
    ] = None,
    url: Annotated[
        str | None, typer.Option("--url", help="Address of the arena, e.g. http://127.0.0.1:8000.")
    ] = None,
) -> None:
    """Print how a bot that speaks Binance is pointed at the arena, as JSON. With a key it holds secrets."""
    held = _held(key, api_key)
    if pem is not None:
        _write_pem(pem, held)
    try:
        found = bot_config.exchange_config(client, url or config.load().origin, held)
    except ValueError as wrong:
        stop(str(wrong))
    if held is not None:
        err.print("This holds the secret: whoever has it can trade for you.", style="yellow")
    typer.echo(json.dumps(found, indent=2))


def _held(path: Path | None, api_key: str | None) -> ExchangeKey | None:
    if path is not None and api_key is not None:
        stop("Say --key or --api-key, not both.")
    if api_key is not None:
        return ExchangeKey(api_key, typer.prompt("Secret", hide_input=True, err=True))
    if path is None:
        return None
    try:
        return ExchangeKey.of(SigningKey.load(path))
    except (OSError, ValueError) as broken:
        stop(f"{path} cannot be used: {broken}")


def _write_pem(path: Path, held: ExchangeKey | None) -> None:
    if held is None or not held.ed25519:
        stop("--pem needs --key: an exchange key has no private key.")
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        stop(f"{path} exists already; a key is never overwritten.")
    with os.fdopen(descriptor, "w") as file:
        file.write(held.secret)
