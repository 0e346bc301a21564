"""Search what is on offer. Sorted by the lower bound of the risk-adjusted result, never by raw return."""

import math
from dataclasses import dataclass, field
from typing import Any, Literal

from arena.kit.db import Tx
from arena.kit.page import BadCursor, Page, decode_cursor, encode_cursor, page_of
from arena.marketplace.listings import store
from arena.marketplace.listings.model import Listing

Sort = Literal["score", "newest", "price"]
_ORDER = {
    # key of the row as text-comparable float, direction is in the sign: greater comes first
    "score": "coalesce(s.rank, '-infinity'::float8)",
    "newest": "extract(epoch from l.listed_at)::float8",
    "price": "-coalesce(p.amount, 0)::float8",
}


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for. `price_max` is in cents a month for the cheapest tier, or for `tier` if given."""

    words: str | None = None
    instrument: str | None = None
    creator_id: str | None = None
    tier: str | None = None
    price_max: int | None = None
    history_days_min: int | None = None
    score_min: int | None = None
    sort: Sort = "score"


@dataclass(frozen=True, slots=True)
class Found:
    """A listing on offer with the derived row it was found by; both may be empty before the first rescore."""

    listing: Listing
    score: dict[str, Any] | None
    metrics: dict[str, Any] | None
    history_days: int | None
    place: float = field(repr=False)


async def search(tx: Tx, wanted: Search, *, after: str | None, limit: int) -> Page[Found]:
    """A page of listings that are listed. Raises BadCursor."""
    key = _ORDER[wanted.sort]
    before, last_id = (None, "") if after is None else _place(after, wanted.sort)
    rows = await tx.fetch(
        f"""select q.*, s.score, s.metrics, s.history_days, {key} as place from ({store.LISTING}) q
            join listing l on l.id = q.id left join listing_score s on s.listing_id = l.id
            left join lateral (select min(t.amount) as amount from listing_tier t
              where t.listing_id = l.id and ($4::text is null or t.tier = $4)) p on true
            where l.status = 'listed'
              and ($1::text is null or strpos(lower(l.title || ' ' || l.summary), lower($1)) > 0)
              and ($2::text is null or l.instrument = $2) and ($3::text is null or l.creator_id = $3)
              and ($4::text is null or p.amount is not null) and ($5::bigint is null or p.amount <= $5)
              and ($6::int is null or s.history_days >= $6)
              and ($7::int is null or (s.score->>'value')::float8 >= $7)
              and ($8::float8 is null or {key} < $8 or ({key} = $8 and l.id > $9))
            order by {key} desc, l.id limit $10""",
        wanted.words, wanted.instrument, wanted.creator_id, wanted.tier, wanted.price_max,
        wanted.history_days_min, wanted.score_min, before, last_id, limit + 1,
    )  # fmt: skip
    found = [
        Found(
            store.to_listing(row), row["score"], row["metrics"], row["history_days"], row["place"]
        )
        for row in rows
    ]
    return page_of(found, limit, lambda f: encode_cursor(wanted.sort, repr(f.place), f.listing.id))


def _place(after: str, sort: str) -> tuple[float, str]:
    """The key and id after which the page begins. Raises BadCursor, also for a cursor of another sort."""
    sorted_by, place, last_id = decode_cursor(after, (str, str, str))
    try:
        number = float(place)
    except ValueError:
        raise BadCursor from None
    if sorted_by != sort or math.isnan(number):
        raise BadCursor
    return number, last_id
