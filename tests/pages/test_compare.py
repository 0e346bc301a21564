"""Two accounts side by side: days both share, who leads or that nobody does, and what cannot be compared."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from arena.trading import performance
from tests.conftest import Server
from tests.pages.crowd import open_crowd
from tests.pages.looking import look_at, page_of
from tests.pages.reader import Reader, text_of
from tests.pages.sections import without_legend
from tests.stories.house import House

HERE = "/arena/compare"


@pytest.fixture(scope="module")
async def crowd(server: Server, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_crowd(server, tmp_path_factory.mktemp("crowd"), listings=60) as opened:
        yield opened


@pytest.fixture
async def visitor(crowd: House) -> AsyncIterator[Reader]:
    async with Reader(crowd) as opened:
        yield opened


async def ends_of_the_board(house: House) -> tuple[str, str, str]:
    """The first of the ranked, the last of them, and one without a rank."""
    async with house.arena.db.transaction(readonly=True) as tx:
        lines = (await performance.leaderboard(tx)).lines
    ranked = [line.account_id for line in lines if line.rank is not None]
    return ranked[0], ranked[-1], next(line.account_id for line in lines if line.rank is None)


async def test_a_comparison_is_drawn_well(crowd: House, browser: Browser) -> None:
    first, last, young = await ends_of_the_board(crowd)
    await look_at(browser, crowd, f"{HERE}?a={first}&b={last}", "compare")
    await look_at(browser, crowd, f"{HERE}?a={first}&b={young}", "compare-too-early")
    await look_at(browser, crowd, HERE, "compare-choose")


async def test_the_page_says_what_the_figures_say(crowd: House, visitor: Reader) -> None:
    first, last, young = await ends_of_the_board(crowd)
    async with crowd.arena.db.transaction(readonly=True) as tx:
        truth = await performance.compare(tx, first, last)
    html = (await visitor.get(f"{HERE}?a={first}&b={last}")).text
    said = text_of(html)
    assert truth.pair.leads == "first"
    assert "leads. Its Sharpe ratio is the higher one" in said
    assert f"{truth.pair.days} days from" in said
    low, high = truth.pair.sharpe.low, truth.pair.sharpe.high
    assert f"{low:.2f} … {high:.2f}".replace("-", "−") in said
    assert '<svg class="pair-figure"' in html
    assert '<svg class="scale"' in html
    assert without_legend(html) == []
    early = text_of((await visitor.get(f"{HERE}?a={first}&b={young}")).text)
    assert "Too early to say. They share 11 days; 30 are needed." in early
    same = text_of((await visitor.get(f"{HERE}?a={last}&b={first}")).text)
    assert "leads. Its Sharpe ratio is the higher one" in same, "whichever comes first"


async def test_a_period_keeps_the_two_and_the_two_keep_the_period(
    crowd: House, visitor: Reader
) -> None:
    first, last, _ = await ends_of_the_board(crowd)
    html = (await visitor.get(f"{HERE}?a={first}&b={last}&days=30")).text
    assert "30 days from" in text_of(html)
    assert f"/arena/compare?a={last}&amp;b={first}&amp;days=30" in html
    chosen = re.findall(r'<option value="(acc_\w+)" selected>', html)
    assert chosen == [first, last]


async def test_what_cannot_be_compared_is_said_in_words(crowd: House, visitor: Reader) -> None:
    first, _, _ = await ends_of_the_board(crowd)
    same = await visitor.get(f"{HERE}?a={first}&b={first}")
    assert same.status_code == 200
    assert "one and the same account" in text_of(same.text)
    unknown = await visitor.get(f"{HERE}?a={first}&b=acc_{'0' * 26}")
    assert unknown.status_code == 404
    odd = await visitor.get(f"{HERE}?a=<script>&b=x")
    assert odd.status_code == 404
    assert "<script>" not in odd.text.replace('<script type="module"', "")


async def test_before_there_are_two_there_is_nothing_to_compare(
    server: Server, tmp_path_factory: pytest.TempPathFactory, browser: Browser
) -> None:
    async with open_crowd(server, tmp_path_factory.mktemp("bare"), listings=0) as bare:
        async with Reader(bare) as reader:
            assert "Nobody to compare yet" in text_of((await reader.get(HERE)).text)
        await look_at(browser, bare, HERE, "compare-empty")


async def test_two_are_chosen_without_scripts(crowd: House, browser: Browser) -> None:
    async with page_of(browser, scripts=False) as page:
        await page.goto(f"{crowd.url}/arena")
        await page.locator("td.trace a").first.click()
        await page.wait_for_url("**/arena/compare?a=acc_*")
        await page.get_by_role("button", name="Compare").click()
        await expect(page.locator("svg.pair-figure")).to_have_count(1)
