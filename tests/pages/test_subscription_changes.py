"""What can come of a subscription, on its pages: other tiers, taking back, prices, years, trials, coupons."""

import re
from datetime import timedelta

import pytest
from playwright.async_api import Browser

from arena.kit.money import Money
from arena.marketplace import subscriptions
from arena.marketplace.listings import Tier
from arena.marketplace.subscriptions import NewCoupon, Status, Subscription
from arena.people.access import Actor
from tests.pages.looking import look_at
from tests.pages.own_feed import ASKS, PAYS, OwnFeed, own_feed
from tests.pages.purchases import post
from tests.pages.reader import Reader, hidden_fields, text_of
from tests.pages.test_subscriptions import Held
from tests.stories.house import House

TIERS = (
    Tier("basic", Money(2_900)),
    Tier("pro", Money(9_900), year=Money(99_000), trial_days=7),
)


@pytest.fixture
async def feed(house: House, reader: Reader) -> OwnFeed:
    await reader.sign_in()
    return await own_feed(house, tiers=TIERS)


async def hold(feed: OwnFeed, reader: Reader, tier: str = "basic", card: str = PAYS) -> Held:
    """Subscribed ten days ago."""
    found = await feed.subscribe(reader, tier, card)
    async with feed.house.arena.db.transaction() as tx:
        await tx.execute(
            """update subscription set period_start = $2, period_end = $3, charge_at = $3 where id = $1""",
            found.id, tx.now - timedelta(days=10), tx.now + timedelta(days=20),
        )  # fmt: skip
    return Held(feed.house, reader, feed, found.id)


async def coupon(feed: OwnFeed, code: str) -> None:
    async with feed.house.arena.db.transaction() as tx:
        owner = Actor("collective", feed.collective_id)
        await subscriptions.make_coupon(tx, NewCoupon(code, feed.listing_id, 25), actor=owner)


async def test_the_figures_of_a_change_are_shown_and_exactly_those_are_charged(
    feed: OwnFeed, reader: Reader
) -> None:
    held = await hold(feed, reader)
    page = await reader.get(held.path)
    path = f"{held.path}/change/pro/month"
    assert f'href="{path}"' in page.text
    page = await reader.get(path)
    words = text_of(page.text)
    for figure in ("$66", "$19.33", "$46.67", "$99"):
        assert figure in words
    after = await reader.send(path, hidden_fields(page.text, path), page=page)
    assert after.url.path == held.path
    words = text_of(after.text)
    assert "Pro from this moment on: $46.67 were paid." in words
    assert (await held.now()).tier == "pro"
    receipts = re.findall(r'href="([^"]+/receipts/pay_\w+)"', after.text)
    assert len(receipts) == 2
    shown = [text_of((await reader.get(path)).text) for path in receipts]
    assert any("$46.67" in words and "the rest of a period" in words for words in shown)
    assert any("$29" in words and "subscription to" in words for words in shown)


async def test_a_double_click_on_the_button_charges_once(feed: OwnFeed, reader: Reader) -> None:
    held = await hold(feed, reader)
    path = f"{held.path}/change/pro/month"
    page = await reader.get(path)
    fields = hidden_fields(page.text, path)
    for _ in range(2):
        answer = await post(reader, path, fields)
        assert (answer.status_code, answer.headers["location"]) == (303, held.path)
    async with feed.house.arena.db.transaction(readonly=True) as tx:
        assert await tx.fetchval(
            "select count(*) from subscription_change where subscription_id = $1", held.id
        ) == 1  # fmt: skip


async def test_other_figures_than_were_shown_charge_nothing_and_show_the_new_ones(
    feed: OwnFeed, reader: Reader
) -> None:
    held = await hold(feed, reader)
    path = f"{held.path}/change/pro/month"
    page = await reader.get(path)
    fields = {**hidden_fields(page.text, path), "charge": "1"}
    answer = await reader.send(path, fields, page=page)
    assert answer.status_code == 409
    assert "Nothing was charged" in text_of(answer.text)
    assert "$46.67" in text_of(answer.text)
    assert (await held.now()).tier == "basic"


async def test_a_card_that_asks_leads_to_the_confirmation_and_then_the_tier_begins(
    feed: OwnFeed, reader: Reader
) -> None:
    held = await hold(feed, reader)
    async with feed.house.arena.db.transaction() as tx:
        await tx.execute(
            "update payment_method set token = $2 where id = $1",
            (await held.now()).payment_method_id, f"tok_{ASKS}",
        )  # fmt: skip
    path = f"{held.path}/change/pro/month"
    page = await reader.get(path)
    asked = await reader.send(path, hidden_fields(page.text, path), page=page)
    assert asked.url.path.startswith("/subscribe/confirm/pay_")
    assert "for the rest of this period" in text_of(asked.text)
    assert "waits for your bank" in text_of((await reader.get(held.path)).text)
    done = await reader.send(asked.url.path, {"answer": "confirm"}, page=asked)
    assert done.url.path == held.path
    assert (await held.now()).tier == "pro"


async def test_a_lower_tier_waits_for_the_next_period_and_can_be_taken_back(
    feed: OwnFeed, reader: Reader
) -> None:
    held = await hold(feed, reader, "pro")
    path = f"{held.path}/change/basic/month"
    page = await reader.get(path)
    assert "Nothing is charged now" in text_of(page.text)
    after = await reader.send(path, hidden_fields(page.text, path), page=page)
    words = text_of(after.text)
    assert "Coming with the next period" in words
    assert "Next charge $29 on" in words
    assert (await held.now()).tier == "pro"
    back = await reader.send(f"{held.path}/undo", {}, page=after)
    assert "Taken back" in text_of(back.text)
    assert "Next charge $99 on" in text_of(back.text)
    again = await reader.send(f"{held.path}/undo", {})
    assert again.status_code == 409


async def test_a_cancellation_is_taken_back_with_one_click(feed: OwnFeed, reader: Reader) -> None:
    held = await hold(feed, reader, "pro")
    page = await reader.send(f"{held.path}/cancel", {"back": held.path})
    assert "Keep it after all" in text_of(page.text)
    await reader.send(f"{held.path}/undo", {}, page=page)
    assert not (await held.now()).cancel_at_period_end


async def test_a_price_that_rises_is_told_and_agreed_to(feed: OwnFeed, reader: Reader) -> None:
    held = await hold(feed, reader, "pro")
    await feed.reprice(TIERS[0], Tier("pro", Money(12_900)))
    assert "ends unless you agree" in text_of((await reader.get("/subscriptions")).text)
    page = await reader.get(held.path)
    assert "The price rises" in text_of(page.text)
    wrong = await reader.send(f"{held.path}/price", {"price": "12800"}, page=page)
    assert wrong.status_code == 409
    after = await reader.send(f"{held.path}/price", {"price": "12900"}, page=page)
    assert "Agreed: $129 from the next renewal on." in text_of(after.text)
    assert "Next charge $129 on" in text_of(after.text)
    assert (await held.now()).amount == Money(12_900)


async def test_taken_back_in_time_all_is_owed_back_once(feed: OwnFeed, reader: Reader) -> None:
    held = await hold(feed, reader, "pro")
    page = await reader.get(held.path)
    assert "End it and owe me $99" in text_of(page.text)
    after = await reader.send(f"{held.path}/cooling-off", {}, page=page)
    assert "$99 of what you paid" in text_of(after.text)
    assert (await held.now()).status is Status.ENDED
    again = await hold(feed, reader, "pro")
    assert "owe me" not in text_of((await reader.get(again.path)).text)
    refused = await reader.send(f"{again.path}/cooling-off", {})
    assert refused.status_code == 422
    assert "before" in text_of(refused.text)


async def newest(reader: Reader, feed: OwnFeed) -> Subscription:
    async with feed.house.arena.db.transaction(readonly=True) as tx:
        found = await subscriptions.live_subscription(tx, reader.person_id, feed.listing_id)
    assert found is not None
    return found


async def test_a_year_with_a_coupon_is_bought_at_the_price_that_was_shown(
    feed: OwnFeed, reader: Reader
) -> None:
    await coupon(feed, f"Y{feed.listing_id[-8:]}")
    path = f"/subscribe/{feed.listing_id}/pro?period=year&coupon=Y{feed.listing_id[-8:]}"
    page = await reader.get(path)
    assert "$742.50 with the coupon" in text_of(page.text)
    assert "Pay $742.50 and subscribe" in text_of(page.text)
    refused = await reader.get(f"/subscribe/{feed.listing_id}/pro?coupon=NOTHING-LIKE-IT")
    assert "does not count here" in text_of(refused.text)
    fields = {**_pay_fields(page.text), "card": "new", "number": PAYS, "consent": "true"}
    after = await reader.send(f"/subscribe/{feed.listing_id}/pro", fields, page=page)
    assert "$742.50 are paid for the first year" in text_of(after.text)
    found = await newest(reader, feed)
    assert (found.period, found.paid) == ("year", Money(74_250))


async def test_a_trial_is_offered_once_and_says_what_comes_after(
    feed: OwnFeed, reader: Reader
) -> None:
    path = f"/subscribe/{feed.listing_id}/pro"
    assert "Try it 7 days first" in text_of((await reader.get(path)).text)
    page = await reader.get(f"{path}?trial=true")
    assert "Nothing is charged, and access opens at once" in text_of(page.text)
    fields = {**_pay_fields(page.text), "card": "new", "number": PAYS, "consent": "true"}
    after = await reader.send(path, fields, page=page)
    assert "yours to try; nothing was charged" in text_of(after.text)
    found = await newest(reader, feed)
    assert found.trial
    words = text_of((await reader.get(f"/subscriptions/{found.id}")).text)
    assert "On trial until" in words
    await reader.send(f"/subscriptions/{found.id}/end", {})
    assert "Try it" not in text_of((await reader.get(path)).text)


def _pay_fields(page: str) -> dict[str, str]:
    """The hidden fields of the form that pays."""
    form = page.partition('class="pay">')[2].partition("</form>")[0]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))


# -- drawn


@pytest.mark.parametrize("what", ["upgrade", "downgrade", "rise", "waiting", "year", "trial"])
async def test_each_is_drawn_well(
    house: House, browser: Browser, feed: OwnFeed, reader: Reader, what: str
) -> None:
    path, cookies = f"/subscribe/{feed.listing_id}/pro?period=year", reader.cookies
    if what == "trial":
        path = f"/subscribe/{feed.listing_id}/pro?trial=true"
    elif what != "year":
        held = await hold(feed, reader, "basic" if what == "upgrade" else "pro")
        change = f"{held.path}/change/{'pro' if what == 'upgrade' else 'basic'}/month"
        path = change if what.endswith("grade") else held.path
        if what == "rise":
            await feed.reprice(TIERS[0], Tier("pro", Money(12_900)))
        if what == "waiting":
            page = await reader.get(change)
            await reader.send(change, hidden_fields(page.text, change), page=page)
    await look_at(browser, house, path, f"subscription-change-{what}", cookies=cookies)
