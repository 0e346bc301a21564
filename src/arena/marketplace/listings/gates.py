"""The gates: what must hold before a listing may be submitted, each with what was found."""

import asyncio

from arena.kit.db import Tx
from arena.kit.settings import Settings
from arena.marketplace.listings.burn_in import burn_in
from arena.marketplace.listings.card_gates import card_gates
from arena.marketplace.listings.model import ChecksBusy, Gate, Listing
from arena.signals import feeds, following
from arena.trading import venues

# Each holds a connection for seconds: a creator who asks again and again must not take them all.
_checking = asyncio.Semaphore(2)


async def gates(tx: Tx, listing: Listing, settings: Settings) -> list[Gate]:
    """All checks, passed or not: burn-in first, then integrity, which computes the whole record again, then what a
    model card asks for where the listing shows one.

    The forward record begins with the arrival of the first signal, in product time. Raises ChecksBusy.
    """
    feed = await feeds.feed(tx, listing.feed_id)
    if _checking.locked():
        raise ChecksBusy
    async with _checking:
        return [
            Gate("feed_open", feed.status == "open", f"The feed is {feed.status}."),
            *await _burn_in(tx, feed, settings),
            await _chain(tx, feed.id),
            await _record(tx, feed.id, settings),
            *await card_gates(tx, listing),
        ]


async def burnt_in(tx: Tx, listing: Listing, settings: Settings) -> bool:
    """Whether the cheap ones among the gates hold: days and fills of forward record."""
    return (await burn_in(tx, await feeds.feed(tx, listing.feed_id), settings)).passed


async def _burn_in(tx: Tx, feed: feeds.Feed, settings: Settings) -> list[Gate]:
    stands = await burn_in(tx, feed, settings)
    return [
        Gate(
            "burn_in_days",
            stands.enough_days,
            f"{stands.days} of {stands.days_min} days of forward record since the first signal.",
        ),
        Gate(
            "burn_in_fills",
            stands.enough_fills,
            f"{stands.fills} of {stands.fills_min} fills.",
        ),
    ]


async def _chain(tx: Tx, feed_id: str) -> Gate:
    report = await feeds.check_chain(tx, feed_id)
    if report.faults:
        return Gate(
            "chain",
            False,
            f"{len(report.faults)} faults, first: signal"
            f" {report.faults[0].sequence}, {report.faults[0].detail}.",
        )
    return Gate(
        "chain",
        True,
        f"{report.signals} signals: signatures, hashes and sequence hold, all are in the log.",
    )


async def _record(tx: Tx, feed_id: str, settings: Settings) -> Gate:
    again = await following.recompute(
        tx, feed_id, tx.now, rules=venues.Rules.from_settings(settings)
    )
    if again.differences:
        return Gate(
            "record",
            False,
            f"The record computed from the tape differs in {len(again.differences)} places,"
            f" first: {again.differences[0]}",
        )
    return Gate(
        "record",
        True,
        f"{len(again.fills)} fills and {len(again.marks)} marks computed again from signals and prices"
        f" equal the stored ones (SHA-256 {again.sha}).",
    )
