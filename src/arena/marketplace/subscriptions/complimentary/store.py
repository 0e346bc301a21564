"""Complimentary table <-> model. What a listing gives changes under one lock; a row is locked after it."""

from datetime import datetime

from arena.kit.db import Row, Tx
from arena.marketplace.subscriptions.complimentary.model import MOVES, Complimentary, State

OPEN = """(state = 'claimed' or (state = 'invited' and link_until > $2)) and until > $3"""


async def hold(tx: Tx, listing_id: str) -> None:
    """Until the transaction's end nobody else invites to the listing, or claims of it."""
    await tx.execute(
        "select pg_advisory_xact_lock(hashtextextended($1, 0))", f"complimentary:{listing_id}"
    )


async def by_id(tx: Tx, complimentary_id: str, *, lock: bool = False) -> Complimentary | None:
    row = await tx.fetchrow(
        "select * from complimentary where id = $1" + (" for update" if lock else ""),
        complimentary_id,
    )
    return None if row is None else _complimentary(row)


async def of_email(tx: Tx, listing_id: str, email: str) -> Complimentary | None:
    """The one that has not ended, locked."""
    row = await tx.fetchrow(
        """select * from complimentary where listing_id = $1 and email = $2 and state <> 'ended'
           for update""",
        listing_id, email,
    )  # fmt: skip
    return None if row is None else _complimentary(row)


async def held_by(tx: Tx, person_id: str, listing_id: str | None = None) -> list[Complimentary]:
    """What a person has claimed and has not ended by now, the newest first."""
    rows = await tx.fetch(
        """select * from complimentary where person_id = $1 and state = 'claimed' and until > $2
             and ($3::text is null or listing_id = $3) order by claimed_at desc, id""",
        person_id, tx.now, listing_id,
    )  # fmt: skip
    return [_complimentary(row) for row in rows]


async def of_person(tx: Tx, person_id: str, listing_id: str) -> list[Complimentary]:
    """All that the person ever claimed of the listing, the newest first."""
    rows = await tx.fetch(
        """select * from complimentary where person_id = $1 and listing_id = $2
           order by claimed_at desc, id""",
        person_id, listing_id,
    )  # fmt: skip
    return [_complimentary(row) for row in rows]


async def open_count(tx: Tx, listing_id: str, wall: datetime) -> int:
    count: int = await tx.fetchval(
        f"select count(*) from complimentary where listing_id = $1 and {OPEN}",
        listing_id, wall, tx.now,
    )  # fmt: skip
    return count


async def page(
    tx: Tx, listing_id: str, *, after: tuple[bool, datetime, str] | None, limit: int
) -> list[Complimentary]:
    """Those that have not ended before those that have, each newest first; `after` is (ended, invited_at, id) of the
    last one seen."""
    ended, at, last_id = after or (None, None, "")
    rows = await tx.fetch(
        """select * from complimentary where listing_id = $1
             and ($2::bool is null or (state = 'ended') > $2
                  or ((state = 'ended') = $2 and (invited_at, id) < ($3, $4)))
           order by state = 'ended', invited_at desc, id desc limit $5""",
        listing_id, ended, at, last_id, limit,
    )  # fmt: skip
    return [_complimentary(row) for row in rows]


async def over(
    tx: Tx, wall: datetime, *, limit: int, listing_id: str | None = None
) -> list[Complimentary]:
    """Those whose day is over, and invitations whose link is; locked, but for what another is about to end."""
    rows = await tx.fetch(
        """select * from complimentary where state <> 'ended' and ($4::text is null or listing_id = $4)
             and (until <= $1 or (state = 'invited' and link_until <= $2))
           order by id limit $3 for update skip locked""",
        tx.now, wall, limit, listing_id,
    )  # fmt: skip
    return [_complimentary(row) for row in rows]


async def open_of_listing(tx: Tx, listing_id: str) -> list[Complimentary]:
    """All that have not ended, locked."""
    rows = await tx.fetch(
        """select * from complimentary where listing_id = $1 and state <> 'ended'
           order by id for update""",
        listing_id,
    )
    return [_complimentary(row) for row in rows]


async def insert(tx: Tx, new: Complimentary) -> None:
    await tx.execute(
        """insert into complimentary (id, listing_id, feed_id, tier, email, reason, given_by, by_operator, state,
             invited_at, until, link_until) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)""",
        new.id, new.listing_id, new.feed_id, new.tier, new.email, new.reason, new.given_by,
        new.by_operator, new.state.value, new.invited_at, new.until, new.link_until,
    )  # fmt: skip


async def set_claimed(tx: Tx, found: Complimentary, person_id: str) -> None:
    assert State.CLAIMED in MOVES[found.state], f"{found.id} is {found.state}"
    await tx.execute(
        "update complimentary set state = 'claimed', person_id = $2, claimed_at = $3 where id = $1",
        found.id, person_id, tx.now,
    )  # fmt: skip


async def set_ended(tx: Tx, found: Complimentary, reason: str) -> None:
    assert State.ENDED in MOVES[found.state], f"{found.id} is {found.state}"
    await tx.execute(
        "update complimentary set state = 'ended', ended_at = $2, end_reason = $3 where id = $1",
        found.id, tx.now, reason,
    )  # fmt: skip


def _complimentary(row: Row) -> Complimentary:
    return Complimentary(
        row["id"], row["listing_id"], row["feed_id"], row["tier"], row["email"], row["reason"],
        row["given_by"], row["by_operator"], State(row["state"]), row["invited_at"], row["until"],
        row["link_until"], row["person_id"], row["claimed_at"], row["ended_at"], row["end_reason"],
    )  # fmt: skip
