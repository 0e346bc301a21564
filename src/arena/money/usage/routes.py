"""Plans that are paid by the call over HTTP: what was used and costs, a cap of one's own, plans for operators."""

from datetime import datetime
from typing import Annotated

from fastapi import Path
from pydantic import AwareDatetime, BaseModel, Field

from arena.kit.clock import iso_ms
from arena.money.usage import plans
from arena.money.usage.model import Counted, Invoice, NewPlan, Plan, month_of
from arena.money.usage.read import usage
from arena.money.usage.store import Event
from arena.people.access import CallDep, Routes, known, needs

routes = Routes("usage")
Cents = Annotated[int, Field(ge=0, le=10**12)]
Reason = Annotated[str, Field(min_length=3, max_length=500, pattern=r"^[^\x00]*$")]
SUBJECT = r"^(usr|col)_[0-9a-z]{1,40}$"
Subject = Annotated[str, Field(pattern=SUBJECT, examples=["usr_0001"])]


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


class CapBody(BaseModel):
    """What the calls of a month may cost at most, cents; null: as much as they will."""

    cap: Cents | None


class EndBody(BaseModel):
    """Why the plan ends."""

    reason: Reason


class CorrectionBody(BaseModel):
    """Units to be taken off (below zero) or added, in the month of `month`, and why."""

    units: int = Field(ge=-(10**9), le=10**9, examples=[-20])
    month: AwareDatetime
    reason: Reason


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


class UsageView(BaseModel):
    """The open month, cents and calls. Calls of the last second may not be there yet."""

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
    months: list[UsageMonthView]
    invoices: list[InvoiceView]


@routes.add("GET", "/usage", gate=known("one's own usage, whatever the key may do else"))
async def show_usage(call: CallDep) -> UsageView:
    """What the caller's calls cost this month, by day and key, with the months before and their invoices."""
    found = await usage(call.tx, call.actor.id)
    return UsageView(
        plan=_plan_view(found.plan), month=iso_ms(found.month), month_ends=iso_ms(found.month_ends),
        units=found.units, so_far=found.so_far, minimum=found.minimum, true_up=found.true_up,
        cap_units=found.cap_units,
        days=[PartView(of=day.date().isoformat(), units=units) for day, units in found.days],
        keys=[PartView(of=key, units=units) for key, units in found.keys],
        months=[_month_view(each) for each in found.months],
        invoices=[_invoice_view(each) for each in found.invoices],
    )  # fmt: skip


@routes.add("PUT", "/usage/cap", gate=needs("subscriptions:write", kinds=("person",)))
async def set_cap(call: CallDep, body: CapBody) -> PlanView:
    """Sets what the calls of a month may cost at most; calls beyond it are refused and not billed."""
    plan = await plans.set_cap(
        call.tx, call.actor.id, body.cap, actor=call.actor, request_id=call.request_id
    )
    return _plan_view(plan)


@routes.add("POST", "/usage/plans", gate=needs("operate", kinds=("person",)))
async def open_plan(call: CallDep, body: PlanBody) -> PlanView:
    """Opens a plan for a customer, from now on."""
    new = NewPlan(body.subject, body.price_micros, body.minimum, body.monthly, body.setup, body.cap)
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
    """Corrects what was counted, by an event of its own; an invoiced month's difference is on the next invoice."""
    plan = await plans.live_plan(call.tx, subject)
    month = month_of(body.month)
    event = Event("", plan.id, "", month, call.tx.now, body.units, body.reason)
    await plans.correct(
        call.tx, call.intent, plan.id, event, actor=call.actor, request_id=call.request_id
    )
    return await _month_now(call, plan, month)


async def _month_now(call: CallDep, plan: Plan, month: datetime) -> UsageMonthView:
    found = await usage(call.tx, plan.terms.subject)
    return next(_month_view(each) for each in found.months if each.month == month)


def _plan_view(plan: Plan) -> PlanView:
    terms = plan.terms
    return PlanView(
        id=plan.id, subject=terms.subject, price_micros=terms.price_micros, minimum=terms.minimum,
        monthly=terms.monthly, setup=terms.setup, cap=terms.cap, starts_at=iso_ms(plan.starts_at),
        ends_at=None if plan.ends_at is None else iso_ms(plan.ends_at),
    )  # fmt: skip


def _month_view(counted: Counted) -> UsageMonthView:
    return UsageMonthView(
        month=iso_ms(counted.month), units=counted.units, invoiced=counted.invoiced
    )


def _invoice_view(made: Invoice) -> InvoiceView:
    lines = [
        UsageLineView(kind=e.kind, month=iso_ms(e.month), units=e.units, amount=e.amount)
        for e in made.lines
    ]
    return InvoiceView(id=made.id, month=iso_ms(made.month), total=made.total, lines=lines)
