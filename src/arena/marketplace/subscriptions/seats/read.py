"""Read seats: the room of a subscription, and the seats somebody holds."""

from collections.abc import Sequence
from dataclasses import dataclass

from arena.kit.db import Tx
from arena.marketplace import listings
from arena.marketplace.subscriptions.model import Status, Subscription
from arena.marketplace.subscriptions.read import own
from arena.marketplace.subscriptions.seats import store
from arena.marketplace.subscriptions.seats.model import Seat, State
from arena.people.access import Actor


@dataclass(frozen=True, slots=True)
class Room:
    """The seats of a subscription: how many it has, and who was invited or holds one."""

    subscription: Subscription
    seats: int
    people: Sequence[Seat]

    @property
    def taken(self) -> int:
        return sum(seat.state is State.CLAIMED for seat in self.people)

    @property
    def free(self) -> int:
        return max(self.seats - self.taken, 0)

    @property
    def invited(self) -> int:
        return len(self.people) - self.taken


async def room(tx: Tx, subscription_id: str, actor: Actor, *, lock: bool = False) -> Room:
    """Of one's own subscription; `lock` holds its row, under which all its seats change. Raises NoSuchSubscription."""
    found = await own(tx, subscription_id, actor, lock=lock)
    return Room(found, await seats_of(tx, found), await store.of(tx, found.id))


async def seats_of(tx: Tx, found: Subscription) -> int:
    """As many as there were when the tier was chosen, or as the listing gives now where that is more."""
    if found.tier != "enterprise" or found.status is Status.ENDED:
        return 0
    listing = await listings.listing(tx, found.listing_id)
    now = next((tier.team_seats for tier in listing.tiers if tier.tier == "enterprise"), 0)
    return max(found.team_seats, now)


async def held_by(tx: Tx, person_id: str) -> list[Seat]:
    """The seats a person holds, whether or not their subscriptions run."""
    return await store.held_by(tx, person_id)
