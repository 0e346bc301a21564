"""Receipts: one for each charge that went through, for nobody but its payer, fit to print."""

import pytest
from playwright.async_api import Browser

from arena.kit.money import Money
from arena.marketplace import subscriptions
from arena.money import billing
from arena.web.page.numbers import money
from tests.pages.looking import look_at, page_of
from tests.pages.own_feed import ASKS, DECLINED, OwnFeed, become_past_due, own_feed
from tests.pages.reader import Reader, text_of
from tests.stories.house import House


@pytest.fixture
async def feed(house: House) -> OwnFeed:
    return await own_feed(house)


async def charges(house: House, mine: subscriptions.Subscription) -> list[billing.Charge]:
    async with house.arena.db.transaction(readonly=True) as tx:
        return await billing.charges(tx, mine.person_id, mine.id)


async def test_a_receipt_says_what_was_paid_for_when_by_whom_and_how_much(
    house: House, reader: Reader, feed: OwnFeed
) -> None:
    await reader.sign_in()
    mine = await feed.subscribe(reader)
    page = await reader.get(f"/subscriptions/{mine.id}")
    path = page.text.partition(f'href="/subscriptions/{mine.id}/receipts/')[2].partition('"')[0]
    receipt = await reader.get(f"/subscriptions/{mine.id}/receipts/{path}")
    assert receipt.status_code == 200
    words = text_of(receipt.text)
    assert mine.period_start is not None
    assert mine.period_end is not None
    for said in (
        "Receipt", path, "$99", "USD", "Pro subscription to Northwind Crossing, one month",
        "test card ending in 4242", "Ada Reader", reader.email, "Collective", "This is a receipt",
        f"{mine.period_start:%Y-%m-%d %H:%M} UTC", f"{mine.period_end:%Y-%m-%d %H:%M} UTC",
    ):  # fmt: skip
        assert said in words, said
    for unsaid in ("84.15", "14.85", "85 %", "15 %"):
        assert unsaid not in words, "how it is split is not the subscriber's business"
    assert "<form" not in receipt.text.partition('<main id="main"')[2].partition("</main>")[0]


async def test_what_did_not_go_through_has_words_and_no_receipt(
    house: House, reader: Reader, feed: OwnFeed
) -> None:
    await reader.sign_in()
    mine = await feed.subscribe(reader)
    await become_past_due(house, mine, DECLINED)
    failed, paid = await charges(house, mine)
    assert (failed.state, paid.state) == ("failed", "succeeded")
    page = await reader.get(f"/subscriptions/{mine.id}")
    assert text_of(page.text).count("The bank declined the card.") == 2, "payment and timeline"
    assert f"/receipts/{paid.id}" in page.text
    assert f"/receipts/{failed.id}" not in page.text
    assert (await reader.get(f"/subscriptions/{mine.id}/receipts/{failed.id}")).status_code == 404


async def test_a_receipt_is_for_its_payer_and_its_subscription_alone(
    house: House, reader: Reader, feed: OwnFeed
) -> None:
    await reader.sign_in()
    mine = await feed.subscribe(reader)
    other_one = await (await own_feed(house, "Another")).subscribe(reader)
    [paid] = await charges(house, mine)
    for path in (
        f"/subscriptions/{other_one.id}/receipts/{paid.id}",
        f"/subscriptions/{mine.id}/receipts/pay_{'0' * 26}",
    ):
        assert (await reader.get(path)).status_code == 404, path
    assert (await reader.get(f"/subscriptions/{mine.id}/receipts/nonsense")).status_code == 422
    async with Reader(house) as other:
        path = f"/subscriptions/{mine.id}/receipts/{paid.id}"
        assert "/sign-in" in str((await other.get(path)).url)
        await other.sign_in()
        assert (await other.get(path)).status_code == 404


async def test_the_first_month_begins_when_the_bank_has_confirmed(
    house: House, reader: Reader, feed: OwnFeed
) -> None:
    await reader.sign_in()
    mine = await feed.subscribe(reader, card=ASKS)
    await house.player.step()
    db = house.arena.db
    [waiting] = await charges(house, mine)
    assert waiting.state == "requires_action"
    page = await reader.get(f"/subscribe/confirm/{waiting.id}")
    await reader.send(f"/subscribe/confirm/{waiting.id}", {"answer": "confirm"}, page=page)
    words = text_of((await reader.get(f"/subscriptions/{mine.id}/receipts/{waiting.id}")).text)
    begun = db.clock.now()
    assert begun > waiting.at
    assert words.count(f"{begun:%Y-%m-%d %H:%M} UTC") == 2, "paid then, and begun then"
    assert f"{begun:%Y-%m-%d %H:%M} UTC to" in " ".join(words.split())


async def test_charges_come_by_pages(house: House, reader: Reader, feed: OwnFeed) -> None:
    await reader.sign_in()
    mine = await feed.subscribe(reader)
    async with house.arena.db.transaction() as tx:
        await tx.execute(
            """insert into payment_attempt (id, reference, period_start, person_id, payee_id,
                 payment_method_id, amount, currency, platform_bps, state, gateway, attempt, at)
               select 'pay_' || lpad(i::text, 26, '0'), reference, period_start - i * interval '1 month',
                 person_id, payee_id, payment_method_id, amount, currency, platform_bps, 'succeeded',
                 gateway, 1, at - i * interval '1 month'
               from payment_attempt, generate_series(1, 30) as i where reference = $1""",
            mine.id,
        )
    seen, path = 0, f"/subscriptions/{mine.id}"
    while path:
        page = await reader.get(path)
        seen += page.text.count('href="/subscriptions/' + mine.id + "/receipts/")
        cursor = page.text.partition("?charges=")[2].partition("#")[0]
        path = f"/subscriptions/{mine.id}?charges={cursor}" if cursor else ""
    assert seen == 31
    assert (await reader.get(f"/subscriptions/{mine.id}?charges=nonsense")).status_code == 400


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (Money(2_900), "$29"), (Money(2_950), "$29.50"), (Money(1_234_567), "$12,345.67"),
        (Money(-300), "−$3"), (Money(100, "EUR"), "1 EUR"),
    ],
)  # fmt: skip
def test_money_is_written_one_way(amount: Money, words: str) -> None:
    assert money(amount) == words


async def test_a_receipt_is_drawn_well_on_screen_and_on_paper(
    house: House, browser: Browser, reader: Reader, feed: OwnFeed
) -> None:
    await reader.sign_in()
    mine = await feed.subscribe(reader)
    [paid] = await charges(house, mine)
    path = f"/subscriptions/{mine.id}/receipts/{paid.id}"
    await look_at(browser, house, path, "receipt", cookies=reader.cookies)
    async with page_of(browser, cookies=reader.cookies) as page:
        await page.goto(house.url + path)
        await page.emulate_media(media="print")
        assert not await page.locator(".site-header").is_visible()
        assert not await page.get_by_role("link", name="Back to the subscription").is_visible()
        assert await page.get_by_role("heading", name="Receipt").is_visible()
        await page.screenshot(path="tests/pages/shots/receipt-print.png", full_page=True)
