"""Search: only what is on offer, every filter, pages without gap or repeat."""

from dataclasses import replace
from datetime import timedelta

import pytest

from arena.kit.money import Money
from arena.kit.page import BadCursor, encode_cursor
from arena.marketplace import listings, trust
from arena.marketplace.listings import Search, Sort, badges_of, count, instruments, search
from tests.marketplace.market import Market

SORTS: tuple[Sort, ...] = ("score", "newest", "price")


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
            "insert into listing_score values ($1, $2, $3, $4, $5, $6, $7)",
            made.id, tx.now, rank, price // 100, {"value": None if rank is None else int(rank * 10)},
            {"max_drawdown": price / 10_000},
            ["forward"] if rank is None else ["forward", "ranked"] + ["proven"] * (rank > 0),
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
        (Search(words="  crossing   ALPHA "), {"Alpha crossing"}),
        (Search(words="alpha gamma"), set()),
        (Search(words="btc two moving"), {"Alpha crossing", "Beta breakout", "Gamma crossing", "Delta", "Epsilon"}),
        (Search(words="collective 4"), {"Delta"}),
        (Search(words=" "), {"Alpha crossing", "Beta breakout", "Gamma crossing", "Delta", "Epsilon"}),
        (Search(badge="proven"), {"Alpha crossing", "Gamma crossing", "Delta"}),
        (Search(badge="ranked", words="e"), {"Alpha crossing", "Gamma crossing", "Delta", "Epsilon"}),
        (Search(badge="seasoned"), set()),
        (Search(drawdown_max=0.3), {"Alpha crossing", "Beta breakout", "Gamma crossing"}),
        (Search(drawdown_max=0.3, sort="price", badge="proven"), {"Alpha crossing", "Gamma crossing"}),
        (Search(drawdown_max=0.3, sort="newest", price_max=2_500), {"Beta breakout", "Gamma crossing"}),
    ],
)  # fmt: skip
async def test_filters(offers: Market, wanted: Search, expected: set[str]) -> None:
    assert set(await found(offers, wanted)) == expected
    async with offers.db.transaction() as tx:
        assert await count(tx, wanted, at_most=100) == len(expected)
        assert await count(tx, wanted, at_most=2) == min(len(expected), 2)


@pytest.mark.parametrize(
    "escaped", ["100%", "_", "\\", "%", "'", '"', "<script>", "a%b", "\\%", "x" * 100, "a " * 50]
)
async def test_no_word_is_read_as_a_pattern(offers: Market, escaped: str) -> None:
    assert await found(offers, Search(words=f"zz{escaped}")) == []


async def test_the_newest_come_first_and_keep_their_order_over_pages(market: Market) -> None:
    titles = []
    for number in range(5):
        market.at(market.stage.now + timedelta(microseconds=number % 2 * 1_000_001))
        titles.append(f"Number {number}")
        await offer(market, titles[-1], price=1_000)
    shown = await found(market, Search(sort="newest"))
    assert set(shown[:2]) == {"Number 3", "Number 4"}, "listed at the same microsecond"
    assert set(shown[2:4]) == {"Number 1", "Number 2"}
    assert shown[4] == "Number 0"


async def test_unranked_listings_are_paged_after_the_ranked_scored_or_not(offers: Market) -> None:
    author, actor, _ = await offers.creator()
    await offers.listed(author=author, actor=actor)
    titles = await found(offers, Search())
    assert titles[0] == "Gamma crossing"
    assert titles[3] == "Epsilon"
    assert set(titles[4:]) == {"Beta breakout", "Northwind Crossing"}
    assert len(titles) == len(set(titles)) == 6
    assert await found(offers, Search(words="two moving averages")) == titles, "in one pass"


async def test_seats_are_counted_when_it_is_asked(market: Market) -> None:
    made = await market.listed(seats=1)
    tiers = [tier.tier for tier in made.tiers]
    for tier in tiers:
        assert await found(market, Search(seats_left=True)) == ["Northwind Crossing"]
        assert await found(market, Search(seats_left=True, tier=tier)) == ["Northwind Crossing"]
        await market.subscribe(await market.buyer(), made, tier)
        assert await found(market, Search(seats_left=True, tier=tier)) == []
    for sort in SORTS:
        assert await found(market, Search(seats_left=True, sort=sort)) == []
    assert await found(market, Search()) == ["Northwind Crossing"]
    async with market.db.transaction() as tx:
        await tx.execute("update subscription set status = 'ended' where tier = 'pro'")
    assert await found(market, Search(seats_left=True)) == ["Northwind Crossing"]


async def test_a_new_price_and_a_new_title_are_found_at_once(market: Market) -> None:
    author, actor, _ = await market.creator()
    made = await market.listed(author=author, actor=actor)
    other = await market.listed()
    async with market.db.transaction() as tx:
        await listings.update(
            tx, made.id, words=replace(made.words, title="Südwind"), note="n", actor=actor,
            tiers=[listings.Tier("enterprise", Money(1_900))],
        )  # fmt: skip
    assert await found(market, Search(sort="price")) == ["Südwind", "Northwind Crossing"]
    assert await found(market, Search(sort="price", tier="pro")) == ["Northwind Crossing"]
    assert await found(market, Search(price_max=2_000)) == ["Südwind"]
    assert await found(market, Search(words="SÜDWIND")) == ["Südwind"]
    async with market.db.transaction() as tx:
        await listings.pause(tx, made.id, actor=actor)
        assert await instruments(tx) == [other.instrument]
    assert await found(market, Search(sort="price")) == ["Northwind Crossing"]


async def test_what_everybody_sees_ends_at_the_last_midnight(market: Market) -> None:
    author, actor, _ = await market.creator()
    made = await market.listed(author=author, actor=actor)
    await author.publish()
    await market.stage.play(150)
    async with market.db.transaction() as tx:
        assert tx.now.hour, "in the middle of a day"
        await listings.score_one(tx, made.id)
        row = await listings.score_of(tx, made.id)
        (shown,) = (await search(tx, Search(), after=None, limit=2)).data
    assert row is not None
    assert row["metrics"]["until"] == f"{market.stage.now:%Y-%m-%d}T00:00:00.000Z"
    assert row["badges"] == ["forward"] == list(shown.badges)
    assert row["max_drawdown"] == row["metrics"]["max_drawdown"]
    assert (shown.account_id, shown.collective) == (
        author.feed.account_id,
        author.collective.name,
    )


async def test_scores_of_a_version_without_badges_are_made_again(market: Market) -> None:
    made = await market.listed()
    async with market.db.transaction() as tx:
        assert await listings.rescore(tx) == 1
        await tx.execute("update listing_score set badges = null where listing_id = $1", made.id)
        assert await listings.rescore(tx) == 1
        assert await listings.rescore(tx) == 0


@pytest.mark.parametrize(
    ("days", "mean", "expected"),
    [
        (29, 3.0, ("forward",)),
        (30, -1.0, ("forward", "ranked")),
        (179, 9.0, ("forward", "ranked", "proven")),
        (180, 9.0, ("forward", "ranked", "proven", "seasoned")),
        (400, -2.0, ("forward", "ranked", "seasoned")),
    ],
)
def test_badges_follow_from_the_score(days: int, mean: float, expected: tuple[str, ...]) -> None:
    judged = trust.judge(trust.Evidence(days, mean, 0.05), days)
    assert badges_of(judged) == expected
    assert all(listings.BADGES[name].meaning.endswith(".") for name in expected)
    idle = trust.judge(None, days)
    assert "ranked" not in badges_of(idle)


async def test_what_is_not_on_offer_is_not_found(market: Market) -> None:
    author, actor, _ = await market.creator()
    made = await market.listed(author=author, actor=actor)
    async with market.db.transaction() as tx:
        await listings.pause(tx, made.id, actor=actor)
    assert await found(market, Search()) == []


@pytest.mark.parametrize(
    "after",
    ["x", encode_cursor(1), encode_cursor("price", "1.0", "a"), encode_cursor("score", "nan", "a"),
     encode_cursor("score", "one", "a"), encode_cursor("score", "1", "\x00"),
     encode_cursor("newest", "1e300", "a"), encode_cursor("newest", "-inf", "a"),
     encode_cursor("price", "-inf", "a"), encode_cursor("price", "1", "a"), encode_cursor("price", "-1e300", "a")],
)  # fmt: skip
async def test_cursors_that_are_not_ours_are_refused(market: Market, after: str) -> None:
    async with market.db.transaction() as tx:
        for sort in SORTS:
            with pytest.raises(BadCursor):
                await search(tx, Search(sort=sort), after=after, limit=2)
