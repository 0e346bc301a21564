"""Money moved between gateways, over HTTP: entered by one operator, booked by another."""

from typing import Annotated, Literal

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from arena.kit.clock import iso_ms
from arena.kit.money import Money
from arena.money.billing.operators.moves import (
    GatewayMove,
    NewMove,
    ask_move,
    book_move,
    gateway_moves,
    withdraw_move,
)
from arena.people.access import CallDep, Routes, needs

routes = Routes("billing")
OPERATOR = needs("operate", kinds=("person",))
MoveId = Annotated[str, Path(pattern=r"^gmv_[0-9a-z]{1,40}$")]
Gateway = Literal["fake", "manual", "stripe"]


class NewMoveBody(BaseModel):
    """What was moved, in whole cents, and what the bank calls it."""

    model_config = ConfigDict(extra="forbid")
    source: Gateway
    target: Gateway
    amount: int = Field(gt=0, le=10**12)
    bank_reference: str = Field(min_length=1, max_length=140)
    reason: str = Field(min_length=4, max_length=500)


class GatewayMoveView(BaseModel):
    """Money moved between gateways, whole cents. `asked`: another operator has to book it."""

    id: str
    source: str
    target: str
    amount: int
    currency: str
    bank_reference: str
    reason: str
    state: str = Field(description="asked, booked or withdrawn.")
    asked_by: str
    decided_by: str | None
    at: str


@routes.add("GET", "/gateway-moves", gate=OPERATOR)
async def show_moves(call: CallDep) -> list[GatewayMoveView]:
    """Moves between gateways, those that wait first (at most 50)."""
    return [_view(one) for one in await gateway_moves(call.tx)]


@routes.add("POST", "/gateway-moves", gate=OPERATOR, status_code=201)
async def ask(call: CallDep, body: NewMoveBody) -> GatewayMoveView:
    """Enters that money was moved; another operator books it."""
    new = NewMove(body.source, body.target, Money(body.amount), body.bank_reference, body.reason)
    return _view(
        await ask_move(
            call.tx, new, actor=call.actor, intent=call.intent, request_id=call.request_id
        )
    )


@routes.add("POST", "/gateway-moves/{move_id}/book", gate=OPERATOR)
async def book(call: CallDep, move_id: MoveId) -> GatewayMoveView:
    """Books a move that another operator has entered."""
    return _view(await book_move(call.tx, move_id, actor=call.actor, request_id=call.request_id))


@routes.add("POST", "/gateway-moves/{move_id}/withdraw", gate=OPERATOR)
async def withdraw(call: CallDep, move_id: MoveId) -> GatewayMoveView:
    """Takes a move back that is not booked."""
    return _view(
        await withdraw_move(call.tx, move_id, actor=call.actor, request_id=call.request_id)
    )


def _view(found: GatewayMove) -> GatewayMoveView:
    return GatewayMoveView(
        id=found.id, source=found.what.source, target=found.what.target, amount=found.what.amount.minor,
        currency=found.what.amount.currency, bank_reference=found.what.bank_reference, reason=found.what.reason,
        state=found.state, asked_by=found.asked_by, decided_by=found.decided_by, at=iso_ms(found.at),
    )  # fmt: skip
