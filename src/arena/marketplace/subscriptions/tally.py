"""Tally who holds what of a creator's listings, and what they pay a month; computed, never stored."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from arena.kit.db import Row, Tx
from arena.kit.money import Money, allocate
from arena.marketplace.subscriptions.periods import MONTHS

WINDOW = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Tally:
    """A tier of a listing. `holders` have access or days of grace; `past_due` of them owe a renewal, `ending`
    of them have canceled. `monthly` is what those who go on pay a month, each at the price of the day of
    subscribing, `share` the creator's part of it. `joined` and `left` count the last 30 days of product time.
    """

    tier: str
    holders: int
    past_due: int
    ending: int
    joined: int
    left: int
    monthly: Money
    share: Money


async def tally(tx: Tx, listing_ids: Sequence[str]) -> dict[str, dict[str, Tally]]:
    """By listing, then by tier; what nobody ever held is left out. A first charge that failed counts nowhere."""
    rows = await tx.fetch(
        """select listing_id, tier, amount, currency, platform_bps, period,
             count(*) filter (where status in ('active', 'past_due')) as holders,
             count(*) filter (where status = 'past_due') as past_due,
             count(*) filter (where status in ('active', 'past_due') and cancel_at_period_end) as ending,
             count(*) filter (where created_at > $2) as joined,
             count(*) filter (where status = 'ended' and ended_at > $2) as left_
           from subscription where listing_id = any($1::text[]) and status <> 'incomplete'
             and (end_reason is null or not starts_with(end_reason, 'declined'))
           group by listing_id, tier, amount, currency, platform_bps, period
           order by listing_id, tier, amount, currency, platform_bps, period""",
        list(listing_ids), tx.now - WINDOW,
    )  # fmt: skip
    found: dict[str, dict[str, Tally]] = {}
    for row in rows:
        tiers = found.setdefault(row["listing_id"], {})
        counted = _tally(row)
        before = tiers.get(counted.tier)
        tiers[counted.tier] = counted if before is None else _sum(before, counted)
    return found


def _tally(row: Row) -> Tally:
    """Those who hold one tier at one price; each charge is split as billing splits it, a year's by twelve months."""
    creator, _ = allocate(row["amount"], [10_000 - row["platform_bps"], row["platform_bps"]])
    paying = row["holders"] - row["ending"]
    month = [1, MONTHS[row["period"]] - 1]
    return Tally(
        tier=row["tier"], holders=row["holders"], past_due=row["past_due"], ending=row["ending"],
        joined=row["joined"], left=row["left_"],
        monthly=Money(allocate(row["amount"] * paying, month)[0], row["currency"]),
        share=Money(allocate(creator * paying, month)[0], row["currency"]),
    )  # fmt: skip


def _sum(a: Tally, b: Tally) -> Tally:
    return replace(
        a, holders=a.holders + b.holders, past_due=a.past_due + b.past_due, ending=a.ending + b.ending,
        joined=a.joined + b.joined, left=a.left + b.left, monthly=a.monthly + b.monthly,
        share=a.share + b.share,
    )  # fmt: skip
