"""Operators' JSON for books beside the gateways': compare now, explain lines and sign that, events given up."""

from typing import Annotated, Literal

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from arena.kit.clock import iso_ms
from arena.money.billing.choose import gateways_in_use
from arena.money.billing.given_up import given_up_events, retry_event
from arena.money.billing.operators.explain import (
    LINES_MAX,
    Explanation,
    NewExplanation,
    ask_explanation,
    explanations,
    sign_explanation,
    withdraw_explanation,
)
from arena.money.billing.operators.look import compare_now
from arena.people.access import CallDep, Routes, needs

routes = Routes("billing")
OPERATOR = needs("operate", kinds=("person",))
ExplanationId = Annotated[str, Path(pattern=r"^bex_[0-9a-z]{1,40}$")]
Gateway = Literal["fake", "manual", "stripe"]
Line = Annotated[str, Field(pattern=r"^[A-Za-z0-9_:.-]{1,120}$")]


class ComparedView(BaseModel):
    """How a gateway's books and ours agreed just now."""

    gateway: str
    compared_at: str
    matched: int
    ours_only: int
    theirs_only: int


class NewExplanationBody(BaseModel):
    """Lines that belong together: `ours` are ids of journals or of adjustments, `theirs` the gateway's. Both sides come
    to the same amount; one may be empty where the other comes to nothing."""

    model_config = ConfigDict(extra="forbid")
    gateway: Gateway
    ours: list[Line] = Field(max_length=LINES_MAX)
    theirs: list[Line] = Field(max_length=LINES_MAX)
    reason: str = Field(min_length=4, max_length=500, pattern=r"^[^\x00]*$")


class ExplanationView(BaseModel):
    """Lines that one operator says belong together, whole minor units. `asked`: another one has to sign."""

    id: str
    gateway: str
    ours: list[str]
    theirs: list[str]
    amount: int
    currency: str
    reason: str
    state: str = Field(description="asked, signed or withdrawn.")
    asked_by: str
    decided_by: str | None
    at: str


class GivenUpView(BaseModel):
    """An event of a gateway that could not be heeded, and why. Times are wall clock."""

    gateway: str
    id: str
    kind: str
    about: str
    tries: int
    error: str
    received_at: str
    given_up_at: str


@routes.add("POST", "/reconciliation/compare", gate=OPERATOR, conducts=True)
async def compare(call: CallDep) -> list[ComparedView]:
    """Compares books with every gateway in use now, and not only once a day."""
    found = await compare_now(
        call.db, gateways_in_use(call.db, call.settings), actor=call.actor, request_id=call.request_id
    )  # fmt: skip
    return [
        ComparedView(
            gateway=one.gateway, compared_at=iso_ms(one.at), matched=one.matched, ours_only=one.ours_only,
            theirs_only=one.theirs_only,
        )
        for one in found
    ]  # fmt: skip


@routes.add("GET", "/reconciliation/explanations", gate=OPERATOR)
async def show_explanations(call: CallDep) -> list[ExplanationView]:
    """Those that wait for a signature first, then the newest (at most 50)."""
    return [_view(one) for one in await explanations(call.tx)]


@routes.add("POST", "/reconciliation/explanations", gate=OPERATOR, status_code=201)
async def ask(call: CallDep, body: NewExplanationBody) -> ExplanationView:
    """Says that lines belong together; they count as matched when another operator has signed."""
    new = NewExplanation(body.gateway, tuple(body.ours), tuple(body.theirs), body.reason)
    return _view(await ask_explanation(
        call.tx, new, actor=call.actor, intent=call.intent, request_id=call.request_id
    ))  # fmt: skip


@routes.add("POST", "/reconciliation/explanations/{explanation_id}/sign", gate=OPERATOR)
async def sign(call: CallDep, explanation_id: ExplanationId) -> ExplanationView:
    """Signs what another operator has said: its lines are matched."""
    return _view(await sign_explanation(
        call.tx, explanation_id, actor=call.actor, request_id=call.request_id
    ))  # fmt: skip


@routes.add("POST", "/reconciliation/explanations/{explanation_id}/withdraw", gate=OPERATOR)
async def withdraw(call: CallDep, explanation_id: ExplanationId) -> ExplanationView:
    """Takes an explanation back that is not signed."""
    return _view(await withdraw_explanation(
        call.tx, explanation_id, actor=call.actor, request_id=call.request_id
    ))  # fmt: skip


@routes.add("GET", "/gateway-events", gate=OPERATOR)
async def show_given_up(call: CallDep) -> list[GivenUpView]:
    """Events of gateways that could not be heeded for two days, oldest first (at most 100)."""
    return [
        GivenUpView(
            gateway=one.gateway, id=one.id, kind=one.kind, about=one.object_id, tries=one.tries, error=one.said,
            received_at=iso_ms(one.received_at), given_up_at=iso_ms(one.given_up_at),
        )
        for one in await given_up_events(call.tx)
    ]  # fmt: skip


@routes.add("POST", "/gateway-events/{gateway}/{event_id}/retry", gate=OPERATOR, status_code=202)
async def retry(
    call: CallDep, gateway: Gateway, event_id: Annotated[str, Path(pattern=r"^[A-Za-z0-9_]{1,80}$")]
) -> dict[str, str]:
    """Has an event tried again that was given up."""
    await retry_event(call.tx, gateway, event_id, actor=call.actor, request_id=call.request_id)
    return {"status": "in line"}


def _view(one: Explanation) -> ExplanationView:
    return ExplanationView(
        id=one.id, gateway=one.gateway, ours=list(one.journals), theirs=list(one.movements),
        amount=one.amount.minor, currency=one.amount.currency, reason=one.reason, state=one.state,
        asked_by=one.asked_by, decided_by=one.decided_by, at=iso_ms(one.at),
    )  # fmt: skip
