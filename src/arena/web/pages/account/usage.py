"""What calls by key cost, one's own or a collective's: this month by day and key, the cap, corrections, invoices."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated

from fastapi import Query
from pydantic import AfterValidator, Field
from starlette.responses import Response

from arena.kit.money import Money
from arena.money import usage
from arena.people import access
from arena.people.access import needs
from arena.web.draw import Bar, bar_figure
from arena.web.page import Filled, Form, Pages, Visit, VisitDep, _
from arena.web.page.numbers import count
from arena.web.views.desk import names_of
from arena.web.views.usage_lines import call_price, sheet

routes = Pages()
PERSON = needs("subscriptions:write", kinds=("person",))
PAGE = "account/usage.html"
HERE = "/account/usage"
SUBJECT = r"^((usr|col)_[0-9a-z]{1,40})?$"


def dollars(stated: str) -> str:
    text = stated.replace(",", "").strip()
    if text and not (text.replace(".", "", 1).isdigit() and len(text.partition(".")[2]) <= 2):
        raise ValueError(_("Write dollars like 750 or 750.50; leave it empty for no cap."))
    if text and Decimal(text) > 10**9:
        raise ValueError(_("A cap is at most a billion dollars."))
    return text


class Cap(Form):
    cap: Annotated[str, AfterValidator(dollars)] = ""
    subject: Annotated[str, Field(pattern=SUBJECT)] = ""


@routes.get("/account/usage", gate=PERSON)
async def usage_page(
    visit: VisitDep, subject: Annotated[str, Query(pattern=SUBJECT)] = ""
) -> Response:
    """`subject` is a collective that the visitor owns; he himself, or the first who pays, where it is left out."""
    return await _usage(visit, Filled[Cap](), subject)


@routes.post("/account/usage/cap", gate=PERSON)
async def set_cap(visit: VisitDep) -> Response:
    form = await visit.form(Cap)
    subject = form.values.get("subject", "")
    if form.model is not None:
        subject = form.model.subject
        async with visit.trying(form):
            cents = cents_of(form.model.cap)
            whose = await usage.own_subject(visit.tx, visit.actor, subject or None)
            await usage.set_cap(
                visit.tx, whose, cents, actor=visit.actor, request_id=visit.call.request_id
            )
            return visit.go(
                f"{HERE}?subject={subject}" if subject else HERE,
                _("The cap is set; it holds within a minute everywhere."),
            )
    return await _usage(visit, form, subject)


def cents_of(cap: str) -> int | None:
    return int(Decimal(cap) * 100) if cap else None


async def _usage(visit: Visit, form: Filled[Cap], subject: str) -> Response:
    tx, me = visit.tx, visit.actor
    payers = await usage.payers(tx, await usage.subjects_of(tx, me))
    if not payers and not subject:
        return visit.page(PAGE, status=form.status, found=None, form=form)
    # Who pays for a collective only comes to its page at once.
    whose = await usage.own_subject(tx, me, subject or (me.id if me.id in payers else payers[0]))
    found = await usage.usage(tx, whose)
    names = {key.id: key.name for key in await access.api_keys(tx, whose)}
    terms, to_come = found.plan.terms, found.next_invoice
    return visit.page(
        PAGE, status=form.status, form=form, found=found, drawing=_drawing(found), whose=whose, me=me.id,
        payers=payers, names=await names_of(tx, payers), so_far=Money(found.so_far), minimum=Money(found.minimum),
        cap=None if terms.cap is None else Money(terms.cap), call_price=call_price(found.plan),
        ends=(found.plan.ends_at or found.month_ends) - timedelta(seconds=1),
        to_come=None if to_come is None else sheet(to_come),
        waiting=[sheet(each) for each in found.waiting if each is not to_come],
        keys=[(names.get(key, key), units) for key, units in found.keys],
        invoices=[sheet(each) for each in found.invoices],
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
