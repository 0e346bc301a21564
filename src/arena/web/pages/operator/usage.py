"""Who pays by the call, for operators: all plans, what waits to be invoiced; of one its cap, corrections, end."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import AfterValidator, Field
from starlette.responses import Response

from arena.kit.money import Money
from arena.money import invoices, usage
from arena.people import access
from arena.web.page import Filled, Form, Line, Pages, Visit, VisitDep, _
from arena.web.pages.operator.amount import Amount, minor
from arena.web.pages.operator.reason import LENGTH_MAX, Reason
from arena.web.pages.operator.room import OPERATOR, PAGE
from arena.web.views.desk import names_of, queues
from arena.web.views.usage_lines import call_price, sheet

routes = Pages()
HERE = "/operator/usage"
PlanId = Annotated[str, Path(pattern=r"^upl_[0-9a-z]{26}$")]
MONTHS = 36
WHOSE = r"^((usr|col)_[0-9a-z]{1,40}|[^@\s]{1,64}@[^@\s]{1,190})$"


def _micros(stated: str) -> str:
    if not Decimal(stated):
        raise ValueError(_("A call costs something."))
    return stated


def _some(stated: str) -> str:
    units = stated.replace(",", "").replace("\u2212", "-")
    if not units.removeprefix("-").isdecimal() or len(units) > 10 or not int(units):
        raise ValueError(_("A whole number that is not 0, like -20 or 1500."))
    return units


class Opened(Form):
    """Amounts in dollars as people write them; `price` up to a millionth of a dollar."""

    customer: Annotated[Line, Field(pattern=WHOSE)]
    price: Annotated[
        str, Field(pattern=r"^[0-9]{1,4}(\.[0-9]{1,6})?$"), AfterValidator(_micros)
    ] = "0.01"
    minimum: Amount = "0"
    monthly: Amount = "0"
    setup: Amount = "0"
    cap: Amount | None = None


class Capped(Form):
    """No cap where it is empty."""

    cap: Amount | None = None
    cap_reason: Reason


class Corrected(Form):
    """`units` below zero are taken off; `month` is like 2024-01."""

    month: Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
    units: Annotated[str, AfterValidator(_some)]
    reason: Reason


class Ended(Form):
    """Why it ends."""

    end_reason: Reason


@routes.get(HERE, gate=OPERATOR)
async def show(
    visit: VisitDep,
    state: Literal["live", "ended"] = "live",
    before: Annotated[str, Query(pattern=r"^(upl_[0-9a-z]{26})?$")] = "",
) -> Response:
    return await _page(visit, Filled[Opened](), state=state, before=before)


@routes.post(HERE, gate=OPERATOR)
async def open_plan(visit: VisitDep) -> Response:
    form = await visit.form(Opened)
    if form.model is not None:
        wanted = form.model
        async with visit.trying(form):
            new = usage.NewPlan(
                await usage.known_subject(visit.tx, wanted.customer),
                int(Decimal(wanted.price) * 1_000_000), minor(wanted.minimum), minor(wanted.monthly),
                minor(wanted.setup), None if wanted.cap is None else minor(wanted.cap),
            )  # fmt: skip
            plan = await usage.open_plan(
                visit.tx, new, actor=visit.actor, request_id=visit.call.request_id
            )
            return visit.go(f"{HERE}/{plan.id}", _("Opened. Calls by key count from now on."))
    return await _page(visit, form)


@routes.get(f"{HERE}/{{plan_id}}", gate=OPERATOR)
async def show_plan(visit: VisitDep, plan_id: PlanId) -> Response:
    return await _plan(visit, plan_id)


@routes.post(f"{HERE}/{{plan_id}}/cap", gate=OPERATOR)
async def set_cap(visit: VisitDep, plan_id: PlanId) -> Response:
    form = await visit.form(Capped)
    if form.model is not None:
        wanted = form.model
        async with visit.trying(form):
            plan = await _live(visit, plan_id)
            await usage.set_cap(
                visit.tx, plan.terms.subject, None if wanted.cap is None else minor(wanted.cap),
                actor=visit.actor, request_id=visit.call.request_id, reason=wanted.cap_reason,
            )  # fmt: skip
            said = _("The cap is set; it holds within a minute everywhere.")
            return visit.go(f"{HERE}/{plan_id}", said)
    return await _plan(visit, plan_id, capped=form)


@routes.post(f"{HERE}/{{plan_id}}/correct", gate=OPERATOR)
async def correct(visit: VisitDep, plan_id: PlanId) -> Response:
    form = await visit.form(Corrected)
    if form.model is not None:
        wanted, year_month = form.model, form.model.month.split("-")
        async with visit.trying(form):
            month = datetime(int(year_month[0]), int(year_month[1]), 1, tzinfo=UTC)
            event = usage.Event(
                "", plan_id, "", month, visit.tx.now, int(wanted.units), wanted.reason
            )
            await usage.correct(
                visit.tx, visit.call.intent, plan_id, event, actor=visit.actor,
                request_id=visit.call.request_id,
            )  # fmt: skip
            said = _("Corrected. Whoever pays is told, with your reason.")
            return visit.go(f"{HERE}/{plan_id}", said)
    return await _plan(visit, plan_id, corrected=form)


@routes.post(f"{HERE}/{{plan_id}}/end", gate=OPERATOR)
async def end_plan(visit: VisitDep, plan_id: PlanId) -> Response:
    form = await visit.form(Ended)
    if form.model is not None:
        async with visit.trying(form):
            plan = await _live(visit, plan_id)
            await usage.end_plan(
                visit.tx, plan.terms.subject, reason=form.model.end_reason, actor=visit.actor,
                request_id=visit.call.request_id,
            )  # fmt: skip
            said = _("Ended. Its last month is invoiced the day after that month.")
            return visit.go(f"{HERE}/{plan_id}", said)
    return await _plan(visit, plan_id, ended=form)


async def _page(
    visit: Visit, form: Filled[Opened], *, state: str = "live", before: str = ""
) -> Response:
    tx = visit.tx
    found = await usage.standings(tx, ended=state == "ended", before=before, limit=PAGE + 1)
    shown, over = found[:PAGE], await usage.to_invoice(tx)
    waits = [
        (each.plan, sheet(one))
        for each in over
        for one in each.waiting
        if usage.month_after(one.month) <= tx.now
    ]
    return visit.page(
        "operator/usage.html", status=form.status, form=form, state=state, before=before,
        plans=[_row(each) for each in shown], next=shown[-1].plan.id if len(found) > PAGE else "",
        waits=waits, sum=Money(sum(one.total.minor for _, one in waits)),
        names=await names_of(tx, [each.plan.terms.subject for each in (*shown, *over)]),
        waiting=(await queues(tx)).counts,
    )  # fmt: skip


def _row(each: usage.Standing) -> dict[str, Any]:
    """A plan for the list."""
    plan, to_come = each.plan, [one for one in each.waiting if one.month == each.month]
    return {
        "plan": plan, "price": call_price(plan), "units": each.units, "minimum": Money(plan.terms.minimum),
        "monthly": Money(plan.terms.monthly), "cap": _cap(plan),
        "share": each.units * 100 // plan.cap_units if plan.cap_units else None,
        "to_come": sheet(to_come[0]) if to_come else None,
    }  # fmt: skip


async def _plan(
    visit: Visit,
    plan_id: str,
    *,
    capped: Filled[Capped] | None = None,
    corrected: Filled[Corrected] | None = None,
    ended: Filled[Ended] | None = None,
) -> Response:
    tx, plan = visit.tx, await _named(visit, plan_id)
    found = await usage.usage_of(tx, plan)
    forms = [form for form in (capped, corrected, ended) if form is not None]
    keys = {key.id: key.name for key in await access.api_keys(tx, plan.terms.subject)}
    made = [(sheet(one), await invoices.of_source(tx, one.id)) for one in found.invoices]
    return visit.page(
        "operator/usage-plan.html", status=forms[0].status if forms else 200, found=found, plan=plan,
        capped=capped or Filled(), corrected=corrected or Filled(), ended=ended or Filled(),
        name=(await names_of(tx, [plan.terms.subject])).get(plan.terms.subject, plan.terms.subject),
        price=call_price(plan), cap=_cap(plan), terms={
            "minimum": Money(plan.terms.minimum), "monthly": Money(plan.terms.monthly),
            "setup": Money(plan.terms.setup),
        }, sheets=[sheet(each) for each in found.waiting], made=made, reason_max=LENGTH_MAX,
        keys=[(keys.get(key, key), units) for key, units in found.keys],
        months=[(month, month) for month in _months(plan, tx.now)], waiting=(await queues(tx)).counts,
    )  # fmt: skip


def _months(plan: usage.Plan, now: datetime) -> Sequence[str]:
    """Those that can be corrected, the newest first."""
    month, found = plan.last_month(now), list[str]()
    while month >= usage.month_of(plan.starts_at) and len(found) < MONTHS:
        found.append(f"{month:%Y-%m}")
        month = usage.month_of(month - timedelta(days=1))
    return found


def _cap(plan: usage.Plan) -> Money | None:
    return None if plan.terms.cap is None else Money(plan.terms.cap)


async def _named(visit: Visit, plan_id: str) -> usage.Plan:
    """Raises NoUsagePlan."""
    found = (await usage.plans_by_id(visit.tx, [plan_id])).get(plan_id)
    if found is None:
        raise usage.NoUsagePlan(subject=plan_id)
    return found


async def _live(visit: Visit, plan_id: str) -> usage.Plan:
    """Raises NoUsagePlan where it has ended: its customer may have another one, which was not meant."""
    found = await _named(visit, plan_id)
    if found.ends_at is not None:
        raise usage.NoUsagePlan(subject=found.terms.subject)
    return found
