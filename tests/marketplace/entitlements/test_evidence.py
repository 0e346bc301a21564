"""Evidence: complete up to the caller's horizon, and nothing of what is paid for beyond it."""

from collections.abc import AsyncIterator
from decimal import Decimal
from itertools import product
from typing import Any

import httpx
import pytest

from arena.kit.clock import iso_ms
from arena.kit.page import encode_cursor
from arena.kit.settings import Settings
from arena.marketplace import listings
from arena.marketplace.entitlements.evidence import public_until
from arena.marketplace.entitlements.routes import routes
from arena.people.access import NewApiKey, create_api_key
from arena.signals import feeds, following
from arena.trading import performance
from tests.http import make_client
from tests.marketplace.market import Market

SIGNALS, BARS_BETWEEN = 12, 72  # nine days of bars of fifteen minutes


@pytest.fixture
async def listing(market: Market) -> listings.Listing:
    """On offer, with nine days of record: in and out of the market every eighteen hours."""
    author, actor, _ = await market.creator()
    await market.stage.play(1)
    for number in range(SIGNALS):
        await author.publish(target_weight=Decimal("0.8") if number % 2 == 0 else Decimal(0))
        await market.settle()
        await market.stage.play(BARS_BETWEEN)
    return await market.listed(author=author, actor=actor)


@pytest.fixture
async def client(market: Market, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with make_client(market.db, settings, routes) as opened:
        yield opened


async def all_of(
    client: httpx.AsyncClient, path: str, headers: dict[str, str], **query: Any
) -> list[Any]:
    items: list[Any] = []
    while True:
        page = (await client.get(path, params=query, headers=headers)).json()
        items += page.get("data", page.get("signals"))
        if not page["has_more"]:
            return items
        query["after"] = page["next"]


async def test_subscribers_can_compute_the_record_to_the_last_mark_the_public_to_a_week_ago(
    market: Market, client: httpx.AsyncClient, listing: listings.Listing
) -> None:
    pro, basic = await market.buyer(), await market.buyer()
    await market.subscribe(pro, listing, "pro")
    await market.subscribe(basic, listing, "basic")
    path = f"/market/listings/{listing.id}"
    week_ago = iso_ms(public_until(market.stage.now))
    assert week_ago == "2021-09-29T00:00:00.000Z", (
        "nine days after the 27th, a week back, at midnight"
    )
    for headers, horizon in (
        (pro.headers, iso_ms(market.stage.now)), (basic.headers, week_ago), ({}, week_ago),
    ):  # fmt: skip
        evidence = (await client.get(f"{path}/evidence", headers=headers)).json()
        assert evidence["horizon"] == horizon
        signals = await all_of(client, f"{path}/evidence", headers, limit=3)
        fills = await all_of(client, f"{path}/record", headers, part="fills", limit=7)
        marks = await all_of(client, f"{path}/record", headers, part="marks", limit=500)
        assert [s["sequence"] for s in signals] == list(range(1, evidence["signals_due"] + 1))
        assert (len(fills), len(marks)) == (evidence["fills"], evidence["marks"])
        assert len({fill["id"] for fill in fills}) == len(fills)
        assert all(item["at"] <= horizon for item in [*fills, *marks])
        assert all(signal["received_at"] <= horizon for signal in signals)
        assert marks[-1]["at"] == horizon


async def test_the_digest_is_that_of_the_record_computed_again(
    market: Market, client: httpx.AsyncClient, listing: listings.Listing
) -> None:
    public = (await client.get(f"/market/listings/{listing.id}/evidence")).json()
    at = public_until(market.stage.now)
    async with market.db.transaction() as tx:
        again = await following.recompute(tx, listing.feed_id, at, rules=market.stage.rules)
    assert again.holds
    assert again.sha == public["record_sha"]
    assert public["metrics"]["fills"] == len(again.fills)


async def test_what_is_kept_of_a_record_is_of_that_horizon_and_account(
    market: Market, client: httpx.AsyncClient, listing: listings.Listing
) -> None:
    pro = await market.buyer()
    await market.subscribe(pro, listing, "pro")
    path = f"/market/listings/{listing.id}/evidence"
    first = (await client.get(path, headers=pro.headers)).json()
    assert (await client.get(path, headers=pro.headers)).json() == first
    await market.stage.play(1)
    later = (await client.get(path, headers=pro.headers)).json()
    assert later["marks"] == first["marks"] + 1
    assert later["record_sha"] != first["record_sha"]
    assert later["metrics"]["until"] == later["horizon"]


async def test_terms_are_stated(
    market: Market, client: httpx.AsyncClient, listing: listings.Listing
) -> None:
    evidence = (await client.get(f"/market/listings/{listing.id}/evidence")).json()
    assert evidence["rules"]["fee_taker_bps"] == 10
    assert evidence["interval_s"] == 900
    assert evidence["opening_cash"] == "100000"
    assert len(evidence["keys"]) == 1
    assert evidence["instrument"]["symbol"] == listing.instrument


async def test_a_record_younger_than_a_week_is_not_public(
    market: Market, client: httpx.AsyncClient, listing: listings.Listing
) -> None:
    fresh = await market.listed()
    await market.stage.play(3)
    for path in ("evidence", "record"):
        answer = await client.get(f"/market/listings/{fresh.id}/{path}")
        assert answer.status_code == 404
        assert answer.json()["code"] == "no_record_yet"


async def test_cursors_that_are_not_ours_are_refused(
    client: httpx.AsyncClient, listing: listings.Listing
) -> None:
    naive = encode_cursor("2021-09-27T14:00:00", "ord_1", 1)
    early = encode_cursor("0001-01-01T00:00:00+23:59", "ord_1", 1)
    for part, after in product(("fills", "marks"), ("x", encode_cursor("a", "b", 1), naive, early)):
        answer = await client.get(
            f"/market/listings/{listing.id}/record", params={"part": part, "after": after}
        )
        assert answer.status_code == 400


async def test_a_key_that_may_not_read_signals_sees_what_the_public_sees(
    market: Market, client: httpx.AsyncClient, listing: listings.Listing
) -> None:
    pro = await market.buyer()
    await market.subscribe(pro, listing, "pro")
    async with market.db.transaction() as tx:
        _, key = await create_api_key(
            tx, market.settings.vault, NewApiKey(pro.id, "bookkeeping", ["subscriptions:read"])
        )
    path, narrowed = f"/market/listings/{listing.id}", {"Authorization": f"Bearer {key}"}
    week_ago = iso_ms(public_until(market.stage.now))
    evidence = (await client.get(f"{path}/evidence", headers=narrowed)).json()
    fills = await all_of(client, f"{path}/record", narrowed, part="fills")
    assert evidence["horizon"] == week_ago
    assert all(fill["at"] <= week_ago for fill in fills)


async def test_a_page_of_marks_reads_no_more_than_the_page(
    market: Market, listing: listings.Listing
) -> None:
    async with market.db.transaction() as tx:
        feed = await feeds.feed(tx, listing.feed_id)
        whole = await performance.curve(tx, feed.account_id)
        some = await performance.curve(tx, feed.account_id, since=whole[3].at, limit=5)
    assert some == whole[3:8]
