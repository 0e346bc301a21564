"""What a month costs: calls at their price, and what they fall short of the minimum. Pure, whole cents."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from arena.money.usage.model import (
    LATE,
    MICROS,
    Counted,
    Line,
    LineKind,
    Plan,
    Waiting,
    month_after,
    month_of,
)


def cost(units: int, price_micros: int) -> int:
    """Cents, half a cent up; once for all calls of a line."""
    return (2 * units * price_micros + MICROS) // (2 * MICROS)


def share_of_month(plan: Plan, month: datetime, amount: int) -> int:
    """The part of a monthly amount for the seconds that the plan was alive in the month, rounded down."""
    end = month_after(month)
    until = end if plan.ends_at is None else min(end, plan.ends_at)
    alive = max(timedelta(0), until - max(month, plan.starts_at))
    return amount * (alive // timedelta(seconds=1)) // ((end - month) // timedelta(seconds=1))


def true_up(plan: Plan, month: datetime, units: int) -> int:
    """What the calls of a month fall short of its minimum, which a part of a month has a part of."""
    least = share_of_month(plan, month, plan.terms.minimum)
    return max(0, least - cost(units, plan.terms.price_micros))


def invoice_lines(plan: Plan, month: datetime, open_months: Sequence[Counted]) -> list[Line]:
    """Lines of the month's invoice. `open_months` are those with units that no invoice has, the month among them.

    An earlier month that was counted or corrected late has the difference to what was invoiced for it, in calls and in
    its true-up: calls that its minimum had paid for are not paid for again.
    """
    terms, lines = plan.terms, list[Line]()
    if terms.setup and month == month_of(plan.starts_at):
        lines.append(Line("set_up", month, 0, terms.setup))
    if contract := share_of_month(plan, month, terms.monthly):
        lines.append(Line("contract", month, 0, contract))
    here = next((each for each in open_months if each.month == month), Counted(month, 0, 0))
    if here.units:
        lines.append(Line("usage", month, here.units, cost(here.units, terms.price_micros)))
    if short := true_up(plan, month, here.units):
        lines.append(Line("minimum", month, 0, short))
    for late in open_months:
        if late.month < month:
            lines += _late(plan, late)
    return lines


def waiting(plan: Plan, uninvoiced: Sequence[Counted], now: datetime) -> list[Waiting]:
    """Invoices that are to be made yet, that of the open month as well, with what they come to as of now; oldest first.

    `uninvoiced` are months with units that no invoice has, oldest first. They are made as invoices are, month by month,
    so that what is shown is what will be billed.
    """
    found, month, open_months = list[Waiting](), plan.invoiced_until, list(uninvoiced)
    while month <= plan.last_month(now) or open_months:
        here = [each for each in open_months if each.month <= month]
        open_months = [each for each in open_months if each.month > month]
        if lines := invoice_lines(plan, month, here):
            found.append(Waiting(month, month_after(month) + LATE, lines))
        month = month_after(month)
    return found


def _late(plan: Plan, late: Counted) -> list[Line]:
    price = plan.terms.price_micros
    usage = cost(late.units, price) - cost(late.invoiced, price)
    minimum = true_up(plan, late.month, late.units) - true_up(plan, late.month, late.invoiced)
    both: list[tuple[LineKind, int, int]] = [
        ("usage", late.units - late.invoiced, usage),
        ("minimum", 0, minimum),
    ]
    return [
        Line(kind, late.month, units, amount) for kind, units, amount in both if units or amount
    ]
