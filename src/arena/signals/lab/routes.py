"""Model documents over HTTP, and feeds opened with the lineage they give."""

from typing import Annotated, Any, Literal, cast

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from arena.kit.clock import iso_ms
from arena.kit.errors import Refused
from arena.people.access import Call, CallDep, Routes, needs, public
from arena.signals.feeds import (
    FeedView,
    Lineage,
    NewFeed,
    feed_view,
    open_feed,
    set_lineage,
)
from arena.signals.lab.documents import schema_text
from arena.signals.lab.model import KINDS, DocumentKind
from arena.signals.lab.register import declared, document, register_document

routes = Routes("lab")
TEXT = r"^[^\x00-\x1f\x7f]*$"
Sha = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 in hex.")]
FeedId = Annotated[str, Path(pattern=r"^fd_[0-9a-z]{26}$", description="The feed's id, fd_….")]


class LineageIncomplete(Refused):
    """For {kind} give either the document itself or the sha of a registered one, not both or neither."""


class NewDocument(BaseModel):
    """A document of one of the four kinds. With `version` "2" its `body` keeps to GET /schemas/{kind}-v2.json; else
    it is free beyond the few fields its kind requires."""

    model_config = ConfigDict(extra="forbid")

    kind: DocumentKind = Field(examples=["model_config"])
    body: dict[str, Any] = Field(
        examples=[{"model": "moving_average_cross", "parameters": {"fast_bars": 20, "slow_bars": 80}}]
    )  # fmt: skip


class DocumentView(BaseModel):
    """A registered document. `sha` is the SHA-256 of the RFC 8785 form of `body`."""

    sha: str
    kind: DocumentKind
    body: dict[str, Any]
    registered_at: str


class LineageDraft(BaseModel):
    """The four documents of a model, each given whole or by the sha of a registered one."""

    model_config = ConfigDict(extra="forbid")

    pack: dict[str, Any] | None = Field(
        None, examples=[{"source": "sample", "symbols": ["BTC-USD"], "interval_s": 900}]
    )
    indicator_set: dict[str, Any] | None = Field(
        None, examples=[{"indicators": [{"name": "simple_average", "parameters": {"bars": 20}}]}]
    )
    model_config_: dict[str, Any] | None = Field(
        None, alias="model_config", examples=[{"model": "moving_average_cross", "parameters": {}}]
    )
    policy: dict[str, Any] | None = Field(
        None, examples=[{"target": "All in or flat.", "publishes": "When the target changes."}]
    )
    pack_sha: Sha | None = None
    indicator_set_sha: Sha | None = None
    model_config_sha: Sha | None = None
    policy_sha: Sha | None = None


class FeedDraft(BaseModel):
    """A feed to open. Its name is unique among the collective's own feeds."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=80, pattern=TEXT, examples=["Northwind Crossing"])
    about: str = Field("", max_length=2000, pattern=r"^[^\x00]*$", examples=["Two averages cross."])
    instrument: str = Field(max_length=64, pattern=TEXT, examples=["BTC-USD"])
    lineage: LineageDraft


@routes.add(
    "POST",
    "/documents",
    gate=needs("signals:publish", kinds={"collective"}),
    status_code=201,
    summary="Register a model document",
)
async def register(call: CallDep, body: NewDocument) -> DocumentView:
    """Registering the same document again answers as the first time."""
    sha = await register_document(
        call.tx, body.kind, body.body, actor=call.actor, request_id=call.request_id
    )
    return await _view(call, sha)


@routes.add(
    "GET",
    "/documents/{sha}",
    gate=public("a lineage is a claim, and claims are open to everybody"),
    summary="A model document",
)
async def get_document(
    call: CallDep, sha: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
) -> DocumentView:
    """A document of a model's lineage, by the SHA-256 of its canonical form."""
    return await _view(call, sha)


@routes.add(
    "GET",
    "/schemas/{document}-v2.json",
    gate=public("the form of a document is for everybody to build against"),
    summary="The form of a model document, as JSON Schema",
    response_class=Response,
    responses={200: {"content": {"application/schema+json": {}}}},
)
async def document_schema(
    document: Literal["pack", "indicator-set", "model-config", "policy"],
) -> Response:
    """The JSON Schema (draft 2020-12) of one of the four documents, version 2."""
    kind = cast(DocumentKind, document.replace("-", "_"))
    headers = {"Cache-Control": "max-age=3600"}
    return Response(schema_text(kind), media_type="application/schema+json", headers=headers)


@routes.add(
    "POST",
    "/feeds",
    gate=needs("signals:publish", kinds={"collective"}),
    status_code=201,
    summary="Open a feed",
)
async def open_a_feed(call: CallDep, body: FeedDraft) -> FeedView:
    """Opens the feed with its reference account; the same again answers as the first time."""
    new = NewFeed(
        call.actor.id, body.name, body.instrument, await _lineage(call, body.lineage), body.about
    )
    opened = await open_feed(
        call.tx, new, settings=call.settings, actor=call.actor, request_id=call.request_id
    )
    return feed_view(opened, asked_by=call.actor.id)


@routes.add(
    "POST",
    "/feeds/{feed_id}/lineage",
    gate=needs("signals:publish", kinds={"collective"}),
    summary="Change a feed's lineage",
)
async def change_lineage(call: CallDep, feed_id: FeedId, body: LineageDraft) -> FeedView:
    """The feed's next signals must name this lineage; the change is in the audit trail for good."""
    lineage = await _lineage(call, body)
    changed = await set_lineage(
        call.tx, feed_id, lineage, actor=call.actor, request_id=call.request_id
    )
    return feed_view(changed, asked_by=call.actor.id)


async def _lineage(call: Call, draft: LineageDraft) -> Lineage:
    given = draft.model_dump(by_alias=True)
    shas = {}
    for kind in KINDS:
        body, sha = given[kind], given[f"{kind}_sha"]
        if (body is None) == (sha is None):
            raise LineageIncomplete(kind=kind)
        shas[f"{kind}_sha"] = sha or await register_document(
            call.tx, kind, body, actor=call.actor, request_id=call.request_id
        )
    return await declared(call.tx, shas)


async def _view(call: Call, sha: str) -> DocumentView:
    found = await document(call.tx, sha)
    return DocumentView(
        sha=found.sha, kind=found.kind, body=found.body, registered_at=iso_ms(found.at)
    )  # fmt: skip
