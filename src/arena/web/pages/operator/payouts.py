"""The payout queue: what waits to be approved, released, made by hand; papers to look at; stops in force."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import Field
from starlette.responses import Response

from arena.kit.clock import from_iso
from arena.kit.money import Money
from arena.kit.page import BadCursor, decode_cursor, encode_cursor
from arena.money import payouts
from arena.web.page import N_, Filled, Form, Line, Pages, Visit, VisitDep, _
from arena.web.page.answer import SECRET
from arena.web.pages.operator.reason import LENGTH_MAX, Reason
from arena.web.pages.operator.room import OPERATOR, age
from arena.web.views.desk import names_of, queues
from arena.web.views.paying import FORMS, PAPERS, STATES, STEPS, closed_words

routes = Pages()
HERE = "/operator/payouts"
PayoutId = Annotated[str, Path(pattern=r"^pyo_[0-9a-z]{26}$")]
PaperId = Annotated[str, Path(pattern=r"^ppr_[0-9a-z]{26}$")]
StopId = Annotated[str, Path(pattern=r"^pst_[0-9a-z]{26}$")]

After = Annotated[str | None, Query(max_length=500)]


class Act(Form):
    """What is done to a payout; some of it needs words."""

    act: Literal["approve", "release", "paid", "failed", "reverse", "keep", "cancel"]
    words: Annotated[Line, Field(max_length=LENGTH_MAX)] = ""


class Verdict(Form):
    """Accepting needs no reason; a refusal does, and the payee reads it."""

    verdict: Literal["accept", "refuse"]
    reason: Reason | None = None


class Why(Form):
    reason: Reason


class NewStop(Form):
    person_id: Annotated[Line, Field(pattern=r"^usr_[0-9a-z]{26}$")]
    reason: Reason


@routes.get(HERE, gate=OPERATOR)
async def show(visit: VisitDep, after: After = None) -> Response:
    """`after`: where the list of what waits for an operator goes on."""
    return await _page(visit, after=_place(after))


# Before the payout whose id might be "stops".
@routes.post(f"{HERE}/stops", gate=OPERATOR)
async def stop(visit: VisitDep) -> Response:
    form = await visit.form(NewStop)
    if form.model is not None:
        async with visit.trying(form):
            await payouts.stop_payouts(
                visit.tx, form.model.person_id, reason=form.model.reason, actor=visit.actor,
                request_id=visit.call.request_id,
            )  # fmt: skip
            return visit.go(HERE, _("Stopped: nothing is paid to them until you lift it."))
    return await _page(visit, stopping=form)


@routes.post(f"{HERE}/{{payout_id}}", gate=OPERATOR)
async def act(visit: VisitDep, payout_id: PayoutId) -> Response:
    form = await visit.form(Act)
    if form.model is not None:
        wanted = form.model
        if wanted.act in ("failed", "reverse", "keep", "cancel", "paid") and not wanted.words:
            form.errors["words"] = _("Give the bank's reference, or say why.")
        else:
            async with visit.trying(form):
                moved = await _do(visit, payout_id, wanted)
                asked = wanted.act == "reverse" and moved.state == "paid"
                return visit.go(HERE, _(_ASKED if asked else _SAID[wanted.act]))
    return await _page(visit, form=form, about=payout_id)


@routes.post(f"{HERE}/papers/{{paper_id}}/decide", gate=OPERATOR)
async def decide(visit: VisitDep, paper_id: PaperId) -> Response:
    form = await visit.form(Verdict)
    if form.model is not None and form.model.verdict == "refuse" and form.model.reason is None:
        form.errors["reason"] = _("Say why: the payee reads it.")
    elif form.model is not None:
        async with visit.trying(form):
            decided = await payouts.decide_paper(
                visit.tx, paper_id, accept=form.model.verdict == "accept", actor=visit.actor,
                reason=form.model.reason, request_id=visit.call.request_id,
                documents_required=visit.settings.identity_documents == "required",
            )  # fmt: skip
            said = (
                N_("Accepted.")
                if decided.state == "accepted"
                else N_("Refused; the payee reads why.")
            )
            return visit.go(HERE, _(said))
    return await _page(visit, form=form, about=paper_id)


@routes.post(f"{HERE}/papers/{{paper_id}}/reveal", gate=OPERATOR)
async def reveal(visit: VisitDep, paper_id: PaperId) -> Response:
    """The answer shows what is sealed, this once; the look is in the audit trail."""
    form = await visit.form(Why)
    if form.model is not None:
        async with visit.trying(form):
            secret = await payouts.reveal(
                visit.tx, visit.settings.vault, paper_id, actor=visit.actor,
                reason=form.model.reason, request_id=visit.call.request_id,
            )  # fmt: skip
            return visit.page(
                "operator/payout-secret.html", caching=SECRET, secret=secret,
                waiting=(await queues(visit.tx)).counts,
            )  # fmt: skip
    return await _page(visit, form=form, about=paper_id)


@routes.post(f"{HERE}/stops/{{stop_id}}/lift", gate=OPERATOR)
async def lift(visit: VisitDep, stop_id: StopId) -> Response:
    form = await visit.form(Why)
    if form.model is not None:
        async with visit.trying(form):
            await payouts.lift_stop(
                visit.tx, stop_id, actor=visit.actor, reason=form.model.reason,
                request_id=visit.call.request_id,
            )  # fmt: skip
            return visit.go(HERE, _("Lifted."))
    return await _page(visit, form=form, about=stop_id)


_SAID = {
    "approve": N_("Approved. Another operator has to release it."),
    "release": N_("Released: it is sent within the hour."),
    "paid": N_("Noted as paid."), "failed": N_("Noted as failed; the money is available again."),
    "keep": N_("It stays paid."),
    "reverse": N_("Noted as come back; the money is available again."),
    "cancel": N_("Cancelled; the money is available again."),
}  # fmt: skip


_ASKED = N_("Noted. It took two people to send it: another operator has to say so, too.")


async def _do(visit: Visit, payout_id: str, wanted: Act) -> payouts.Payout:
    tx, me, request_id, words = visit.tx, visit.actor, visit.call.request_id, wanted.words
    check = visit.settings.identity_check
    match wanted.act:
        case "approve":
            return await payouts.approve_payout(
                tx, payout_id, actor=me, identity_check=check, request_id=request_id
            )
        case "release":
            return await payouts.release_payout(
                tx, payout_id, actor=me, identity_check=check, request_id=request_id
            )
        case "reverse":
            return await payouts.reverse_payout(
                tx, payout_id, reason=words, actor=me, request_id=request_id
            )
        case "keep":
            return await payouts.drop_reversal(
                tx, payout_id, reason=words, actor=me, request_id=request_id
            )
        case "cancel":
            return await payouts.cancel_payout(
                tx, payout_id, reason=words, actor=me, request_id=request_id
            )
    paid = wanted.act == "paid"
    sent = payouts.Sent(wanted.act, words if paid else None, None if paid else words)
    return await payouts.record_outcome(tx, payout_id, sent, actor=me, request_id=request_id)


def _place(after: str | None) -> tuple[datetime, str] | None:
    """Anything that is no place begins anew."""
    try:
        at, last_id = decode_cursor(after or "", (str, str))
        return from_iso(at), last_id
    except (BadCursor, ValueError, OverflowError):
        return None


async def _page(
    visit: Visit,
    *,
    form: Filled[Any] | None = None,
    about: str = "",
    stopping: Filled[NewStop] | None = None,
    after: tuple[datetime, str] | None = None,
) -> Response:
    """The page, with the form that was refused on it, if one was; `about` is what it was about."""
    found = await payouts.queue(visit.tx, identity_check=visit.settings.identity_check, after=after)
    listed = (*found.to_do, *found.on_the_way, *found.come_back, *found.settled)
    ids = [one.person_id for one in listed]
    ids += [one.person_id for one in found.papers] + [one.person_id for one in found.stops]
    for one in listed:
        ids += [by for by in (one.approved_by, one.reversal_asked_by) if by]
    refused = form or stopping
    steps = await payouts.steps_among(visit.tx, [one.id for one in listed])
    last = found.to_do[-1] if found.more else None
    return visit.page(
        "operator/payouts.html", status=refused.status if refused else 200, queue=found,
        names=await names_of(visit.tx, ids), steps=steps, step_words=STEPS, states=STATES, papers=PAPERS, forms=FORMS,
        form=form or Filled(), about=about, stopping=stopping or Filled(), me=visit.actor.id,
        now=visit.tx.now, age=age, waiting=(await queues(visit.tx)).counts, reason_max=LENGTH_MAX,
        large=Money(visit.settings.payout_two_people_cents), closed_words=closed_words, behind=after is not None,
        next=None if last is None else encode_cursor(last.asked_at.isoformat(), last.id),
    )  # fmt: skip
