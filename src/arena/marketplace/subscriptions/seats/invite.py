"""Invite somebody by letter. An invitation holds no seat: who claims first has it."""

from datetime import timedelta

from arena.evidence import audit
from arena.kit.clock import wall_now
from arena.kit.db import Tx
from arena.kit.ids import fresh
from arena.marketplace.subscriptions.model import Status
from arena.marketplace.subscriptions.seats import store
from arena.marketplace.subscriptions.seats.model import (
    INVITED_MAX,
    LINK_DAYS,
    AlreadyInvited,
    NoSeats,
    Seat,
    SeatInvited,
    State,
    SubscriptionStopped,
    TooManyInvited,
)
from arena.marketplace.subscriptions.seats.read import room
from arena.people.access import Actor


async def invite(
    tx: Tx, subscription_id: str, email: str, *, actor: Actor, request_id: str | None = None
) -> Seat:
    """A letter with a link goes out. Who was invited before and has not answered is written to again.

    Raises NoSuchSubscription, NoSeats, SubscriptionStopped, AlreadyInvited where the seat is claimed, TooManyInvited.
    """
    found = await room(tx, subscription_id, actor, lock=True)
    if not found.seats:
        raise NoSeats(subscription_id=subscription_id)
    if found.subscription.status is not Status.ACTIVE:
        raise SubscriptionStopped(
            subscription_id=subscription_id, status=found.subscription.status.value
        )
    address, until = email.strip().lower(), wall_now() + timedelta(days=LINK_DAYS)
    before = next((seat for seat in found.people if seat.email == address), None)
    if before is not None and before.state is State.CLAIMED:
        raise AlreadyInvited(email=address, seat_id=before.id, state=before.state.value)
    if before is None and found.invited >= INVITED_MAX:
        raise TooManyInvited(invited=found.invited)
    if before is None:
        invited = Seat(
            fresh("set"), found.subscription.id, found.subscription.listing_id, found.subscription.feed_id,
            address, State.INVITED, tx.now, until, None, None, None, None,
        )  # fmt: skip
        made = await store.insert(tx, invited)
        assert made, "the subscription's row is held, so nobody else invited meanwhile"
    else:
        invited = before
        await store.renew_link(tx, before.id, until)
    await tx.record(SeatInvited(invited.id, subscription_id))
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="seats.invite", object=subscription_id,
        detail={"seat": invited.id, "email": address}, reason=None, request_id=request_id,
    )  # fmt: skip
    return invited
