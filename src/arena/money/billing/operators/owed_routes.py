"""Operators' JSON for what customers are owed and what came late or back: try again, sent by hand, booked as owed."""

from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from arena.kit.clock import iso_ms
from arena.kit.money import Money
from arena.money.billing.operators.owed import Owed, retry_owed, sent_by_hand, what_is_owed
from arena.money.billing.operators.payments import received_late, refund_came_back
from arena.people.access import CallDep, Routes, needs

routes = Routes("billing")
OPERATOR = needs("operate", kinds=("person",))
AttemptId = Annotated[str, Path(pattern=r"^pay_[0-9a-z]{1,40}$")]
RefundId = Annotated[str, Path(pattern=r"^ref_[0-9a-z]{1,40}$")]


class OwedView(BaseModel):
    """What a person is owed for one thing, whole minor units. `failure` is why the gateway refused it."""

    person: str
    reference: str
    amount: int
    currency: str
    payment: str | None = Field(description="The newest payment it could go back by.")
    gateway: str | None
    failure: str | None
    failures: int
    next_at: str | None = Field(
        description="When it is tried again by itself; with a failure and without this an operator decides."
    )


class SentBody(BaseModel):
    """What was sent to a customer by the operator's bank: all that he is owed for one thing, minor units."""

    model_config = ConfigDict(extra="forbid")
    reference: str = Field(min_length=1, max_length=80, pattern=r"^[^\x00]*$")
    amount: int = Field(gt=0, le=10**12)
    currency: str = Field("USD", pattern="^[A-Z]{3}$")
    bank_reference: str = Field(min_length=1, max_length=140, pattern=r"^[^\x00]*$")


class LateBody(BaseModel):
    """What the bank's statement calls the transfer."""

    model_config = ConfigDict(extra="forbid")
    bank_reference: str = Field(min_length=1, max_length=140, pattern=r"^[^\x00]*$")


@routes.add("GET", "/owed", gate=OPERATOR)
async def show_owed(call: CallDep) -> list[OwedView]:
    """What customers are owed, by person and what for, and whether it goes back by itself."""
    return [_view(one) for one in await what_is_owed(call.tx)]


@routes.add("POST", "/owed/{attempt_id}/retry", gate=OPERATOR, status_code=202)
async def retry(call: CallDep, attempt_id: AttemptId) -> dict[str, str]:
    """Asks the gateway once more to give back what is owed for this payment."""
    await retry_owed(call.tx, attempt_id, actor=call.actor, request_id=call.request_id)
    return {"status": "in line"}


@routes.add("POST", "/owed/{person_id}/sent", gate=OPERATOR)
async def say_sent(
    call: CallDep,
    person_id: Annotated[str, Path(pattern=r"^[a-z]+_[0-9a-z]{1,40}$")],
    body: SentBody,
) -> list[OwedView]:
    """Says that what a person is owed was sent to him by bank transfer; what he is owed after it."""
    await sent_by_hand(
        call.tx, (person_id, body.reference, Money(body.amount, body.currency)), bank_reference=body.bank_reference,
        intent=call.intent, actor=call.actor, request_id=call.request_id,
    )  # fmt: skip
    return [_view(one) for one in await what_is_owed(call.tx) if one.person_id == person_id]


@routes.add("POST", "/payments/{attempt_id}/received-late", gate=OPERATOR)
async def say_late(call: CallDep, attempt_id: AttemptId, body: LateBody) -> list[OwedView]:
    """Says that a bank transfer arrived whose charge had been given up; what the customer is owed after it."""
    person_id = await received_late(
        call.tx, attempt_id, bank_reference=body.bank_reference, actor=call.actor, request_id=call.request_id
    )  # fmt: skip
    return [_view(one) for one in await what_is_owed(call.tx) if one.person_id == person_id]


@routes.add("POST", "/refunds/{refund_id}/came-back", gate=OPERATOR)
async def say_came_back(call: CallDep, refund_id: RefundId) -> dict[str, str]:
    """Says that a refund by bank transfer came back or could not be made; the customer is owed it again."""
    done = await refund_came_back(call.tx, refund_id, actor=call.actor, request_id=call.request_id)
    return {"id": done.id, "state": done.state}


def _view(one: Owed) -> OwedView:
    return OwedView(
        person=one.person_id, reference=one.reference, amount=one.amount.minor, currency=one.amount.currency,
        payment=one.attempt_id, gateway=one.gateway, failure=one.failure, failures=one.failures,
        next_at=None if one.next_at is None else iso_ms(one.next_at),
    )  # fmt: skip
