"""Seats over HTTP: those of a subscription, and one's own."""

from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from arena.kit.clock import iso_ms
from arena.marketplace.subscriptions.seats.claim import claim
from arena.marketplace.subscriptions.seats.end import leave, revoke
from arena.marketplace.subscriptions.seats.invite import invite
from arena.marketplace.subscriptions.seats.model import Seat
from arena.marketplace.subscriptions.seats.read import held_by, room
from arena.people.access import CallDep, Routes, needs

routes = Routes("seats")
READS = needs("subscriptions:read", kinds=("person",))
WRITES = needs("subscriptions:write", kinds=("person",))
SubscriptionId = Annotated[str, Path(pattern=r"^sub_[0-9a-z]{26}$")]
SeatId = Annotated[str, Path(pattern=r"^set_[0-9a-z]{26}$")]
ADDRESS = r"^[^@\s]{1,64}@[^@\s]{1,190}$"


class SeatView(BaseModel):
    """A seat. Times are product time; `link_until` is the wall's: until then its invitation can be claimed."""

    id: str
    subscription_id: str
    listing_id: str
    feed_id: str
    email: str = Field(description="Who was invited.", examples=["ada@example.org"])
    state: str = Field(description="invited, claimed or ended.", examples=["claimed"])
    person_id: str | None = Field(description="Who claimed it.")
    invited_at: str
    link_until: str
    claimed_at: str | None
    ended_at: str | None
    end_reason: str | None


class RoomView(BaseModel):
    """The seats of a subscription: `seats` for others beside its own person; invitations hold none."""

    seats: int
    taken: int
    data: list[SeatView]


class InviteBody(BaseModel):
    """Whom to write to."""

    model_config = ConfigDict(extra="forbid")
    email: str = Field(pattern=ADDRESS, max_length=254, examples=["ada@example.org"])


class ClaimBody(BaseModel):
    """What the link of the invitation ends in."""

    model_config = ConfigDict(extra="forbid")
    token: str = Field(min_length=10, max_length=200, examples=["set_….…"])


class SeatList(BaseModel):
    """Seats."""

    data: list[SeatView]


@routes.add("GET", "/market/subscriptions/{subscription_id}/seats", gate=READS)
async def list_seats(call: CallDep, subscription_id: SubscriptionId) -> RoomView:
    """Who was invited and who holds a seat."""
    found = await room(call.tx, subscription_id, call.actor)
    return RoomView(
        seats=found.seats, taken=found.taken, data=[_view(seat) for seat in found.people]
    )


@routes.add("POST", "/market/subscriptions/{subscription_id}/seats", gate=WRITES, status_code=201)
async def invite_one(call: CallDep, subscription_id: SubscriptionId, body: InviteBody) -> SeatView:
    """Writes somebody a letter with a link. Invitations hold no seat: who claims first has it."""
    return _view(
        await invite(
            call.tx, subscription_id, body.email, actor=call.actor, request_id=call.request_id
        )
    )


@routes.add("POST", "/market/subscriptions/{subscription_id}/seats/{seat_id}/revoke", gate=WRITES)
async def revoke_one(call: CallDep, subscription_id: SubscriptionId, seat_id: SeatId) -> SeatView:
    """Its link works no more; its holder receives nothing from this moment on."""
    wish = (subscription_id, seat_id)
    return _view(await revoke(call.tx, wish, actor=call.actor, request_id=call.request_id))


@routes.add("GET", "/market/seats", gate=READS)
async def list_my_seats(call: CallDep) -> SeatList:
    """The seats the caller holds."""
    return SeatList(data=[_view(seat) for seat in await held_by(call.tx, call.actor.id)])


@routes.add("POST", "/market/seats/claim", gate=WRITES)
async def claim_one(call: CallDep, body: ClaimBody) -> SeatView:
    """Takes the seat of an invitation, once; 409 where all seats are taken, 403 where the link is over."""
    vault = call.settings.vault
    return _view(
        await claim(call.tx, vault, body.token, actor=call.actor, request_id=call.request_id)
    )


@routes.add("POST", "/market/seats/{seat_id}/leave", gate=WRITES)
async def leave_one(call: CallDep, seat_id: SeatId) -> SeatView:
    """Gives a seat back; access ends with it."""
    return _view(await leave(call.tx, seat_id, actor=call.actor, request_id=call.request_id))


def _view(seat: Seat) -> SeatView:
    return SeatView(
        id=seat.id, subscription_id=seat.subscription_id, listing_id=seat.listing_id, feed_id=seat.feed_id,
        email=seat.email, state=seat.state.value, person_id=seat.person_id, invited_at=iso_ms(seat.invited_at),
        link_until=iso_ms(seat.link_until), claimed_at=seat.claimed_at and iso_ms(seat.claimed_at),
        ended_at=seat.ended_at and iso_ms(seat.ended_at), end_reason=seat.end_reason,
    )  # fmt: skip
