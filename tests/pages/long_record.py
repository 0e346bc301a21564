"""A feed of a test's own that looks back on more than a year, for pages that show a record."""

import math
from datetime import datetime, timedelta

from arena.marketplace import listings
from arena.signals import feeds
from tests.pages.own_feed import OwnFeed, own_feed
from tests.stories.house import House

DAYS, BURN_IN_DAYS, MARKS_A_DAY = 420, 60, 4


async def long_record(house: House, title: str = "Northwind Crossing") -> OwnFeed:
    """Opened long ago, marked four times a day since, on offer after sixty days, scored as of now.

    The account is closed and the listing has no rank, so that neither the tape nor other tests' lists meet it.
    """
    own = await own_feed(house, title)
    async with house.arena.db.transaction() as tx:
        feed = await feeds.feed(tx, own.feed_id)
        opened = tx.now.replace(hour=14, minute=0, second=0, microsecond=0) - timedelta(days=DAYS)
        await tx.execute(
            "update account set opened_at = $2, closed_at = $3 where id = $1", feed.account_id, opened, tx.now
        )  # fmt: skip
        await tx.execute("update feed set opened_at = $2 where id = $1", own.feed_id, opened)
        await tx.execute("delete from equity_mark where account_id = $1", feed.account_id)
        await tx.executemany(
            "insert into equity_mark (account_id, at, equity, cash, exposure) values ($1, $2, $3, $3, 0)",
            [(feed.account_id, at, equity) for at, equity in walk(opened, tx.now)],
        )
        await tx.execute(
            "update listing set listed_at = $2 where id = $1", own.listing_id, opened + timedelta(days=BURN_IN_DAYS)
        )  # fmt: skip
        await listings.score_one(tx, own.listing_id)
        await tx.execute(
            "update listing_score set rank = null where listing_id = $1", own.listing_id
        )
    return own


def walk(opened: datetime, until: datetime) -> list[tuple[datetime, str]]:
    """Up over the year, with two bad months; the same whenever asked."""
    marks = []
    equity = 100_000.0
    step = timedelta(hours=24 / MARKS_A_DAY)
    at = opened.replace(hour=18)
    number = 0
    while at <= until:
        drift = -0.0016 if 600 < number < 850 or 1300 < number < 1400 else 0.0007
        equity *= 1 + drift + 0.006 * math.sin(number * number)
        marks.append((at, f"{equity:.2f}"))
        at, number = at + step, number + 1
    return marks
