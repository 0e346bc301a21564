"""Invoices for operators: what is owed by all, transfers that arrived, write-offs by two, any invoice by its number."""

from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import Field
from starlette.responses import Response

from arena.kit.money import Money
from arena.money import collecting, invoices
from arena.web.page import Filled, Form, Line, Pages, Visit, VisitDep, _
from arena.web.page.answer import HEADERS, PRIVATE
from arena.web.page.explain import decline_words
from arena.web.pages.operator.amount import Amount, minor
from arena.web.pages.operator.reason import LENGTH_MAX, Reason
from arena.web.pages.operator.room import OPERATOR
from arena.web.views.desk import names_of, queues
from arena.web.views.invoice_sheet import REASONS, sheet_of, standing_of

routes = Pages()
HERE = "/operator/invoices"
LIST_MAX = 10_000
InvoiceId = Annotated[str, Path(pattern=r"^inv_[0-9a-z]{26}$")]


class Received(Form):
    """`amount` in whole units and cents, as people write it."""

    amount: Amount
    bank_reference: Annotated[Line, Field(min_length=1, max_length=140)]


class WhyNot(Form):
    reason: Reason


class Verdict(Form):
    verdict: Literal["accept", "withdraw"]


@routes.get("/operator/invoices", gate=OPERATOR)
async def invoices_page(
    visit: VisitDep, find: Annotated[str, Query(max_length=80)] = ""
) -> Response:
    """Write-offs that wait, what is owed, and the newest invoices or those that fit what is looked for."""
    tx, find = visit.tx, find.strip()
    found = await (invoices.find(tx, find) if find else invoices.invoices_of_all(tx, limit=25))
    owed = await collecting.unpaid(tx)
    asked = await collecting.write_offs_asked(tx)
    labels = {
        id_: (await invoices.invoice_of(tx, id_)).label
        for id_ in {*(bill.invoice_id for bill in owed), *(one.invoice_id for one in asked)}
    }
    bills = {one.id: await collecting.bill_of(tx, one.id) for one in found}
    people = [bill.person_id for bill in owed if bill.person_id] + [one.asked_by for one in asked]
    return visit.page(
        "operator/invoices.html", find=find, owed=owed, asked=asked, labels=labels, reasons=REASONS,
        why=decline_words, sum=sum((bill.left for bill in owed), Money(0)),
        found=[(one, standing_of(one, bills[one.id])) for one in found],
        names=await names_of(tx, people), seller=invoices.Seller.of(visit.settings),
        seller_known=bool(visit.settings.seller_name), waiting=(await queues(tx)).counts,
    )  # fmt: skip


# Before the invoice whose id might be "csv".
@routes.get("/operator/invoices/csv", gate=OPERATOR)
async def all_as_csv(visit: VisitDep) -> Response:
    found = await invoices.invoices_of_all(visit.tx, limit=LIST_MAX)
    headers = {
        **HEADERS, "Cache-Control": PRIVATE, "Content-Disposition": 'attachment; filename="invoices.csv"',
    }  # fmt: skip
    return Response(
        invoices.invoices_csv(found).encode(), 200, headers, media_type="text/csv; charset=utf-8"
    )


@routes.get("/operator/invoices/{invoice_id}", gate=OPERATOR)
async def invoice_page(visit: VisitDep, invoice_id: InvoiceId) -> Response:
    return await _page(visit, invoice_id, Filled())


@routes.get("/operator/invoices/{invoice_id}/pdf", gate=OPERATOR)
async def invoice_on_paper(visit: VisitDep, invoice_id: InvoiceId) -> Response:
    found = await invoices.invoice_of(visit.tx, invoice_id)
    headers = {
        **HEADERS, "Cache-Control": PRIVATE,
        "Content-Disposition": f'attachment; filename="{found.label}.pdf"',
    }  # fmt: skip
    return Response(invoices.invoice_pdf(found), 200, headers, media_type="application/pdf")


@routes.post("/operator/invoices/{invoice_id}/received", gate=OPERATOR)
async def received(visit: VisitDep, invoice_id: InvoiceId) -> Response:
    form = await visit.form(Received)
    if form.model is not None:
        amount = Money(minor(form.model.amount))
        if not amount.minor:
            form.errors["amount"] = _("Nothing has not arrived.")
            return await _page(visit, invoice_id, form)
        async with visit.trying(form):
            after = await collecting.receive(
                visit.tx, invoice_id, amount, bank_reference=form.model.bank_reference, actor=visit.actor,
                request_id=visit.call.request_id,
            )  # fmt: skip
            said = (
                _("Booked; a part is to be paid yet.") if after.owed else _("Booked: it is paid.")
            )
            return visit.go(f"{HERE}/{invoice_id}", said=said)
    return await _page(visit, invoice_id, form)


@routes.post("/operator/invoices/{invoice_id}/write-off", gate=OPERATOR)
async def write_off(visit: VisitDep, invoice_id: InvoiceId) -> Response:
    """Asks; another operator does it."""
    form = await visit.form(WhyNot)
    if form.model is not None:
        async with visit.trying(form):
            await collecting.ask_write_off(
                visit.tx, invoice_id, reason=form.model.reason, actor=visit.actor,
                request_id=visit.call.request_id,
            )  # fmt: skip
            return visit.go(f"{HERE}/{invoice_id}", said=_("Asked. Another operator has to do it."))
    return await _page(visit, invoice_id, form)


@routes.post("/operator/invoices/{invoice_id}/write-off/decide", gate=OPERATOR)
async def decide(visit: VisitDep, invoice_id: InvoiceId) -> Response:
    form = await visit.form(Verdict)
    if form.model is not None:
        accept = form.model.verdict == "accept"
        async with visit.trying(form):
            await collecting.decide_write_off(
                visit.tx,
                invoice_id,
                accept=accept,
                actor=visit.actor,
                request_id=visit.call.request_id,
            )
            said = _("Written off; a credit note says so.") if accept else _("Taken back.")
            return visit.go(f"{HERE}/{invoice_id}", said=said)
    return await _page(visit, invoice_id, form)


async def _page(visit: Visit, invoice_id: str, form: Filled[Any]) -> Response:
    """Raises NoSuchInvoice."""
    tx = visit.tx
    sheet = await sheet_of(tx, await invoices.invoice_of(tx, invoice_id))
    how = None if sheet.bill is None else await collecting.standing(tx, invoice_id)
    left = sheet.bill.left if sheet.bill else Money(0)
    people = [one.asked_by for one in how.write_offs] if how else []
    return visit.page(
        "operator/invoice.html", status=form.status, form=form, sheet=sheet, how=how, me=visit.actor.id,
        left=f"{left.minor // 100}.{left.minor % 100:02d}", reason_max=LENGTH_MAX, reasons=REASONS,
        why=decline_words, names=await names_of(tx, people), waiting=(await queues(tx)).counts,
    )  # fmt: skip
