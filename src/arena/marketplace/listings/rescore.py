"""Rescore: rebuilds the derived row by which listings are searched and sorted. The worker calls it hourly."""

from dataclasses import asdict
from datetime import datetime, timedelta

from arena.kit.db import Tx
from arena.marketplace import trust
from arena.marketplace.listings import store
from arena.marketplace.listings.badges import badges_of
from arena.marketplace.listings.figures import figures
from arena.marketplace.listings.read import listing
from arena.signals import feeds


async def rescore(tx: Tx, *, force: bool = False) -> int:
    """Scores every listed or paused listing anew whose last score is from an earlier product day.

    Scores rest on daily returns, so they change once a product day; `force` rebuilds all. Everything
    here can be deleted and is made again. Returns how many were scored.
    """
    scored = await store.scored_at(tx)
    count = 0
    for listing_id in await store.open_ids(tx):
        last = scored.get(listing_id)
        if not force and last is not None and tx.now.date() == last.date() and tx.now >= last:
            continue
        await score_one(tx, listing_id)
        count += 1
    return count


async def score_one(tx: Tx, listing_id: str) -> None:
    """Writes the listing's score, badges and metrics. Raises NoSuchListing.

    All of it rests on the record up to the last UTC midnight: everybody sees it, and what a day has earned so
    far would tell what subscribers pay for.
    """
    feed = await feeds.feed(tx, (await listing(tx, listing_id)).feed_id)
    score = await trust.score(tx, feed)
    metrics = await figures(tx, feed.account_id, last_midnight(tx.now))
    history = max((tx.now - feed.opened_at) // timedelta(days=1), 0)
    await store.write_score(
        tx, listing_id, rank=score.low if score.value is not None else None, badges=badges_of(score),
        figures=(history, asdict(score), metrics),
    )  # fmt: skip


def last_midnight(at: datetime) -> datetime:
    """The UTC midnight at or before a time."""
    return at.replace(hour=0, minute=0, second=0, microsecond=0)
