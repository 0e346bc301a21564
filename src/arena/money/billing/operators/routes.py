"""Operators' JSON: payments, refunds, bank transfers, and the comparison of books with the gateway."""

from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from arena.kit.clock import iso_ms
from arena.kit.money import Money
from arena.money.billing.book import Refund
from arena.money.billing.choose import choose_gateway
from arena.money.billing.operators.books_routes import routes as books
from arena.money.billing.operators.move_routes import routes as moves
from arena.money.billing.operators.owed_routes import routes as owed
from arena.money.billing.operators.payments import (
    Payment,
    payment,
    received_transfer,
    sent_refund,
)
from arena.money.billing.reconcile import last_compared, unmatched
from arena.money.billing.refund import RefundWish, refund
from arena.people.access import CallDep, Routes, needs

routes = Routes("billing")
routes.routes.extend([*moves.routes, *books.routes, *owed.routes])
OPERATOR = needs("operate", kinds=("person",))
AttemptId = Annotated[str, Path(pattern=r"^pay_[0-9a-z]{1,40}$")]
RefundId = Annotated[str, Path(pattern=r"^ref_[0-9a-z]{1,40}$")]


class RefundView(BaseModel):
    """Money given back, whole minor units. `sending`: asked for; `sent`: on its way."""

    id: str
    payment: str
    amount: int
    currency: str
    state: str = Field(description="sending, sent, succeeded or failed.")
    failure: str | None
    owed: bool = Field(description="From what was owed to the customer, not from the shares.")
    reason: str
    by: str
    at: str


class DisputeView(BaseModel):
    """A charge that the customer's bank took back for now, whole minor units."""

    id: str
    amount: int
    fee: int
    state: str = Field(description="open, won or lost.")
    at: str


class OperatorPaymentView(BaseModel):
    """A payment with what became of it, whole minor units; `left` can still be given back."""

    id: str
    reference: str
    person: str
    payee: str
    amount: int
    left: int
    currency: str
    state: str
    decline_code: str | None
    gateway: str
    gateway_charge: str | None
    at: str
    refunds: list[RefundView]
    disputes: list[DisputeView]


class NewRefund(BaseModel):
    """How much to give back, and why; without an amount all that is left."""

    model_config = ConfigDict(extra="forbid")
    amount: int | None = Field(
        None, gt=0, le=10**12, description="Minor units of the payment's currency."
    )
    reason: str = Field(min_length=4, max_length=500)


class BankReference(BaseModel):
    """What the bank's statement calls the transfer."""

    model_config = ConfigDict(extra="forbid")
    bank_reference: str = Field(min_length=1, max_length=140)


class UnmatchedView(BaseModel):
    """A line that is in one of the two books only, minor units, in is positive."""

    side: str = Field(description="ours or theirs.")
    id: str
    kind: str
    reference: str
    amount: int
    currency: str
    at: str
    told: bool = Field(description="It has been so for a day: payouts wait.")


class ReconciliationView(BaseModel):
    """How the gateway's books and ours agreed when they were last compared."""

    gateway: str
    compared_at: str | None
    matched: int
    ours_only: int
    theirs_only: int
    unmatched: list[UnmatchedView]


@routes.add("GET", "/payments/{attempt_id}", gate=OPERATOR)
async def show_payment(call: CallDep, attempt_id: AttemptId) -> OperatorPaymentView:
    """A payment, its refunds and disputes."""
    return _view(await payment(call.tx, attempt_id))


@routes.add("POST", "/payments/{attempt_id}/refund", gate=OPERATOR, conducts=True, status_code=201)
async def give_back(call: CallDep, attempt_id: AttemptId, body: NewRefund) -> RefundView:
    """Gives back a payment or a part of it, never more than was charged."""
    async with call.db.transaction(readonly=True) as tx:
        currency = (await payment(tx, attempt_id)).amount.currency
    amount = None if body.amount is None else Money(body.amount, currency)
    wish = RefundWish(attempt_id, call.intent, body.reason, amount)
    done = await refund(
        call.db, choose_gateway(call.db, call.settings), wish, actor=call.actor, request_id=call.request_id
    )  # fmt: skip
    return _refund_view(done)


@routes.add("POST", "/payments/{attempt_id}/received", gate=OPERATOR, conducts=True)
async def receive_transfer(
    call: CallDep, attempt_id: AttemptId, body: BankReference
) -> OperatorPaymentView:
    """Says that a bank transfer has arrived; what it was for begins."""
    await received_transfer(
        call.db, choose_gateway(call.db, call.settings), attempt_id, bank_reference=body.bank_reference,
        actor=call.actor, request_id=call.request_id,
    )  # fmt: skip
    async with call.db.transaction(readonly=True) as tx:
        return _view(await payment(tx, attempt_id))


@routes.add("POST", "/refunds/{refund_id}/sent", gate=OPERATOR, conducts=True)
async def say_sent(call: CallDep, refund_id: RefundId, body: BankReference) -> RefundView:
    """Says that a refund was sent by bank transfer."""
    return _refund_view(await sent_refund(
        call.db, choose_gateway(call.db, call.settings), refund_id, bank_reference=body.bank_reference,
        actor=call.actor, request_id=call.request_id,
    ))  # fmt: skip


@routes.add("GET", "/reconciliation", gate=OPERATOR)
async def show_reconciliation(call: CallDep) -> ReconciliationView:
    """The last comparison with the gateway's books, and the lines that are in one of them only."""
    name = choose_gateway(call.db, call.settings).name
    last = await last_compared(call.tx, name)
    lines = await unmatched(call.tx, name)
    return ReconciliationView(
        gateway=name, compared_at=None if last is None else iso_ms(last.at),
        matched=0 if last is None else last.matched, ours_only=sum(o.side == "ours" for o in lines),
        theirs_only=sum(o.side == "theirs" for o in lines),
        unmatched=[
            UnmatchedView(
                side=o.side, id=o.id, kind=o.kind, reference=o.reference, amount=o.amount, currency=o.currency,
                at=iso_ms(o.at), told=o.told,
            )
            for o in lines
        ],
    )  # fmt: skip


def _view(found: Payment) -> OperatorPaymentView:
    return OperatorPaymentView(
        id=found.id, reference=found.reference, person=found.person_id, payee=found.payee_id,
        amount=found.amount.minor, left=found.left.minor, currency=found.amount.currency, state=found.state,
        decline_code=found.decline_code, gateway=found.gateway, gateway_charge=found.gateway_charge_id,
        at=iso_ms(found.at), refunds=[_refund_view(one) for one in found.refunds],
        disputes=[
            DisputeView(id=o.id, amount=o.amount.minor, fee=o.fee, state=o.state, at=iso_ms(o.at))
            for o in found.disputes
        ],
    )  # fmt: skip


def _refund_view(one: Refund) -> RefundView:
    return RefundView(
        id=one.id, payment=one.attempt_id, amount=one.amount.minor, currency=one.amount.currency,
        state=one.state, failure=one.failure, owed=one.owed, reason=one.reason, by=one.by_id, at=iso_ms(one.at),
    )  # fmt: skip
