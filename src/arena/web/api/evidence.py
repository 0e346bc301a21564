"""The transparency log over HTTP, for anyone: checkpoint, tiles and entries (C2SP), proofs, the log's key.

Evidence stands below people in the import order, therefore its routes stand here.
"""

import re
from datetime import datetime
from typing import Annotated

from fastapi import Path, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from arena.evidence import log
from arena.kit.errors import NotFound
from arena.kit.signing import to_base64
from arena.people.access import CallDep, Routes, public

routes = Routes("transparency log", prefix="/log")
OPEN = public("the log convinces only whom it is shown to")
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
SOON = {"Cache-Control": "public, max-age=1"}
INDEX_MAX = 2**53 - 1  # what any JSON reader can hold
# N of c2sp.org/tlog-tiles: groups of three digits, all but the last with an x, then .p/W where partial.
_PLACE = re.compile(r"((?:x\d{3}/){0,4})(\d{3})(?:\.p/([1-9]\d{0,2}))?")
PlacePath = Annotated[
    str,
    Path(
        max_length=40,
        description="Number of the tile as `x001/x234/067`; `.p/W` behind it for the first W.",
        examples=["000.p/17"],
    ),
]
Index = Annotated[int, Path(ge=0, le=INDEX_MAX)]


class NoSuchTile(NotFound):
    """The log has no tile {tile}, or not as wide yet; look at /log/checkpoint for its size."""


class Entry(BaseModel):
    """One entry of the log. The leaf hash is SHA-256(0x00 || entry)."""

    index: int
    kind: str = Field(examples=["signal"])
    reference: str = Field(description="Id of what is committed to.")
    entry: str = Field(description="The committed bytes, base64.")
    leaf_hash: str = Field(description="Hex.")
    at: datetime = Field(description="Product time.")


class InclusionProof(BaseModel):
    """RFC 9162 section 2.1.3: the hashes lead from the leaf to the root."""

    index: int
    size: int
    leaf_hash: str = Field(description="Hex.")
    root: str = Field(description="Root over the first `size` entries, hex.")
    hashes: list[str] = Field(description="Audit path from the leaf upwards, hex.")


class ConsistencyProof(BaseModel):
    """RFC 9162 section 2.1.4: the first `old` entries are the same in both trees."""

    old: int
    new: int
    old_root: str
    new_root: str
    hashes: list[str]


@routes.add("GET", "/key", gate=OPEN, response_class=Response)
async def key(call: CallDep) -> Response:
    """The verifier key of the log's checkpoints (C2SP vkey): name+key id+base64."""
    return Response(log.log_key(call.settings.vault).vkey + "\n", 200, SOON, "text/plain")


@routes.add("GET", "/checkpoint", gate=OPEN, response_class=Response)
async def checkpoint(call: CallDep) -> Response:
    """The newest checkpoint, a C2SP signed note."""
    latest = await log.latest_checkpoint(call.tx)
    if latest is None:
        raise log.NoCheckpointYet
    return Response(latest.note, 200, SOON, "text/plain; charset=utf-8")


@routes.add("GET", "/tile/entries/{place:path}", gate=OPEN, response_class=Response)
async def entries_tile(call: CallDep, place: PlacePath) -> Response:
    """A tile of entries, each behind its length in 16 bits (c2sp.org/tlog-tiles)."""
    number, width = _place(place)
    return _tile(await log.entries_tile(call.tx, number, width), f"entries/{place}")


@routes.add("GET", "/tile/{level}/{place:path}", gate=OPEN, response_class=Response)
async def tile(
    call: CallDep, level: Annotated[int, Path(ge=0, le=7)], place: PlacePath
) -> Response:
    """A tile of up to 256 hashes (c2sp.org/tlog-tiles)."""
    number, width = _place(place)
    return _tile(await log.tile(call.tx, level, number, width), f"{level}/{place}")


@routes.add("GET", "/entries/{index}", gate=OPEN)
async def entry(call: CallDep, index: Index) -> Entry:
    """One entry."""
    leaf = await log.leaf(call.tx, index)
    return Entry(
        index=leaf.index, kind=leaf.kind, reference=leaf.reference, entry=to_base64(leaf.entry),
        leaf_hash=log.leaf_hash(leaf.entry).hex(), at=leaf.at,
    )  # fmt: skip


@routes.add("GET", "/proofs/inclusion", gate=OPEN)
async def inclusion(
    call: CallDep,
    index: Annotated[int, Query(ge=0, le=INDEX_MAX)],
    size: Annotated[int, Query(ge=1, le=INDEX_MAX, description="A checkpoint's size.")],
) -> InclusionProof:
    """Proves that entry `index` is among the first `size`."""
    path = await log.inclusion_proof(call.tx, index, size)
    leaf = await log.leaf(call.tx, index)
    root = await log.root_at(call.tx, size)
    return InclusionProof(
        index=index, size=size, leaf_hash=log.leaf_hash(leaf.entry).hex(), root=root.hex(),
        hashes=[part.hex() for part in path],
    )  # fmt: skip


@routes.add("GET", "/proofs/consistency", gate=OPEN)
async def consistency(
    call: CallDep,
    old: Annotated[int, Query(ge=0, le=INDEX_MAX)],
    new: Annotated[int, Query(ge=0, le=INDEX_MAX)],
) -> ConsistencyProof:
    """Proves that the log of size `new` begins with the log of size `old`."""
    path = await log.consistency_proof(call.tx, old, new)
    return ConsistencyProof(
        old=old, new=new, old_root=(await log.root_at(call.tx, old)).hex(),
        new_root=(await log.root_at(call.tx, new)).hex(), hashes=[part.hex() for part in path],
    )  # fmt: skip


def _place(text: str) -> tuple[int, int]:
    form = _PLACE.fullmatch(text)
    width = int(form[3]) if form and form[3] else log.WIDTH
    if form is None or (form[3] and width >= log.WIDTH) or form[1].startswith("x000/"):
        raise NoSuchTile(tile=text)
    return int(form[1].replace("x", "").replace("/", "") + form[2]), width


def _tile(data: bytes | None, name: str) -> Response:
    if data is None:
        raise NoSuchTile(tile=name)
    return Response(data, 200, FOR_EVER, "application/octet-stream")
