"""The rows decisions stand on: rights, and what was decided of each, written by the database with every change.

The queries read rows of listings, feeds and collectives too, because the answer must come from one indexed
statement on the hot path: asked in four calls it would also be asked of four moments.
"""

from datetime import MAXYEAR, datetime

from arena.kit.db import Row, Tx
from arena.marketplace.entitlements.model import Decided

# A collective has what its owner has; so a person's subscription serves the collectives he owns.
_WHO = """with who as (select $1::text as id
               union select owner_id from collective where id = $1 and owner_id is not null)"""

_OWNER = """'owner' as reason, 'enterprise' as tier, true as can_access, true as can_change, false as can_bill,
    true as can_deliver, null::timestamptz as until, 0::bigint as version, null::text as right_id,
    null::integer as delay_s"""

# The newest row that covers the moment. A seat holds where its subscription does, and as long; a free tier while the
# listing is on the market and its offer open.
_HELD = """select r.feed_id, case when r.kind = 'seat' and d.can_access and not p.can_access then p.reason
      when r.kind = 'seat' and d.can_access and p.tier <> 'enterprise' then 'seat_revoked'
      when r.kind = 'free' and d.can_access and l.status not in ('listed', 'paused') then 'listing_delisted'
      when r.kind = 'free' and d.can_access and o.delay_s is null then 'free_closed' else d.reason end as reason,
    d.tier,
    d.can_access and (p.id is null or (p.can_access and p.tier = 'enterprise'))
      and (r.kind <> 'free' or (l.status in ('listed', 'paused') and o.delay_s is not null)) as can_access,
    d.can_change, d.can_bill, d.can_deliver and (p.id is null or p.can_deliver) as can_deliver,
    least(d.access_until, p.access_until) as until, greatest(d.id, p.id) as version, r.id as right_id,
    o.delay_s
  from who join access_right r on r.person_id = who.id
  cross join lateral (select * from access_decision where right_id = r.id and valid_from <= {at} and valid_until > {at}
    order by id desc limit 1) d
  left join lateral (select * from access_decision where right_id = r.parent_id and valid_from <= {at}
    and valid_until > {at} order by id desc limit 1) p on r.parent_id is not null
  left join free_offer o on r.kind = 'free' and o.listing_id = r.listing_id
  left join listing l on r.kind = 'free' and l.id = r.listing_id"""

_MAY = f"""{_WHO}
  select f.id as feed_id, {_OWNER}
  from feed f join collective c on c.id = f.collective_id, who
  where f.id = $2 and (c.id = who.id or c.owner_id = who.id)
  union all {_HELD.format(at="$3")} where r.feed_id = $2"""

_COVERING = f"""{_WHO}
  select f.id as feed_id, {_OWNER}
  from who join collective c on c.id = who.id or c.owner_id = who.id join feed f on f.collective_id = c.id
  union all {_HELD.format(at="$2")}
  order by feed_id"""


async def grounds(tx: Tx, subject_id: str, feed_id: str, at: datetime) -> list[Row]:
    """Every right the subject has to the feed, and what holds of it at that product time."""
    return await tx.fetch(_MAY, subject_id, feed_id, at)


async def all_grounds(tx: Tx, subject_id: str, at: datetime) -> list[Row]:
    return await tx.fetch(_COVERING, subject_id, at)


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
