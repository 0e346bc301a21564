"""Payments for operators: find one, give it back, confirm bank transfers, and where books differ from the gateway's."""

from typing import Annotated

from fastapi import Path, Query
from pydantic import Field
from starlette.responses import Response

from arena.kit.money import Money
from arena.money import billing
from arena.money.billing import operators
from arena.web.page import Filled, Form, Pages, Visit, VisitDep, _
from arena.web.pages.operator.amount import Amount, minor
from arena.web.pages.operator.reason import LENGTH_MAX, Reason
from arena.web.pages.operator.room import OPERATOR
from arena.web.views.desk import queues

routes = Pages()
HERE = "/operator/payments"
AttemptId = Annotated[str, Path(pattern=r"^pay_[0-9a-z]{1,40}$")]
RefundId = Annotated[str, Path(pattern=r"^ref_[0-9a-z]{1,40}$")]
# By state of a payment, refund or dispute: the tone of its badge.
TONES = {
    "succeeded": "good", "failed": "bad", "requires_action": "warn", "sending": "warn", "sent": "warn", "open": "bad",
    "won": "good", "lost": "bad",
}  # fmt: skip


class RefundForm(Form):
    """`amount` in whole units and cents, as people write it."""

    amount: Amount
    reason: Reason


class TransferForm(Form):
    bank_reference: Annotated[str, Field(min_length=1, max_length=140)]


@routes.get(HERE, gate=OPERATOR)
async def payments_page(
    visit: VisitDep, find: Annotated[str, Query(max_length=80)] = ""
) -> Response:
    """The newest payments, those that wait for a transfer, and lines that are in one of the two books only."""
    tx, find = visit.tx, find.strip()
    gateway = billing.choose_gateway(visit.call.db, visit.settings)
    manual = gateway.name == "manual"
    owed = await operators.what_is_owed(tx)
    return visit.page(
        "operator/payments.html", find=find, tones=TONES, gateway=gateway.name, money=Money,
        found=await operators.recent(tx, needle=find),
        transfers=await operators.recent(tx, state="requires_action") if manual else [],
        compared=await billing.last_compared(tx, gateway.name),
        unmatched=await billing.unmatched(tx, gateway.name), agree=await billing.books_agree(tx),
        stuck=sum(one.waits_for_operator(frozenset({gateway.name})) for one in owed),
        waiting=(await queues(tx)).counts,
    )  # fmt: skip


@routes.get(f"{HERE}/{{attempt_id}}", gate=OPERATOR)
async def payment_page(visit: VisitDep, attempt_id: AttemptId) -> Response:
    return await _page(visit, attempt_id, Filled())


@routes.post(f"{HERE}/{{attempt_id}}/refund", gate=OPERATOR, conducts=True)
async def give_back(visit: VisitDep, attempt_id: AttemptId) -> Response:
    form = await visit.form(RefundForm)
    if form.model is not None:
        async with visit.trying(form):
            async with visit.call.db.transaction(readonly=True) as tx:
                currency = (await operators.payment(tx, attempt_id)).amount.currency
            amount = Money(minor(form.model.amount), currency)
            wish = billing.RefundWish(attempt_id, visit.call.intent, form.model.reason, amount)
            done = await billing.refund(
                visit.call.db, billing.choose_gateway(visit.call.db, visit.settings), wish,
                actor=visit.actor, request_id=visit.call.request_id,
            )  # fmt: skip
            if done.state == "failed":
                said = _(
                    "The gateway refused it (%(why)s); nothing was given back.",
                    why=done.failure or "?",
                )
                return visit.go(f"{HERE}/{attempt_id}", said=said, tone="bad")
            return visit.go(
                f"{HERE}/{attempt_id}", said=_("Given back. The customer sees it within days.")
            )
    return await _page(visit, attempt_id, form)


@routes.post(f"{HERE}/{{attempt_id}}/received", gate=OPERATOR, conducts=True)
async def received(visit: VisitDep, attempt_id: AttemptId) -> Response:
    form = await visit.form(TransferForm)
    if form.model is not None:
        async with visit.trying(form):
            await operators.received_transfer(
                visit.call.db, billing.choose_gateway(visit.call.db, visit.settings), attempt_id,
                bank_reference=form.model.bank_reference, actor=visit.actor, request_id=visit.call.request_id,
            )  # fmt: skip
            return visit.go(
                f"{HERE}/{attempt_id}", said=_("Booked. What it was for begins within a moment.")
            )
    return await _page(visit, attempt_id, form)


@routes.post(f"{HERE}/{{attempt_id}}/received-late", gate=OPERATOR)
async def late(visit: VisitDep, attempt_id: AttemptId) -> Response:
    form = await visit.form(TransferForm)
    if form.model is not None:
        async with visit.trying(form):
            await operators.received_late(
                visit.tx, attempt_id, bank_reference=form.model.bank_reference, actor=visit.actor,
                request_id=visit.call.request_id,
            )  # fmt: skip
            return visit.go(
                "/operator/owed",
                said=_("Booked as owed to the customer. Send it back, and say so here."),
            )
    return await _page(visit, attempt_id, form)


@routes.post(f"{HERE}/{{attempt_id}}/refunds/{{refund_id}}/came-back", gate=OPERATOR)
async def came_back(visit: VisitDep, attempt_id: AttemptId, refund_id: RefundId) -> Response:
    form = await visit.form(Form)
    if form.model is not None:
        async with visit.trying(form):
            await operators.refund_came_back(
                visit.tx, refund_id, actor=visit.actor, request_id=visit.call.request_id
            )
            return visit.go(
                f"{HERE}/{attempt_id}", said=_("Booked: the customer is owed it again.")
            )
    return await _page(visit, attempt_id, form)


@routes.post(f"{HERE}/{{attempt_id}}/refunds/{{refund_id}}/sent", gate=OPERATOR, conducts=True)
async def sent(visit: VisitDep, attempt_id: AttemptId, refund_id: RefundId) -> Response:
    form = await visit.form(TransferForm)
    if form.model is not None:
        async with visit.trying(form):
            await operators.sent_refund(
                visit.call.db, billing.choose_gateway(visit.call.db, visit.settings), refund_id,
                bank_reference=form.model.bank_reference, actor=visit.actor, request_id=visit.call.request_id,
            )  # fmt: skip
            return visit.go(f"{HERE}/{attempt_id}", said=_("Booked as sent."))
    return await _page(visit, attempt_id, form)


async def _page(
    visit: Visit, attempt_id: str, form: Filled[RefundForm] | Filled[TransferForm] | Filled[Form]
) -> Response:
    """Raises PaymentUnknown."""
    async with visit.call.db.transaction(readonly=True) as tx:
        found = await operators.payment(tx, attempt_id)
        return visit.page(
            "operator/payment.html", status=form.status, form=form, found=found, tones=TONES, money=Money,
            left=f"{found.left.minor // 100}.{found.left.minor % 100:02d}", reason_max=LENGTH_MAX,
            waiting=(await queues(tx)).counts,
        )  # fmt: skip
