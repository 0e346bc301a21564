"""Submission for creators, the queue and its decisions for operators."""

from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field

from arena.kit.clock import from_iso, iso_ms
from arena.kit.page import BadCursor, Page, decode_cursor, encode_cursor, page_of
from arena.marketplace.moderation.decide import approve, reject, take_down
from arena.marketplace.moderation.model import Case
from arena.marketplace.moderation.read import cases
from arena.marketplace.moderation.submit import submit
from arena.people.access import CallDep, Routes, needs

routes = Routes("moderation")
OPERATOR = needs("operate", kinds=("person",))
CaseId = Annotated[str, Path(pattern=r"^mod_[0-9a-z]{26}$", description="The case, mod_….")]
ListingId = Annotated[str, Path(pattern=r"^lst_[0-9a-z]{26}$", description="The listing, lst_….")]


class Reason(BaseModel):
    """Why; kept in the audit trail and shown to the creator."""

    model_config = ConfigDict(extra="forbid")
    reason: str = Field(
        min_length=3, max_length=1000, pattern=r"^[^\x00]*$", examples=["Record and words agree."]
    )


class CaseView(BaseModel):
    """A submission and what was decided. Times are the arena's product time."""

    id: str
    listing_id: str
    version: int
    state: str = Field(description="open, approved or rejected.")
    gates: list[dict[str, Any]] = Field(description="The checks as they stood at submission.")
    submitted_by: str
    submitted_at: str
    decided_by: str | None
    decided_at: str | None
    reason: str | None


class TakenDownView(BaseModel):
    """A listing that was taken off the market."""

    listing_id: str
    status: str


@routes.add(
    "POST", "/market/listings/{listing_id}/submit", gate=needs("listings:write"), status_code=201
)
async def submit_listing(call: CallDep, listing_id: ListingId) -> CaseView:
    """Hands a draft in for review. Refused with all checks and their reasons while one is not passed."""
    return _view(
        await submit(
            call.tx,
            listing_id,
            actor=call.actor,
            settings=call.settings,
            request_id=call.request_id,
        )
    )


@routes.add("GET", "/moderation/queue", gate=OPERATOR)
async def show_queue(
    call: CallDep,
    state: Literal["open", "approved", "rejected"] = "open",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str | None, Query(max_length=500)] = None,
) -> Page[CaseView]:
    """Submissions, oldest first."""
    place = None
    if after is not None:
        at, case_id = decode_cursor(after, (str, str))
        try:
            place = (from_iso(at), case_id)
        except (ValueError, OverflowError):
            raise BadCursor from None
    rows = await cases(call.tx, state, after=place, limit=limit + 1)
    page = page_of(rows, limit, lambda c: encode_cursor(c.submitted_at.isoformat(), c.id))
    return Page(data=[_view(c) for c in page.data], has_more=page.has_more, next=page.next)


@routes.add("POST", "/moderation/{case_id}/approve", gate=OPERATOR)
async def approve_case(call: CallDep, case_id: CaseId, body: Reason) -> CaseView:
    """Puts the listing on offer."""
    return _view(
        await approve(
            call.tx, case_id, actor=call.actor, reason=body.reason, request_id=call.request_id
        )
    )


@routes.add("POST", "/moderation/{case_id}/reject", gate=OPERATOR)
async def reject_case(call: CallDep, case_id: CaseId, body: Reason) -> CaseView:
    """Gives the listing back as a draft, with the reason."""
    return _view(
        await reject(
            call.tx, case_id, actor=call.actor, reason=body.reason, request_id=call.request_id
        )
    )


@routes.add("POST", "/market/listings/{listing_id}/take-down", gate=OPERATOR)
async def take_listing_down(call: CallDep, listing_id: ListingId, body: Reason) -> TakenDownView:
    """Off the market at once: subscriptions end, and what is unused of them is owed back."""
    taken = await take_down(
        call.tx, listing_id, actor=call.actor, reason=body.reason, request_id=call.request_id
    )
    return TakenDownView(listing_id=taken.id, status=taken.status.value)


def _view(case: Case) -> CaseView:
    return CaseView(
        id=case.id, listing_id=case.listing_id, version=case.version, state=case.state,
        gates=[dict(gate) for gate in case.gates], submitted_by=case.submitted_by,
        submitted_at=iso_ms(case.submitted_at), decided_by=case.decided_by,
        decided_at=case.decided_at and iso_ms(case.decided_at), reason=case.reason,
    )  # fmt: skip
