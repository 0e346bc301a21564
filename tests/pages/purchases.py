"""Buying by hand in tests: the checkout's form as a browser would send it, and what came of it."""

from dataclasses import replace

import httpx

from arena.marketplace import listings
from arena.people.access import SYSTEM
from tests.marketplace.market import PRICES
from tests.pages.own_feed import PAYS, OwnFeed
from tests.pages.reader import Reader, hidden_fields
from tests.pages.submissions import one
from tests.stories.house import House


def path_of(own: OwnFeed, tier: str = "pro") -> str:
    return f"/subscribe/{own.listing_id}/{tier}"


async def post(reader: Reader, path: str, fields: dict[str, str]) -> httpx.Response:
    """Without going where the answer points."""
    return await reader.client.post(path, data=fields, follow_redirects=False)


async def filled(reader: Reader, own: OwnFeed, number: str = PAYS, tier: str = "pro") -> dict[str, str]:  # fmt: skip
    """The form as its page has it, with a new card and the consent."""
    page = await reader.get(path_of(own, tier))
    hidden = hidden_fields(page.text, path_of(own, tier))
    return {**hidden, "card": "new", "number": number, "consent": "true"}


async def count(house: House, table: str, reader: Reader) -> int:
    found: int = await one(
        house, f"select count(*) from {table} where person_id = $1", reader.person_id
    )
    return found


async def charged(house: House, reader: Reader) -> int:
    found: int = await one(
        house,
        "select count(*) from payment_attempt where person_id = $1 and state = 'succeeded'",
        reader.person_id,
    )
    return found


async def with_seats(house: House, own: OwnFeed, *seats: int | None) -> None:
    async with house.arena.db.transaction() as tx:
        found = await listings.listing(tx, own.listing_id)
        collective = replace(SYSTEM, id=own.collective_id)
        tiers = [replace(tier, seats=left) for tier, left in zip(PRICES, seats, strict=True)]
        await listings.update(
            tx, own.listing_id, words=found.words, tiers=tiers, note="Seats", actor=collective
        )
