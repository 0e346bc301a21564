"""Plans that are paid by the call, months of them, invoices with their lines, and how usage is refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from arena.kit.errors import Conflict, Forbidden, NotFound, Refused

MICROS = 10_000
"""Millionths of a dollar in a cent; calls are rated in these and rounded once an invoice line."""
ALERTS = (50, 80, 100)
LATE = timedelta(hours=24)
"""A month is invoiced this long after its end; what is counted later goes onto the next invoice."""
LineKind = Literal["set_up", "contract", "usage", "minimum"]


@dataclass(frozen=True, slots=True)
class NewPlan:
    """What is agreed with a customer (`subject`: usr_… or col_…). Cents, but for the price of a call in micro-dollars.

    `minimum` is what a whole month costs at least, `monthly` a contract's fixed part beside it, `setup` is paid once,
    `cap` is what the calls of a month may cost at most.
    """

    subject: str
    price_micros: int = 10_000
    minimum: int = 50_000
    monthly: int = 0
    setup: int = 0
    cap: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan as kept; product times, half-open. Months before `invoiced_until` have their invoice."""

    id: str
    terms: NewPlan
    starts_at: datetime
    ends_at: datetime | None
    invoiced_until: datetime
    blocked_at: datetime | None = None
    """Its bills are long past due, or a payment of them is disputed: calls are refused until that is settled."""
    cap_number: int = 0
    """How often the cap was set: each cap has alerts of its own."""

    @property
    def cap_units(self) -> int | None:
        """How many calls fit under the cap."""
        cap = self.terms.cap
        return None if cap is None else cap * MICROS // self.terms.price_micros

    def last_month(self, now: datetime) -> datetime:
        """The open month; of a plan that has ended its last one."""
        return month_of(now if self.ends_at is None else min(now, self.ends_at))


@dataclass(frozen=True, slots=True)
class Counted:
    """A month's units so far, and how many of them have been invoiced."""

    month: datetime
    units: int
    invoiced: int


@dataclass(frozen=True, slots=True)
class Line:
    """Of an invoice: what for, whose service month, how many units (0 where none), cents."""

    kind: LineKind
    month: datetime
    units: int
    amount: int


@dataclass(frozen=True, slots=True)
class Invoice:
    """A month's invoice; lines of earlier months are what was counted or corrected late."""

    id: str
    plan_id: str
    month: datetime
    total: int
    lines: Sequence[Line]
    at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """An invoice that is to be made yet, with what it comes to as of now; `due_at` is when it is made."""

    month: datetime
    due_at: datetime
    lines: Sequence[Line]

    @property
    def total(self) -> int:
        return sum(line.amount for line in self.lines)


@dataclass(frozen=True, slots=True)
class UsageAlerted:
    """The calls of a month have cost `percent` of the cap, in cents; `cap_number` tells caps of one plan apart."""

    plan_id: str
    subject: str
    month: datetime
    percent: int
    cap: int = 0
    cap_number: int = 0

    @property
    def key(self) -> str:
        return self.plan_id


@dataclass(frozen=True, slots=True)
class UsageCorrected:
    """What was counted in a month was corrected by so many calls, mostly below zero. Ordered by plan."""

    plan_id: str
    subject: str
    event_id: str
    month: datetime
    units: int
    reason: str
    invoiced: bool

    @property
    def key(self) -> str:
        return self.plan_id


@dataclass(frozen=True, slots=True)
class UsageInvoiced:
    """A month of a plan is invoiced. `total` is cents, below zero where corrections outweigh the rest; `tax` of it is
    for `tax_country`. Ordered by plan."""

    plan_id: str
    subject: str
    invoice_id: str
    month: datetime
    total: int
    tax: int = 0
    tax_bps: int = 0
    tax_country: str | None = None
    reverse_charge: bool = False

    @property
    def key(self) -> str:
        return self.plan_id


def month_of(at: datetime) -> datetime:
    """The beginning of the calendar month, UTC, whatever zone `at` is told in."""
    at = at.astimezone(UTC)
    return datetime(at.year, at.month, 1, tzinfo=UTC)


def month_after(at: datetime) -> datetime:
    return month_of(month_of(at) + timedelta(days=32))


class CapReached(Forbidden):
    """Your calls of this month have reached your spend cap of {cap} dollars; nothing was done and nothing is billed.
    Raise the cap with PUT /usage/cap, or wait for the next month."""

    status = 402


class InvoicesUnpaid(Forbidden):
    """Invoices for your calls are long past due, or a payment of them is disputed with your bank, so calls by key are
    refused; nothing was done and nothing is billed. Sign in and settle that at /account/invoices; calls go on then."""

    status = 402


class NoUsagePlan(NotFound):
    """There is no plan of {subject} that is paid by the call, or not for you to see: a collective's is its owner's. An
    operator makes plans."""


class PlanExists(Conflict):
    """{subject} has a plan already; end it before another one begins."""


class PlanRefused(Refused):
    """This plan cannot be: {why}. Change it and send it again."""


class CorrectionRefused(Refused):
    """This correction cannot be: {why}. Change it and send it again."""
