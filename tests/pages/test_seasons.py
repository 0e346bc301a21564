"""Seasons: announced by an operator, shown while they run, frozen and kept afterwards."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from playwright.async_api import Browser, expect

from arena.kit.clock import TapeClock
from arena.trading import performance
from tests.conftest import Server
from tests.pages.crowd import open_crowd
from tests.pages.looking import look_at, page_of
from tests.pages.reader import Reader, text_of
from tests.pages.sections import without_legend
from tests.pages.test_leaderboard import next_page, rows
from tests.stories.house import House

ALL, OPERATOR = "/arena/seasons", "/operator/seasons"


@pytest.fixture
async def crowd(server: Server, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """Sixty accounts on the first of January 2026, whose marks of the next weeks are there already."""
    async with open_crowd(server, tmp_path_factory.mktemp("crowd"), listings=60) as opened:
        async with opened.arena.db.transaction() as tx:
            await tx.execute(
                """insert into equity_mark (account_id, at, equity, cash, exposure)
                   select a.id, timestamptz '2026-01-01 00:00+00' + make_interval(days => n),
                     a.opening_cash * (1 + 0.002 * n * length(replace(a.id, '7', ''))::numeric / 30
                       + 0.01 * sin(n + ascii(right(a.id, 1)))::numeric), 1, 0
                   from account a, generate_series(1, 60) n on conflict do nothing"""
            )
        yield opened


async def turn_to(house: House, days: int) -> None:
    """The product clock to so many days after the first of January."""
    async with house.arena.db.transaction() as tx:
        at = await tx.fetchval(
            "update product_clock set at = timestamptz '2026-01-01 12:00+00' + make_interval(days => $1) returning at",
            days,
        )  # fmt: skip
    assert isinstance(house.arena.db.clock, TapeClock)
    house.arena.db.clock.move_to(at)


def wish(house: House, name: str, begin: int, end: int, **more: str) -> dict[str, str]:
    midnight = house.arena.db.clock.now().replace(hour=0)
    begins, ends = (f"{midnight + timedelta(days=n):%Y-%m-%d}" for n in (begin, end))
    return {"name": name, "starts_on": begins, "ends_on": ends, **more}


async def test_a_season_from_its_announcement_to_its_frozen_result(
    crowd: House, browser: Browser
) -> None:
    async with Reader(crowd) as operator, Reader(crowd) as visitor:
        await operator.sign_in("operator")
        assert "No season yet" in text_of((await visitor.get(ALL)).text)
        page = await operator.get(OPERATOR)
        sent = await operator.send(
            OPERATOR, wish(crowd, "Winter", 1, 40, note="The first."), page=page
        )
        assert "Winter is announced." in text_of(sent.text)
        arena = text_of((await visitor.get("/arena")).text)
        assert "Winter begins 2 Jan 2026" in arena, arena[:700]
        path = found_in((await visitor.get(ALL)).text)
        assert "It has not begun" in text_of((await visitor.get(path)).text)
        await look_at(browser, crowd, path, "season-announced")
        await look_at(browser, crowd, OPERATOR, "operator-seasons", cookies=operator.cookies)
        await turn_to(crowd, 20)
        running = (await visitor.get(path)).text
        assert "it decides nothing yet" in text_of(running)
        assert all(row.rank is None for row in rows(running)), "too few days"
        await look_at(browser, crowd, path, "season-running")
        await turn_to(crowd, 45)
        assert await performance.freeze_seasons(crowd.arena.db) == 1
        html = (await visitor.get(path)).text
        assert "Nothing that happens later changes it." in text_of(html)
        assert without_legend(html) == []
        table = rows(html)
        assert [row.rank for row in table if row.rank] == list(
            range(1, len([r for r in table if r.rank]) + 1)
        )
        assert table[0].cells[7] == "39"
        document = re.search(r'href="(/leaderboard/seasons/[^"]+/document)"', html)
        assert document is not None
        assert (await visitor.get(document[1])).json()["name"] == "Winter"
        entry = re.search(r'href="(/log/entries/\d+)"', html)
        assert entry is not None
        assert (await visitor.get(entry[1])).json()["kind"] == "season_result"
        assert "result of 10 Feb 2026" in text_of((await visitor.get("/arena")).text)
        await look_at(browser, crowd, path, "season-frozen")
        await look_at(browser, crowd, ALL, "seasons")
        second = next_page(html)
        assert second.startswith(f"{path}?after=")
        assert (await visitor.get(second)).status_code == 200
        for after in ("x", "WzFd" * 9):
            assert (await visitor.get(f"{path}?after={after}")).status_code == 400
            assert (await visitor.get(f"{ALL}?after={after}")).status_code == 400


def found_in(html: str) -> str:
    found = re.search(r'href="(/arena/seasons/sea_\w+)"', html)
    assert found is not None
    return found[1]


async def test_what_makes_no_season_comes_back_with_the_reason(crowd: House) -> None:
    async with Reader(crowd) as operator:
        await operator.sign_in("operator")
        page = await operator.get(OPERATOR)
        short = await operator.send(OPERATOR, wish(crowd, "Short", 1, 20), page=page)
        assert short.status_code == 422
        assert "30 to 730 days later" in text_of(short.text)
        assert 'value="Short"' in short.text, "what was written is not lost"
        nothing = await operator.send(OPERATOR, {"name": "x", "starts_on": "soon"}, page=page)
        assert nothing.status_code == 422
        assert "Nothing was sent yet" in text_of(nothing.text)
        await operator.send(OPERATOR, wish(crowd, "Winter", 1, 40), page=page)
        twice = await operator.send(
            OPERATOR, wish(crowd, "WINTER", 1, 50), page=await operator.get(OPERATOR)
        )
        assert twice.status_code == 409
        assert "choose another name" in text_of(twice.text)


async def test_one_that_has_not_begun_is_withdrawn_with_a_reason(crowd: House) -> None:
    async with Reader(crowd) as operator:
        await operator.sign_in("operator")
        await operator.send(
            OPERATOR, wish(crowd, "Winter", 2, 40), page=await operator.get(OPERATOR)
        )
        html = (await operator.get(OPERATOR)).text
        path = found_in(html)
        act = f"{OPERATOR}/{path.rsplit('/', 1)[1]}/withdraw"
        empty = await operator.send(act, {"reason": ""}, page=await operator.get(OPERATOR))
        assert empty.status_code == 422
        gone = await operator.send(
            act, {"reason": "wrong dates"}, page=await operator.get(OPERATOR)
        )
        assert "Winter is withdrawn." in text_of(gone.text)
        assert path not in (await operator.get(ALL)).text
        assert "taken back before it began" in text_of((await operator.get(path)).text)
        again = await operator.send(act, {"reason": "wrong dates again"})
        assert again.status_code == 409


async def test_a_season_is_announced_in_a_browser(crowd: House, browser: Browser) -> None:
    async with Reader(crowd) as operator:
        await operator.sign_in("operator")
        async with page_of(browser, cookies=operator.cookies) as page:
            await page.goto(crowd.url + OPERATOR)
            await page.get_by_label("Name").fill("Spring")
            await page.get_by_role("button", name="Announce it").click()
            await expect(page.locator("body")).to_contain_text("Spring is announced.")


async def test_an_unknown_season_is_not_found(crowd: House) -> None:
    async with Reader(crowd) as visitor:
        assert (await visitor.get(f"{ALL}/sea_{'0' * 26}")).status_code == 404
        assert (await visitor.get(f"{ALL}/nothing")).status_code in (404, 422)
