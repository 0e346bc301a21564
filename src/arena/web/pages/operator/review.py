"""The review queue: what was handed in and waits for a decision, and what was decided before."""

from typing import Annotated, Literal

from fastapi import Query
from starlette.responses import Response

from arena.kit.page import encode_cursor, page_of
from arena.marketplace import moderation
from arena.web.page import Pages, VisitDep
from arena.web.pages.operator.room import OPERATOR, PAGE, age, place_of
from arena.web.views.desk import names_of, queues

routes = Pages()


@routes.get("/operator/review", gate=OPERATOR)
async def review(
    visit: VisitDep,
    state: Literal["open", "approved", "rejected"] = "open",
    after: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    tx = visit.tx
    rows = await moderation.queue(tx, state, after=place_of(after), limit=PAGE + 1)
    page = page_of(
        rows, PAGE, lambda row: encode_cursor(row.case.submitted_at.isoformat(), row.case.id)
    )
    held = await queues(tx)
    return visit.page(
        "operator/review.html", state=state, page=page, queues=held, waiting=held.counts,
        first=after is None,
        ages={row.case.id: age(row.case.submitted_at, tx.now) for row in page.data},
        names=await names_of(tx, [row.case.decided_by for row in page.data if row.case.decided_by]),
    )  # fmt: skip
