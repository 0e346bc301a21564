"""What calls by key cost: this month by day and key, the cap, the months before and their invoices."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator
from starlette.responses import Response

from arena.kit.money import Money
from arena.money import usage
from arena.people import access
from arena.people.access import needs
from arena.web.draw import Bar, bar_figure
from arena.web.page import N_, Filled, Form, Pages, Visit, VisitDep, _
from arena.web.page.numbers import count

routes = Pages()
PERSON = needs("subscriptions:write", kinds=("person",))
PAGE = "account/usage.html"
LINES = {
    "set_up": N_("Set-up"), "contract": N_("Contract"), "usage": N_("Calls"), "minimum": N_("Up to the minimum"),
}  # fmt: skip


def _dollars(stated: str) -> str:
    text = stated.replace(",", "").strip()
    if text and not (text.replace(".", "", 1).isdigit() and len(text.partition(".")[2]) <= 2):
        raise ValueError(_("Write dollars like 750 or 750.50; leave it empty for no cap."))
    if text and Decimal(text) > 10**9:
        raise ValueError(_("A cap is at most a billion dollars."))
    return text


class Cap(Form):
    cap: Annotated[str, AfterValidator(_dollars)] = ""


@routes.get("/account/usage", gate=PERSON)
async def usage_page(visit: VisitDep) -> Response:
    return await _usage(visit, Filled[Cap]())


@routes.post("/account/usage/cap", gate=PERSON)
async def set_cap(visit: VisitDep) -> Response:
    form = await visit.form(Cap)
    if form.model is not None:
        async with visit.trying(form):
            cents = int(Decimal(form.model.cap) * 100) if form.model.cap else None
            await usage.set_cap(
                visit.tx, visit.actor.id, cents, actor=visit.actor, request_id=visit.call.request_id
            )
            return visit.go(
                "/account/usage", _("The cap is set; it holds within a minute everywhere.")
            )
    return await _usage(visit, form)


async def _usage(visit: Visit, form: Filled[Cap]) -> Response:
    try:
        found = await usage.usage(visit.tx, visit.actor.id)
    except usage.NoUsagePlan:
        return visit.page(PAGE, status=form.status, found=None, form=form)
    names = {key.id: key.name for key in await access.api_keys(visit.tx, visit.actor.id)}
    terms = found.plan.terms
    return visit.page(
        PAGE, status=form.status, form=form, found=found, drawing=_drawing(found),
        so_far=Money(found.so_far), due=Money(found.so_far + found.true_up + terms.monthly),
        minimum=Money(found.minimum), monthly=Money(terms.monthly), cap=None if terms.cap is None else Money(terms.cap),
        call_price=Decimal(terms.price_micros) / 1_000_000, ends=found.month_ends - timedelta(seconds=1),
        keys=[(names.get(key, key), units) for key, units in found.keys],
        invoices=[
            (each, Money(each.total), [(_(LINES[line.kind]), line, Money(line.amount)) for line in each.lines])
            for each in found.invoices
        ],
    )  # fmt: skip


def _drawing(found: usage.Usage) -> str:
    """Calls by day of the open month; nothing where there were none."""
    if not found.days:
        return ""
    most = max(units for _day, units in found.days)
    label = _(
        "Calls by day since %(first)s: at most %(most)s a day",
        first=f"{found.month:%Y-%m-%d}", most=count(most),
    )  # fmt: skip
    bars = [
        Bar(day.date(), float(units), f"{day:%Y-%m-%d}: {count(units)}")
        for day, units in found.days
    ]
    return bar_figure(bars, label, high=count(most), low="0")
