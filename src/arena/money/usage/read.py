"""What a customer sees of what he uses: this month so far, by day and by key, and his invoices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from arena.kit.db import Tx
from arena.money.usage import store
from arena.money.usage.model import Counted, Invoice, Plan, month_after, month_of
from arena.money.usage.plans import live_plan
from arena.money.usage.rate import cost, share_of_month, true_up


@dataclass(frozen=True, slots=True)
class Usage:
    """Cents. `so_far` is what the calls of the open month cost, `minimum` what it costs at least, `true_up` what is
    missing to it; `days` and `keys` are units. What was called in the last second may not be there yet."""

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
    months: Sequence[Counted]
    invoices: Sequence[Invoice]


async def usage(tx: Tx, subject: str) -> Usage:
    """Raises NoUsagePlan."""
    plan = await live_plan(tx, subject)
    month = month_of(tx.now)
    months = await store.months(tx, plan.id)
    units = next((each.units for each in months if each.month == month), 0)
    return Usage(
        plan, month, month_after(month), units, cost(units, plan.terms.price_micros),
        share_of_month(plan, month, plan.terms.minimum), true_up(plan, month, units), plan.cap_units,
        await store.days(tx, plan.id, month), await store.keys(tx, plan.id, month), months,
        await store.invoices(tx, plan.id),
    )  # fmt: skip
