"""Events of a gateway that could not be heeded for two days: an operator mends the cause and has them tried again."""

from dataclasses import dataclass
from datetime import datetime

from arena.evidence import audit
from arena.kit.db import Tx
from arena.kit.errors import NotFound
from arena.money.billing.events import NEWS
from arena.people.access import Actor


@dataclass(frozen=True, slots=True)
class GivenUpEvent:
    """What it told of, and why it could not be heeded. Times are wall clock."""

    gateway: str
    id: str
    kind: str
    object_id: str
    tries: int
    said: str
    received_at: datetime
    given_up_at: datetime


class NoGivenUpEvent(NotFound):
    """There is no event {event_id} of {gateway} that was given up; see GET /gateway-events."""


async def given_up_events(tx: Tx, *, limit: int = 100) -> list[GivenUpEvent]:
    """Oldest first."""
    rows = await tx.fetch(
        """select gateway, id, kind, object_id, tries, coalesce(said, '') as said, received_at, given_up_at
           from gateway_event where given_up_at is not null order by given_up_at, id limit $1""",
        limit,
    )
    return [GivenUpEvent(**row) for row in rows]


async def retry_event(
    tx: Tx, gateway: str, event_id: str, *, actor: Actor, request_id: str | None = None
) -> None:
    """It is heeded at once, and its waits begin anew. Raises NoGivenUpEvent."""
    found = await tx.fetchrow(
        """update gateway_event set tries = 0, next_at = null, given_up_at = null
           where gateway = $1 and id = $2 and given_up_at is not null returning kind, object_id""",
        gateway, event_id,
    )  # fmt: skip
    if found is None:
        raise NoGivenUpEvent(gateway=gateway, event_id=event_id)
    tx.tell(NEWS)
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="billing.retry_event", object=event_id,
        detail={"kind": found["kind"], "about": found["object_id"]}, reason=None, request_id=request_id,
    )  # fmt: skip
