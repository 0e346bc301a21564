"""Checkout to its end: cards that ask for their holder, a crash in between, and the whole way in a browser."""

import re
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from arena.kit.db import Database
from arena.marketplace import subscriptions
from arena.money import billing
from tests.pages.looking import check_page, look_at, page_of
from tests.pages.own_feed import ASKS, DECLINED, PAYS, OwnFeed, actor_of, own_feed
from tests.pages.purchases import charged, filled, path_of, post
from tests.pages.reader import Reader, hidden_fields, text_of
from tests.stories.house import House

NO_FUNDS = "4000000000009995"


async def asked(reader: Reader, own: OwnFeed) -> str:
    """The page on which the charge waits for its card's holder."""
    answer = await post(reader, path_of(own), await filled(reader, own, ASKS))
    assert answer.status_code == 303
    path: str = answer.headers["location"]
    assert path.startswith("/subscribe/confirm/pay_")
    return path


async def test_a_card_that_asks_is_confirmed_on_a_page_of_its_own(
    reader: Reader, house: House
) -> None:
    own = await own_feed(house)
    await reader.sign_in()
    path = await asked(reader, own)
    page = await reader.get(path)
    words = text_of(page.text)
    assert "wants to know that it is you" in words
    assert "$99 now, and again every month until you cancel" in words
    assert await charged(house, reader) == 0
    assert "Your charge is not through yet" in (await reader.get(path_of(own))).text
    fields = {"once": hidden_fields(page.text, path)["once"], "answer": "confirm"}
    first, second = await post(reader, path, fields), await post(reader, path, fields)
    assert first.status_code == second.status_code == 303
    assert first.headers["location"] == second.headers["location"]
    assert await charged(house, reader) == 1
    async with house.arena.db.transaction(readonly=True) as tx:
        found = await subscriptions.live_subscription(tx, reader.person_id, own.listing_id)
    assert found is not None
    assert (found.status, first.headers["location"]) == ("active", f"/subscriptions/{found.id}")
    later = await reader.client.get(path, follow_redirects=False)
    assert later.headers["location"] == f"/subscriptions/{found.id}"


async def test_the_checkout_sent_again_finds_the_charge_that_waits(
    reader: Reader, house: House
) -> None:
    own = await own_feed(house)
    await reader.sign_in()
    fields = await filled(reader, own, ASKS)
    first, second = await post(reader, path_of(own), fields), await post(reader, path_of(own), fields)  # fmt: skip
    assert first.headers["location"] == second.headers["location"]


async def test_not_confirming_charges_nothing_and_frees_the_way(
    reader: Reader, house: House
) -> None:
    own = await own_feed(house)
    await reader.sign_in()
    path = await asked(reader, own)
    page = await reader.get(path)
    fields = {"once": hidden_fields(page.text, path)["once"], "answer": "give_up"}
    answer = await post(reader, path, fields)
    assert answer.headers["location"] == f"/listings/{own.listing_id}"
    assert await charged(house, reader) == 0
    over = await reader.get(path)
    assert "Nothing was charged" in over.text
    late = await post(reader, path, {**fields, "answer": "confirm"})
    assert (late.status_code, "waits for nobody any more" in late.text) == (409, True)
    assert (await post(reader, path_of(own), await filled(reader, own))).status_code == 303


async def test_somebody_elses_charge_is_not_there(reader: Reader, house: House) -> None:
    own = await own_feed(house)
    await reader.sign_in()
    path = await asked(reader, own)
    async with Reader(house) as other:
        await other.sign_in()
        assert (await other.get(path)).status_code == 404
        answer = await other.send(path, {"answer": "confirm"})
        assert answer.status_code == 404
    assert await charged(house, reader) == 0


class Crash(BaseException):
    """What a kill is to the code it hits."""


async def test_a_charge_nobody_saw_the_end_of_is_shown_as_such_and_healed(
    reader: Reader, house: House, browser: Browser
) -> None:
    """The gateway has charged, and the process died before it heard so."""
    own = await own_feed(house)
    await reader.sign_in()
    db: Database = house.arena.db
    actor: Any = actor_of(reader)

    def crash() -> None:
        raise Crash

    gateway = billing.FakeGateway(db, after_commit=crash)
    async with db.transaction() as tx:
        method = await billing.keep_card(tx, gateway=gateway, number=PAYS, actor=actor)
    with pytest.raises(Crash):
        await subscriptions.subscribe(
            db, gateway, subscriptions.Wish(own.listing_id, "pro", method.id), actor=actor,
            terms=subscriptions.Terms(f"crash-{reader.person_id}", 1500),
        )  # fmt: skip
    closed = await reader.get(path_of(own))
    path = re.search(r'href="(/subscribe/confirm/pay_\w+)"', closed.text)
    assert path is not None
    assert "The bank has not answered yet" in (await reader.get(path[1])).text
    await look_at(browser, house, path[1], "checkout-waiting", cookies=reader.cookies)
    await billing.janitor(db, house.arena.gateway, sending_s_max=0)
    await house.settle()
    healed = await reader.client.get(path[1], follow_redirects=False)
    assert healed.status_code == 303
    assert await charged(house, reader) == 1


async def fill_in(page: Page, number: str) -> None:
    await page.get_by_label("Number of a test card").fill(number)
    await page.get_by_label("I agree that").check()
    await page.get_by_role("button", name="Pay $99 and subscribe").click()


async def test_from_the_listing_to_the_subscription_in_a_browser(
    reader: Reader, house: House, browser: Browser
) -> None:
    own = await own_feed(house)
    await reader.sign_in()
    await look_at(browser, house, path_of(own), "checkout", cookies=reader.cookies)
    async with page_of(browser, cookies=reader.cookies) as page:
        await page.goto(f"{house.url}/listings/{own.listing_id}")
        await page.get_by_role("link", name="Take Pro").click()
        await fill_in(page, NO_FUNDS)
        await page.get_by_role("alert").wait_for()
        assert "has not enough funds" in await page.get_by_role("alert").inner_text()
        await check_page(page, "checkout-declined-light")
        await page.get_by_label("A new card").check()
        await fill_in(page, PAYS)
        await page.wait_for_url("**/subscriptions/sub_*")
        assert await page.get_by_text("is yours: $99 are paid").count() == 1
    assert await charged(house, reader) == 1


async def test_the_whole_way_by_keyboard_without_scripts(
    reader: Reader, house: House, browser: Browser
) -> None:
    own = await own_feed(house)
    await reader.sign_in()
    async with page_of(browser, scripts=False, cookies=reader.cookies) as page:
        await page.goto(house.url + path_of(own))
        await page.get_by_label("Number of a test card").focus()
        await page.keyboard.type(ASKS)
        await page.keyboard.press("Tab")
        await page.keyboard.press("Space")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/subscribe/confirm/pay_*")
        await page.get_by_role("button", name="It is me").focus()
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/subscriptions/sub_*")
    assert await charged(house, reader) == 1


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
async def test_cards_errors_and_the_confirmation_are_drawn_well(
    look: str, reader: Reader, house: House, browser: Browser
) -> None:
    own = await own_feed(house)
    await reader.sign_in()
    await post(reader, path_of(own), await filled(reader, own, DECLINED))
    async with page_of(browser, look=look, cookies=reader.cookies) as page:
        await page.goto(house.url + path_of(own))
        assert not await page.get_by_label("Number of a test card").is_visible()
        await page.get_by_label("A new card").check()
        await page.get_by_label("Number of a test card").fill("12 34")
        await page.locator("form.pay").evaluate("form => form.noValidate = true")
        await page.get_by_role("button", name="Pay $99").click()
        await page.get_by_text("This does not look right").wait_for()
        await check_page(page, f"checkout-errors-{look}")
        await fill_in(page, ASKS)
        await page.wait_for_url("**/subscribe/confirm/pay_*")
        await check_page(page, f"checkout-confirm-{look}")
        await page.get_by_role("button", name="Do not pay").click()
        await page.wait_for_url("**/listings/lst_*")
        assert await page.get_by_text("Given up. Nothing was charged.").count() == 1
