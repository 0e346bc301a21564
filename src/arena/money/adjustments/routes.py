"""Adjustments over HTTP, for operators."""

from typing import Annotated, Literal

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field

from arena.kit.clock import iso_ms
from arena.kit.money import Money
from arena.money.adjustments import adjust
from arena.money.adjustments.model import Adjustment, NewAdjustment, State
from arena.people.access import CallDep, Routes, needs

routes = Routes("ledger")
OPERATOR = needs("operate", kinds=("person",))
AdjustmentId = Annotated[str, Path(pattern=r"^adj_[0-9a-z]{26}$")]
Code = Annotated[str, Field(pattern=r"^[a-z0-9_:]{1,80}$", examples=["platform:fee_income"])]


class AdjustmentBody(BaseModel):
    """Moves `amount` (whole minor units) from the account `credit` to the account `debit`."""

    model_config = ConfigDict(extra="forbid")
    debit: Code
    credit: Code
    amount: int = Field(gt=0, le=10**12, examples=[1250])
    currency: str = Field("USD", pattern="^[A-Z]{3}$")
    reference: str | None = Field(
        None, pattern=r"^[a-z]+_[0-9a-z]{1,40}$", description="The business id that it sets right."
    )
    reason: str = Field(min_length=3, max_length=1000, pattern=r"^[^\x00]*$")


class AdjustmentView(BaseModel):
    """A correction: asked for by one operator, posted when another one signs."""

    id: str
    debit: str
    credit: str
    amount: int
    currency: str
    reference: str
    reason: str
    state: str = Field(description="asked, posted or withdrawn.")
    asked_by: str
    asked_at: str
    decided_by: str | None
    decided_at: str | None
    journal: str | None


@routes.add("GET", "/ledger/adjustments", gate=OPERATOR)
async def show_adjustments(
    call: CallDep, state: Annotated[Literal["asked", "posted", "withdrawn"] | None, Query()] = None
) -> list[AdjustmentView]:
    """The newest 100."""
    found = await adjust.adjustments(call.tx, state=State(state) if state else None)
    return [_view(one) for one in found]


@routes.add("POST", "/ledger/adjustments", gate=OPERATOR, status_code=201)
async def ask_for_adjustment(call: CallDep, body: AdjustmentBody) -> AdjustmentView:
    """Asks for a correction. Nothing moves before another operator signs it."""
    new = NewAdjustment(
        body.debit, body.credit, Money(body.amount, body.currency), body.reason, body.reference
    )
    return _view(
        await adjust.ask(
            call.tx, new, intent=call.intent, actor=call.actor, request_id=call.request_id
        )
    )


@routes.add("POST", "/ledger/adjustments/{adjustment_id}/sign", gate=OPERATOR)
async def sign_adjustment(call: CallDep, adjustment_id: AdjustmentId) -> AdjustmentView:
    """Posts what another operator asked for."""
    return _view(
        await adjust.sign(call.tx, adjustment_id, actor=call.actor, request_id=call.request_id)
    )


@routes.add("POST", "/ledger/adjustments/{adjustment_id}/withdraw", gate=OPERATOR)
async def withdraw_adjustment(call: CallDep, adjustment_id: AdjustmentId) -> AdjustmentView:
    """Takes a wish back that nobody has signed."""
    return _view(
        await adjust.withdraw(call.tx, adjustment_id, actor=call.actor, request_id=call.request_id)
    )


def _view(one: Adjustment) -> AdjustmentView:
    return AdjustmentView(
        id=one.id, debit=one.debit, credit=one.credit, amount=one.amount.minor, currency=one.amount.currency,
        reference=one.reference, reason=one.reason, state=one.state.value, asked_by=one.asked_by,
        asked_at=iso_ms(one.asked_at), decided_by=one.decided_by,
        decided_at=iso_ms(one.decided_at) if one.decided_at else None, journal=one.journal_id,
    )  # fmt: skip
