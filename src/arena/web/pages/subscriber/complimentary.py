"""The page where somebody who was invited claims what is given to him for nothing."""

from typing import Annotated

from fastapi import Path
from starlette.responses import Response

from arena.marketplace.subscriptions import complimentary
from arena.people.access import needs, public
from arena.web.page import Filled, Form, Pages, Visit, VisitDep, _
from arena.web.page.answer import PRIVATE
from arena.web.views.offer import NAMES, Given

routes = Pages()
WRITES = needs("subscriptions:write", kinds=("person",))
Token = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.-]{10,200}$")]


@routes.get("/complimentary/{token}", gate=public("whoever holds the link may see what it is for"))
async def invitation(visit: VisitDep, token: Token) -> Response:
    return await _invitation(visit, token, Filled())


@routes.post("/complimentary/{token}", gate=WRITES)
async def claim(visit: VisitDep, token: Token) -> Response:
    form = await visit.form(Form)
    async with visit.trying(form):
        found = await complimentary.claim(
            visit.tx, visit.settings.vault, token, actor=visit.actor,
            request_id=visit.call.request_id,
        )  # fmt: skip
    if form.refusal:
        return await _invitation(visit, token, form)
    said = _("It is yours: its signals stand below.")
    return visit.go(f"/access/{found.listing_id}", said=said)


async def _invitation(visit: Visit, token: str, form: Filled[Form]) -> Response:
    """What it is for, or that it is over; no cache keeps it for somebody else."""
    found = None
    async with visit.trying(form if form.refusal is None else Filled[Form]()):
        found = await complimentary.invitation(visit.tx, visit.settings.vault, token)
    given = None if found is None else Given(found.complimentary, found.from_name)
    return visit.page(
        "subscriber/complimentary.html", status=form.status, caching=PRIVATE, found=found, given=given,
        form=form, token=token, names=NAMES,
    )  # fmt: skip
