"""The SQL of a search: only what is asked for stands in it, and the limit as a number, so that the planner sees
what it can use.

Places are numbers of which the greater comes first; listings at the same place stand in the order of their ids.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from arena.marketplace.listings.badges import BadgeName

Sort = Literal["score", "newest", "price"]
WORDS_MAX = 8
UNRANKED = float("-inf")  # the place of what has no rank yet, in the order by score
_SCORED = "listing l left join listing_score s on s.listing_id = l.id"
# Seats are counted where they are held. That table is downstream's; a copy here would lag behind a sale.
_SEAT_LEFT = """exists (select from listing_tier t where t.listing_id = l.id{of_tier} and (t.seats is null
    or t.seats > (select count(*) from subscription held where held.listing_id = t.listing_id
      and held.tier = t.tier and held.status in ('incomplete', 'active', 'past_due', 'paused'))
      + (select count(*) from complimentary given where given.listing_id = t.listing_id and given.tier = t.tier
      and given.state = 'claimed' and given.until > {now})))"""


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for. `price_max` is in cents a month for the cheapest tier, or for `tier` if given;
    `drawdown_max` is a fraction; `seats_left` leaves out what is sold out."""

    words: str | None = None
    instrument: str | None = None
    creator_id: str | None = None
    tier: str | None = None
    price_max: int | None = None
    history_days_min: int | None = None
    score_min: int | None = None
    sort: Sort = "score"
    badge: BadgeName | None = None
    drawdown_max: float | None = None
    seats_left: bool = False


@dataclass(slots=True)
class Finding:
    """One statement in the making: `hold` puts a value in, and says by which name the statement calls it."""

    wanted: Search
    now: datetime  # product time
    values: list[object] = field(default_factory=list)

    def hold(self, value: object) -> str:
        self.values.append(value)
        return f"${len(self.values)}"

    def count(self, at_most: int) -> str:
        """How many there are, counted up to a bound."""
        return f"""select count(*) from (select from {_SCORED} where {self._where()}
                   limit {at_most:d}) found"""

    def ranked(self, place: float | None, last_id: str, limit: int) -> str:
        where = self._where()
        if place is not None:
            at = self.hold(place)
            where += (
                f" and s.rank <= {at} and (s.rank < {at} or s.listing_id > {self.hold(last_id)})"
            )
        return f"""select l.id, s.rank as place, null::bigint as matched
                   from listing_score s join listing l on l.id = s.listing_id
                   where s.rank is not null and {where}
                   order by s.rank desc nulls last, s.listing_id limit {limit:d}"""

    def unranked(self, place: float | None, last_id: str, limit: int) -> str:
        """The few without a rank are picked out first (the offset keeps it so), then held against the rest."""
        where = self._where()
        if place == UNRANKED:
            where += f" and l.id > {self.hold(last_id)}"
        return f"""select l.id, '-infinity'::float8 as place, null::bigint as matched
                   from (select l.* from {_SCORED} where l.status = 'listed' and s.rank is null offset 0) l
                   left join listing_score s on s.listing_id = l.id
                   where {where} order by l.id limit {limit:d}"""

    def by_score(self, place: float | None, last_id: str, limit: int) -> str:
        """Ranked and unranked in one pass: for words, every listing is looked at anyway. So it also knows how
        many there are, where it begins at the first."""
        where, key = self._where(), "coalesce(s.rank, '-infinity'::float8)"
        matched = "count(*) over ()" if place is None else "null::bigint"
        if place is not None:
            at = f"{self.hold(place)}::float8"
            where += f" and {key} <= {at} and ({key} < {at} or l.id > {self.hold(last_id)})"
        return f"""select l.id, {key} as place, {matched} as matched from {_SCORED}
                   where {where} order by {key} desc, l.id limit {limit:d}"""

    def newest(self, place: float | None, last_id: str, limit: int) -> str:
        where = self._where()
        if place is not None:
            at = f"to_timestamp({self.hold(place)})"
            where += (
                f" and l.listed_at <= {at} and (l.listed_at < {at} or l.id > {self.hold(last_id)})"
            )
        return f"""select l.id, extract(epoch from l.listed_at)::float8 as place, null::bigint as matched
                   from {_SCORED}
                   where {where} order by l.listed_at desc, l.id limit {limit:d}"""

    def cheapest(self, place: float | None, last_id: str, limit: int) -> str:
        """By the price of the cheapest tier, or of the one that is asked for."""
        where = self._where()
        if self.wanted.tier is not None:
            where += f" and p.tier = {self.hold(self.wanted.tier)}"
        else:
            where += """ and not exists (select from listing_tier c where c.listing_id = p.listing_id
                         and (c.amount, c.tier) < (p.amount, p.tier))"""
        if place is not None:
            after = f"({self.hold(int(-place))}, {self.hold(last_id)})"
            where += f" and (p.amount, p.listing_id) > {after}"
        return f"""select l.id, -p.amount::float8 as place, null::bigint as matched from listing_tier p
                   join listing l on l.id = p.listing_id left join listing_score s on s.listing_id = l.id
                   where {where} order by p.amount, p.listing_id limit {limit:d}"""

    def _where(self) -> str:
        wanted, found = self.wanted, ["l.status = 'listed'"]
        if wanted.words and wanted.words.strip():
            found.append(self._words(wanted.words))
        if wanted.instrument is not None:
            found.append(f"l.instrument = {self.hold(wanted.instrument)}")
        if wanted.creator_id is not None:
            found.append(f"l.creator_id = {self.hold(wanted.creator_id)}")
        of_tier = "" if wanted.tier is None else f" and t.tier = {self.hold(wanted.tier)}"
        if wanted.tier is not None or wanted.price_max is not None:
            most = (
                ""
                if wanted.price_max is None
                else f" and t.amount <= {self.hold(wanted.price_max)}"
            )
            found.append(
                f"exists (select from listing_tier t where t.listing_id = l.id{of_tier}{most})"
            )
        if wanted.history_days_min is not None:
            found.append(f"s.history_days >= {self.hold(wanted.history_days_min)}")
        if wanted.score_min is not None:
            found.append(f"s.score_value >= {self.hold(wanted.score_min)}")
        if wanted.badge is not None:
            found.append(f"s.badges @> array[{self.hold(wanted.badge)}]::text[]")
        if wanted.drawdown_max is not None:
            found.append(f"s.max_drawdown <= {self.hold(wanted.drawdown_max)}")
        if wanted.seats_left:
            found.append(_SEAT_LEFT.format(of_tier=of_tier, now=self.hold(self.now)))
        return " and ".join(found)

    def _words(self, words: str) -> str:
        """Each word somewhere in title, summary or instrument; or each in the name of the collective."""
        # Lowered by PostgreSQL, as the text they are looked for in has been; once, not for each row.
        lowered = [
            f"(select lower({self.hold(word.strip())}))"
            for word in words.split(maxsplit=WORDS_MAX - 1)
        ]
        said = " and ".join(f"strpos(l.found_in, {word}) > 0" for word in lowered)
        named = " and ".join(f"strpos(lower(k.name), {word}) > 0" for word in lowered)
        return f"""(({said}) or l.feed_id in (select f.id from feed f
                   join collective k on k.id = f.collective_id where {named}))"""
