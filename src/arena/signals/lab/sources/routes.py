"""Strategies' files over HTTP: sent and deleted by their owner, read by nobody else."""

from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from arena.kit.clock import iso_ms
from arena.kit.page import BadCursor, Page, decode_cursor, encode_cursor, page_of
from arena.people.access import Call, CallDep, Routes, known, needs
from arena.signals.lab.sources.keep import delete_source, keep_source
from arena.signals.lab.sources.model import KeptSource, ReportKind, State
from arena.signals.lab.sources.read import NEWEST, cards_naming, source, sources_of, text_of

routes = Routes("lab")
OWN = known("everybody sees and deletes his own strategies only")
SENDS = needs("signals:publish", kinds={"collective"})
Sha = Annotated[
    str, Path(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of text and class name, in hex.")
]


class NewSource(BaseModel):
    """A strategy's file. Its name (`code_version`) is the SHA-256 of text, a null byte and class name."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=200_000, examples=["class CalmTrend:\n    ..."])
    class_name: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,99}$", examples=["CalmTrend"])
    file_name: str = Field("strategy.py", pattern=r"^[A-Za-z0-9_.\-]{1,100}$")


class ReportLineView(BaseModel):
    """One thing that was looked at; `passed` is null where it could not be."""

    name: str
    passed: bool | None
    words: str


class ReportView(BaseModel):
    """What the arena found: by its checks, at a card, at a feed. Only the owner sees it."""

    kind: ReportKind
    outcome: str
    about: str | None = Field(description="The card's sha or the feed's id.")
    lines: list[ReportLineView]
    engine_version: str
    at: str = Field(description="Product time.")


class SourceView(BaseModel):
    """A strategy's file without its text."""

    sha: str
    file_name: str
    class_name: str
    bytes: int
    state: State = Field(
        description="waiting for the checks, passed, refused by them, or its text deleted."
    )
    cards: list[str] = Field(description="The owner's model cards of this code, newest first.")
    reports: list[ReportView]
    sent_at: str = Field(description="Product time.")


@routes.add(
    "POST", "/lab/sources", gate=SENDS, status_code=201, summary="Send a strategy's file",
    responses={413: {"description": "A body may have 262144 bytes."}},
)  # fmt: skip
async def send(call: CallDep, body: NewSource) -> SourceView:
    """The arena keeps it sealed, shows it to its owner alone, checks it in the sandbox, and computes cards again whose
    model configuration names it as `code_version`. The same file again is the same file. 503 where nothing is
    hosted."""
    kept = await keep_source(
        call.tx, call.settings, call.actor.id, body.text, body.class_name, file_name=body.file_name,
        actor=call.actor, request_id=call.request_id,
    )  # fmt: skip
    return await source_view(call, kept)


@routes.add("GET", "/lab/sources", gate=OWN, summary="One's own strategies' files")
async def list_sources(
    call: CallDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    after: Annotated[str | None, Query(max_length=400)] = None,
) -> Page[SourceView]:
    """Newest first; a collective sees those of its owner."""
    before = NEWEST
    if after is not None:
        (before,) = decode_cursor(after, (int,))
        if before < 1:
            raise BadCursor
    found = await sources_of(call.tx, call.actor.id, before=before, limit=limit + 1)
    page = page_of(found, limit, lambda one: encode_cursor(one.number))
    views = [await source_view(call, one) for one in page.data]
    return Page(data=views, has_more=page.has_more, next=page.next)


@routes.add("GET", "/lab/sources/{sha}", gate=OWN, summary="What was found out about a strategy")
async def show(call: CallDep, sha: Sha) -> SourceView:
    """Whether it has passed the checks, what they said, and its cards."""
    return await source_view(call, await source(call.tx, call.actor.id, sha))


@routes.add(
    "GET", "/lab/sources/{sha}/text", gate=OWN, summary="The text of one's own strategy",
    response_class=Response, responses={200: {"content": {"text/x-python": {}}}},
)  # fmt: skip
async def text(call: CallDep, sha: Sha) -> Response:
    """As it was sent."""
    found = await source(call.tx, call.actor.id, sha)
    return Response(
        await text_of(call.tx, call.settings, found),
        media_type="text/x-python",
        headers={"Cache-Control": "no-store"},
    )


@routes.add("DELETE", "/lab/sources/{sha}", gate=OWN, summary="Delete a strategy's text")
async def delete(call: CallDep, sha: Sha) -> SourceView:
    """It is gone for good, and cards that were reproduced with it are self-reported again. Refused while a feed is
    hosted by it."""
    found = await delete_source(
        call.tx, call.actor.id, sha, actor=call.actor, request_id=call.request_id
    )
    return await source_view(call, found)


async def source_view(call: Call, found: KeptSource) -> SourceView:
    return SourceView(
        sha=found.sha, file_name=found.file_name, class_name=found.class_name, bytes=found.size, state=found.state,
        cards=await cards_naming(call.tx, found), sent_at=iso_ms(found.at),
        reports=[
            ReportView(
                kind=one.kind, outcome=one.outcome, about=one.about, engine_version=one.engine_version,
                at=iso_ms(one.at), lines=[_line(line) for line in one.lines],
            )
            for one in found.reports
        ],
    )  # fmt: skip


def _line(line: Any) -> ReportLineView:
    return ReportLineView(name=line.name, passed=line.passed, words=line.words)
