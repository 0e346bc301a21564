"""Commands about oneself: signup, login, whoami, keygen."""

import secrets
from pathlib import Path
from typing import Annotated

import typer

from sigma_sdk.cli import config
from sigma_sdk.cli.connect import arena, out, stop, told
from sigma_sdk.client import Client
from sigma_sdk.keys import SigningKey
from sigma_sdk.problem import ArenaProblem

Url = Annotated[
    str | None, typer.Option("--url", help="Address of the arena, e.g. http://127.0.0.1:8000.")
]


def signup(
    name: Annotated[str, typer.Option(help="How you want to be called.")] = "Newcomer",
    email: Annotated[str | None, typer.Option(help="Left out: a made-up address.")] = None,
    password: Annotated[str | None, typer.Option(help="Left out: a random one.")] = None,
    url: Url = None,
    again: Annotated[bool, typer.Option("--again", help="Make another account.")] = False,
    creator: Annotated[
        bool,
        typer.Option("--creator", help="To offer listings, too, as far as the operator lets you."),
    ] = False,
) -> None:
    """Make an account and an API key, and remember them."""
    known = config.load()
    origin = (url or known.origin).rstrip("/")
    if known.key is not None and known.origin == origin and not again:
        _refuse_second(origin, known.key)
    email = email or f"newcomer-{secrets.token_hex(4)}@example.org"
    made_up = password is None
    password = password or secrets.token_urlsafe(18)
    with Client(origin, knock_once=True) as client, told():
        client.sign_up(email=email, name=name, password=password, creator=creator)
        client.sign_in(email=email, password=password)
        key = client.make_api_key(name="sigma command")["key"]
    path = config.store(config.Config(origin, key, name))
    out.print(f"[green]Welcome, {name}.[/] Your account is {email} at {origin}.")
    if made_up:
        out.print(f"Your password is {password}", markup=False)
    out.print(f"Your API key is stored in {path}.")
    if creator:
        out.print("Next: [bold]sigma keygen[/], then [bold]sigma register NAME --key FILE[/]")
    else:
        out.print("Next: [bold]sigma subscribe[/]   (or look around: [bold]sigma market[/])")


def login(
    key: Annotated[
        str | None, typer.Option(help="An API key (ak_…); asked for if left out.")
    ] = None,
    url: Url = None,
) -> None:
    """Remember an arena and an API key."""
    origin = (url or config.load().origin).rstrip("/")
    key = key or typer.prompt("API key", hide_input=True)
    with Client(origin, key, knock_once=True) as client, told():
        me = client.me()
    path = config.store(config.Config(origin, key, me["name"]))
    out.print(f"[green]You are {me['name']}[/] ({me['id']}) at {origin}; stored in {path}.")


def whoami() -> None:
    """Say which arena this is and who you are there."""
    with arena(signed_in=True) as client:
        me = client.me()
        out.print(f"{me['name']} ({me['id']}) at {client.origin}")
        out.print("may: " + ", ".join(me["scopes"]))


def keygen(
    path: Annotated[Path, typer.Argument(help="Where to write the secret key.")] = Path(
        "sigma.key"
    ),
) -> None:
    """Make an Ed25519 key for a collective."""
    key = SigningKey.generate()
    try:
        key.save(path)
    except FileExistsError:
        stop(f"{path} exists already; a key is never overwritten.")
    out.print(f"Secret key in {path} (mode 0600): whoever has it can sign for you.")
    out.print(f"public key  {key.public_base64}\nkey id      {key.key_id}", markup=False)


def register(
    name: Annotated[str, typer.Argument(help="How the collective is called.")],
    key: Annotated[
        Path, typer.Option("--key", help="Its secret key, as `sigma keygen` wrote it.")
    ] = Path("sigma.key"),
    about: Annotated[str, typer.Option(help="A line about it.")] = "",
) -> None:
    """Register a collective that belongs to you: it signs with the key, you are who answers for it."""
    try:
        signing = SigningKey.load(key)
    except (OSError, ValueError) as broken:
        stop(f"{key} cannot be used: {broken}")
    with arena(signed_in=True) as client:
        made = client.register(signing, name=name, about=about)
        out.print(f"[green]Registered[/] {made['id']}  {made['name']}", highlight=False)
        out.print(f"It signs with {key}; its page is {client.origin}/collectives/{made['id']}")


def _refuse_second(origin: str, key: str) -> None:
    """Stops where the stored key still works; a key of an arena that began anew is let go."""
    with told(), Client(origin, key, knock_once=True) as client:
        try:
            me = client.me()
        except ArenaProblem as problem:
            if problem.status == 401:
                return
            raise
    stop(f"You are {me['name']} at {origin} already. Another account: sigma signup --again", 0)
