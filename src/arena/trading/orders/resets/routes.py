"""The collective's own account over HTTP: begun anew by whoever answers for it."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from arena.kit.clock import iso_ms
from arena.kit.errors import Forbidden
from arena.people import identity
from arena.people.access import CallDep, Routes, needs
from arena.trading import risk
from arena.trading.orders.resets.reset import reset_account
from arena.trading.portfolio import Account

routes = Routes("orders")
CollectiveId = Annotated[str, Path(pattern=r"^col_[0-9a-hjkmnp-tv-z]{26}$")]
Number = Annotated[
    Decimal,
    PlainSerializer(lambda number: format(number, "f"), return_type=str),
    Field(examples=["100000"]),
]
Time = Annotated[
    datetime, PlainSerializer(iso_ms, return_type=str), Field(examples=["2021-10-27T14:15:00.000Z"])
]


class NotYourAccount(Forbidden):
    """Only the collective itself, the person who owns it and operators may do this."""


class ResetDraft(BaseModel):
    """Why; it goes into the audit trail."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(
        min_length=1, max_length=500, pattern=r"^[^\x00]*$", examples=["another strategy from here on"]
    )  # fmt: skip


class OwnAccountView(BaseModel):
    """An account a collective trades, or traded, itself."""

    account_id: str
    quote: str
    opening_cash: Number
    opened_at: Time
    closed_at: Time | None


class ResetView(BaseModel):
    """Both stay on the collective's profile."""

    closed: OwnAccountView
    opened: OwnAccountView


@routes.add(
    "POST",
    "/collectives/{collective_id}/account/reset",
    gate=needs("keys:write"),
    status_code=201,
)
async def reset_own_account(
    call: CallDep, collective_id: CollectiveId, body: ResetDraft
) -> ResetView:
    """Close the collective's own account for good and open a fresh one with the arena's opening cash.

    By the collective (which needs `orders:write`), its owner or an operator. Its orders are cancelled before. The old
    account keeps its record on the profile, and the new one is shown as the one after it. An account that is halted is
    not reset by its owner."""
    operator = call.actor.may("operate")
    if call.actor.kind == "collective":
        needs("orders:write").admit(call.actor)
    owner_id = (await identity.collective(call.tx, collective_id)).owner_id
    if call.actor.id not in (collective_id, owner_id) and not operator:
        raise NotYourAccount
    closed, opened = await reset_account(
        call.tx, collective_id, opening_cash=call.settings.collective_cash, default=risk.defaults(call.settings),
        reason=body.reason, actor=call.actor, request_id=call.request_id,
        operator=operator and call.actor.id != owner_id,
    )  # fmt: skip
    return ResetView(closed=_view(closed), opened=_view(opened))


def _view(account: Account) -> OwnAccountView:
    return OwnAccountView(
        account_id=account.id,
        quote=account.quote,
        opening_cash=account.opening_cash,
        opened_at=account.opened_at,
        closed_at=account.closed_at,
    )
