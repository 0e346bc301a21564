"""Search: only what is on offer, every filter, pages without gap or repeat."""

from dataclasses import replace

import pytest

from arena.kit.money import Money
from arena.kit.page import BadCursor, encode_cursor
from arena.marketplace import listings
from arena.marketplace.listings import Search, search
from tests.marketplace.market import Market


async def found(market: Market, wanted: Search) -> list[str]:
    """Titles on all pages of two."""
    titles, after = [], None
    while True:
        async with market.db.transaction() as tx:
            page = await search(tx, wanted, after=after, limit=2)
        titles += [item.listing.words.title for item in page.data]
        if not page.has_more:
            return titles
        after = page.next


async def offer(market: Market, title: str, *, price: int, rank: float | None = None) -> str:
    author, actor, _ = await market.creator()
    made = await market.listed(author=author, actor=actor)
    async with market.db.transaction() as tx:
        await listings.update(
            tx, made.id, words=replace(made.words, title=title), note="n", actor=actor,
            tiers=[listings.Tier("pro", Money(price))],
        )  # fmt: skip
        await tx.execute(
            "insert into listing_score values ($1, $2, $3, $4, $5, '{}')",
            made.id, tx.now, rank, price // 100, {"value": None if rank is None else int(rank * 10)},
        )  # fmt: skip
    return made.id


@pytest.fixture
async def offers(market: Market) -> Market:
    await offer(market, "Alpha crossing", price=3_000, rank=1.5)
    await offer(market, "Beta breakout", price=1_000, rank=None)
    await offer(market, "Gamma crossing", price=2_000, rank=2.5)
    await offer(market, "Delta", price=5_000, rank=1.5)
    await offer(market, "Epsilon", price=4_000, rank=-0.5)
    return market


async def test_the_default_order_is_by_lower_bound_with_the_unranked_last(offers: Market) -> None:
    titles = await found(offers, Search())
    assert titles[0] == "Gamma crossing"
    assert set(titles[1:3]) == {"Alpha crossing", "Delta"}
    assert titles[3:] == ["Epsilon", "Beta breakout"]


async def test_every_listing_comes_once_in_every_order(offers: Market) -> None:
    assert await found(offers, Search(sort="price")) == [
        "Beta breakout", "Gamma crossing", "Alpha crossing", "Epsilon", "Delta",
    ]  # fmt: skip
    assert sorted(await found(offers, Search(sort="newest"))) == sorted(
        await found(offers, Search())
    )


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Search(words="CROSSING"), {"Alpha crossing", "Gamma crossing"}),
        (Search(words="100%_"), set()),
        (Search(instrument="ETH-USD"), set()),
        (Search(price_max=2_000), {"Beta breakout", "Gamma crossing"}),
        (Search(tier="basic"), set()),
        (Search(tier="pro", price_max=1_000), {"Beta breakout"}),
        (Search(history_days_min=40), {"Delta", "Epsilon"}),
        (Search(score_min=15), {"Alpha crossing", "Gamma crossing", "Delta"}),
        (Search(creator_id="usr_nobody"), set()),
    ],
)
async def test_filters(offers: Market, wanted: Search, expected: set[str]) -> None:
    assert set(await found(offers, wanted)) == expected


async def test_what_is_not_on_offer_is_not_found(market: Market) -> None:
    author, actor, _ = await market.creator()
    made = await market.listed(author=author, actor=actor)
    async with market.db.transaction() as tx:
        await listings.pause(tx, made.id, actor=actor)
    assert await found(market, Search()) == []


@pytest.mark.parametrize(
    "after",
    ["x", encode_cursor(1), encode_cursor("price", "1.0", "a"), encode_cursor("score", "nan", "a"),
     encode_cursor("score", "one", "a"), encode_cursor("score", "1", "\x00")],
)  # fmt: skip
async def test_cursors_that_are_not_ours_are_refused(market: Market, after: str) -> None:
    async with market.db.transaction() as tx:
        with pytest.raises(BadCursor):
            await search(tx, Search(), after=after, limit=2)
