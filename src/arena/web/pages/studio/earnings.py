"""What a creator has earned: on hold, available, on its way, owed, and month by month."""

from typing import Annotated

from fastapi import Path
from starlette.responses import Response

from arena.money import earnings
from arena.people import identity
from arena.people.access import needs
from arena.web.draw import Bar, bar_figure
from arena.web.page import N_, Pages, VisitDep, _
from arena.web.page.numbers import money
from arena.web.views.earned import earned_with

routes = Pages()
WAITS = 50
KINDS: dict[str, str] = {
    "payment.captured": N_("Your part of charges"), "hold.released": N_("Holds that ended"),
    "hold.reversed": N_("Put right after refunds"), "clawback.settled": N_("Debts settled"),
    "refund.owed": N_("Refunds owed to customers"), "refund.issued": N_("Refunds"),
    "dispute.opened": N_("Disputes begun"), "dispute.won": N_("Disputes won"),
    "dispute.lost": N_("Disputes lost"), "payout.reserved": N_("Payouts sent"),
    "payout.reversed": N_("Payouts that came back"), "usage.invoiced": N_("Usage"),
    "minimum.true_up": N_("Agreed minimums"), "performance_fee.crystallised": N_("Performance fees"),
    "receivable.waived": N_("Invoices given up"), "adjustment.manual": N_("Corrections"),
    "prior_period": N_("Posted after its month was closed"),
}  # fmt: skip
JournalId = Annotated[str, Path(pattern=r"^jrn_[0-9a-z]{1,40}$")]
EARNER = needs("payouts:write", kinds=("person",))


@routes.get("/studio/earnings", gate=EARNER)
async def show(visit: VisitDep) -> Response:
    hold = earnings.Hold.of(visit.settings)
    months = await earnings.months(visit.tx, visit.actor.id)
    has = await earnings.earnings(visit.tx, visit.actor.id, hold)
    waits = await earnings.waiting(visit.tx, visit.actor.id, hold.wait)
    return visit.page(
        "studio/earnings.html",
        owns=await identity.collectives(visit.tx, owner_id=visit.actor.id, limit=1),
        has=has, pending_note=_pending_note(has, hold), waits=waits[:WAITS],
        waits_more=len(waits) if len(waits) > WAITS else 0,
        of=await earned_with(visit.tx, [one.reference for one in waits[:WAITS]]),
        months=months, drawing=_drawing(months), hold_days=hold.wait.days, reserve_days=hold.reserve.days,
        reserve_share=hold.reserve_bps / 10_000, platform_share=visit.settings.platform_share_bps / 10_000,
    )  # fmt: skip


@routes.get("/studio/earnings/journals/{journal_id}", gate=EARNER)
async def show_journal(visit: VisitDep, journal_id: JournalId) -> Response:
    """What a journal moved on the creator's own accounts, and what it was earned with."""
    found = await earnings.movement(visit.tx, visit.actor.id, journal_id)
    of = await earned_with(visit.tx, [found.reference])
    return visit.page("studio/journal.html", found=found, of=of[found.reference], kinds=KINDS)


def _pending_note(has: earnings.Earnings, hold: earnings.Hold) -> str:
    """Why it is pending: a hold that ends on a day, customers of whom nobody knows when they pay, or both."""
    held = has.pending - has.unpaid
    if not has.unpaid.minor:
        return _("on hold for %(days)s days", days=hold.wait.days)
    if held.minor <= 0:
        return _("waits for customers to pay")
    return _(
        "%(held)s on hold, %(unpaid)s waits for customers to pay",
        held=money(held), unpaid=money(has.unpaid),
    )  # fmt: skip


def _drawing(months: list[earnings.Month]) -> str:
    """What was earned less what was taken back, a bar a month; nothing where nothing ever moved."""
    if not any(one.earned.minor or one.taken.minor for one in months):
        return ""
    kept = [one.earned - one.taken for one in months]
    best, worst = max(kept, key=lambda m: m.minor), min(kept, key=lambda m: m.minor)
    label = _(
        "Earned less refunds by month, %(first)s to %(last)s: %(best)s in the best month, %(now)s in this one",
        first=f"{months[0].start:%Y-%m}", last=f"{months[-1].start:%Y-%m}", best=money(best),
        now=money(kept[-1]),
    )  # fmt: skip
    bars = [
        Bar(one.start.date(), float(each.minor), f"{one.start:%Y-%m}: {money(each)}")
        for one, each in zip(months, kept, strict=True)
    ]
    return bar_figure(bars, label, high=money(best), low=money(worst))
