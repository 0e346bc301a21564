"""An operator looks at a payee's document: says why, sees it for some minutes, and the look is written down."""

from typing import Annotated

from fastapi import Path
from starlette.responses import Response

from arena.money import due_diligence, payouts
from arena.people import identity
from arena.web.page import Form, Pages, VisitDep
from arena.web.page.answer import HEADERS, SECRET
from arena.web.pages.operator.reason import LENGTH_MAX, Reason
from arena.web.pages.operator.room import OPERATOR
from arena.web.views.desk import names_of, queues
from arena.web.views.documents import KINDS, size_of

routes = Pages()
HERE = "/operator/documents"
DocumentId = Annotated[str, Path(pattern=r"^pdc_[0-9a-z]{26}$")]
LookId = Annotated[str, Path(pattern=r"^pdl_[0-9a-z]{26}$")]
PersonId = Annotated[str, Path(pattern=r"^usr_[0-9a-z]{26}$")]


class Why(Form):
    reason: Reason


@routes.get(f"{HERE}/of/{{person_id}}", gate=OPERATOR)
async def listed(visit: VisitDep, person_id: PersonId) -> Response:
    """What a payee has handed in; nothing of it is shown without a reason."""
    return await _list(visit, person_id)


@routes.post(f"{HERE}/{{document_id}}/look", gate=OPERATOR)
async def look(visit: VisitDep, document_id: DocumentId) -> Response:
    form = await visit.form(Why)
    if form.model is not None:
        async with visit.trying(form):
            made = await due_diligence.look_at(
                visit.tx, document_id, actor=visit.actor, reason=form.model.reason,
                request_id=visit.call.request_id,
            )  # fmt: skip
            return visit.go(f"{HERE}/looks/{made.id}")
    person_id = await due_diligence.owner_of(visit.tx, document_id)
    return await _list(visit, person_id, form=form, about=document_id)


@routes.get(f"{HERE}/looks/{{look_id}}", gate=OPERATOR)
async def shown(visit: VisitDep, look_id: LookId) -> Response:
    """The document beside what its payee says of himself."""
    found, _content = await due_diligence.shown(
        visit.tx, visit.settings.vault, look_id, actor=visit.actor
    )
    papers = await payouts.papers_of(visit.tx, found.person_id)
    return visit.page(
        "operator/document.html", caching=SECRET, document=found, look_id=look_id, kinds=KINDS, size_of=size_of,
        names=await names_of(visit.tx, [found.person_id]), identity=papers.get("identity"),
        waiting=(await queues(visit.tx)).counts,
    )  # fmt: skip


@routes.get(f"{HERE}/looks/{{look_id}}/file", gate=OPERATOR)
async def file(visit: VisitDep, look_id: LookId) -> Response:
    """The file itself. It comes from a stranger: nothing in it is run, and a PDF is saved rather than shown."""
    found, content = await due_diligence.shown(
        visit.tx, visit.settings.vault, look_id, actor=visit.actor
    )
    how = "inline" if found.media_type.startswith("image/") else "attachment"
    headers = {
        **HEADERS, "Cache-Control": SECRET, "Content-Security-Policy": "default-src 'none'; sandbox",
        "Content-Disposition": f'{how}; filename="{found.id}.{_ENDING[found.media_type]}"',
    }  # fmt: skip
    return Response(content, 200, headers, media_type=found.media_type)


_ENDING = {"image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf"}


async def _list(
    visit: VisitDep, person_id: str, *, form: object = None, about: str = ""
) -> Response:
    """Raises NoSuchPerson."""
    person = await identity.person(visit.tx, person_id)
    found = await due_diligence.documents_of(visit.tx, person_id)
    papers = await payouts.papers_of(visit.tx, person_id)
    standing, case = await due_diligence.standing_of(visit.tx, person_id)
    return visit.page(
        "operator/documents.html", status=getattr(form, "status", 200), form=form, about=about, documents=found,
        person_id=person_id, names={person_id: person.name}, kinds=KINDS, size_of=size_of,
        looks=await due_diligence.looks_of(visit.tx, found), identity=papers.get("identity"), papers=papers,
        standing=standing, case=case, me=visit.actor.id, reason_max=LENGTH_MAX,
        waiting=(await queues(visit.tx)).counts,
    )  # fmt: skip
