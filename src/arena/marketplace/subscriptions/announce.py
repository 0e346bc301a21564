"""Announce a higher price to each who pays the old one: what it costs from when on, and that it needs his consent."""

from arena.kit.db import Tx
from arena.marketplace.listings import PricesRaised
from arena.marketplace.subscriptions import store
from arena.marketplace.subscriptions.model import RenewalCostsMore, Status
from arena.marketplace.subscriptions.periods import next_start
from arena.marketplace.subscriptions.price import asked


async def announce_rise(tx: Tx, fact: PricesRaised) -> None:
    """The reaction to raised prices: a fact for each subscription that would renew at less than is asked now."""
    for found in await store.live_of_listing(tx, fact.listing_id, lock=False):
        if found.status is Status.INCOMPLETE or found.cancel_at_period_end:
            continue
        price = await asked(tx, found)
        if price is None or price.minor <= found.amount.minor or found.period_end is None:
            continue
        await tx.record(
            RenewalCostsMore(
                found.id, found.listing_id, found.person_id, found.amount.minor, price.minor,
                price.currency, next_start(found, tx.now),
            )
        )  # fmt: skip
