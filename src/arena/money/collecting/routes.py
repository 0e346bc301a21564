"""Bills over HTTP: what one owes, paying it; for operators transfers and write-offs."""

from datetime import timedelta
from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from arena.kit.clock import iso_ms
from arena.kit.money import Money
from arena.money import invoices
from arena.money.billing import choose_gateway
from arena.money.collecting.model import Bill, BillDeclined, WriteOff
from arena.money.collecting.pay import pay, receive
from arena.money.collecting.read import owed, standing, unpaid
from arena.money.collecting.write_off import ask_write_off, decide_write_off
from arena.people.access import Call, CallDep, Routes, needs

routes = Routes("billing")
OPERATOR = needs("operate", kinds=("person",))
InvoiceId = Annotated[str, Path(pattern=r"^inv_[0-9a-z]{1,40}$", examples=["inv_0001"])]
Reason = Annotated[str, Field(min_length=4, max_length=500, pattern=r"^[^\x00]*$")]


class BillView(BaseModel):
    """An invoice that is or was to be paid, whole minor units: left = amount - paid - credited - by_credit, or 0."""

    invoice: str
    number: str
    subject: str = Field(description="Whose it is: usr_… or col_…")
    amount: int
    paid: int
    credited: int = Field(description="Taken back by credit notes.")
    by_credit: int = Field(description="Settled by what was paid or credited too much before.")
    left: int
    currency: str
    state: str = Field(description="open, past_due, paid or written_off.")
    due_at: str
    charge_at: str | None = Field(description="When a card is tried next.")
    past_due_since: str | None
    reason: str | None = Field(description="Why it was not paid.")


class Payment(BaseModel):
    """Which card pays."""

    model_config = ConfigDict(extra="forbid")
    payment_method: str = Field(pattern=r"^pm_[0-9a-z]{1,40}$", examples=["pm_0001"])


class PaidBill(BillView):
    """After a try to pay it: where the card asks for its holder, `action_url` says where he confirms."""

    payment: str | None = None
    action_url: str | None = None


class Transfer(BaseModel):
    """A bank transfer that arrived, whole minor units, and what the bank's statement calls it."""

    model_config = ConfigDict(extra="forbid")
    amount: int = Field(gt=0, le=10**12)
    bank_reference: str = Field(min_length=1, max_length=140, pattern=r"^[^\x00]*$")


class WriteOffBody(BaseModel):
    """Why it will not be paid."""

    model_config = ConfigDict(extra="forbid")
    reason: Reason


class WriteOffDecision(BaseModel):
    """Whether it is written off; whoever asked for it may only take it back."""

    model_config = ConfigDict(extra="forbid")
    accept: bool


class WriteOffView(BaseModel):
    """A write-off, whole minor units. `asked` waits for a second person."""

    id: str
    invoice: str
    amount: int
    currency: str
    reason: str
    state: str = Field(description="asked, done or withdrawn.")
    asked_by: str
    asked_at: str
    decided_by: str | None


@routes.add("GET", "/bills", gate=needs("subscriptions:read", kinds=("person",)))
async def show_bills(call: CallDep) -> list[BillView]:
    """What the caller is to pay yet, the oldest first (at most 200)."""
    return [await _view(call, bill) for bill in await owed(call.tx, call.actor.id)]


@routes.add(
    "POST",
    "/bills/{invoice_id}/pay",
    gate=needs("subscriptions:write", kinds=("person",)),
    conducts=True,
)
async def pay_bill(call: CallDep, invoice_id: InvoiceId, body: Payment) -> PaidBill:
    """Pays what is left of a bill by a card of the caller's. One that is paid already is not charged again."""
    bill, attempt = await pay(
        call.db, choose_gateway(call.db, call.settings), (invoice_id, body.payment_method),
        grace=timedelta(days=call.settings.grace_days), actor=call.actor, request_id=call.request_id,
    )  # fmt: skip
    if attempt is not None and attempt.state == "failed":
        raise BillDeclined(decline_code=attempt.decline_code or "declined")
    async with call.db.transaction(readonly=True) as tx:
        number = (await invoices.invoice_of(tx, invoice_id)).label
    return PaidBill(
        **_bill_view(bill, number).model_dump(), payment=None if attempt is None else attempt.id,
        action_url=None if attempt is None else attempt.action_url,
    )  # fmt: skip


@routes.add("GET", "/receivables", gate=OPERATOR)
async def show_receivables(call: CallDep) -> list[BillView]:
    """What everybody is to pay yet: past due first, the oldest first (at most 200)."""
    return [await _view(call, bill) for bill in await unpaid(call.tx)]


@routes.add("GET", "/receivables/{invoice_id}", gate=OPERATOR)
async def show_receivable(call: CallDep, invoice_id: InvoiceId) -> BillView:
    """One bill."""
    return await _view(call, (await standing(call.tx, invoice_id)).bill)


@routes.add("POST", "/receivables/{invoice_id}/received", gate=OPERATOR)
async def receive_for_invoice(call: CallDep, invoice_id: InvoiceId, body: Transfer) -> BillView:
    """Says that a bank transfer for this invoice has arrived; booked once by the bank's reference."""
    currency = (await standing(call.tx, invoice_id)).bill.amount.currency
    bill = await receive(
        call.tx, invoice_id, Money(body.amount, currency), bank_reference=body.bank_reference,
        actor=call.actor, request_id=call.request_id,
    )  # fmt: skip
    return await _view(call, bill)


@routes.add("POST", "/receivables/{invoice_id}/write-off", gate=OPERATOR, status_code=201)
async def ask_to_write_off(
    call: CallDep, invoice_id: InvoiceId, body: WriteOffBody
) -> WriteOffView:
    """Asks that what is left be written off; another operator decides."""
    return _write_off_view(
        await ask_write_off(
            call.tx, invoice_id, reason=body.reason, actor=call.actor, request_id=call.request_id
        )
    )


@routes.add("POST", "/receivables/{invoice_id}/write-off/decide", gate=OPERATOR)
async def decide_on_write_off(
    call: CallDep, invoice_id: InvoiceId, body: WriteOffDecision
) -> WriteOffView:
    """Writes off what is left, as another operator has asked; or takes the wish back."""
    return _write_off_view(
        await decide_write_off(
            call.tx, invoice_id, accept=body.accept, actor=call.actor, request_id=call.request_id
        )
    )


async def _view(call: Call, bill: Bill) -> BillView:
    return _bill_view(bill, (await invoices.invoice_of(call.tx, bill.invoice_id)).label)


def _bill_view(bill: Bill, number: str) -> BillView:
    return BillView(
        invoice=bill.invoice_id, number=number, subject=bill.subject, amount=bill.amount.minor,
        paid=bill.paid.minor, credited=bill.credited.minor, by_credit=bill.by_credit.minor, left=bill.left.minor,
        currency=bill.amount.currency, state=bill.state.value, due_at=iso_ms(bill.due_at),
        charge_at=None if bill.charge_at is None else iso_ms(bill.charge_at),
        past_due_since=None if bill.past_due_since is None else iso_ms(bill.past_due_since),
        reason=bill.reason,
    )  # fmt: skip


def _write_off_view(one: WriteOff) -> WriteOffView:
    return WriteOffView(
        id=one.id, invoice=one.invoice_id, amount=one.amount.minor, currency=one.amount.currency,
        reason=one.reason, state=one.state, asked_by=one.asked_by, asked_at=iso_ms(one.asked_at),
        decided_by=one.decided_by,
    )  # fmt: skip
