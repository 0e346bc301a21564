"""Payouts over HTTP: a creator's checklist, papers and requests; what operators decide."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field

from arena.kit.clock import from_iso
from arena.kit.money import Money
from arena.kit.page import BadCursor, Page, decode_cursor, encode_cursor, page_of
from arena.money.payouts import approve, papers
from arena.money.payouts.account_routes import routes as accounts
from arena.money.payouts.model import NewPaper, Sent
from arena.money.payouts.queue import queue
from arena.money.payouts.request import cancel_payout, checklist_of, payouts_of, request_payout
from arena.money.payouts.reverse import drop_reversal, reverse_payout
from arena.money.payouts.settle import record_outcome
from arena.money.payouts.views import (
    ChecklistView,
    PaperView,
    PayoutStopView,
    PayoutView,
    QueueView,
    checklist_view,
    paper_view,
    payout_view,
    stop_view,
)
from arena.people.access import CallDep, Routes, needs

routes = Routes("payouts")
routes.routes.extend(accounts.routes)
OWN = needs("payouts:write", kinds=("person",))
OPERATOR = needs("operate", kinds=("person",))
PayoutId = Annotated[str, Path(pattern=r"^pyo_[0-9a-z]{26}$")]
PaperId = Annotated[str, Path(pattern=r"^ppr_[0-9a-z]{26}$")]
PersonId = Annotated[str, Path(pattern=r"^usr_[0-9a-z]{26}$")]
StopId = Annotated[str, Path(pattern=r"^pst_[0-9a-z]{26}$")]
Reason = Annotated[str, Field(min_length=3, max_length=1000, pattern=r"^[^\x00]*$")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PayoutBody(_Body):
    """How much, in whole cents of US dollars; nothing said: all that is payable."""

    amount: int | None = Field(None, ge=1, le=10**12, examples=[250_000])


class PaperBody(_Body):
    """A paper. `secret` is the tax number, or the account number or IBAN; it is kept sealed."""

    kind: Literal["identity", "tax_form", "account"]
    form: Literal["person", "company", "w9", "w8ben", "w8bene", "fake", "manual"] = Field(
        description="person or company; w9, w8ben or w8bene; the gateway of an account."
    )
    name: str = Field(min_length=1, max_length=200, examples=["Ada Maker"])
    country: str = Field(pattern="^[A-Z]{2}$", examples=["DE"])
    secret: str = Field("", max_length=100)


class DecisionBody(_Body):
    """A refusal needs its reason, which the payee reads."""

    accept: bool
    reason: Reason | None = None


class OutcomeBody(_Body):
    """What became of a payout made by hand: the bank's reference, or why it failed."""

    state: Literal["paid", "failed"]
    bank_reference: str | None = Field(None, min_length=1, max_length=140)
    reason: Reason | None = None


class ReasonBody(_Body):
    """Why."""

    reason: Reason


@routes.add("GET", "/payouts", gate=OWN)
async def show(
    call: CallDep,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str | None, Query(max_length=500)] = None,
) -> Page[PayoutView]:
    """The caller's payouts, newest first."""
    rows = await payouts_of(call.tx, call.actor.id, after=_place(after), limit=limit + 1)
    page = page_of(rows, limit, lambda p: encode_cursor(p.asked_at.isoformat(), p.id))
    return Page(data=[payout_view(p) for p in page.data], has_more=page.has_more, next=page.next)


@routes.add("GET", "/payouts/checklist", gate=OWN)
async def show_checklist(call: CallDep) -> ChecklistView:
    """Everything a payout needs, each passed or with what is the matter."""
    return checklist_view(await checklist_of(call.tx, call.actor.id, call.settings))


@routes.add("POST", "/payouts", gate=OWN, status_code=201)
async def ask(call: CallDep, body: PayoutBody) -> PayoutView:
    """Sets money aside for a payout. Large ones wait for two operators, others are sent within the hour."""
    amount = None if body.amount is None else Money(body.amount)
    made = await request_payout(
        call.tx, call.settings, actor=call.actor, amount=amount, request_id=call.request_id
    )
    return payout_view(made)


@routes.add("POST", "/payouts/{payout_id}/cancel", gate=OWN)
async def cancel(call: CallDep, payout_id: PayoutId) -> PayoutView:
    """Takes a payout back that has not been sent."""
    return payout_view(
        await cancel_payout(call.tx, payout_id, actor=call.actor, request_id=call.request_id)
    )


@routes.add("GET", "/payouts/papers", gate=OWN)
async def show_papers(call: CallDep) -> list[PaperView]:
    """The newest paper of each kind that the caller has handed in."""
    found = await papers.papers_of(call.tx, call.actor.id)
    return [paper_view(each) for each in found.values()]


@routes.add("POST", "/payouts/papers", gate=OWN, status_code=201)
async def hand_in(call: CallDep, body: PaperBody) -> PaperView:
    """Hands in who one is, how one is taxed, or where money goes; an operator looks at it."""
    new = NewPaper(body.kind, body.form, body.name, body.country, body.secret)
    made = await papers.hand_in(
        call.tx, call.settings.vault, new, actor=call.actor, request_id=call.request_id
    )
    return paper_view(made)


@routes.add("GET", "/payouts/queue", gate=OPERATOR)
async def show_queue(
    call: CallDep, after: Annotated[str | None, Query(max_length=500)] = None
) -> QueueView:
    """What waits for operators, at most 100 of each; with `after`, what waits for them behind the page before."""
    found = await queue(call.tx, identity_check=call.settings.identity_check, after=_place(after))
    last = found.to_do[-1] if found.more else None
    return QueueView(
        come_back=[payout_view(each) for each in found.come_back],
        closed={name: [gate.name for gate in gates] for name, gates in found.closed.items()},
        next=None if last is None else encode_cursor(last.asked_at.isoformat(), last.id),
        under_way=[payout_view(each) for each in found.under_way],
        papers=[paper_view(each) for each in found.papers],
        stops=[stop_view(each) for each in found.stops],
    )


@routes.add("POST", "/payouts/papers/{paper_id}/decide", gate=OPERATOR)
async def decide(call: CallDep, paper_id: PaperId, body: DecisionBody) -> PaperView:
    """Accepts or refuses a paper of somebody else."""
    decided = await papers.decide_paper(
        call.tx, paper_id, accept=body.accept, actor=call.actor, reason=body.reason,
        documents_required=call.settings.identity_documents == "required", request_id=call.request_id,
    )  # fmt: skip
    return paper_view(decided)


@routes.add("POST", "/payouts/{payout_id}/approve", gate=OPERATOR)
async def approve_one(call: CallDep, payout_id: PayoutId) -> PayoutView:
    """The first yes to a large payout."""
    return payout_view(
        await approve.approve_payout(
            call.tx, payout_id, actor=call.actor, identity_check=call.settings.identity_check,
            request_id=call.request_id,
        )
    )  # fmt: skip


@routes.add("POST", "/payouts/{payout_id}/release", gate=OPERATOR)
async def release_one(call: CallDep, payout_id: PayoutId) -> PayoutView:
    """The second yes, by another operator; then it is sent."""
    return payout_view(
        await approve.release_payout(
            call.tx, payout_id, actor=call.actor, identity_check=call.settings.identity_check,
            request_id=call.request_id,
        )
    )  # fmt: skip


@routes.add("POST", "/payouts/{payout_id}/outcome", gate=OPERATOR)
async def outcome(call: CallDep, payout_id: PayoutId, body: OutcomeBody) -> PayoutView:
    """Says what became of a payout that is made by hand."""
    sent = Sent(body.state, body.bank_reference, body.reason)
    return payout_view(
        await record_outcome(call.tx, payout_id, sent, actor=call.actor, request_id=call.request_id)
    )


@routes.add("POST", "/payouts/{payout_id}/reverse", gate=OPERATOR)
async def reverse(call: CallDep, payout_id: PayoutId, body: ReasonBody) -> PayoutView:
    """A payout that had arrived came back. One that two operators released stays paid until another one says so,
    too."""
    return payout_view(
        await reverse_payout(
            call.tx, payout_id, reason=body.reason, actor=call.actor, request_id=call.request_id
        )
    )


@routes.add("POST", "/payouts/{payout_id}/reverse/drop", gate=OPERATOR)
async def drop(call: CallDep, payout_id: PayoutId, body: ReasonBody) -> PayoutView:
    """It did not come back: what one operator said is taken back."""
    return payout_view(
        await drop_reversal(
            call.tx, payout_id, reason=body.reason, actor=call.actor, request_id=call.request_id
        )
    )


@routes.add("POST", "/payouts/stops/{person_id}", gate=OPERATOR, status_code=204)
async def stop(call: CallDep, person_id: PersonId, body: ReasonBody) -> None:
    """Stops all payouts to a person."""
    await approve.stop_payouts(
        call.tx, person_id, reason=body.reason, actor=call.actor, request_id=call.request_id
    )


@routes.add("POST", "/payouts/stops/{stop_id}/lift", gate=OPERATOR)
async def lift(call: CallDep, stop_id: StopId, body: ReasonBody) -> list[PayoutStopView]:
    """Lifts a stop; what is still in force is answered."""
    await approve.lift_stop(
        call.tx, stop_id, actor=call.actor, reason=body.reason, request_id=call.request_id
    )
    return [stop_view(each) for each in await approve.stops(call.tx)]


def _place(after: str | None) -> tuple[datetime, str] | None:
    if after is None:
        return None
    at, last_id = decode_cursor(after, (str, str))
    try:
        return from_iso(at), last_id
    except (ValueError, OverflowError):
        raise BadCursor from None
