"""The picture of a listing for other sites, and what they are told beside it."""

import json
import re
from dataclasses import replace

import pytest

from arena.marketplace import listings
from arena.people.access import SYSTEM
from tests.pages.long_record import long_record
from tests.pages.own_feed import OwnFeed, own_feed
from tests.pages.purchases import with_seats
from tests.pages.reader import Reader
from tests.stories.house import House


@pytest.fixture(scope="module")
async def long(house: House) -> OwnFeed:
    return await long_record(house)


async def test_other_sites_are_told_what_it_is_and_what_it_costs(
    reader: Reader, house: House
) -> None:
    own = await own_feed(house, "Northwind & Sons")
    await with_seats(house, own, None, 0, 5)
    html = (await reader.get(f"/listings/{own.listing_id}")).text
    address = f"{house.url}/listings/{own.listing_id}"
    assert f'<link rel="canonical" href="{address}">' in html
    assert '<meta property="og:title" content="Northwind &amp; Sons">' in html
    assert f'<meta property="og:image" content="{address}/picture.png">' in html
    assert f'<meta property="og:url" content="{address}">' in html
    data = re.search(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    assert data is not None
    product = json.loads(data[1])
    assert (product["@type"], product["name"]) == ("Product", "Northwind & Sons")
    offers = [
        (o["name"], o["price"], o["priceCurrency"], o["availability"]) for o in product["offers"]
    ]
    assert offers == [
        ("Basic", "29.00", "USD", "https://schema.org/InStock"),
        ("Pro", "99.00", "USD", "https://schema.org/SoldOut"),
        ("Enterprise", "499.00", "USD", "https://schema.org/InStock"),
    ]


async def test_the_picture_is_public_kept_and_asked_for_once(reader: Reader, long: OwnFeed) -> None:
    path = f"/listings/{long.listing_id}/picture.png"
    first = await reader.get(path)
    assert (first.status_code, first.headers["content-type"]) == (200, "image/png")
    assert first.headers["cache-control"].startswith("public")
    again = await reader.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert (await reader.get(path)).content == first.content


async def test_the_picture_changes_with_what_it_shows(reader: Reader, house: House) -> None:
    own = await own_feed(house, "Before")
    path = f"/listings/{own.listing_id}/picture.png"
    before = (await reader.get(path)).headers["etag"]
    async with house.arena.db.transaction() as tx:
        found = await listings.listing(tx, own.listing_id)
        await listings.update(
            tx, found.id, words=replace(found.words, title="After"), tiers=found.tiers, note="Renamed",
            actor=replace(SYSTEM, id=own.collective_id),
        )  # fmt: skip
    assert (await reader.get(path)).headers["etag"] != before
