"""Plans that are paid by the call over HTTP: what was used and costs, a cap of one's own, plans for operators."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from fastapi import Path, Query
from pydantic import AfterValidator, AwareDatetime, BaseModel, Field

from arena.kit.clock import iso_ms
from arena.money.usage import plans
from arena.money.usage.model import Counted, Invoice, Line, NewPlan, Plan, Waiting, month_of
from arena.money.usage.read import Standing, standings, usage, usage_of
from arena.money.usage.store import Event
from arena.people.access import CallDep, Routes, known, needs

routes = Routes("usage")
Cents = Annotated[int, Field(ge=0, le=10**12)]
Reason = Annotated[str, Field(min_length=3, max_length=500, pattern=r"^[^\x00]*$")]
SUBJECT = r"^(usr|col)_[0-9a-z]{1,40}$"
Subject = Annotated[str, Field(pattern=SUBJECT, examples=["usr_0001"])]
PlanId = Annotated[str, Field(pattern=r"^upl_[0-9a-z]{26}$")]


def _of_our_time(at: datetime) -> datetime:
    if not 2000 <= at.year < 2200:
        raise ValueError("must lie in the years 2000 to 2199")
    return at


class PlanBody(BaseModel):
    """A plan as agreed: cents, the price of a call in micro-dollars (10,000 is a cent)."""

    subject: Subject
    price_micros: int = Field(10_000, ge=1, le=10**9)
    minimum: Cents = 50_000
    monthly: Cents = 0
    setup: Cents = 0
    cap: Cents | None = None


class PlanView(PlanBody):
    """A plan; product times."""

    id: str
    starts_at: str
    ends_at: str | None
    blocked_at: str | None = Field(
        description="Since when calls are refused, because bills are overdue or a payment is disputed."
    )


class CapBody(BaseModel):
    """What the calls of a month may cost at most, cents; null: as much as they will. `subject` is a collective that the
    caller owns; the caller himself where it is left out."""

    cap: Cents | None
    subject: Subject | None = None


class OperatorsCapBody(BaseModel):
    """The same for a customer, by an operator who says why."""

    cap: Cents | None
    reason: Reason


class EndBody(BaseModel):
    """Why the plan ends."""

    reason: Reason


class CorrectionBody(BaseModel):
    """Units to be taken off (below zero) or added, in the month of `month`, UTC, and why: whoever pays reads it.
    Without a plan's id it is of the plan that goes on, or else of the last one."""

    units: int = Field(ge=-(10**9), le=10**9, examples=[-20])
    month: Annotated[AwareDatetime, AfterValidator(_of_our_time)]
    reason: Reason
    plan_id: PlanId | None = None


class PartView(BaseModel):
    """Units of one day or key."""

    of: str
    units: int


class UsageMonthView(BaseModel):
    """Units of a month, and how many of them are on an invoice."""

    month: str
    units: int
    invoiced: int


class UsageLineView(BaseModel):
    """A line of an invoice; `month` is the one of the service. Cents."""

    kind: str = Field(examples=["usage"])
    month: str
    units: int
    amount: int


class InvoiceView(BaseModel):
    """A month's invoice, cents."""

    id: str
    month: str
    total: int
    lines: list[UsageLineView]


class WaitingView(BaseModel):
    """An invoice to come, as it stands now, cents; `due_at` is when it is made."""

    month: str
    due_at: str
    total: int
    lines: list[UsageLineView]


class CorrectedView(BaseModel):
    """Calls that were added or taken off (below zero), and why."""

    month: str
    at: str
    units: int
    reason: str


class UsageView(BaseModel):
    """The open month, or the last one of a plan that has ended, cents and calls. Calls of the last second may not be
    there yet."""

    plan: PlanView
    month: str
    month_ends: str
    units: int
    so_far: int = Field(description="What the calls cost.")
    minimum: int = Field(description="What the month costs at least.")
    true_up: int = Field(description="What the calls fall short of it so far.")
    cap_units: int | None
    days: list[PartView]
    keys: list[PartView]
    corrected: int = Field(description="Units that corrections added to days and keys.")
    months: list[UsageMonthView]
    invoices: list[InvoiceView]
    waiting: list[WaitingView]
    corrections: list[CorrectedView]


class StandingView(BaseModel):
    """A plan, units of its open or last month, and its invoices to come."""

    plan: PlanView
    month: str
    units: int
    waiting: list[WaitingView]


class StandingsView(BaseModel):
    """Plans, the newest first; `next` is what `before` is to be for more."""

    plans: list[StandingView]
    next: str | None


@routes.add("GET", "/usage", gate=known("one's own usage, whatever the key may do else"))
async def show_usage(
    call: CallDep, subject: Annotated[str | None, Query(pattern=SUBJECT)] = None
) -> UsageView:
    """What calls cost this month, by day and key, with the months before and their invoices: the caller's own, or those
    of a collective (`subject`) that the caller owns."""
    found = await usage(call.tx, await plans.own_subject(call.tx, call.actor, subject))
    return UsageView(
        plan=_plan_view(found.plan), month=iso_ms(found.month), month_ends=iso_ms(found.month_ends),
        units=found.units, so_far=found.so_far, minimum=found.minimum, true_up=found.true_up,
        cap_units=found.cap_units,
        days=[PartView(of=day.date().isoformat(), units=units) for day, units in found.days],
        keys=[PartView(of=key, units=units) for key, units in found.keys],
        corrected=found.corrected, waiting=[_waiting_view(each) for each in found.waiting],
        corrections=[
            CorrectedView(month=iso_ms(e.month), at=iso_ms(e.at), units=e.units, reason=e.reason or "")
            for e in found.corrections
        ],
        months=[_month_view(each) for each in found.months],
        invoices=[_invoice_view(each) for each in found.invoices],
    )  # fmt: skip


@routes.add("PUT", "/usage/cap", gate=needs("subscriptions:write", kinds=("person",)))
async def set_cap(call: CallDep, body: CapBody) -> PlanView:
    """Sets what the calls of a month may cost at most; calls beyond it are refused and not billed."""
    subject = await plans.own_subject(call.tx, call.actor, body.subject)
    plan = await plans.set_cap(
        call.tx, subject, body.cap, actor=call.actor, request_id=call.request_id
    )
    return _plan_view(plan)


@routes.add("GET", "/usage/plans", gate=needs("operate", kinds=("person",)))
async def list_plans(
    call: CallDep,
    subject: Annotated[str | None, Query(pattern=SUBJECT)] = None,
    state: Literal["live", "ended"] | None = None,
    before: Annotated[str, Query(pattern=r"^(upl_[0-9a-z]{26})?$")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> StandingsView:
    """Who pays by the call: plans, the newest first, with what they have used and what waits to be invoiced."""
    ended = None if state is None else state == "ended"
    found = await standings(call.tx, subject=subject, ended=ended, before=before, limit=limit + 1)
    shown = found[:limit]
    more = len(found) > limit
    return StandingsView(
        plans=[_standing_view(each) for each in shown], next=shown[-1].plan.id if more else None
    )


@routes.add("PUT", "/usage/plans/{subject}/cap", gate=needs("operate", kinds=("person",)))
async def set_customers_cap(
    call: CallDep, subject: Annotated[str, Path(pattern=SUBJECT)], body: OperatorsCapBody
) -> PlanView:
    """Sets a customer's cap for him, e.g. that of a collective which nobody owns."""
    plan = await plans.set_cap(
        call.tx, subject, body.cap, actor=call.actor, request_id=call.request_id,
        reason=body.reason,
    )  # fmt: skip
    return _plan_view(plan)


@routes.add("POST", "/usage/plans", gate=needs("operate", kinds=("person",)))
async def open_plan(call: CallDep, body: PlanBody) -> PlanView:
    """Opens a plan for a customer, from now on."""
    subject = await plans.known_subject(call.tx, body.subject)
    new = NewPlan(subject, body.price_micros, body.minimum, body.monthly, body.setup, body.cap)
    return _plan_view(
        await plans.open_plan(call.tx, new, actor=call.actor, request_id=call.request_id)
    )


@routes.add("POST", "/usage/plans/{subject}/end", gate=needs("operate", kinds=("person",)))
async def end_plan(
    call: CallDep, subject: Annotated[str, Path(pattern=SUBJECT)], body: EndBody
) -> PlanView:
    """Ends a customer's plan now."""
    ended = await plans.end_plan(
        call.tx, subject, reason=body.reason, actor=call.actor, request_id=call.request_id
    )
    return _plan_view(ended)


@routes.add("POST", "/usage/plans/{subject}/corrections", gate=needs("operate", kinds=("person",)))
async def correct(
    call: CallDep, subject: Annotated[str, Path(pattern=SUBJECT)], body: CorrectionBody
) -> UsageMonthView:
    """Corrects what was counted, by an event of its own; an invoiced month's difference is on the next invoice. Whoever
    pays is told of it, with the reason."""
    plan = await plans.plan_named(call.tx, subject, body.plan_id)
    month = month_of(body.month)
    event = Event("", plan.id, "", month, call.tx.now, body.units, body.reason)
    await plans.correct(
        call.tx, call.intent, plan.id, event, actor=call.actor, request_id=call.request_id
    )
    return await _month_now(call, plan, month)


async def _month_now(call: CallDep, plan: Plan, month: datetime) -> UsageMonthView:
    found = await usage_of(call.tx, plan)
    return next(_month_view(each) for each in found.months if each.month == month)


def _plan_view(plan: Plan) -> PlanView:
    terms = plan.terms
    return PlanView(
        id=plan.id, subject=terms.subject, price_micros=terms.price_micros, minimum=terms.minimum,
        monthly=terms.monthly, setup=terms.setup, cap=terms.cap, starts_at=iso_ms(plan.starts_at),
        ends_at=None if plan.ends_at is None else iso_ms(plan.ends_at),
        blocked_at=None if plan.blocked_at is None else iso_ms(plan.blocked_at),
    )  # fmt: skip


def _standing_view(found: Standing) -> StandingView:
    return StandingView(
        plan=_plan_view(found.plan), month=iso_ms(found.month), units=found.units,
        waiting=[_waiting_view(each) for each in found.waiting],
    )  # fmt: skip


def _waiting_view(to_come: Waiting) -> WaitingView:
    return WaitingView(
        month=iso_ms(to_come.month), due_at=iso_ms(to_come.due_at), total=to_come.total,
        lines=_line_views(to_come.lines),
    )  # fmt: skip


def _line_views(lines: Sequence[Line]) -> list[UsageLineView]:
    return [
        UsageLineView(kind=e.kind, month=iso_ms(e.month), units=e.units, amount=e.amount)
        for e in lines
    ]


def _month_view(counted: Counted) -> UsageMonthView:
    return UsageMonthView(
        month=iso_ms(counted.month), units=counted.units, invoiced=counted.invoiced
    )


def _invoice_view(made: Invoice) -> InvoiceView:
    return InvoiceView(
        id=made.id, month=iso_ms(made.month), total=made.total, lines=_line_views(made.lines)
    )
