"""Invoices and credit notes over HTTP, and as files; one's own, and all of them for operators."""

from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import AwareDatetime, BaseModel, Field
from starlette.responses import Response

from arena.kit.clock import iso_ms
from arena.kit.page import Page, decode_cursor, encode_cursor, page_of
from arena.money.invoices.files import LIST_MAX, invoice_pdf, invoices_csv
from arena.money.invoices.model import Invoice
from arena.money.invoices.read import credit_notes, find, invoices_of, invoices_of_all, seen
from arena.people.access import CallDep, Routes, needs

routes = Routes("billing")
READS = needs("subscriptions:read", kinds=("person",))
OPERATOR = needs("operate", kinds=("person",))
InvoiceId = Annotated[str, Path(pattern=r"^inv_[0-9a-z]{1,40}$", examples=["inv_0001"])]
Since = Annotated[AwareDatetime | None, Query(description="Product time, from here on.")]
Until = Annotated[AwareDatetime | None, Query(description="Product time, up to before here.")]


class InvoiceLine(BaseModel):
    """An invoice or a credit note at a glance, whole minor units; a credit note takes `total` back."""

    id: str = Field(examples=["inv_0001"])
    number: str = Field(examples=["INV-2024-000017"])
    kind: str = Field(description="invoice or credit_note.")
    credits: str | None = Field(description="Of a credit note: the id of the invoice.")
    source: str = Field(description="What it is for: pay_…, uin_…, pfs_…, ref_…")
    subject: str = Field(description="Who bought: usr_… or col_…")
    total: int
    currency: str
    at: str
    sha256: str


class InvoiceInFull(InvoiceLine):
    """With its document and what was credited of it."""

    document: dict[str, Any] = Field(
        description="As it was made; amounts are whole minor units as strings. The digest is taken over its canonical"
        " JSON (RFC 8785), and stands in the audit trail."
    )
    credit_notes: list[InvoiceLine]


@routes.add("GET", "/invoices", gate=READS)
async def show_invoices(
    call: CallDep,
    after: Annotated[str | None, Query(max_length=500)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> Page[InvoiceLine]:
    """The caller's invoices and credit notes, newest first."""
    rows = await invoices_of(call.tx, call.actor.id, after=place_of(after), limit=limit + 1)
    page = page_of(rows, limit, cursor_of)
    return Page(data=[_line(one) for one in page.data], has_more=page.has_more, next=page.next)


# Before the invoice whose id might be "csv".
@routes.add("GET", "/invoices/csv", gate=READS, response_class=Response)
async def show_invoices_csv(call: CallDep, since: Since = None, until: Until = None) -> Response:
    """The caller's invoices and credit notes as CSV (RFC 4180), newest first, at most 10,000; credit notes below
    zero."""
    rows = await invoices_of(call.tx, call.actor.id, since=since, until=until, limit=LIST_MAX)
    return Response(invoices_csv(rows), media_type="text/csv; charset=utf-8")


@routes.add("GET", "/invoices/{invoice_id}", gate=READS)
async def show_invoice(call: CallDep, invoice_id: InvoiceId) -> InvoiceInFull:
    """One invoice or credit note, as it was made."""
    found = await seen(call.tx, invoice_id, call.actor.id)
    return InvoiceInFull(
        **_line(found).model_dump(), document=dict(found.document),
        credit_notes=[_line(one) for one in await credit_notes(call.tx, found.id)],
    )  # fmt: skip


@routes.add("GET", "/invoices/{invoice_id}/pdf", gate=READS, response_class=Response)
async def show_invoice_pdf(call: CallDep, invoice_id: InvoiceId) -> Response:
    """One invoice or credit note on paper."""
    found = await seen(call.tx, invoice_id, call.actor.id)
    return Response(invoice_pdf(found), media_type="application/pdf")


@routes.add("GET", "/receivables/invoices", gate=OPERATOR)
async def show_all_invoices(
    call: CallDep,
    needle: Annotated[str, Query(max_length=80, description="A number, an id, or whose.")] = "",
    after: Annotated[str | None, Query(max_length=500)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> Page[InvoiceLine]:
    """Everybody's invoices and credit notes, newest first; with a needle at most 50 that fit it."""
    if needle:
        return Page(data=[_line(one) for one in await find(call.tx, needle)], has_more=False)
    rows = await invoices_of_all(call.tx, after=place_of(after), limit=limit + 1)
    page = page_of(rows, limit, cursor_of)
    return Page(data=[_line(one) for one in page.data], has_more=page.has_more, next=page.next)


@routes.add("GET", "/receivables/invoices/csv", gate=OPERATOR, response_class=Response)
async def show_all_invoices_csv(
    call: CallDep, since: Since = None, until: Until = None
) -> Response:
    """Everybody's as CSV, newest first, at most 10,000: for the books."""
    rows = await invoices_of_all(call.tx, since=since, until=until, limit=LIST_MAX)
    return Response(invoices_csv(rows), media_type="text/csv; charset=utf-8")


def cursor_of(last: Invoice) -> str:
    return encode_cursor(last.place)


def place_of(cursor: str | None) -> int | None:
    """Raises BadCursor."""
    if cursor is None:
        return None
    place: int = decode_cursor(cursor, (int,))[0]
    return place


def _line(found: Invoice) -> InvoiceLine:
    return InvoiceLine(
        id=found.id, number=found.label, kind=found.kind, credits=found.credits, source=found.source,
        subject=found.subject, total=found.total.minor, currency=found.total.currency, at=iso_ms(found.at),
        sha256=found.sha,
    )  # fmt: skip
