"""Keys of collectives: an operator binds a new one where all were lost, and stops what should not have been begun."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Path, Query
from pydantic import AfterValidator, Field
from starlette.responses import Response

from arena.kit.clock import wall_now
from arena.kit.page import encode_cursor, page_of
from arena.kit.signing import to_base64
from arena.people import access, identity
from arena.web.page import Filled, Form, Pages, Visit, VisitDep, _
from arena.web.pages.operator.reason import LENGTH_MAX, LENGTH_MIN, Reason
from arena.web.pages.operator.room import OPERATOR, PAGE, place_of
from arena.web.views.desk import queues

routes = Pages()
HERE = "/operator/recoveries"
PROOF_MAX = 2000
RecoveryId = Annotated[str, Path(pattern=r"^rec_[0-9a-hjkmnp-tv-z]{26}$")]
After = Annotated[str | None, Query(max_length=500)]
# By status: its words, and the tone of its badge.
TONES = {"waiting": "warn", "bound": "good", "stopped": "plain"}


def _proof(text: str) -> str:
    """JSON as `sigma recovery-proof` prints it."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    names = ("public_key", "created", "proof")
    if not isinstance(found, dict) or not all(isinstance(found.get(n), str) for n in names):
        raise ValueError(_("Paste it whole, from the first brace to the last."))
    return text


class NewRecovery(Form):
    collective_id: Annotated[str, Field(pattern=r"^col_[0-9a-hjkmnp-tv-z]{26}$")]
    proof: Annotated[str, Field(max_length=PROOF_MAX), AfterValidator(_proof)]
    reason: Reason


class StopForm(Form):
    reason: Reason


@dataclass(frozen=True, slots=True)
class Line:
    recovery: identity.KeyRecovery
    collective: str
    public_key: str
    begun_by: str


@routes.get(HERE, gate=OPERATOR)
async def recoveries_page(
    visit: VisitDep, collective: Annotated[str, Query(max_length=60)] = "", after: After = None
) -> Response:
    return await _page(visit, Filled({"collective_id": collective}), after=after)


@routes.post(HERE, gate=OPERATOR)
async def begin(visit: VisitDep) -> Response:
    form = await visit.form(NewRecovery)
    if form.model is not None:
        async with visit.trying(form):
            said = json.loads(form.model.proof)
            begun = await access.recover_keys(
                visit.tx, visit.settings, form.model.collective_id,
                access.KeyProof(said["public_key"], said["created"], said["proof"]),
                reason=form.model.reason, by=visit.actor.id, request_id=visit.call.request_id,
            )  # fmt: skip
            whose = await identity.collective(visit.tx, begun.collective_id)
            return visit.go(
                HERE,
                _("The new key of %(name)s waits. Its owner is told by mail.", name=whose.name),
            )
    return await _page(visit, form)


@routes.post(f"{HERE}/{{recovery_id}}/stop", gate=OPERATOR)
async def stop(visit: VisitDep, recovery_id: RecoveryId) -> Response:
    form = await visit.form(StopForm)
    if form.model is not None:
        async with visit.trying(form):
            await identity.stop_recovery(
                visit.tx, recovery_id, by=visit.actor.id, reason=form.model.reason,
                request_id=visit.call.request_id,
            )  # fmt: skip
            return visit.go(HERE, _("Stopped. The keys of the collective are as they were."))
    return await _page(visit, Filled(), stopping=form, about=recovery_id)


async def _page(
    visit: Visit,
    form: Filled[NewRecovery],
    *,
    after: str | None = None,
    stopping: Filled[StopForm] | None = None,
    about: str = "",
) -> Response:
    """The page, with the form that was refused on it, if one was; `about` is the recovery it was about."""
    tx = visit.tx
    rows = await identity.recoveries(tx, after=place_of(after), limit=PAGE + 1)
    page = page_of(rows, PAGE, lambda one: encode_cursor(one.begun_at.isoformat(), one.id))
    refused = stopping or form
    return visit.page(
        "operator/recoveries.html", status=refused.status, form=form, lines=await _lines(visit, page.data),
        stopping=stopping or Filled(), about=about, tones=TONES, now=wall_now(),
        hours=visit.settings.key_recovery_wait_hours, origin_of=visit.settings.origin,
        next=f"{HERE}?after={page.next}" if page.next else "", first=HERE if after else "",
        reason_min=LENGTH_MIN, reason_max=LENGTH_MAX, waiting=(await queues(tx)).counts,
    )  # fmt: skip


async def _lines(visit: Visit, found: Sequence[identity.KeyRecovery]) -> list[Line]:
    persons = await identity.persons(visit.tx, [one.begun_by for one in found])
    names = {
        row["id"]: row["name"]
        for row in await visit.tx.fetch(
            "select id, name from collective where id = any($1::text[])",
            [one.collective_id for one in found],
        )
    }
    return [
        Line(one, names[one.collective_id], to_base64(one.public_key), persons[one.begun_by].name)
        for one in found
    ]
