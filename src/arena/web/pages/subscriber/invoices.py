"""My invoices: what I owe, all that was invoiced and taken back, each one to print, as a file, and to pay."""

import json
from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import Field
from starlette.responses import Response

from arena.kit.db import Tx
from arena.kit.money import Money
from arena.kit.page import decode_cursor, encode_cursor, page_of
from arena.money import billing, collecting, invoices
from arena.people.access import needs
from arena.web.page import Filled, Form, Pages, Visit, VisitDep, _
from arena.web.page.answer import HEADERS, PRIVATE
from arena.web.page.explain import decline_words
from arena.web.pages.subscriber.card import CHOICE, NEW, card_of
from arena.web.views.invoice_sheet import REASONS, sheet_of, standing_of

routes = Pages()
HERE = "/account/invoices"
PAGE = 25
READS = needs("subscriptions:read", kinds=("person",))
PAYS = needs("subscriptions:write", kinds=("person",))
InvoiceId = Annotated[str, Path(pattern=r"^inv_[0-9a-z]{26}$")]


class PayForm(Form):
    """`method` is a kept card, or `new` for the one whose number is in `card`."""

    method: Annotated[str, Field(pattern=CHOICE)]
    card: Annotated[str, Field(pattern=r"^[0-9 ]{12,23}$")] | None = None


@routes.get("/account/invoices", gate=READS)
async def invoices_page(
    visit: VisitDep, after: Annotated[str | None, Query(max_length=500)] = None
) -> Response:
    """What is owed stands first."""
    tx, me = visit.tx, visit.actor.id
    rows = await invoices.invoices_of(tx, me, after=_place(after), limit=PAGE + 1)
    page = page_of(rows, PAGE, lambda last: encode_cursor(last.place))
    bills = await collecting.bills(tx, me, [one.id for one in page.data])
    owed = await collecting.owed(tx, me) if after is None else []
    cards = await _cards(visit, tx)
    return visit.page(
        "subscriber/invoices.html", next=page.next, first=after is None, card=cards[-1] if cards else None,
        found=[(one, standing_of(one, bills.get(one.id))) for one in page.data],
        owed=[(bill, await invoices.invoice_of(tx, bill.invoice_id)) for bill in owed],
        sum=sum((bill.left for bill in owed), Money(0)), reasons=REASONS, why=decline_words,
    )  # fmt: skip


# Before the invoice whose id might be "csv".
@routes.get("/account/invoices/csv", gate=READS)
async def invoices_csv(visit: VisitDep) -> Response:
    found = await invoices.invoices_of(visit.tx, visit.actor.id, limit=10_000)
    return _file(invoices.invoices_csv(found).encode(), "text/csv; charset=utf-8", "invoices.csv")


@routes.get("/account/invoices/{invoice_id}", gate=READS)
async def invoice_page(visit: VisitDep, invoice_id: InvoiceId) -> Response:
    return await _page(visit, invoice_id, Filled())


@routes.get("/account/invoices/{invoice_id}/{table}", gate=READS)
async def invoice_file(
    visit: VisitDep, invoice_id: InvoiceId, table: Literal["pdf", "json"]
) -> Response:
    """The invoice as a file; the JSON with the digest that was taken over its document."""
    found = await invoices.seen(visit.tx, invoice_id, visit.actor.id)
    if table == "pdf":
        return _file(invoices.invoice_pdf(found), "application/pdf", f"{found.label}.pdf")
    told = json.dumps({"invoice": found.document, "sha256": found.sha}, indent=2)
    return _file(told.encode(), "application/json", f"{found.label}.json")


@routes.post("/account/invoices/{invoice_id}/pay", gate=PAYS, conducts=True)
async def pay(visit: VisitDep, invoice_id: InvoiceId) -> Response:
    """With a card that is kept, or a new one, which is kept from now on."""
    form, call = await visit.form(PayForm), visit.call
    if form.model is not None and form.model.method == NEW and form.model.card is None:
        form.errors["card"] = _("Fill this in.")
    if form.model is None or form.errors:
        return await _page(visit, invoice_id, form)
    answer = None
    async with visit.trying(form):
        card_id = await card_of(visit, form.model.method, form.model.card)
        _bill, attempt = await collecting.pay(
            call.db, billing.choose_gateway(call.db, call.settings), (invoice_id, card_id),
            grace=timedelta(days=call.settings.grace_days), actor=visit.actor, request_id=call.request_id,
        )  # fmt: skip
        answer = _answer(visit, invoice_id, attempt)
    return answer or await _page(visit, invoice_id, form)


@routes.post("/account/invoices/{invoice_id}/confirm", gate=PAYS, conducts=True)
async def confirm(visit: VisitDep, invoice_id: InvoiceId) -> Response:
    """Where the card asks for its holder: he has answered his bank."""
    form, call = await visit.form(Form), visit.call
    answer = None
    async with visit.trying(form):
        async with call.db.transaction() as tx:
            await invoices.seen(tx, invoice_id, visit.actor.id)
            waiting = await billing.under_way(tx, invoice_id)
        if waiting is None:
            return visit.go(f"{HERE}/{invoice_id}")
        attempt = await billing.confirm(
            call.db, billing.choose_gateway(call.db, call.settings), waiting.id, actor=visit.actor,
            request_id=call.request_id,
        )  # fmt: skip
        async with call.db.transaction() as tx:
            await collecting.settle_bill(tx, invoice_id)
        answer = _answer(visit, invoice_id, attempt)
    return answer or await _page(visit, invoice_id, form)


def _answer(visit: Visit, invoice_id: str, attempt: billing.Attempt | None) -> Response:
    path = f"{HERE}/{invoice_id}"
    if attempt is None or attempt.state == "succeeded":
        return visit.go(path, said=_("Paid. Thank you."))
    if attempt.state == "requires_action":
        return visit.go(path, said=_("Your bank asks for a confirmation."), tone="bad")
    why = decline_words(attempt.decline_code)
    return visit.go(path, said=_("Not paid. ") + why + _(" Try another card."), tone="bad")


async def _page(visit: Visit, invoice_id: str, form: Filled[Any]) -> Response:
    """In a transaction of its own; with a refused form, with its words and status. Raises NoSuchInvoice."""
    async with visit.call.db.transaction(readonly=True) as tx:
        sheet = await sheet_of(tx, await invoices.seen(tx, invoice_id, visit.actor.id))
        owed = sheet.bill is not None and sheet.bill.owed
        tries = await billing.charges(tx, visit.actor.id, invoice_id, limit=5) if owed else []
        return visit.page(
            "subscriber/invoice.html", status=form.status, form=form, sheet=sheet, owed=owed,
            waiting=next((one for one in tries if one.state == "requires_action"), None),
            cards=await _cards(visit, tx) if owed else [], cards_are=billing.cards_of(visit.settings),
            bank_details=visit.settings.bank_details, reasons=REASONS, why=decline_words,
        )  # fmt: skip


async def _cards(visit: Visit, tx: Tx) -> list[billing.PaymentMethod]:
    """Those that this arena's gateway can charge, oldest first."""
    gateway = billing.choose_gateway(visit.call.db, visit.settings)
    if gateway.cards == "none":
        return []
    kept = await billing.payment_methods(tx, visit.actor.id)
    return [one for one in kept if one.gateway == gateway.name]


def _file(content: bytes, kind: str, name: str) -> Response:
    headers = {
        **HEADERS, "Cache-Control": PRIVATE, "Content-Disposition": f'attachment; filename="{name}"',
    }  # fmt: skip
    return Response(content, 200, headers, media_type=kind)


def _place(cursor: str | None) -> int | None:
    """Raises BadCursor."""
    if cursor is None:
        return None
    place: int = decode_cursor(cursor, (int,))[0]
    return place
