"""What holds a subscription up, on its page: a dispute, a change that waits for its payment, a price in a pause."""

from datetime import timedelta

import pytest
from playwright.async_api import Browser

from arena.kit.money import Money
from arena.marketplace import subscriptions
from arena.marketplace.listings import Tier
from arena.marketplace.subscriptions import ChangeState
from arena.money.billing import DisputeOpened
from tests.pages.looking import look_at
from tests.pages.own_feed import ASKS, OwnFeed, actor_of
from tests.pages.reader import Reader, hidden_fields, text_of
from tests.pages.test_subscription_changes import TIERS, feed, hold
from tests.pages.test_subscriptions import Held
from tests.stories.house import House

__all__ = ["feed"]


async def disputed(held: Held) -> None:
    """Its charge is, and its period is over meanwhile."""
    async with held.house.arena.db.transaction() as tx:
        await subscriptions.suspend(
            tx, DisputeOpened(held.id, "pay_1", f"dsp_{held.id}", held.reader.person_id, 9_900, "USD")
        )  # fmt: skip
        await tx.execute(
            "update subscription set period_end = $2, charge_at = $2, access_until = $2 where id = $1",
            held.id, tx.now - timedelta(minutes=1),
        )  # fmt: skip


async def changing(held: Held) -> None:
    """To Pro, whose charge waits for the bank's confirmation."""
    async with held.house.arena.db.transaction() as tx:
        await tx.execute(
            "update payment_method set token = $2 where id = $1",
            (await held.now()).payment_method_id, f"tok_{ASKS}",
        )  # fmt: skip
    path = f"{held.path}/change/pro/month"
    page = await held.reader.get(path)
    await held.reader.send(path, hidden_fields(page.text, path), page=page)


async def paused(held: Held) -> None:
    """While the price rises."""
    async with held.house.arena.db.transaction() as tx:
        await subscriptions.pause(tx, held.id, 2, actor=actor_of(held.reader))
        await tx.execute(
            "update subscription set period_end = $2, access_until = $2 where id = $1",
            held.id, tx.now - timedelta(minutes=1),
        )  # fmt: skip
        assert await subscriptions.pause_due(tx) >= 1
    await held.feed.reprice(TIERS[0], Tier("pro", Money(12_900)))


async def test_disputed_it_says_so_also_after_its_period_and_can_be_ended_and_bought_anew(
    feed: OwnFeed, reader: Reader
) -> None:
    held = await hold(feed, reader, "pro")
    await disputed(held)
    page = await reader.get(held.path)
    words = text_of(page.text)
    assert "disputed, access stopped" in words
    there = text_of((await reader.get(f"/listings/{feed.listing_id}")).text)
    assert "access and charges are stopped while your bank looks into a charge" in there
    assert "nothing is charged until the bank decides" in words
    assert "Pause it" not in words
    card = (await held.now()).payment_method_id
    after = await reader.send(f"{held.path}/card", {"method": card}, page=page)
    assert "Nothing is charged while the bank decides." in text_of(after.text)
    await reader.send(f"{held.path}/end", {"back": held.path}, page=page)
    assert "Ended" in text_of((await reader.get(held.path)).text)
    assert (await feed.subscribe(reader)).id != held.id


async def test_a_change_that_waits_for_its_payment_is_taken_back_with_one_click(
    feed: OwnFeed, reader: Reader
) -> None:
    held = await hold(feed, reader)
    await changing(held)
    page = await reader.get(held.path)
    assert "Take the change back" in text_of(page.text)
    after = await reader.send(f"{held.path}/undo", {}, page=page)
    words = text_of(after.text)
    assert "Taken back: it goes on as it is." in words
    assert "Another tier or period" in words
    async with feed.house.arena.db.transaction(readonly=True) as tx:
        state = await tx.fetchval(
            "select state from subscription_change where subscription_id = $1", held.id
        )
    assert state == ChangeState.FAILED


async def test_in_a_pause_the_new_price_is_agreed_to_before_it_goes_on(
    feed: OwnFeed, reader: Reader
) -> None:
    held = await hold(feed, reader, "pro")
    await paused(held)
    page = await reader.get(held.path)
    words = text_of(page.text)
    assert "It does not go on unless you agree to the new price." in words
    assert "Resume it now" not in words
    refused = await reader.send(f"{held.path}/resume", {}, page=page)
    assert refused.status_code == 409
    after = await reader.send(f"{held.path}/price", {"price": "12900"}, page=page)
    assert "Resumed now, $129 is charged" in text_of(after.text)
    done = await reader.send(f"{held.path}/resume", {}, page=after)
    assert "It goes on: the period was paid." in text_of(done.text)


# -- drawn


@pytest.mark.parametrize(
    ("what", "happen", "tier"),
    [("disputed", disputed, "pro"), ("changing", changing, "basic"), ("risen", paused, "pro")],
)
async def test_each_is_drawn_well(
    house: House,
    browser: Browser,
    feed: OwnFeed,
    reader: Reader,
    what: str,
    happen: object,
    tier: str,
) -> None:
    held = await hold(feed, reader, tier)
    await happen(held)  # type: ignore[operator]  # one of those above
    name = f"subscription-held-up-{what}"
    await look_at(browser, house, held.path, name, cookies=reader.cookies)
