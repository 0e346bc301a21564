"""The audit trail over HTTP, for operators: who did what to which object, newest first."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field

from arena.evidence import audit
from arena.kit.page import LIMIT_MAX, Page, decode_cursor, encode_cursor, page_of
from arena.people.access import CallDep, Routes, needs

routes = Routes("audit")
Filter = Annotated[str | None, Query(max_length=100, pattern=r"^[!-~]*$")]


class AuditEventView(BaseModel):
    """One act. `at` is product time, `recorded_at` wall time."""

    id: int
    at: datetime
    recorded_at: datetime
    actor: str = Field(examples=["usr_06ema5rqtsfdtr2vbjd06dh2d4"])
    actor_kind: str = Field(examples=["person"])
    action: str = Field(examples=["listings.approve"])
    object: str
    detail: dict[str, Any]
    reason: str | None
    request_id: str | None


@routes.add("GET", "/audit", gate=needs("operate", kinds=["person"]))
async def search(
    call: CallDep,
    object: Filter = None,
    actor: Filter = None,
    action: Annotated[
        str | None,
        Query(
            max_length=100,
            pattern=r"^[a-z_.*]*$",
            description="e.g. `listings.approve`, or `listings.*`",
        ),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = 50,
    after: Annotated[str | None, Query(max_length=200)] = None,
) -> Page[AuditEventView]:
    """Who did what, newest first; filtered by object, actor and action."""
    last = None if after is None else decode_cursor(after, [int])[0]
    found = await audit.search(
        call.tx, object=object, actor=actor, action=action, after=last, limit=limit + 1
    )
    views = [
        AuditEventView(
            id=event.id, at=event.at, recorded_at=event.recorded_at, actor=event.actor,
            actor_kind=event.actor_kind, action=event.action, object=event.object,
            detail=dict(event.detail), reason=event.reason, request_id=event.request_id,
        )
        for event in found
    ]  # fmt: skip
    return page_of(views, limit, lambda view: encode_cursor(view.id))
