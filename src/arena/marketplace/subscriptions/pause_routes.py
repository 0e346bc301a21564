"""Pausing over HTTP."""

from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from arena.marketplace.subscriptions.model import PAUSE_MONTHS_MAX
from arena.marketplace.subscriptions.pause import pause, unpause
from arena.marketplace.subscriptions.views import SubscriptionView, view
from arena.money.billing import choose_gateway
from arena.people.access import CallDep, Routes, needs

routes = Routes("subscriptions")
WRITES = needs("subscriptions:write", kinds=("person",))
SubscriptionId = Annotated[str, Path(pattern=r"^sub_[0-9a-z]{26}$")]


class PauseBody(BaseModel):
    """How many months it is to rest."""

    model_config = ConfigDict(extra="forbid")
    months: int = Field(ge=1, le=PAUSE_MONTHS_MAX, examples=[1])


@routes.add("POST", "/market/subscriptions/{subscription_id}/pause", gate=WRITES)
async def pause_one(
    call: CallDep, subscription_id: SubscriptionId, body: PauseBody
) -> SubscriptionView:
    """Rests from the end of what is paid: nothing is charged, no signals come, and the seat is kept. It goes on by
    itself after so many months, or with `resume`. Until it begins, `undo` takes it back."""
    return view(
        await pause(
            call.tx, subscription_id, body.months, actor=call.actor, request_id=call.request_id
        )
    )


@routes.add("POST", "/market/subscriptions/{subscription_id}/resume", gate=WRITES, conducts=True)
async def resume_one(call: CallDep, subscription_id: SubscriptionId) -> SubscriptionView:
    """Ends a pause: the next period is charged, and begins now. Where the card is declined it is past due."""
    return view(
        await unpause(
            call.db, choose_gateway(call.db, call.settings), subscription_id, actor=call.actor,
            request_id=call.request_id,
        )
    )  # fmt: skip
