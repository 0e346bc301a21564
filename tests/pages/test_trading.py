"""The pages of accounts that trade by themselves: what they show, who sees them, what is done from them."""

import csv
import io
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, expect

from arena.trading.risk import TradingBarred, TradingKilled
from arena.trading.venues import MayNotTrade
from arena.web.page.numbers import exact, worth
from tests.pages.bourse import bourse, busy, trader
from tests.pages.looking import look_at, page_of
from tests.pages.reader import Reader, text_of
from tests.pages.submissions import HOSTILE
from tests.stories.house import House

__all__ = ["bourse"]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("42159.2801", "42,159.28"),
        ("0.0001234567", "0.0001235"),
        ("0.5", "0.5000"),
        ("0", "0.00"),
        ("-3.1", "−3.10"),
    ],
)
def test_amounts_of_any_currency_say_something(value: str, words: str) -> None:
    assert worth(Decimal(value)) == words
    assert worth(None) == "–"
    assert exact(Decimal("0.19980000")) == "0.1998"


PAGES = ("", "/orders", "/fills", "/pnl", "/limits")


@pytest.fixture
async def owner(bourse: House) -> AsyncIterator[Reader]:
    async with Reader(bourse) as opened:
        yield await opened.sign_in("creator")


@pytest.fixture
async def operator(bourse: House) -> AsyncIterator[Reader]:
    async with Reader(bourse) as opened:
        yield await opened.sign_in("operator")


async def test_the_list_says_how_to_begin_and_then_shows_what_is_there(
    bourse: House, owner: Reader
) -> None:
    empty = text_of((await owner.get("/studio/trading")).text)
    assert "Make a collective" in empty
    assert "bring-your-bot.md" in empty
    made = await trader(bourse, owner)
    page = await owner.get("/studio/trading")
    assert made.name in page.text
    assert made.path in page.text
    assert "100,000.00 USD" in text_of(page.text)
    assert "/studio/trading" in (await owner.get("/studio")).text


async def test_an_account_shows_what_it_holds_and_how_it_came_to_it(
    bourse: House, owner: Reader
) -> None:
    made = await busy(bourse, owner)
    page = await owner.get(made.path)
    text = text_of(page.text)
    for words in (
        "Positions",
        "BTC-USD",
        "Open orders",
        "Since it was opened",
        "Realised",
        "hypothetical",
    ):
        assert words.lower() in text.lower(), words
    assert 'class="bar-figure"' in page.text
    assert 'class="equity-figure"' in page.text
    orders = text_of((await owner.get(f"{made.path}/orders")).text)
    assert "filled" in orders
    assert "accepted" in orders
    fills = await owner.get(f"{made.path}/fills")
    assert "Why this price" in fills.text
    assert "It took what stood in the book" in text_of(fills.text)
    assert "the price of the fill" in text_of(fills.text)
    pnl = text_of((await owner.get(f"{made.path}/pnl")).text)
    for words in ("By instrument", "By day", "Fees by asset", "Lots, first in first out"):
        assert words in pnl
    limits = text_of((await owner.get(f"{made.path}/limits")).text)
    assert "All positions, of the equity" in limits


async def test_an_order_is_cancelled_by_its_button_once_and_for_all(
    bourse: House, owner: Reader
) -> None:
    made = await trader(bourse, owner)
    order = await made.resting()
    page = await owner.get(made.path)
    path = f"{made.path}/orders/{order.id}/cancel"
    for _ in range(2):  # sent twice it acts once
        answer = await owner.send(path, {}, page=page)
        assert answer.status_code == 200, answer.text
    assert path not in (await owner.get(made.path)).text
    assert await made.one("select status from trade_order where id = $1", order.id) == "canceled"
    assert await bourse.arena.floor.open_orders(made.account_id) == []
    done = await made.order("buy", "0.01")
    assert await bourse.player.step()
    late = await owner.send(f"{made.path}/orders/{done.id}/cancel", {})
    assert late.status_code == 409
    assert "filled" in text_of(late.text)
    assert (await owner.send(f"{made.path}/orders/ord_{'0' * 26}/cancel", {})).status_code == 404


async def test_the_kill_switch_stops_everything_and_lets_go_on_by_reason(
    bourse: House, owner: Reader
) -> None:
    made = await trader(bourse, owner)
    await made.resting()
    here = f"{made.path}/limits"
    page = await owner.get(here)
    unsure = await owner.send(f"{made.path}/stop", {"reason": "prices look wrong"}, page=page)
    assert unsure.status_code == 422
    assert "Tick this" in text_of(unsure.text)
    assert len(await bourse.arena.floor.open_orders(made.account_id)) == 1
    sure = {"reason": HOSTILE, "sure": "true"}
    stopped = await owner.send(f"{made.path}/stop", sure, page=page)
    assert "what was open is cancelled" in text_of(stopped.text)
    assert await bourse.arena.floor.open_orders(made.account_id) == []
    with pytest.raises((TradingKilled, MayNotTrade)):
        await made.order("buy", "0.01")
    assert "stopped" in text_of((await owner.get("/studio/trading")).text)
    resumed = await owner.send(
        f"{made.path}/resume", {"reason": "prices are right again"}, page=await owner.get(here)
    )
    assert "taken again" in text_of(resumed.text)
    assert (await made.order("buy", "0.01")).open
    assert await made.one(
        "select array_agg(reason order by id) from audit_event where object = $1 and actor = $2 and request_id"
        " is not null and action in ('risk.kill', 'risk.revive')", made.account_id, owner.person_id,
    ) == [HOSTILE, "prices are right again"]  # fmt: skip


async def test_what_the_operator_stops_its_owner_cannot_lift(
    bourse: House, owner: Reader, operator: Reader
) -> None:
    made = await trader(bourse, owner)
    await made.resting()
    root = f"/operator/trading/{made.account_id}"
    assert made.account_id in (await operator.get("/operator/trading")).text
    page = await operator.get(f"{root}/limits")
    sure = {"reason": "complaints", "sure": "true"}
    assert (await operator.send(f"{root}/stop", sure, page=page)).status_code == 200
    assert await bourse.arena.floor.open_orders(made.account_id) == []
    with pytest.raises((TradingBarred, MayNotTrade)):
        await made.order("buy", "0.01")
    seen = await owner.get(f"{made.path}/limits")
    assert "only the operator lifts that" in text_of(seen.text)
    refused = await owner.send(f"{made.path}/resume", {"reason": "let me"})
    assert refused.status_code == 403
    page = await operator.get(f"{root}/limits")
    assert (
        await operator.send(f"{root}/resume", {"reason": "settled"}, page=page)
    ).status_code == 200
    assert (await made.order("buy", "0.01")).open


async def test_money_that_the_operator_puts_in_is_no_gain(
    bourse: House, owner: Reader, operator: Reader
) -> None:
    made = await busy(bourse, owner)
    before = (await owner.get(f"{made.path}/exports/days")).text
    root = f"/operator/trading/{made.account_id}"
    page = await operator.get(f"{root}/pnl")
    wrong = await operator.send(
        f"{root}/flows", {"asset": "USD", "quantity": "much", "note": "prize"}, page=page
    )
    assert wrong.status_code == 422
    done = await operator.send(
        f"{root}/flows", {"asset": "USD", "quantity": "2500.5", "note": "prize of spring"}, page=page
    )  # fmt: skip
    assert "neither as gain nor as loss" in text_of(done.text)
    seen = text_of((await owner.get(f"{made.path}/pnl")).text)
    assert "2,500.5 USD" in seen
    assert "prize of spring" in seen
    after = (await owner.get(f"{made.path}/exports/days")).text
    lines = [list(csv.DictReader(io.StringIO(text))) for text in (before, after)]
    assert [line["pnl_USD"] for line in lines[0]] == [line["pnl_USD"] for line in lines[1]]
    assert lines[1][-1]["flows_USD"] == "2500.5"
    assert (await owner.send(f"/operator/trading/{made.account_id}/flows", {})).status_code == 403


async def test_the_files_hold_what_the_pages_show(bourse: House, owner: Reader) -> None:
    made = await busy(bourse, owner)
    for table, needed in (("fills", "fee_rate_from"), ("lots", "gain_USD"), ("days", "pnl_USD")):
        answer = await owner.get(f"{made.path}/exports/{table}")
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert f"{made.account_id}-{table}.csv" in answer.headers["content-disposition"]
        found = list(csv.DictReader(io.StringIO(answer.text)))
        assert found
        assert needed in found[0]
    year = (await owner.get(f"{made.path}/exports/lots?year=1999")).text
    assert year.count("\n") == 1, "only the head"


async def test_accounts_of_others_look_like_none(bourse: House, owner: Reader) -> None:
    made = await trader(bourse, owner)
    order = await made.resting()
    async with Reader(bourse) as other:
        await other.sign_in("creator")
        for rest in (*PAGES, "/exports/fills"):
            assert (await other.get(f"{made.path}{rest}")).status_code == 404
        for rest in ("/stop", "/resume", f"/orders/{order.id}/cancel"):
            sent = await other.send(f"{made.path}{rest}", {"reason": "mine now", "sure": "true"})
            assert sent.status_code == 404
        assert made.account_id not in (await other.get("/studio/trading")).text
    assert len(await bourse.arena.floor.open_orders(made.account_id)) == 1


async def test_the_lists_go_on_page_by_page(bourse: House, owner: Reader) -> None:
    made = await trader(bourse, owner)
    for _ in range(30):
        await made.order("buy", "0.001")
    order = await made.order("buy", "0.02")
    assert await bourse.player.step()
    for name in ("orders", "fills"):
        page = await owner.get(f"{made.path}/{name}")
        following = _next(page)
        seen = await owner.get(following)
        assert seen.status_code == 200
        assert _next(seen) == ""
        assert "First page" in seen.text
        assert (await owner.get(f"{made.path}/{name}?after=nonsense")).status_code == 400
    one = await owner.get(f"{made.path}/fills?order={order.id}")
    fills = await made.one("select count(*) from fill where order_id = $1", order.id)
    assert text_of(one.text).count("Why this price") == fills > 0
    assert "Fills of one order" in one.text


def _next(page: httpx.Response) -> str:
    _, _, rest = page.text.partition('rel="next"')
    before = page.text[: len(page.text) - len(rest)]
    return before.rpartition('href="')[2].split('"')[0].replace("&amp;", "&") if rest else ""


async def test_the_part_that_moves_is_streamed_to_whoever_may_see_it(
    bourse: House, owner: Reader, operator: Reader
) -> None:
    made = await trader(bourse, owner)
    for reader, path in (
        (owner, f"/live/studio/trading/{made.account_id}"),
        (operator, f"/live/operator/trading/{made.account_id}"),
    ):
        async with reader.client.stream("GET", path) as response:
            assert response.status_code == 200
            lines = response.aiter_lines()
            assert any(["Nothing is held" in line async for line in _until_blank(lines)])
    async with Reader(bourse) as other:
        await other.sign_in("creator")
        refused = await other.get(f"/live/studio/trading/{made.account_id}")
        assert refused.status_code == 404


async def _until_blank(lines: AsyncIterator[str]) -> AsyncIterator[str]:
    async for line in lines:
        if not line:
            return
        yield line


async def test_the_desk_keeps_up_by_itself(bourse: House, owner: Reader, browser: Browser) -> None:
    made = await trader(bourse, owner)
    async with page_of(browser, cookies=owner.cookies) as page:
        await page.goto(bourse.url + made.path)
        await expect(page.locator("#positions ~ p").first).to_contain_text("Nothing is held")
        await made.order("buy", "0.5")
        order = await made.resting()
        await expect(page.locator("live-part table").first).to_contain_text(
            "BTC-USD", timeout=15_000
        )
        await page.click(f"form[action$='{order.id}/cancel'] button")
        await expect(page.locator(".flash")).to_contain_text("Cancelled")
        await page.evaluate("document.querySelector('live-part').remove()")  # lets the page go


async def test_the_pages_are_drawn_well(
    bourse: House, owner: Reader, operator: Reader, browser: Browser
) -> None:
    kept: list[Any] = owner.cookies
    await look_at(browser, bourse, "/studio/trading", "trading-none", cookies=kept)
    made = await busy(bourse, owner)
    await look_at(browser, bourse, "/studio/trading", "trading-list", cookies=kept)
    for rest in PAGES:
        name = f"trading-{rest.strip('/') or 'account'}"
        await look_at(browser, bourse, f"{made.path}{rest}", name, cookies=kept)
    root = f"/operator/trading/{made.account_id}"
    await look_at(browser, bourse, f"{root}/pnl", "operator-trading-pnl", cookies=operator.cookies)
    await look_at(
        browser, bourse, "/operator/trading", "operator-trading", cookies=operator.cookies
    )
