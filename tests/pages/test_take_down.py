"""Taking a listing off the market: told beforehand what it ends, meant twice, done once, and kept in its history."""

from playwright.async_api import Browser

from arena.kit import ids
from arena.kit.money import Money
from arena.marketplace import subscriptions
from arena.money import billing
from arena.people.access import Actor, scopes_of
from arena.web.page.numbers import money
from tests.pages.looking import look_at
from tests.pages.reader import Reader, text_of
from tests.pages.submissions import HOSTILE, Submission, approved, one, submitted
from tests.stories.house import House

REASON = "The record was copied from another feed."


async def on_offer(house: House) -> Submission:
    async with Reader(house) as creator:
        await creator.sign_in("creator")
        return await approved(house, creator)


async def subscribe(house: House, listing_id: str) -> Reader:
    """Somebody who pays $99 for it."""
    reader = await Reader(house).sign_in()
    actor, arena = Actor("person", reader.person_id, scopes_of(())), house.arena
    async with arena.db.transaction() as tx:
        card = await billing.add_payment_method(
            tx, gateway=arena.gateway, number="4242424242424242", actor=actor
        )
    await subscriptions.subscribe(
        arena.db, arena.gateway, subscriptions.Wish(listing_id, "pro", card.id), actor=actor,
        terms=subscriptions.Terms(ids.fresh("intent"), 1500),
    )  # fmt: skip
    await house.settle()
    return reader


async def test_a_take_down_says_what_it_ends_and_owes_it_back(house: House, reader: Reader) -> None:
    made = await on_offer(house)
    buyer = await subscribe(house, made.listing.id)
    await reader.sign_in("operator")
    path = f"/operator/listings/{made.listing.id}"
    page = await reader.get(path)
    text = text_of(page.text)
    assert "1 subscription ends at once" in text
    assert "As of now $99 of paid time will not be delivered" in text
    answer = await reader.send(path, {"reason": REASON, "sure": "true"}, page=page)
    assert answer.status_code == 200
    assert "is off the market" in answer.text
    await house.settle()
    assert (
        await one(house, "select status from listing where id = $1", made.listing.id) == "delisted"
    )
    assert await one(
        house, "select credits_posted - debits_posted from ledger_account where code = $1",
        f"customer:{buyer.person_id}:refund_due",
    ) == 9_900  # fmt: skip
    history = text_of(answer.text)
    for words in (REASON, "moderation.take_down", "moderation.approved", "listings.draft"):
        assert words in history, words
    assert "off the market already, for good" in history
    owed = await one(
        house, "select sum(credits_posted - debits_posted)::bigint from ledger_account where code like $1",
        "customer:%:refund_due",
    )  # fmt: skip
    assert owed >= 9_900  # others in this arena may be owed something, too
    desk = text_of((await reader.get("/operator")).text)
    assert f"Refunds owed {money(Money(owed))} to " in desk
    assert "Ledger sum $0 as it must be" in desk


async def test_it_is_meant_or_not_done(house: House, reader: Reader) -> None:
    made = await on_offer(house)
    await reader.sign_in("operator")
    path = f"/operator/listings/{made.listing.id}"
    page = await reader.get(path)
    for fields, word in (
        ({"reason": REASON}, "Say that you mean it"),
        ({"reason": REASON, "sure": "maybe"}, "Say that you mean it"),
        ({"sure": "true"}, "Fill this in"),
    ):
        answer = await reader.send(path, fields, page=page)
        assert answer.status_code == 422
        assert word in answer.text
    assert await one(house, "select status from listing where id = $1", made.listing.id) == "listed"


async def test_a_take_down_sent_twice_acts_once_and_a_second_is_told(
    house: House, reader: Reader
) -> None:
    made = await on_offer(house)
    await reader.sign_in("operator")
    path = f"/operator/listings/{made.listing.id}"
    page = await reader.get(path)
    fields = {"reason": HOSTILE, "sure": "true"}
    for _ in range(2):
        assert (await reader.send(path, fields, page=page)).status_code == 200
    answer = await reader.send(path, fields)
    assert answer.status_code == 409
    assert HOSTILE not in answer.text
    assert await one(
        house, "select count(*) from audit_event where object = $1 and action = 'moderation.take_down'",
        made.listing.id,
    ) == 1  # fmt: skip


async def test_what_is_not_on_the_market_is_not_taken_down(house: House, reader: Reader) -> None:
    async with Reader(house) as creator:
        await creator.sign_in("creator")
        made = await submitted(house, creator)
        path = f"/operator/listings/{made.listing.id}"
        assert (await creator.get(path)).status_code == 403
    await reader.sign_in("operator")
    page = await reader.get(path)
    assert "Decide on it instead" in page.text
    assert (await reader.send(path, {"reason": REASON, "sure": "true"})).status_code == 409
    missing = await reader.get("/operator/listings/lst_" + "0" * 26)
    assert missing.status_code == 404


async def test_taking_down_is_drawn_well(house: House, reader: Reader, browser: Browser) -> None:
    made = await on_offer(house)
    await subscribe(house, made.listing.id)
    await reader.sign_in("operator")
    path = f"/operator/listings/{made.listing.id}"
    await look_at(browser, house, path, "operator-listing", cookies=reader.cookies)
