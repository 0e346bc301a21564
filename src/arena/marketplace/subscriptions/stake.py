"""What a take-down would end: the live subscriptions of a listing, and what of them would be owed back."""

from dataclasses import dataclass

from arena.kit.db import Tx
from arena.kit.money import Money
from arena.marketplace.subscriptions import store
from arena.marketplace.subscriptions.end import unused_part


@dataclass(frozen=True, slots=True)
class Stake:
    """`owed` is the unused part of all paid periods at this moment, by currency; nothing owed is left out."""

    subscriptions: int
    owed: tuple[Money, ...]


async def stake(tx: Tx, listing_id: str) -> Stake:
    """What ends if the listing is taken down now; the reaction to the take-down computes it again."""
    live = await store.live_of_listing(tx, listing_id, lock=False)
    owed: dict[str, int] = {}
    for found in live:
        currency = found.amount.currency
        owed[currency] = owed.get(currency, 0) + unused_part(found, tx)
    return Stake(
        len(live), tuple(Money(minor, currency) for currency, minor in owed.items() if minor)
    )
