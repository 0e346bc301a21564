"""The market: found, filtered, dropped, paged and announced; with and without scripts."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from html import unescape
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page, Route

from arena.kit.page import encode_cursor
from arena.marketplace import listings
from arena.people.access import Actor
from tests.conftest import Server
from tests.pages.crowd import open_crowd
from tests.pages.looking import check_page, look_at, page_of
from tests.pages.reader import Reader, text_of
from tests.stories.house import House

SHOWN = 60
HOSTILE = "<script>alert(1)</script>\"'"
PART = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture(scope="module")
async def crowd(server: Server, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """Sixty listings, the last of them with a hostile title."""
    async with open_crowd(server, tmp_path_factory.mktemp("crowd"), listings=SHOWN) as opened:
        async with opened.arena.db.transaction() as tx:
            page = await listings.search(tx, listings.Search(), after=None, limit=SHOWN)
            last = page.data[-1].listing
            owner = Actor("collective", page.data[-1].collective_id)
            await listings.update(
                tx, last.id, words=replace(last.words, title=HOSTILE), tiers=last.tiers, note="n",
                actor=owner,
            )  # fmt: skip
        yield opened


@pytest.fixture
async def visitor(crowd: House) -> AsyncIterator[Reader]:
    async with Reader(crowd) as opened:
        yield opened


def titles(html: str) -> list[str]:
    found = re.findall(r'<article class="listing-card">.*?<h2><a [^>]*>(.*?)</a>', html, re.DOTALL)
    return [unescape(title) for title in found]


def links(html: str, words: str) -> list[str]:
    return [unescape(path) for path in re.findall(rf'<a [^>]*?href="([^"]*)"[^>]*>{words}', html)]


async def sought(house: House, **wanted: Any) -> list[str]:
    async with house.arena.db.transaction(readonly=True) as tx:
        page = await listings.search(tx, listings.Search(**wanted), after=None, limit=200)
    return [found.listing.words.title for found in page.data]


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


async def test_a_hostile_title_is_text(visitor: Reader, crowd: House, browser: Browser) -> None:
    answer = await visitor.get("/market", params={"q": HOSTILE})
    assert titles(answer.text) == [HOSTILE]
    assert "<script>alert" not in answer.text
    async with page_of(browser) as page:
        page.on("dialog", lambda dialog: pytest.fail(f"it ran: {dialog.message}"))
        await page.goto(f"{crowd.url}/market")
        await page.fill("#words", HOSTILE)
        await _settled(page, 1)
        assert await page.locator(".listing-card h2").inner_text() == HOSTILE
        assert await page.locator(".chips li").first.inner_text() == f"“{HOSTILE}” ✕"


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


async def _settled(page: Page, count: int) -> None:
    await page.wait_for_function(
        "count => document.querySelectorAll('.listing-card').length == count", arg=count
    )


async def test_filters_work_in_place_and_each_view_is_a_link(
    crowd: House, browser: Browser
) -> None:
    proven = len(await sought(crowd, badge="proven"))
    assert 0 < proven < 24
    async with page_of(browser) as page:
        await page.goto(f"{crowd.url}/market")
        await page.evaluate("document.querySelector('#found').same = true")
        await page.select_option("#badge", "proven")
        await _settled(page, proven)
        assert page.url == f"{crowd.url}/market?badge=proven"
        said = page.locator("#found")
        assert await said.get_attribute("role") == "status"
        assert await page.evaluate("document.querySelector('#found').same"), "else nobody hears it"
        assert await said.inner_text() == f"{proven} listings."
        await check_page(page, "market-filtered-in-place")
        await page.fill("#words", "nothing like this")
        await _settled(page, 0)
        assert await said.inner_text() == "Nothing found."
        assert await page.evaluate("document.activeElement.id") == "words"
        await page.go_back()
        await _settled(page, proven)
        assert await page.input_value("#words") == ""
        assert await page.input_value("#badge") == "proven"
        await page.go_back()
        await _settled(page, 24)
        assert page.url == f"{crowd.url}/market"
        assert await page.input_value("#badge") == ""
        await page.select_option("#badge", "proven")
        await _settled(page, proven)


async def test_the_keyboard_reaches_filters_and_results(crowd: House, browser: Browser) -> None:
    async with page_of(browser) as page:
        await page.goto(f"{crowd.url}/market")
        await page.focus("#words")
        reached = []
        for _ in range(14):
            await page.keyboard.press("Tab")
            reached.append(
                await page.evaluate(
                    "document.activeElement.id || document.activeElement.getAttribute('href') || 'button'"
                )
            )
        assert reached[:8] == [
            "sort",
            "button",
            "instrument",
            "badge",
            "days",
            "drawdown",
            "price",
            "seats",
        ]
        assert reached[8] == "/how#hypothetical"
        assert reached[9].startswith("/listings/lst_")
        assert reached[10].startswith("/profiles/col_")
        await page.focus("#seats")
        async with page.expect_response(re.compile("seats=left")):
            await page.keyboard.press("Space")
        await page.focus("#words")
        await page.keyboard.type("drift")
        async with page.expect_response(re.compile("q=drift")):
            await page.keyboard.press("Enter")


async def test_a_silent_server_is_said_to_be_silent_until_it_answers(
    crowd: House, browser: Browser
) -> None:
    async def fail(route: Route) -> None:
        await route.abort()

    async def refuse(route: Route) -> None:
        await route.fulfill(status=503, body="<h1>broken</h1>", content_type="text/html")

    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    page = await context.new_page()  # htmx tells the console of it, too
    await page.goto(f"{crowd.url}/market")
    notice = page.locator("offline-notice")
    assert await notice.get_attribute("role") == "alert"
    for answer in (fail, refuse):
        await page.route("**/market?*", answer)
        await page.select_option("#badge", "proven")
        await notice.locator("p").wait_for()
        assert "did not answer" in await notice.inner_text()
        assert page.url == f"{crowd.url}/market"
        await _settled(page, 24)
        assert "broken" not in await page.locator("main").inner_text()
        await page.unroute("**/market?*")
        await page.select_option("#badge", "")
        await notice.locator("p").wait_for(state="detached")
    await page.route("**/market?*", fail)
    await page.select_option("#badge", "proven")
    await notice.locator("p").wait_for()
    await check_page(page, "market-offline")
    await context.close()


async def test_while_results_are_on_their_way_it_shows(crowd: House, browser: Browser) -> None:
    async with page_of(browser) as page:
        await page.goto(f"{crowd.url}/market")
        busy = page.locator(".busy")
        assert not await busy.is_visible()

        async def slowly(route: Route) -> None:
            await busy.wait_for(state="visible")
            await route.continue_()

        await page.route("**/market?*", slowly)
        await page.select_option("#badge", "proven")
        await page.wait_for_url("**/market?badge=proven")
        await busy.wait_for(state="hidden")


async def test_the_market_works_without_scripts(crowd: House, browser: Browser) -> None:
    proven = await sought(crowd, badge="proven", words="usd")
    async with page_of(browser, scripts=False) as page:
        await page.goto(f"{crowd.url}/market")
        await page.fill("#words", "usd")
        await page.select_option("#badge", "proven")
        await page.get_by_role("button", name="Show").click()
        assert await page.locator(".listing-card").count() == len(proven)
        await page.get_by_role("link", name="Drop all filters").click()
        assert await page.locator(".listing-card").count() == 24
        await page.get_by_role("link", name="Next page").click()
        assert await page.locator(".listing-card").count() == 24


async def test_a_phone_opens_the_filters(crowd: House, browser: Browser) -> None:
    async with page_of(browser, look="phone") as page:
        await page.goto(f"{crowd.url}/market")
        assert not await page.locator("#badge").is_visible()
        await page.locator(".more summary").click()
        await page.select_option("#badge", "proven")
        await page.wait_for_url("**/market?badge=proven")
        assert await page.locator("#badge").is_visible()


async def test_whoever_is_signed_in_sees_it_privately(house: House, reader: Reader) -> None:
    await reader.sign_in()
    answer: httpx.Response = await reader.get("/market")
    assert answer.headers["cache-control"] == "private, no-cache"
    assert "Ada Reader" in answer.text
    assert len(titles(answer.text)) >= 4
