"""Feeds over HTTP: publish a signal, see which feeds there are, close one; the published form."""

import json
from datetime import datetime
from importlib.resources import files
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema
from starlette.responses import Response

from arena.kit.clock import from_iso, iso_ms
from arena.kit.page import BadCursor, Page, decode_cursor, encode_cursor, page_of
from arena.people.access import CallDep, Routes, needs, public
from arena.signals.feeds.open import close_feed
from arena.signals.feeds.parse import read_signed
from arena.signals.feeds.publish import publish
from arena.signals.feeds.read import feed as read_feed
from arena.signals.feeds.read import feeds as read_feeds
from arena.signals.feeds.view import FeedView, feed_view

SCHEMA_TEXT = files("arena.signals.feeds").joinpath("schema/signal-v1.json").read_bytes()
SCHEMA: dict[str, Any] = json.loads(SCHEMA_TEXT)
routes = Routes("feeds")
FeedId = Annotated[
    str, Path(pattern=r"^fd_[0-9a-z]{26}$", description="The feed's id, fd_….")
]  # fmt: skip


class Envelope(BaseModel):
    """A signal and the signature over its RFC 8785 canonical form."""

    model_config = ConfigDict(extra="forbid")

    signal: Annotated[
        dict[str, Any],
        WithJsonSchema(
            {
                "type": "object",
                "description": "A signal in the form of GET /schemas/signal-v1.json.",
                "examples": SCHEMA["examples"],
            }
        ),
    ]
    signature: str = Field(
        max_length=128,
        description="Ed25519 (64 bytes) in base64, by a key of the feed's collective.",
        examples=["bWFkZSB3aXRoIHRoZSBjb2xsZWN0aXZlJ3Mga2V5IC4uLg=="],
    )


class Published(BaseModel):
    """Where the signal stands now. Its commitment is in the transparency log at `log_index`."""

    id: str = Field(examples=[SCHEMA["examples"][0]["id"]])
    feed: str
    sequence: int
    hash: str = Field(description="SHA-256 of the canonical form; the next signal's previous_hash.")
    log_index: int
    received_at: str = Field(examples=["2021-09-27T14:00:00.000Z"])


@routes.add(
    "POST",
    "/signals",
    gate=needs("signals:publish", kinds={"collective"}),
    status_code=201,
    summary="Publish a signal",
)
async def publish_signal(call: CallDep, body: Envelope) -> Published:
    """Checks the signal, chains it, logs its commitment and has it followed by the reference account.

    Publishing the very same signal again answers as the first time and changes nothing.
    """
    signed = read_signed(body.signal, body.signature)
    kept = await publish(
        call.tx, signed, actor=call.actor, settings=call.settings, request_id=call.request_id
    )
    return Published(
        id=kept.id, feed=kept.feed_id, sequence=kept.sequence, hash=kept.hash,
        log_index=kept.log_index, received_at=iso_ms(kept.received_at),
    )  # fmt: skip


@routes.add(
    "GET", "/feeds", gate=public("which feeds exist is the arena's shop window"), summary="List feeds"
)  # fmt: skip
async def list_feeds(
    call: CallDep,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    after: Annotated[str | None, Query(max_length=400, description="`next` of the page before.")] = None,
    collective_id: Annotated[
        str | None, Query(pattern=r"^col_[0-9a-z]{26}$", description="Only this collective's.")
    ] = None,
) -> Page[FeedView]:  # fmt: skip
    """In the order they were opened."""
    found = await read_feeds(
        call.tx, after=_place(after), limit=limit + 1, collective_id=collective_id
    )
    page = page_of(found, limit, lambda feed: encode_cursor(feed.opened_at.isoformat(), feed.id))
    return Page(
        data=[feed_view(feed, asked_by=call.actor.id) for feed in page.data], has_more=page.has_more,
        next=page.next,
    )  # fmt: skip


@routes.add(
    "GET",
    "/feeds/{feed_id}",
    gate=public("a feed's lineage and head are what its record is checked against"),
    summary="A feed, without its signals",
)
async def get_feed(call: CallDep, feed_id: FeedId) -> FeedView:
    """What anybody may know of a feed: its lineage, its end, its reference account; no signals."""
    return feed_view(await read_feed(call.tx, feed_id), asked_by=call.actor.id)


@routes.add(
    "POST",
    "/feeds/{feed_id}/close",
    gate=needs("signals:publish", kinds={"collective"}),
    summary="Close a feed for good",
)
async def close(call: CallDep, feed_id: FeedId) -> FeedView:
    """It takes no more signals; record and listing stay as they are."""
    closed = await close_feed(call.tx, feed_id, actor=call.actor, request_id=call.request_id)
    return feed_view(closed, asked_by=call.actor.id)


@routes.add(
    "GET",
    "/schemas/signal-v1.json",
    gate=public("the form of a signal is for everybody to build against"),
    summary="The form of a signal, as JSON Schema",
    response_class=Response,
    responses={200: {"content": {"application/schema+json": {}}}},
)
async def signal_schema() -> Response:
    """The JSON Schema of a signal, version 1."""
    return Response(
        SCHEMA_TEXT, media_type="application/schema+json", headers={"Cache-Control": "max-age=3600"}
    )


def _place(cursor: str | None) -> tuple[datetime, str] | None:
    if cursor is None:
        return None
    opened_at, feed_id = decode_cursor(cursor, (str, str))
    if "\x00" in feed_id:
        raise BadCursor
    try:
        return from_iso(opened_at), feed_id
    except (ValueError, OverflowError) as broken:
        raise BadCursor from broken
