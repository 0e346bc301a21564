"""Usage that is paid by the call: counted once, kept below its cap, rated and invoiced by the month."""

from arena.money.usage.count import NEWS
from arena.money.usage.invoice import invoice_due
from arena.money.usage.letters import send_usage_alert
from arena.money.usage.meter import Meter, Slot
from arena.money.usage.model import (
    LATE,
    CapReached,
    CorrectionRefused,
    Counted,
    Invoice,
    InvoicesUnpaid,
    Line,
    NewPlan,
    NoUsagePlan,
    Plan,
    PlanExists,
    PlanRefused,
    UsageAlerted,
    UsageInvoiced,
    month_after,
    month_of,
)
from arena.money.usage.plans import block, correct, end_plan, live_plan, open_plan, set_cap
from arena.money.usage.rate import cost, invoice_lines
from arena.money.usage.read import Usage, usage
from arena.money.usage.store import Event, blocked, invoice, invoices, plans_by_id

__all__ = [
    "LATE",
    "NEWS",
    "CapReached",
    "CorrectionRefused",
    "Counted",
    "Event",
    "Invoice",
    "InvoicesUnpaid",
    "Line",
    "Meter",
    "NewPlan",
    "NoUsagePlan",
    "Plan",
    "PlanExists",
    "PlanRefused",
    "Slot",
    "Usage",
    "UsageAlerted",
    "UsageInvoiced",
    "block",
    "blocked",
    "correct",
    "cost",
    "end_plan",
    "invoice",
    "invoice_due",
    "invoice_lines",
    "invoices",
    "live_plan",
    "month_after",
    "month_of",
    "open_plan",
    "plans_by_id",
    "send_usage_alert",
    "set_cap",
    "usage",
]
