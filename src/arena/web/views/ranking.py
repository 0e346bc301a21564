"""Lines of boards as people read them: with the names of accounts, their listings, and their curves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from arena.kit.db import Row, Tx
from arena.trading import performance
from arena.trading.performance import Ranked
from arena.web.draw import sparkline
from arena.web.page import _
from arena.web.page.numbers import signed_percent


@dataclass(frozen=True, slots=True)
class Line:
    """A row: an account's line with its names. `was` is its rank a week before, None where it had none; `trust` is
    None where it has no listing or is not scored; `place` is where on its profile the account stands."""

    ranked: Ranked
    name: str
    collective_id: str
    collective: str
    closed: bool
    listing_id: str | None
    trust: int | None
    was: int | None
    curve: Markup

    @property
    def risen(self) -> int:
        """By how many ranks; 0 where it stands as it stood."""
        return self.was - self.ranked.rank if self.was and self.ranked.rank else 0

    @property
    def place(self) -> str:
        it = self.ranked
        anchor = it.owner_id if it.kind == "reference" else it.account_id
        return f"/profiles/{self.collective_id}#{anchor}"


async def lines_of(
    tx: Tx, ranked: Sequence[Ranked], *, was: Mapping[str, int | None] | None = None
) -> list[Line]:
    """In their order."""
    names = await names_of(tx, [line.owner_id for line in ranked])
    curves = await performance.outlines(tx, [line.account_id for line in ranked])
    return [
        _line(
            one,
            names[one.owner_id],
            curves.get(one.account_id, ()),
            (was or {}).get(one.account_id),
        )
        for one in ranked
        if one.owner_id in names
    ]


async def names_of(tx: Tx, owner_ids: Sequence[str]) -> dict[str, Row]:
    """Of feeds and collectives, with the listing of a feed as far as everybody may know of it."""
    rows = await tx.fetch(
        """select o.id, coalesce(f.name, c.name) as name, c.id as collective_id, c.name as collective,
             coalesce(f.status = 'closed', false) as closed, l.id as listing_id, s.score_value as trust
           from unnest($1::text[]) o(id) left join feed f on f.id = o.id
             join collective c on c.id = coalesce(f.collective_id, o.id)
             left join listing l on l.feed_id = f.id and l.status in ('listed', 'paused')
             left join listing_score s on s.listing_id = l.id""",
        list(owner_ids),
    )
    return {row["id"]: row for row in rows}


def _line(ranked: Ranked, names: Row, curve: Sequence[float], was: int | None) -> Line:
    words = _(
        "Equity over %(days)s days, %(change)s net",
        days=ranked.daily_returns, change=signed_percent(ranked.total_return),
    )  # fmt: skip
    return Line(
        ranked, names["name"], names["collective_id"], names["collective"], names["closed"], names["listing_id"],
        names["trust"], was, sparkline(curve, words),
    )  # fmt: skip
