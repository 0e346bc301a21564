"""What a creator has earned: on hold, available, on its way, owed, and month by month."""

from starlette.responses import Response

from arena.money import earnings
from arena.people import identity
from arena.people.access import needs
from arena.web.draw import Bar, bar_figure
from arena.web.page import Pages, VisitDep, _
from arena.web.page.numbers import money

routes = Pages()
EARNER = needs("payouts:write", kinds=("person",))


@routes.get("/studio/earnings", gate=EARNER)
async def show(visit: VisitDep) -> Response:
    hold = earnings.Hold.of(visit.settings)
    months = await earnings.months(visit.tx, visit.actor.id)
    return visit.page(
        "studio/earnings.html",
        owns=await identity.collectives(visit.tx, owner_id=visit.actor.id, limit=1),
        has=await earnings.earnings(visit.tx, visit.actor.id, hold),
        months=months, drawing=_drawing(months), hold_days=hold.wait.days, reserve_days=hold.reserve.days,
        reserve_share=hold.reserve_bps / 10_000, platform_share=visit.settings.platform_share_bps / 10_000,
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
