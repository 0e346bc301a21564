"""Money moved between gateways: what each holds, a move entered by one operator and booked by another."""

import re
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import Field
from starlette.responses import Response

from arena.kit.money import Money
from arena.money import ledger
from arena.money.billing import operators
from arena.web.page import N_, Filled, Form, Line, Pages, Visit, VisitDep, _
from arena.web.pages.operator.amount import Amount, minor
from arena.web.pages.operator.gateway_words import NAMES
from arena.web.pages.operator.reason import LENGTH_MAX, Reason
from arena.web.pages.operator.room import OPERATOR
from arena.web.views.desk import names_of, queues

routes = Pages()
HERE = "/operator/ledger/moves"
MoveId = Annotated[str, Path(pattern=r"^gmv_[0-9a-z]{1,40}$")]
Name = Literal["fake", "manual", "stripe"]
STATES: dict[str, tuple[str, str]] = {
    "asked": (N_("waits for another operator"), "warn"), "booked": (N_("booked"), "good"),
    "withdrawn": (N_("withdrawn"), "plain"),
}  # fmt: skip
_ACCOUNT = re.compile(r"gateway:([a-z]+):balance")


class MoveForm(Form):
    """`amount` in whole units and cents, as people write it."""

    source: Name
    target: Name
    amount: Amount
    bank_reference: Annotated[Line, Field(min_length=1, max_length=140)]
    reason: Reason


class Decision(Form):
    act: Literal["book", "withdraw"]


@routes.get(HERE, gate=OPERATOR)
async def show(visit: VisitDep) -> Response:
    return await _page(visit, Filled())


@routes.post(HERE, gate=OPERATOR)
async def ask(visit: VisitDep) -> Response:
    form = await visit.form(MoveForm)
    if form.model is not None:
        sent = form.model
        new = operators.NewMove(
            sent.source, sent.target, Money(minor(sent.amount)), sent.bank_reference, sent.reason
        )  # fmt: skip
        async with visit.trying(form):
            await operators.ask_move(
                visit.tx, new, actor=visit.actor, intent=visit.call.intent, request_id=visit.call.request_id
            )  # fmt: skip
            return visit.go(HERE, _("Entered. It counts when another operator has booked it."))
    return await _page(visit, form)


@routes.post(f"{HERE}/{{move_id}}", gate=OPERATOR)
async def decide(visit: VisitDep, move_id: MoveId) -> Response:
    form = await visit.form(Decision)
    if form.model is not None:
        books = form.model.act == "book"
        verb = operators.book_move if books else operators.withdraw_move
        async with visit.trying(form):
            await verb(visit.tx, move_id, actor=visit.actor, request_id=visit.call.request_id)
            return visit.go(HERE, _("Booked.") if books else _("Withdrawn: nothing was booked."))
    return await _page(visit, form, about=move_id)


async def _page(visit: Visit, form: Filled[Any], *, about: str = "") -> Response:
    """The page, with the form that was refused on it, if one was; `about` is the move it was about."""
    tx = visit.tx
    found = await operators.gateway_moves(tx)
    held = {
        match[1]: Money(one.balance, one.currency)
        for one in await ledger.balances(tx, "gateway:")
        if (match := _ACCOUNT.fullmatch(one.code))
    }
    return visit.page(
        "operator/gateway-moves.html", status=form.status, form=form, about=about, moves=found, states=STATES,
        held=held, names=NAMES, gateways=[(one, _(NAMES[one])) for one in operators.GATEWAYS],
        people=await names_of(tx, [who for one in found for who in (one.asked_by, one.decided_by) if who]),
        me=visit.actor.id, reason_max=LENGTH_MAX, waiting=(await queues(tx)).counts,
        largest=max((held[one].minor for one in held), default=0),
    )  # fmt: skip
