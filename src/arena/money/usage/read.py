"""What a customer sees of what he uses, and operators of all who pay by the call: months, days, keys, invoices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from arena.kit.db import Tx
from arena.money.usage import store
from arena.money.usage.model import Counted, Invoice, NoUsagePlan, Plan, Waiting, month_after
from arena.money.usage.rate import cost, share_of_month, true_up, waiting
from arena.money.usage.store import Event


@dataclass(frozen=True, slots=True)
class Usage:
    """Cents. Of the open month, or the last one of a plan that has ended: `so_far` is what its calls cost, `minimum`
    what it costs at least, `true_up` what is missing to it; `days` and `keys` are calls, which with `corrected` add up
    to `units`. `waiting` are the invoices to come as they stand now. What was called in the last second may not be
    there yet."""

    plan: Plan
    month: datetime
    month_ends: datetime
    units: int
    so_far: int
    minimum: int
    true_up: int
    cap_units: int | None
    days: Sequence[tuple[datetime, int]]
    keys: Sequence[tuple[str, int]]
    corrected: int
    months: Sequence[Counted]
    invoices: Sequence[Invoice]
    waiting: Sequence[Waiting]
    corrections: Sequence[Event]

    @property
    def next_invoice(self) -> Waiting | None:
        """That of `month`; None where it was made, or nothing is on it."""
        return next((each for each in self.waiting if each.month == self.month), None)


@dataclass(frozen=True, slots=True)
class Standing:
    """A plan as operators list it: units of the open or last month, and the invoices to come as they stand now."""

    plan: Plan
    month: datetime
    units: int
    waiting: Sequence[Waiting]


async def usage(tx: Tx, subject: str) -> Usage:
    """Of the plan that goes on, or else of the last one. Raises NoUsagePlan."""
    plan = await store.newest_plan(tx, subject)
    if plan is None:
        raise NoUsagePlan(subject=subject)
    return await usage_of(tx, plan)


async def usage_of(tx: Tx, plan: Plan) -> Usage:
    month = plan.last_month(tx.now)
    months = await store.months(tx, plan.id)
    units = next((each.units for each in months if each.month == month), 0)
    days = await store.days(tx, plan.id, month)
    open_months = (await store.uninvoiced(tx, [plan.id]))[plan.id]
    return Usage(
        plan, month, month_after(month), units, cost(units, plan.terms.price_micros),
        share_of_month(plan, month, plan.terms.minimum), true_up(plan, month, units), plan.cap_units,
        days, await store.keys(tx, plan.id, month), units - sum(count for _, count in days), months,
        await store.invoices(tx, plan.id), waiting(plan, open_months, tx.now),
        await store.corrections(tx, plan.id),
    )  # fmt: skip


async def standings(
    tx: Tx,
    *,
    subject: str | None = None,
    ended: bool | None = None,
    before: str = "",
    limit: int = 50,
) -> list[Standing]:
    """Plans, the newest first; `before` is the last id already seen."""
    plans = await store.plans(tx, subject=subject, ended=ended, before=before, limit=limit)
    return await _standings(tx, plans)


async def to_invoice(tx: Tx, limit: int = 200) -> list[Standing]:
    """Plans with a month that is over and has no invoice yet, the oldest month first."""
    return await _standings(tx, await store.due(tx, tx.now, limit, lock=False))


async def _standings(tx: Tx, plans: Sequence[Plan]) -> list[Standing]:
    open_months = await store.uninvoiced(tx, [plan.id for plan in plans])
    counted = await store.units_of(tx, {plan.id: plan.last_month(tx.now) for plan in plans})
    return [
        Standing(
            plan, plan.last_month(tx.now), counted.get(plan.id, 0),
            waiting(plan, open_months[plan.id], tx.now),
        )
        for plan in plans
    ]  # fmt: skip
