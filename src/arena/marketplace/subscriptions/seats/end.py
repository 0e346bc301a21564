"""A seat ends: revoked by the subscriber, given back by its holder, or one more than there are. Access ends with it."""

from arena.evidence import audit
from arena.kit.db import Tx
from arena.marketplace.subscriptions.model import Subscription
from arena.marketplace.subscriptions.read import own
from arena.marketplace.subscriptions.seats import store
from arena.marketplace.subscriptions.seats.model import NotYourSeat, Seat, SeatRevoked, State
from arena.marketplace.subscriptions.seats.read import seats_of
from arena.people.access import SYSTEM, Actor


async def revoke(
    tx: Tx, wish: tuple[str, str], *, actor: Actor, request_id: str | None = None
) -> Seat:
    """`wish` is subscription and seat. Its link works no more, its holder receives nothing more; repeated, it changes
    nothing. Raises NoSuchSubscription, NotYourSeat."""
    subscription_id, seat_id = wish
    found = await own(tx, subscription_id, actor, lock=True)
    seat = await store.by_id(tx, seat_id)
    if seat is None or seat.subscription_id != found.id:
        raise NotYourSeat(seat_id=seat_id)
    if seat.state is not State.ENDED:
        await _end(tx, seat, "revoked", actor=actor, request_id=request_id)
    return await _again(tx, seat)


async def leave(tx: Tx, seat_id: str, *, actor: Actor, request_id: str | None = None) -> Seat:
    """Its holder gives it back; repeated, it changes nothing. Raises NotYourSeat."""
    seat = await store.by_id(tx, seat_id)
    if seat is None or seat.person_id != actor.id:
        raise NotYourSeat(seat_id=seat_id)
    await tx.execute("select from subscription where id = $1 for update", seat.subscription_id)
    seat = await _again(tx, seat)
    if seat.state is not State.ENDED:
        await _end(tx, seat, "given_back", actor=actor, request_id=request_id)
    return await _again(tx, seat)


async def trim(tx: Tx, found: Subscription) -> None:
    """After another tier has begun: seats beyond what the subscription has now end, the newest first; where it has
    none, open invitations as well. The caller holds its row."""
    people, seats = await store.of(tx, found.id), await seats_of(tx, found)
    held = [seat for seat in people if seat.state is State.CLAIMED]
    over = held[seats:] if seats else people
    for seat in over:
        await _end(tx, seat, "no_seat_left", actor=SYSTEM, request_id=None)


async def _end(tx: Tx, seat: Seat, reason: str, *, actor: Actor, request_id: str | None) -> None:
    await store.set_ended(tx, seat, reason)
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="seats.end", object=seat.subscription_id,
        detail={"seat": seat.id, "email": seat.email, "person": seat.person_id}, reason=reason,
        request_id=request_id,
    )  # fmt: skip
    if seat.person_id is not None:
        await tx.record(
            SeatRevoked(seat.id, seat.subscription_id, seat.feed_id, seat.person_id, reason)
        )
        tx.tell(f"entitlement:{seat.person_id}:{seat.feed_id}")


async def _again(tx: Tx, seat: Seat) -> Seat:
    found = await store.by_id(tx, seat.id)
    assert found is not None
    return found
