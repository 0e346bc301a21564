"""Entitlement is derived on each call from subscriptions and ownership; it has no table of its own.

The queries read rows of listings, subscriptions, feeds and collectives, because the answer must come from
one indexed statement on the hot path: asked in four calls it would also be asked of four moments.
"""

from datetime import datetime

from arena.kit.db import Row, Tx

# A collective has what its owner has; so a person's subscription serves the collectives he owns.
_WHO = """with who as (select $1::text as id
               union select owner_id from collective where id = $1 and owner_id is not null)"""

_WHY = "case when s.status = 'past_due' then 'grace' when s.trial then 'trial' else 'paid' end"

_MAY = (
    _WHO
    + """
    select 'owner' as reason, 'enterprise' as tier, null::timestamptz as until, 0 as revision
    from feed f join collective c on c.id = f.collective_id, who
    where f.id = $2 and (c.id = who.id or c.owner_id = who.id)
    union all
    select """
    + _WHY
    + """, s.tier, s.access_until, s.revision
    from subscription s, who
    where s.person_id = who.id and s.feed_id = $2 and s.status in ('active', 'past_due')
      and s.access_until > $3 and s.period_start <= $3"""
)

_COVERING = (
    _WHO
    + """
    select f.id as feed_id, 'owner' as reason, 'enterprise' as tier, null::timestamptz as until,
           0 as revision
    from who join collective c on c.id = who.id or c.owner_id = who.id join feed f on f.collective_id = c.id
    union all
    select s.feed_id, """
    + _WHY
    + """, s.tier, s.access_until, s.revision
    from subscription s, who
    where s.person_id = who.id and s.status in ('active', 'past_due')
      and s.access_until > $2 and s.period_start <= $2
    order by feed_id"""
)


async def grounds(tx: Tx, subject_id: str, feed_id: str, at: datetime) -> list[Row]:
    """Every ground on which the subject may receive the feed at that product time."""
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
