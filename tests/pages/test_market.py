"""The market as it is sent: what is shown, found, dropped and paged. What scripts add: test_market_in_place."""

import re
from collections.abc import AsyncIterator
from html import unescape
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser

from arena.kit.page import encode_cursor
from arena.marketplace import listings
from arena.people.access import Actor
from arena.web.pages.open.market_filters import BADGE_WORDS
from tests.conftest import Server
from tests.pages.crowd import HOSTILE, SHOWN, open_crowd, rename_last, sought, titles
from tests.pages.looking import look_at
from tests.pages.reader import Reader, text_of
from tests.stories.house import House

PART = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture(scope="module")
async def crowd(server: Server, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_crowd(server, tmp_path_factory.mktemp("crowd"), listings=SHOWN) as opened:
        await rename_last(opened, HOSTILE)
        yield opened


@pytest.fixture
async def visitor(crowd: House) -> AsyncIterator[Reader]:
    async with Reader(crowd) as opened:
        yield opened


def links(html: str, words: str) -> list[str]:
    return [unescape(path) for path in re.findall(rf'<a [^>]*?href="([^"]*)"[^>]*>{words}', html)]


async def test_the_market_is_drawn_well_with_the_first_listings(
    house: House, browser: Browser
) -> None:
    await look_at(browser, house, "/market", "market")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/market?days=60&seats=left&price=99", "market-filtered"),
        ("/market?q=nothing+like+this", "market-nothing-found"),
        ("/market?days=soon&price=cheap&drawdown=20%25", "market-not-read"),
    ],
)
async def test_the_market_is_drawn_well(
    crowd: House, browser: Browser, path: str, name: str
) -> None:
    await look_at(browser, crowd, path, name)


async def test_before_the_first_listing_the_market_says_when_it_may_come(
    server: Server, tmp_path_factory: pytest.TempPathFactory, browser: Browser
) -> None:
    async with open_crowd(server, tmp_path_factory.mktemp("bare"), listings=0) as bare:
        await look_at(browser, bare, "/market", "market-empty")
        async with Reader(bare) as reader:
            said = text_of((await reader.get("/market")).text)
    assert "30 days of forward record first (burn-in)" in said
    assert "<form" not in said


async def test_a_listing_is_shown_with_what_a_buyer_compares(visitor: Reader, crowd: House) -> None:
    async with crowd.arena.db.transaction(readonly=True) as tx:
        (best, *_) = (
            await listings.search(tx, listings.Search(), after=None, limit=1)
        ).data  # fmt: skip
    html = (await visitor.get("/market")).text
    card = html.split('<article class="listing-card">')[1].split("</article>")[0]
    said = text_of(card)
    assert best.score
    assert best.metrics
    assert f'href="/listings/{best.listing.id}"' in card
    assert f'href="/profiles/{best.collective_id}"' in card
    for words in (
        best.listing.words.title, best.collective, best.listing.instrument, f"{best.score['value']} of 100",
        f"{best.score['mean']:.2f} {best.score['low']:.2f} … {best.score['high']:.2f}",
        f"+{best.metrics['total_return'] * 100:.1f} %", f"−{best.metrics['max_drawdown'] * 100:.1f} %",
        f"{best.history_days} days", "Proven",
    ):  # fmt: skip
        assert words in said, words
    assert 'class="sparkline rise"' in card
    assert "Hypothetical performance." in html.split('<section class="results"')[1].split("<ol")[0]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", {}),
        ("q=drift", {"words": "drift"}),
        ("instrument=BTC-USD", {"instrument": "BTC-USD"}),
        ("badge=proven", {"badge": "proven"}),
        ("days=60", {"history_days_min": 60}),
        ("days=60+days", {"history_days_min": 60}),
        ("drawdown=20", {"drawdown_max": 0.2}),
        ("drawdown=12,5+%25", {"drawdown_max": 0.125}),
        ("price=30.50", {"price_max": 3050}),
        ("price=%2430", {"price_max": 3000}),
        ("seats=left", {"seats_left": True}),
        ("sort=newest", {"sort": "newest"}),
        ("sort=price&badge=ranked", {"sort": "price", "badge": "ranked"}),
        ("q=&instrument=&badge=&days=&sort=", {}),
        ("days=soon&badge=best&sort=return&seats=no&drawdown=-1&price=free", {}),
    ],
)
async def test_the_address_says_what_is_shown(
    visitor: Reader, crowd: House, query: str, wanted: dict[str, Any]
) -> None:
    expected = await sought(crowd, **wanted)
    answer = await visitor.get(f"/market?{query}")
    assert answer.status_code == 200
    assert titles(answer.text) == expected[:24]
    count = len(expected)
    assert f"{count} listing{'s' if count != 1 else ''}." in text_of(answer.text)


async def test_every_filter_narrows_and_can_be_dropped(visitor: Reader) -> None:
    everything = "q=USD&instrument=BTC-USD&badge=forward&days=20&drawdown=90&price=150&seats=left&sort=newest"
    html = (await visitor.get(f"/market?{everything}")).text
    dropped = [unescape(path) for path in re.findall(r'<a href="([^"]*)" aria-label="Drop', html)]
    assert len(dropped) == 7
    whole = dict(part.split("=") for part in everything.split("&"))
    for path in dropped:
        left = dict(part.split("=") for part in path.partition("?")[2].split("&"))
        assert len(left) == len(whole) - 1
        assert left.items() <= whole.items()
    assert links(html, "Drop all filters") == ["/market?sort=newest"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("days=soon", "“soon” cannot be read as number of days and was passed over."),
        ("badge=best", "“best” cannot be read as badge"),
        ("sort=return", "“return” cannot be read as order"),
        ("price=1e9", "“1e9” cannot be read as price"),
        ("drawdown=101", "“101” cannot be read as drawdown"),
        ("days=٣٠", "“٣٠” cannot be read as number of days"),
        ("q=" + "x" * 101, "cannot be read as search words"),
        ("q=a%00b", "“a·b” cannot be read as search words"),
    ],
)
async def test_what_cannot_be_read_is_passed_over_with_a_word(
    visitor: Reader, query: str, said: str
) -> None:
    answer = await visitor.get(f"/market?{query}")
    assert answer.status_code == 200
    assert said in text_of(answer.text)
    assert len(titles(answer.text)) == 24


@pytest.mark.parametrize("sort", ["", "newest", "price"])
async def test_each_listing_comes_once_over_the_pages(
    visitor: Reader, crowd: House, sort: str
) -> None:
    shown: list[str] = []
    path = f"/market?sort={sort}"
    for number in range(3):
        html = (await visitor.get(path)).text
        shown += titles(html)
        assert bool(links(html, "First page")) == (number > 0)
        assert f"{SHOWN} listings." in text_of(html)
        path = next(iter(links(html, "Next page")), "")
    assert path == ""
    assert shown == await sought(crowd, **({"sort": sort} if sort else {}))
    assert len(set(shown)) == SHOWN


async def test_a_page_that_is_gone_is_refused_with_the_way_back(visitor: Reader) -> None:
    for after in (
        "nonsense",
        encode_cursor("newest", "1.0", "x"),
        encode_cursor("score", "nan", "x"),
    ):
        answer = await visitor.get("/market", params={"after": after})
        assert answer.status_code == 400
        assert "Start from the first page" in text_of(answer.text)
    beyond = await visitor.get("/market", params={"after": encode_cursor("score", "-99.0", "x")})
    assert beyond.status_code == 200
    gone = await visitor.get("/market", params={"after": encode_cursor("score", "-inf", "z")})
    assert "This page is empty" in text_of(gone.text)
    assert links(gone.text, "First page")[-1] == "/market"


async def test_htmx_gets_the_results_alone_and_their_address(visitor: Reader) -> None:
    query = "/market?q=&instrument=&badge=proven&days=0060&drawdown=&price=&sort="
    whole = await visitor.get(query)
    part = await visitor.get(query, headers=PART)
    assert "<html" not in part.text
    assert "<form" not in part.text
    assert titles(part.text) == titles(whole.text)
    assert part.headers["hx-push-url"] == "/market?badge=proven&days=60"
    assert part.headers["cache-control"] == "private, no-cache"
    assert "HX-Request-Type" in part.headers["vary"]
    restored = await visitor.get(query, headers={**PART, "HX-Request-Type": "full"})
    assert "<html" in restored.text
    assert "hx-push-url" not in restored.headers


async def test_a_page_that_has_not_changed_is_not_sent_again(visitor: Reader) -> None:
    first = await visitor.get("/market?badge=proven")
    assert first.headers["cache-control"].startswith("public")
    again = await visitor.get(
        "/market?badge=proven", headers={"If-None-Match": first.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


async def test_a_hostile_title_is_text(visitor: Reader) -> None:
    answer = await visitor.get("/market", params={"q": HOSTILE})
    assert titles(answer.text) == [HOSTILE]
    assert "<script>alert" not in answer.text


def test_the_words_of_badges_are_there_for_translators() -> None:
    said = [words for badge in listings.BADGES.values() for words in (badge.title, badge.meaning)]
    assert list(BADGE_WORDS) == said


async def test_drafts_and_paused_listings_are_not_on_the_market(
    visitor: Reader, crowd: House
) -> None:
    (title, *_) = await sought(crowd, sort="newest")
    async with crowd.arena.db.transaction() as tx:
        found = (await listings.search(tx, listings.Search(words=title), after=None, limit=1)).data[
            0
        ]
        owner = Actor("collective", found.collective_id)
        await listings.pause(tx, found.listing.id, actor=owner)
    assert title not in titles((await visitor.get("/market?sort=newest")).text)
    async with crowd.arena.db.transaction() as tx:
        await listings.resume(tx, found.listing.id, actor=owner)
    assert title in titles((await visitor.get("/market?sort=newest")).text)


async def test_the_api_takes_the_same_filters(visitor: Reader, crowd: House) -> None:
    query = "badge=proven&drawdown_max=0.25&seats_left=true"
    answer = (await visitor.get(f"/market/listings?{query}&limit=200")).json()
    expected = await sought(crowd, badge="proven", drawdown_max=0.25, seats_left=True)
    assert [found["title"] for found in answer["data"]] == expected
    assert {"forward", "ranked", "proven"} <= set(answer["data"][0]["badges"])
    for wrong in ("badge=best", "drawdown_max=2", "drawdown_max=nan", "seats_left=perhaps"):
        assert (await visitor.get(f"/market/listings?{wrong}")).status_code == 422


async def test_whoever_is_signed_in_sees_it_privately(house: House, reader: Reader) -> None:
    await reader.sign_in()
    answer: httpx.Response = await reader.get("/market")
    assert answer.headers["cache-control"] == "private, no-cache"
    assert "Ada Reader" in answer.text
    assert len(titles(answer.text)) >= 4
