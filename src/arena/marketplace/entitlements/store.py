"""The rows decisions stand on: rights, and what was decided of each, written by the database with every change.

What holds at a moment is a function of the database, `access_held`: it reads listings, feeds and collectives too,
because the answer must come from one statement, of one moment, whose plan is kept.
"""

from datetime import MAXYEAR, datetime

from arena.kit.db import Row, Tx
from arena.marketplace.entitlements.model import Decided


async def grounds(tx: Tx, subject_id: str, feed_id: str, at: datetime) -> list[Row]:
    """Every right the subject has to the feed, and what holds of it at that product time."""
    return await tx.fetch("select * from access_held($1, $2, $3)", subject_id, feed_id, at)


async def all_grounds(tx: Tx, subject_id: str, at: datetime) -> list[Row]:
    """The same of every feed the subject has a right to, ordered by feed id."""
    return await tx.fetch(
        """with who as (select $1::text as id
                        union select owner_id from collective where id = $1 and owner_id is not null),
             fed as (select f.id from who join collective c on c.id = who.id or c.owner_id = who.id
                       join feed f on f.collective_id = c.id
                     union select r.feed_id from who join access_right r on r.person_id = who.id)
           select fed.id as feed_id, held.* from fed, access_held($1, fed.id, $2) held order by fed.id""",
        subject_id, at,
    )  # fmt: skip


async def offer(tx: Tx, feed_id: str) -> Row | None:
    """The listing under which the feed can be bought right now, with its tiers in cents a month."""
    return await tx.fetchrow(
        """select l.id, l.title, (select jsonb_object_agg(t.tier, t.amount) from listing_tier t
                                  where t.listing_id = l.id) as tiers
           from listing l where l.feed_id = $1 and l.status = 'listed'""",
        feed_id,
    )


async def decided(tx: Tx, person_id: str, listing_id: str, limit: int) -> list[Decided]:
    """The newest rows about a person and a listing, those of the subscriptions behind his seats among them."""
    rows = await tx.fetch(
        """select d.*, r.kind from access_right r join access_decision d on d.right_id = r.id
           where r.id in (
             select id from access_right where person_id = $1 and listing_id = $2
             union select parent_id from access_right where person_id = $1 and listing_id = $2)
           order by d.id desc limit $3""",
        person_id, listing_id, limit,
    )  # fmt: skip
    return [_decided(row) for row in rows]


def _decided(row: Row) -> Decided:
    ends: datetime = row["valid_until"]
    return Decided(
        id=row["id"], right_id=row["right_id"], kind=row["kind"], revision=row["revision"], tier=row["tier"],
        reason=row["reason"], can_change=row["can_change"], can_access=row["can_access"],
        can_bill=row["can_bill"], can_deliver=row["can_deliver"], valid_from=row["valid_from"],
        valid_until=None if ends.year == MAXYEAR else ends,
    )  # fmt: skip
