"""Claim a seat with the link of its invitation, once; who claims first has it, and never more than there are."""

from dataclasses import dataclass

from arena.evidence import audit
from arena.kit.clock import wall_now
from arena.kit.db import Tx
from arena.kit.vault import Vault
from arena.marketplace import listings
from arena.marketplace.subscriptions import store as subscriptions
from arena.marketplace.subscriptions.model import Status, Subscription
from arena.marketplace.subscriptions.seats import store
from arena.marketplace.subscriptions.seats.model import (
    AlreadySeated,
    Seat,
    SeatClaimed,
    SeatLinkOver,
    SeatOfYourOwn,
    SeatsFull,
    State,
    SubscriptionStopped,
)
from arena.marketplace.subscriptions.seats.read import seats_of
from arena.marketplace.subscriptions.seats.token import seat_of
from arena.people import identity
from arena.people.access import Actor


@dataclass(frozen=True, slots=True)
class Invitation:
    """What whoever holds the link is told before he claims: from whom, for what."""

    seat: Seat
    listing: listings.Listing
    from_name: str


async def invitation(tx: Tx, vault: Vault, token: str) -> Invitation:
    """Raises SeatLinkOver."""
    seat = await _open(tx, vault, token)
    found = await subscriptions.by_id(tx, seat.subscription_id)
    assert found is not None, f"no subscription {seat.subscription_id}"
    owner = await identity.person(tx, found.person_id)
    return Invitation(seat, await listings.listing(tx, seat.listing_id), owner.name)


async def claim(
    tx: Tx, vault: Vault, token: str, *, actor: Actor, request_id: str | None = None
) -> Seat:
    """The seat is the actor's; claiming it again changes nothing. Whoever holds the link may claim, whatever his
    address. All claims of a subscription wait for its row, one after the other.

    Raises SeatLinkOver, SeatOfYourOwn, SubscriptionStopped, AlreadySeated, SeatsFull.
    """
    seat_id = seat_of(vault, token)
    before = await store.by_id(tx, seat_id)
    if before is None:
        raise SeatLinkOver
    found = await subscriptions.by_id(tx, before.subscription_id, lock=True)
    assert found is not None, f"no subscription {before.subscription_id}"
    seat = await store.by_id(tx, seat_id)
    assert seat is not None, f"no seat {seat_id}"
    if seat.state is State.CLAIMED and seat.person_id == actor.id:
        return seat
    if seat.state is not State.INVITED or seat.link_until <= wall_now():
        raise SeatLinkOver
    await _check(tx, found, actor)
    await store.set_claimed(tx, seat, actor.id)
    await tx.record(SeatClaimed(seat.id, found.id, found.feed_id, actor.id))
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="seats.claim", object=found.id,
        detail={"seat": seat.id, "email": seat.email}, reason=None, request_id=request_id,
    )  # fmt: skip
    tx.tell(f"entitlement:{actor.id}:{found.feed_id}")
    claimed = await store.by_id(tx, seat.id)
    assert claimed is not None
    return claimed


async def _open(tx: Tx, vault: Vault, token: str) -> Seat:
    seat = await store.by_id(tx, seat_of(vault, token))
    if seat is None or seat.state is not State.INVITED or seat.link_until <= wall_now():
        raise SeatLinkOver
    return seat


async def _check(tx: Tx, found: Subscription, actor: Actor) -> None:
    if found.person_id == actor.id:
        raise SeatOfYourOwn
    if found.status is not Status.ACTIVE:
        raise SubscriptionStopped(subscription_id=found.id, status=found.status.value)
    seats = await seats_of(tx, found)
    held = [seat for seat in await store.of(tx, found.id) if seat.state is State.CLAIMED]
    mine = next((seat for seat in held if seat.person_id == actor.id), None)
    if mine is not None:
        raise AlreadySeated(seat_id=mine.id)
    if len(held) >= seats:
        raise SeatsFull(seats=seats)
