"""Free offers and follows <-> model."""

from datetime import datetime, timedelta

from arena.kit.db import Row, Tx
from arena.marketplace.subscriptions.free.model import Follow, Offer


async def offer(tx: Tx, listing_id: str, *, lock: bool = False) -> Offer:
    """`lock` shares it with other followers, and holds it against whoever would close it."""
    row = await tx.fetchrow(
        "select * from free_offer where listing_id = $1" + (" for share" if lock else ""),
        listing_id,
    )
    if row is None:
        return Offer(listing_id, None)
    delay = None if row["delay_s"] is None else timedelta(seconds=row["delay_s"])
    return Offer(listing_id, delay, row["at"])


async def set_offer(tx: Tx, listing_id: str, delay: timedelta | None) -> None:
    await tx.execute(
        """insert into free_offer (listing_id, delay_s, at) values ($1, $2, $3)
           on conflict (listing_id) do update set delay_s = excluded.delay_s, at = excluded.at""",
        listing_id, None if delay is None else int(delay.total_seconds()), tx.now,
    )  # fmt: skip


async def insert(tx: Tx, new: Follow) -> bool:
    """False where the person follows it already."""
    made = await tx.fetchval(
        """insert into free_follow (id, listing_id, feed_id, person_id, at) values ($1, $2, $3, $4, $5)
           on conflict do nothing returning id""",
        new.id, new.listing_id, new.feed_id, new.person_id, new.at,
    )  # fmt: skip
    return made is not None


async def live_of(tx: Tx, person_id: str, listing_id: str, *, lock: bool = False) -> Follow | None:
    row = await tx.fetchrow(
        "select * from free_follow where person_id = $1 and listing_id = $2 and ended_at is null"
        + (" for update" if lock else ""),
        person_id, listing_id,
    )  # fmt: skip
    return None if row is None else _follow(row)


async def of_person(tx: Tx, person_id: str) -> list[Follow]:
    rows = await tx.fetch(
        """select * from free_follow where person_id = $1 and ended_at is null
           order by at desc, id desc limit 500""",
        person_id,
    )
    return [_follow(row) for row in rows]


async def end(tx: Tx, follow_id: str, reason: str) -> None:
    await tx.execute(
        "update free_follow set ended_at = $2, end_reason = $3 where id = $1 and ended_at is null",
        follow_id, tx.now, reason,
    )  # fmt: skip


async def end_all(tx: Tx, listing_id: str, reason: str) -> int:
    return await tx.execute(
        """update free_follow set ended_at = $2, end_reason = $3
           where listing_id = $1 and ended_at is null""",
        listing_id, tx.now, reason,
    )  # fmt: skip


async def counts(tx: Tx, listing_id: str, since: datetime) -> Row:
    """Followers now; joined and left since then; and how many of all who ever followed subscribed after it."""
    return await tx.one(
        """select count(*) filter (where ended_at is null) as followers,
             count(*) filter (where at > $2) as joined,
             count(*) filter (where ended_at > $2) as left_,
             count(distinct person_id) as ever,
             count(distinct person_id) filter (where exists (select from subscription s
               where s.person_id = f.person_id and s.listing_id = f.listing_id and s.created_at >= f.at
                 and s.status <> 'incomplete' and coalesce(s.end_reason, '') not like 'declined%')) as subscribed
           from free_follow f where listing_id = $1""",
        listing_id, since,
    )  # fmt: skip


async def by_day(tx: Tx, listing_id: str, since: datetime) -> list[tuple[datetime, int]]:
    """Followers at the end of each UTC day since then, to the running one."""
    rows = await tx.fetch(
        """select d.day, (select count(*) from free_follow f where f.listing_id = $1
               and f.at < d.day + interval '1 day' and (f.ended_at is null or f.ended_at >= d.day + interval '1 day'))
             as n
           from generate_series(date_trunc('day', $2::timestamptz at time zone 'UTC') at time zone 'UTC', $3,
             interval '1 day') as d (day) order by d.day""",
        listing_id, since, tx.now,
    )  # fmt: skip
    return [(row["day"], row["n"]) for row in rows]


def _follow(row: Row) -> Follow:
    return Follow(
        row["id"], row["listing_id"], row["feed_id"], row["person_id"], row["at"], row["ended_at"],
        row["end_reason"],
    )  # fmt: skip
