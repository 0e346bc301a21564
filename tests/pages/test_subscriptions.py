"""My subscriptions: each state in words, one click out, another card, and nobody else's."""

from dataclasses import dataclass

import pytest
from playwright.async_api import Browser

from arena.marketplace import subscriptions
from arena.marketplace.subscriptions import Status, Subscription
from tests.pages.looking import look_at, page_of
from tests.pages.own_feed import (
    ASKS,
    DECLINED,
    PAYS,
    OwnFeed,
    actor_of,
    become_past_due,
    own_feed,
)
from tests.pages.reader import Reader, text_of
from tests.stories.house import House


@dataclass(slots=True)
class Held:
    """A person with a subscription to a feed of its own."""

    house: House
    reader: Reader
    feed: OwnFeed
    id: str

    @property
    def path(self) -> str:
        return f"/subscriptions/{self.id}"

    async def now(self) -> Subscription:
        async with self.house.arena.db.transaction(readonly=True) as tx:
            return await subscriptions.subscription(tx, self.id)


@pytest.fixture
async def held(house: House, reader: Reader) -> Held:
    await reader.sign_in()
    feed = await own_feed(house)
    return Held(house, reader, feed, (await feed.subscribe(reader)).id)


async def audited(held: Held, action: str) -> int:
    async with held.house.arena.db.transaction(readonly=True) as tx:
        count: int = await tx.fetchval(
            "select count(*) from audit_event where object = $1 and action = $2 and request_id is not null",
            held.id, action,
        )  # fmt: skip
    return count


async def test_whoever_has_none_is_shown_the_way_to_the_market(reader: Reader) -> None:
    await reader.sign_in()
    page = await reader.get("/subscriptions")
    assert page.status_code == 200
    assert "No subscription yet" in page.text
    assert 'class="button" href="/market"' in page.text


async def test_strangers_sign_in_first_and_come_back(house: House, reader: Reader) -> None:
    answer = await reader.client.get("/subscriptions", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Fsubscriptions"


async def test_an_active_one_says_what_is_charged_next_how_much_and_from_which_card(
    held: Held,
) -> None:
    words = text_of((await held.reader.get("/subscriptions")).text)
    assert "Northwind Crossing" in words
    assert "active" in words
    assert "Pro" in words
    assert "$99 a month" in words
    assert "Next charge $99 on" in words
    assert "test card ending in 4242" in words
    assert f"sigma watch {held.feed.listing_id}" in words
    assert f'href="/listings/{held.feed.listing_id}"' in (await held.reader.get(held.path)).text


async def test_one_click_cancels_for_the_end_of_the_period_and_says_until_when(held: Held) -> None:
    page = await held.reader.get("/subscriptions")
    after = await held.reader.send(f"{held.path}/cancel", {}, page=page)
    assert after.url.path == "/subscriptions"
    found = await held.now()
    assert found.status is Status.ACTIVE
    assert found.cancel_at_period_end
    assert found.period_end is not None
    words = text_of(after.text)
    assert f"Access lasts until {found.period_end.day} {found.period_end:%b %Y}" in words
    assert "Nothing more is charged" in words
    assert "canceled" in words
    assert f'action="{held.path}/end"' in after.text, "it can still be ended now"
    assert await audited(held, "subscriptions.cancel") == 1


async def test_canceling_twice_changes_nothing_and_sends_back_where_one_was(held: Held) -> None:
    page = await held.reader.get(held.path)
    for _ in range(2):
        after = await held.reader.send(f"{held.path}/cancel", {}, page=page)
        assert after.url.path == held.path
    assert (await held.reader.send(f"{held.path}/cancel", {})).url.path == "/subscriptions"
    assert await audited(held, "subscriptions.cancel") == 1


async def test_nobody_is_sent_to_another_site(held: Held) -> None:
    fields = {"back": "https://elsewhere.example/"}
    after = await held.reader.send(f"{held.path}/cancel", fields)
    assert str(after.url) == f"{held.house.url}/subscriptions"


async def test_ended_now_it_stands_below_with_its_reason(held: Held) -> None:
    page = await held.reader.get("/subscriptions")
    assert "without a refund" in page.text
    after = await held.reader.send(f"{held.path}/end", {}, page=page)
    assert (await held.now()).status is Status.ENDED
    words = text_of(after.text)
    assert "Access has ended, and nothing more is charged" in words
    assert "Ended" in words
    assert "You canceled it." in words
    page = await held.reader.get(held.path)
    assert page.status_code == 200
    assert "signal-feed" not in page.text
    assert "Receipt" in page.text, "what was paid stays to be seen"
    assert "You canceled: " not in page.text


async def test_another_persons_subscription_cannot_be_touched(held: Held) -> None:
    async with Reader(held.house) as other:
        await other.sign_in()
        for path, fields in (
            ("cancel", {}),
            ("end", {}),
            ("card", {"method": "new", "card": PAYS}),
        ):
            answer = await other.send(f"{held.path}/{path}", fields)
            assert answer.status_code == 404, path
        async with held.house.arena.db.transaction(readonly=True) as tx:
            kept = "select count(*) from payment_method where person_id = $1"
            assert await tx.fetchval(kept, other.person_id) == 0
    assert not (await held.now()).cancel_at_period_end


async def test_another_site_cannot_cancel(held: Held) -> None:
    answer = await held.reader.client.post(
        f"{held.path}/cancel", data={"once": "o" * 20}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 403
    assert not (await held.now()).cancel_at_period_end


async def test_a_past_due_one_says_how_long_it_goes_on_and_is_paid_with_another_card(
    held: Held,
) -> None:
    await become_past_due(held.house, await held.now())
    page = await held.reader.get("/subscriptions")
    words = text_of(page.text)
    assert "past due" in words
    assert "3 days of grace left" in words
    assert f'href="{held.path}#card"' in page.text
    page = await held.reader.get(held.path)
    assert "Pay with another card" in page.text
    assert "The bank declined the card." in page.text
    assert "signal-feed" in page.text, "in the days of grace access goes on"
    declined = await held.reader.send(
        f"{held.path}/card", {"method": "new", "card": "4000 0000 0000 9995"}, page=page
    )
    assert "Not paid. The card has not enough funds. Try another card." in text_of(declined.text)
    assert (await held.now()).status is Status.PAST_DUE
    paid = await held.reader.send(
        f"{held.path}/card", {"method": "new", "card": PAYS}, page=declined
    )
    found = await held.now()
    assert found.status is Status.ACTIVE
    words = text_of(paid.text)
    assert "Paid. The month that was due runs until" in words
    assert "past due" not in words
    assert words.count("The card has not enough funds.") == 2, "among the payments and in its story"
    assert "It was tried again and not paid. The card has not enough funds." in words


async def test_when_the_days_of_grace_are_over_the_signals_are_gone_and_paying_brings_them_back(
    held: Held,
) -> None:
    await held.feed.publish("0.5")
    await become_past_due(held.house, await held.now())
    async with held.house.arena.db.transaction() as tx:
        await tx.execute("update subscription set access_until = $2 where id = $1", held.id, tx.now)
    page = await held.reader.get(held.path)
    assert 'data-sequence="' not in page.text
    assert "Your access has stopped" in page.text
    assert "access stopped on" in text_of((await held.reader.get("/subscriptions")).text)
    paid = await held.reader.send(f"{held.path}/card", {"method": "new", "card": PAYS}, page=page)
    assert 'data-sequence="1"' in paid.text


async def test_a_renewal_that_waits_for_its_person_leads_to_the_confirmation(held: Held) -> None:
    await become_past_due(held.house, await held.now(), ASKS)
    for path in ("/subscriptions", held.path):
        page = await held.reader.get(path)
        assert "your bank asks for a confirmation" in text_of(page.text)
        asked = page.text.partition('href="/subscribe/confirm/')[2].partition('"')[0]
    page = await held.reader.get(f"/subscribe/confirm/{asked}")
    after = await held.reader.send(f"/subscribe/confirm/{asked}", {"answer": "confirm"}, page=page)
    assert after.url.path == held.path
    assert (await held.now()).status is Status.ACTIVE


async def test_a_first_charge_that_waits_leads_there_too_and_can_be_given_up(
    house: House, reader: Reader
) -> None:
    await reader.sign_in()
    feed = await own_feed(house)
    mine = await feed.subscribe(reader, card=ASKS)
    page = await reader.get(f"/subscriptions/{mine.id}")
    assert "nothing has been taken yet" in text_of(page.text)
    assert "/subscribe/confirm/pay_" in page.text
    assert "signal-feed" not in page.text
    after = await reader.send(f"/subscriptions/{mine.id}/end", {}, page=page)
    assert "Given up. Nothing was charged." in text_of(after.text)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"method": "new"}, "Fill this in."),
        ({"method": "new", "card": "1234"}, "This does not look right."),
        ({}, "Choose a card."),
        ({"method": "new", "card": "5555 5555 5555 4444"}, "test cards only"),
        ({"method": "pm_" + "0" * 26}, "You keep no such card."),
    ],
)
async def test_a_wrong_card_is_refused_on_the_same_page_and_never_shown_again(
    held: Held, fields: dict[str, str], words: str
) -> None:
    page = await held.reader.get(held.path)
    answer = await held.reader.send(f"{held.path}/card", fields, page=page)
    assert answer.status_code in (404, 422)
    assert words in text_of(answer.text)
    assert "Northwind Crossing" in answer.text
    assert fields.get("card", "never shown") not in answer.text


async def test_a_form_sent_twice_keeps_one_card(held: Held) -> None:
    page = await held.reader.get(held.path)
    for _ in range(2):
        after = await held.reader.send(
            f"{held.path}/card", {"method": "new", "card": "4000000000000002"}, page=page
        )
        assert "From now on this card pays." in after.text
    assert after.text.count('name="method"') == 3, "the old one, the new one, and room for another"


async def test_a_take_down_says_what_is_owed_back(held: Held) -> None:
    await held.feed.take_down()
    for path in ("/subscriptions", held.path):
        words = text_of((await held.reader.get(path)).text)
        assert "The operator took the listing off the market." in words
        assert "$99 of what you paid was not delivered and is owed back to you." in words


async def test_many_are_shown_by_pages_with_those_that_ended_last(
    house: House, reader: Reader
) -> None:
    await reader.sign_in()
    feed = await own_feed(house)
    for _ in range(22):
        mine = await feed.subscribe(reader)
        await subscriptions.cancel(
            house.arena.db, house.arena.gateway, mine.id, at="now", actor=actor_of(reader)
        )
    mine = await feed.subscribe(reader)
    first = await reader.get("/subscriptions")
    assert first.text.index(mine.id) < first.text.index("You canceled it.")
    following = first.text.partition('href="/subscriptions?after=')[2].partition('"')[0]
    second = await reader.get(f"/subscriptions?after={following}")
    assert second.text.count("You canceled it.") == 3
    assert "First page" in second.text
    assert (await reader.get("/subscriptions?after=nonsense")).status_code == 400


# -- drawn


async def test_the_empty_page_is_drawn_well(house: House, browser: Browser, reader: Reader) -> None:
    await reader.sign_in()
    await look_at(browser, house, "/subscriptions", "subscriptions-empty", cookies=reader.cookies)


async def test_the_refusal_of_a_strangers_stream_is_drawn_well(
    house: House, browser: Browser, reader: Reader
) -> None:
    await reader.sign_in()
    feed = await own_feed(house)
    path = f"/live/feeds/{feed.feed_id}"
    await look_at(browser, house, path, "pay-first", cookies=reader.cookies)


@pytest.mark.parametrize(
    "state", ["active", "canceled", "past-due", "stopped", "taken-down", "waiting"]
)
async def test_each_state_is_drawn_well(
    house: House, browser: Browser, held: Held, state: str
) -> None:
    await held.feed.publish("0.5", "1", "0.625", "0.25")
    if state == "canceled":
        await held.reader.send(f"{held.path}/cancel", {})
    if state in ("past-due", "stopped"):
        await become_past_due(house, await held.now(), DECLINED)
    if state == "waiting":
        await become_past_due(house, await held.now(), ASKS)
    if state == "stopped":
        async with house.arena.db.transaction() as tx:
            await tx.execute(
                "update subscription set access_until = $2 where id = $1", held.id, tx.now
            )
    if state == "taken-down":
        await held.feed.take_down()
    cookies = held.reader.cookies
    await look_at(browser, house, "/subscriptions", f"subscriptions-{state}", cookies=cookies)
    await look_at(browser, house, held.path, f"subscription-{state}", cookies=cookies)


async def test_all_of_it_works_without_scripts_and_by_keyboard(
    house: House, browser: Browser, held: Held
) -> None:
    await held.feed.publish("0.5")
    async with page_of(browser, scripts=False, cookies=held.reader.cookies) as page:
        await page.goto(house.url + held.path)
        assert await page.locator("li.signal").count() == 1
        assert await page.get_by_role("link", name="Reload").first.is_visible()
        await page.goto(f"{house.url}/subscriptions")
        await page.get_by_role("button", name="Cancel Northwind Crossing").focus()
        await page.keyboard.press("Enter")
        await page.wait_for_selector(".flash")
        assert "Access lasts until" in await page.locator(".flash").inner_text()
        summary = page.locator("details.end-now summary")
        await summary.focus()
        await page.keyboard.press("Enter")
        await page.get_by_role("button", name="End it now, without a refund").click()
        assert "Access has ended" in await page.locator(".flash").inner_text()
    assert (await held.now()).status is Status.ENDED
