"""A card on disk, and the feed of its lineage at an arena: found, given the lineage, or opened."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from arena.cli.lab_line import Json, Line
from arena.cli.trouble import Trouble
from arena.kit.canonical import document_sha
from arena.people.identity import key_id_of

Card = Annotated[
    Path, typer.Argument(metavar="CARD", help="A card.json, as `arena lab card` writes it.")
]
Feed = Annotated[
    str | None,
    typer.Option(
        "--feed",
        help="A feed of yours, fd_…: it goes on with the card's lineage. Else the one that has it, or a new one.",
    ),
]
Instrument = Annotated[
    str, typer.Option(help="What it trades there, where that is not the symbol of the card.")
]


def read_card(path: Path) -> Json:
    """The card of a file. Raises Trouble where it holds none."""
    if not path.is_file():
        raise Trouble(f"there is no card {path}: `arena lab card STUDY` writes one")
    try:
        read = json.loads(path.read_bytes())
        for kind, sha in read["lineage"].items():
            if document_sha(read["documents"][kind.removesuffix("_sha")]) != sha:
                raise Trouble(
                    f"{path} was changed: {kind} is not that of its document. Make the card again"
                )
        read["study"]["data"]["symbol"], read["name"], read["documents"]["model_config"]
    except (ValueError, KeyError, TypeError, AttributeError) as broken:
        raise Trouble(f"{path} is not a card, as `arena lab card` writes it") from broken
    card: Json = read
    return card


async def keep(line: Line, card: Json) -> Json:
    """Sends the card; the same again changes nothing. Answers with what the arena knows of it."""
    kept: Json = await line.post("/lab/cards", card, intent=f"card-{document_sha(card)}")
    found: Json = await line.get(f"/lab/cards/{kept['sha']}/standing")
    return found


async def feed_for(
    line: Line, card: Json, *, feed_id: str | None = None, instrument: str = ""
) -> Json:
    """An open feed whose next signals name the card's lineage. Raises Refusal, Trouble."""
    if feed_id is not None:
        given: Json = await line.get(f"/feeds/{feed_id}")
        if given["lineage"] == card["lineage"]:
            return given
        changed: Json = await line.post(f"/feeds/{feed_id}/lineage", dict(card["documents"]))
        return changed
    symbol = await _traded(line, instrument or card["study"]["data"]["symbol"])
    for feed in await own_feeds(line):
        fits = feed["lineage"] == card["lineage"] and feed["instrument"] == symbol
        if fits and feed["status"] == "open":
            return feed
    body = {
        "name": card["name"][:80], "about": card["method"][:2000], "instrument": symbol,
        "lineage": dict(card["documents"]),
    }  # fmt: skip
    opened: Json = await line.post("/feeds", body)
    return opened


async def own_feeds(line: Line) -> list[Json]:
    """All feeds of the collective that calls."""
    me = await line.get("/me")
    found: list[Json] = []
    after = None
    while True:
        page = await line.get("/feeds", collective_id=me["id"], limit=500, after=after)
        found += page["data"]
        if not page["has_more"]:
            return found
        after = page["next"]


async def instruments(line: Line) -> dict[str, Any]:
    """What the arena trades, by symbol."""
    answer = await line.get("/market-data/instruments")
    return {one["symbol"]: one for one in answer["data"]}


async def _traded(line: Line, symbol: str) -> str:
    known = await instruments(line)
    if symbol not in known:
        raise Trouble(
            f"{line.origin} does not trade {symbol}, but {', '.join(known) or 'nothing yet'}:"
            " say which is meant with --instrument"
        )
    return symbol


def signer(line: Line) -> str:
    """The id of the key that signs here."""
    return key_id_of(line.key.public)
