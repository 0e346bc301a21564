"""Payouts of a creator: the checklist, the button, what became of each; and the papers that payouts need."""

import re
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import Field
from starlette.responses import Response

from arena.kit.clock import from_iso
from arena.kit.money import Money
from arena.kit.page import BadCursor, decode_cursor, encode_cursor, page_of
from arena.money import payouts
from arena.web.page import Filled, Form, Line, Pages, Visit, VisitDep, _
from arena.web.pages.studio.earnings import EARNER
from arena.web.views.paying import FORMS, PAPERS, STATES, gate_lines

routes = Pages()
HERE, PAGE = "/studio/payouts", 20
PayoutId = Annotated[str, Path(pattern=r"^pyo_[0-9a-z]{26}$")]
Kind = Literal["identity", "tax_form", "account"]
_DOLLARS = re.compile(r"\$? ?(\d{1,3}(?:,\d{3})+|\d{1,10})(?:\.(\d{1,2}))?", re.ASCII)


class Ask(Form):
    """How much; nothing said: all that can be paid."""

    amount: Annotated[Line, Field(max_length=20)] = ""


class PaperForm(Form):
    form: Literal["person", "company", "w9", "w8ben", "w8bene", "fake", "manual"]
    name: Annotated[Line, Field(min_length=1, max_length=200)]
    country: Annotated[Line, Field(pattern=r"^[A-Za-z]{2}$")]
    secret: Annotated[Line, Field(max_length=100)] = ""


@routes.get(HERE, gate=EARNER)
async def show(
    visit: VisitDep, after: Annotated[str | None, Query(max_length=500)] = None
) -> Response:
    return await _page(visit, Filled(), after=after)


@routes.post(HERE, gate=EARNER)
async def ask(visit: VisitDep) -> Response:
    form = await visit.form(Ask)
    if form.model is not None:
        amount = _amount(form, form.model.amount)
        if not form.errors:
            async with visit.trying(form):
                made = await payouts.request_payout(
                    visit.tx, visit.settings, actor=visit.actor, amount=amount,
                    request_id=visit.call.request_id,
                )  # fmt: skip
                return visit.go(HERE, _said(made))
    return await _page(visit, form)


@routes.post(f"{HERE}/{{payout_id}}/cancel", gate=EARNER)
async def cancel(visit: VisitDep, payout_id: PayoutId) -> Response:
    form = await visit.form(Form)
    async with visit.trying(form):
        await payouts.cancel_payout(
            visit.tx, payout_id, actor=visit.actor, request_id=visit.call.request_id
        )
    if form.refusal is None:
        return visit.go(HERE, _("Cancelled: the money is available again."))
    return await _page(visit, form)


@routes.get(f"{HERE}/papers/{{kind}}", gate=EARNER)
async def paper(visit: VisitDep, kind: Kind) -> Response:
    if kind == "account" and visit.settings.payout_gateway == "stripe":
        return visit.go("/studio/payouts/account")  # it is opened, not handed in
    return await _paper_page(visit, kind, Filled())


@routes.post(f"{HERE}/papers/{{kind}}", gate=EARNER)
async def hand_in(visit: VisitDep, kind: Kind) -> Response:
    form = await visit.form(PaperForm)
    if form.model is not None:
        sent = form.model
        new = payouts.NewPaper(kind, sent.form, sent.name, sent.country.upper(), sent.secret)
        async with visit.trying(form):
            await payouts.hand_in(
                visit.tx, visit.settings.vault, new, actor=visit.actor,
                request_id=visit.call.request_id,
            )  # fmt: skip
            return visit.go(HERE, _("Handed in. An operator looks at it; you see the answer here."))
    return await _paper_page(visit, kind, form)


async def _page(visit: Visit, form: Filled[Any], *, after: str | None = None) -> Response:
    tx, me = visit.tx, visit.actor.id
    rows = await payouts.payouts_of(tx, me, after=_place(after), limit=PAGE + 1)
    found = await payouts.checklist_of(tx, me, visit.settings)
    return visit.page(
        "studio/payouts.html", status=form.status, form=form, checklist=found,
        gates=gate_lines(found), page=page_of(rows, PAGE, lambda p: encode_cursor(p.asked_at.isoformat(), p.id)),
        states=STATES, after=after, large=Money(visit.settings.payout_two_people_cents),
    )  # fmt: skip


async def _paper_page(visit: Visit, kind: Kind, form: Filled[Any]) -> Response:
    found = await payouts.papers_of(visit.tx, visit.actor.id)
    identity = found.get("identity")
    forms = (visit.settings.payout_gateway,) if kind == "account" else payouts.FORMS[kind]
    return visit.page(
        "studio/payout-paper.html", status=form.status, form=form, kind=kind, words=PAPERS[kind],
        forms=[(one, _(FORMS[one])) for one in forms], there=found.get(kind),
        name=identity.name if identity else "", country=identity.country if identity else "",
    )  # fmt: skip


def _place(after: str | None) -> tuple[datetime, str] | None:
    """Raises BadCursor."""
    if after is None:
        return None
    at, last_id = decode_cursor(after, (str, str))
    try:
        return from_iso(at), last_id
    except (ValueError, OverflowError):
        raise BadCursor from None


def _amount(form: Filled[Any], text: str) -> Money | None:
    """$1,234.50 is 123450 cents; what is wrong is noted on the form."""
    if not text:
        return None
    found = _DOLLARS.fullmatch(text)
    if found is None:
        form.errors["amount"] = _("Dollars and cents, like 250 or 250.50.")
        return None
    return Money(int(found[1].replace(",", "")) * 100 + int((found[2] or "").ljust(2, "0")))


def _said(made: payouts.Payout) -> str:
    if made.state == "requested":
        return _("Set aside. Two operators look at payouts of this size before they are sent.")
    return _("Set aside. It is sent within the hour.")
