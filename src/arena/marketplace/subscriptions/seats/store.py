"""Seat table <-> model. Whoever changes one holds the row of its subscription."""

from datetime import datetime

from arena.kit.db import Row, Tx
from arena.marketplace.subscriptions.seats.model import MOVES, Seat, State


async def by_id(tx: Tx, seat_id: str) -> Seat | None:
    row = await tx.fetchrow("select * from subscription_seat where id = $1", seat_id)
    return None if row is None else _seat(row)


async def of(tx: Tx, subscription_id: str) -> list[Seat]:
    """Those that have not ended, in the order they were claimed, then those that were invited."""
    rows = await tx.fetch(
        """select * from subscription_seat where subscription_id = $1 and state <> 'ended'
           order by claimed_at nulls last, invited_at, id""",
        subscription_id,
    )
    return [_seat(row) for row in rows]


async def held_by(tx: Tx, person_id: str) -> list[Seat]:
    rows = await tx.fetch(
        """select * from subscription_seat where person_id = $1 and state = 'claimed'
           order by claimed_at desc, id""",
        person_id,
    )
    return [_seat(row) for row in rows]


async def insert(tx: Tx, new: Seat) -> bool:
    """False where the address is invited, or seated, already."""
    made = await tx.fetchval(
        """insert into subscription_seat (id, subscription_id, listing_id, feed_id, email, state, invited_at,
             link_until) values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing returning id""",
        new.id, new.subscription_id, new.listing_id, new.feed_id, new.email, new.state.value,
        new.invited_at, new.link_until,
    )  # fmt: skip
    return made is not None


async def renew_link(tx: Tx, seat_id: str, until: datetime) -> None:
    await tx.execute("update subscription_seat set link_until = $2 where id = $1", seat_id, until)


async def set_claimed(tx: Tx, seat: Seat, person_id: str) -> None:
    assert State.CLAIMED in MOVES[seat.state], f"{seat.id} is {seat.state}"
    await tx.execute(
        "update subscription_seat set state = 'claimed', person_id = $2, claimed_at = $3 where id = $1",
        seat.id, person_id, tx.now,
    )  # fmt: skip


async def set_ended(tx: Tx, seat: Seat, reason: str) -> None:
    assert State.ENDED in MOVES[seat.state], f"{seat.id} is {seat.state}"
    await tx.execute(
        "update subscription_seat set state = 'ended', ended_at = $2, end_reason = $3 where id = $1",
        seat.id, tx.now, reason,
    )  # fmt: skip


def _seat(row: Row) -> Seat:
    return Seat(
        row["id"], row["subscription_id"], row["listing_id"], row["feed_id"], row["email"],
        State(row["state"]), row["invited_at"], row["link_until"], row["person_id"], row["claimed_at"],
        row["ended_at"], row["end_reason"],
    )  # fmt: skip
