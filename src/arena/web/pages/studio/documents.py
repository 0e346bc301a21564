"""Documents of a payee: handed in as files, listed with how long they stay, taken back while nobody needs them."""

from typing import Annotated, Any

from fastapi import Path
from starlette.responses import Response

from arena.money import due_diligence, payouts
from arena.web.page import Filled, Form, Pages, Visit, VisitDep, _
from arena.web.pages.studio.earnings import EARNER
from arena.web.views.documents import KINDS, size_of

routes = Pages()
HERE = "/studio/payouts/documents"
DocumentId = Annotated[str, Path(pattern=r"^pdc_[0-9a-z]{26}$")]


class DocumentForm(Form):
    """What it shows, and the file."""

    kind: due_diligence.DocumentKind
    upload: str = ""


@routes.get(HERE, gate=EARNER)
async def show(visit: VisitDep) -> Response:
    return await _page(visit, Filled())


@routes.post(HERE, gate=EARNER)
async def hand_in(visit: VisitDep) -> Response:
    form = await visit.form(DocumentForm)
    if form.model is not None and not form.model.upload:
        form.errors["upload"] = _("Choose a file.")
    elif form.model is not None:
        async with visit.trying(form):
            await due_diligence.keep_document(
                visit.tx, visit.settings.vault, form.model.kind, await visit.upload(),
                keep_days=visit.settings.document_keep_days, actor=visit.actor,
                request_id=visit.call.request_id,
            )  # fmt: skip
            return visit.go(HERE, _("It is here, sealed. The operator sees it beside your papers."))
    return await _page(visit, form)


@routes.post(f"{HERE}/{{document_id}}/withdraw", gate=EARNER)
async def withdraw(visit: VisitDep, document_id: DocumentId) -> Response:
    form = await visit.form(Form)
    if form.model is not None:
        async with visit.trying(form):
            await payouts.withdraw_document(
                visit.tx, document_id, actor=visit.actor, request_id=visit.call.request_id
            )
            return visit.go(HERE, _("It is erased."))
    return await _page(visit, form)


async def _page(visit: Visit, form: Filled[Any]) -> Response:
    found = await due_diligence.documents_of(visit.tx, visit.actor.id)
    papers = await payouts.papers_of(visit.tx, visit.actor.id)
    identity = papers.get("identity")
    return visit.page(
        "studio/payout-documents.html", status=form.status, form=form, documents=found, kinds=KINDS,
        choices=[(kind, _(words)) for kind, words in KINDS.items()], size_of=size_of,
        fixed=identity is not None and identity.state == "accepted",
        megabytes=due_diligence.DOCUMENT_BYTES_MAX // 1024 // 1024, keep_days=visit.settings.document_keep_days,
        looks=await due_diligence.looks_of(visit.tx, found), identity=identity,
    )  # fmt: skip
