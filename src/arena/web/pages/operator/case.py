"""One submission: what a buyer would read, the evidence, the creator's past, what changed; approve or reject."""

from typing import Annotated, Literal

from fastapi import Path, Query
from starlette.responses import Response

from arena.marketplace import listings, moderation
from arena.web.page import Filled, Form, Pages, Visit, VisitDep, _
from arena.web.pages.operator.case_view import case_view
from arena.web.pages.operator.reason import Reason
from arena.web.pages.operator.room import OPERATOR
from arena.web.views.desk import queues

routes = Pages()
CaseId = Annotated[str, Path(pattern=r"^mod_[0-9a-z]{26}$")]
LOOKED_AT_MAX = 50


class Verdict(Form):
    """What the operator decides, by the button pressed, and why."""

    decision: Literal["approve", "reject"]
    reason: Reason


@routes.get("/operator/review/{case_id}", gate=OPERATOR)
async def show_case(
    visit: VisitDep,
    case_id: CaseId,
    gates: Annotated[Literal["again", ""], Query(description="again: runs the checks now")] = "",
) -> Response:
    return await _page(visit, case_id, Filled(), check=gates == "again")


@routes.post("/operator/review/{case_id}", gate=OPERATOR)
async def decide(visit: VisitDep, case_id: CaseId) -> Response:
    form = await visit.form(Verdict)
    verdict = form.model
    if verdict is not None:
        act = moderation.approve if verdict.decision == "approve" else moderation.reject
        async with visit.trying(form):
            case = await act(
                visit.tx, case_id, actor=visit.actor, reason=verdict.reason,
                request_id=visit.call.request_id,
            )  # fmt: skip
            return visit.go(await _next(visit), said=await _said(visit, case))
    return await _page(visit, case_id, form)


async def _next(visit: Visit) -> str:
    """The oldest open case that is not the operator's own, else the queue."""
    for case in await moderation.cases(visit.tx, "open", limit=LOOKED_AT_MAX):
        own = await moderation.is_own(
            visit.tx, case.listing_id, visit.actor, submitted_by=case.submitted_by
        )
        if not own:
            return f"/operator/review/{case.id}"
    return "/operator/review"


async def _said(visit: Visit, case: moderation.Case) -> str:
    title = (await listings.listing(visit.tx, case.listing_id)).words.title
    if case.state == "approved":
        return _("%(title)s is on offer from now.", title=title)
    return _("%(title)s went back to its creator, with your reason.", title=title)


async def _page(
    visit: Visit, case_id: str, form: Filled[Verdict], *, check: bool = False
) -> Response:
    view = await case_view(
        visit.tx, await moderation.case(visit.tx, case_id), actor=visit.actor,
        settings=visit.settings, check=check,
    )  # fmt: skip
    status = form.status if not view.busy else listings.ChecksBusy.status
    return visit.page(
        "operator/case.html", status=status, form=form, view=view,
        waiting=(await queues(visit.tx)).counts,
    )  # fmt: skip
