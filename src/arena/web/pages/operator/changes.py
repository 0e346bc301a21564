"""Changed since approval: listings on the market whose words are newer than those an operator has looked at."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Path
from pydantic import Field
from starlette.responses import Response

from arena.kit.db import Tx
from arena.marketplace import listings, moderation
from arena.people.access import Actor
from arena.web.draw import Difference, listing_differences
from arena.web.page import Filled, Form, Pages, Visit, VisitDep, _
from arena.web.pages.operator.room import OPERATOR, PAGE
from arena.web.views.desk import queues

routes = Pages()
PATH = "/operator/review/changes"
ListingId = Annotated[str, Path(pattern=r"^lst_[0-9a-z]{26}$")]


class Seen(Form):
    """Which version was looked at: that which the page has shown."""

    version: int = Field(ge=1, le=2_000_000_000)


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A listing with what is different, why its creator says so, and whether it is the reader's own."""

    changed: moderation.Changed
    differences: list[Difference]
    notes: list[listings.Version]
    own: bool


@routes.get(PATH, gate=OPERATOR)
async def changes(visit: VisitDep) -> Response:
    return await _page(visit, Filled())


@routes.post(PATH + "/{listing_id}", gate=OPERATOR)
async def see(visit: VisitDep, listing_id: ListingId) -> Response:
    form = await visit.form(Seen)
    if form.model is not None:
        async with visit.trying(form):
            await moderation.see(
                visit.tx, listing_id, form.model.version, actor=visit.actor,
                request_id=visit.call.request_id,
            )  # fmt: skip
            return visit.go(PATH, said=_("Noted in the audit trail: these words were looked at."))
    return await _page(visit, form)


async def _page(visit: Visit, form: Filled[Seen]) -> Response:
    found = await moderation.changed(visit.tx, limit=PAGE)
    held = await queues(visit.tx)
    return visit.page(
        "operator/changes.html", status=form.status, form=form, queues=held, waiting=held.counts,
        changes=[await _view(visit.tx, each, visit.actor) for each in found],
    )  # fmt: skip


async def _view(tx: Tx, changed: moderation.Changed, actor: Actor) -> ChangeView:
    before = await listings.version(tx, changed.listing_id, changed.reviewed)
    newer = await listings.versions(
        tx, changed.listing_id, limit=min(changed.version - changed.reviewed, 20)
    )
    assert before is not None, f"{changed.listing_id} lacks version {changed.reviewed}"
    return ChangeView(
        changed,
        listing_differences(before.body, newer[0].body),
        newer,
        await moderation.is_own(tx, changed.listing_id, actor),
    )
