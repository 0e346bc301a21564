"""What a creator has done here before: every feed, closed ones too, with its listing and its result."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from arena.kit.db import Tx

FEEDS_MAX = 50


@dataclass(frozen=True, slots=True)
class PastFeed:
    """A feed with its simulated net result up to the last mark. `listing_status` is None where it has no listing."""

    feed_id: str
    name: str
    collective: str
    instrument: str
    status: str
    signals: int
    opened_at: datetime
    closed_at: datetime | None
    listing_id: str | None
    title: str | None
    listing_status: str | None
    rejections: int
    total_return: Decimal


async def past_of(tx: Tx, creator_id: str) -> list[PastFeed]:
    """The newest fifty feeds of all collectives the person owns, or of the collective itself."""
    rows = await tx.fetch(
        """select f.id as feed_id, f.name, c.name as collective, f.instrument, f.status,
             f.last_sequence as signals, f.opened_at, f.closed_at, l.id as listing_id, l.title,
             l.status as listing_status,
             (select count(*) from moderation_case m where m.listing_id = l.id and m.state = 'rejected')
               as rejections,
             coalesce((select m.equity from equity_mark m where m.account_id = a.id
               order by m.at desc limit 1), a.opening_cash) / a.opening_cash - 1 as total_return
           from feed f join collective c on c.id = f.collective_id join account a on a.id = f.account_id
             left join listing l on l.feed_id = f.id
           where c.owner_id = $1 or c.id = $1 order by f.opened_at desc, f.id limit $2""",
        creator_id,
        FEEDS_MAX,
    )
    return [PastFeed(**dict(row)) for row in rows]
