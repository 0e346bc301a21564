"""Checkout: what is agreed to is what is charged, once; every card's story ends on a page that says what happened."""

import asyncio
import re
from dataclasses import replace

import pytest
from playwright.async_api import Browser

from arena.marketplace import listings, subscriptions
from arena.people.access import SYSTEM
from tests.marketplace.market import PRICES
from tests.pages.looking import look_at
from tests.pages.own_feed import DECLINED, PAYS, OwnFeed, own_feed
from tests.pages.purchases import charged, count, filled, path_of, post
from tests.pages.reader import Reader, hidden_fields, text_of
from tests.pages.sections import without_legend
from tests.pages.submissions import drafted, one
from tests.stories.house import House


async def reprice(house: House, own: OwnFeed, minor: int) -> None:
    async with house.arena.db.transaction() as tx:
        found = await listings.listing(tx, own.listing_id)
        tiers = [replace(t, amount=replace(t.amount, minor=minor)) for t in found.tiers]
        await listings.update(
            tx, found.id, words=found.words, tiers=tiers, note="Dearer",
            actor=replace(SYSTEM, id=own.collective_id),
        )  # fmt: skip


async def test_whoever_is_not_signed_in_signs_in_first_and_comes_back(
    reader: Reader, house: House
) -> None:
    own = await own_feed(house)
    answer = await reader.client.get(path_of(own), follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"].endswith(f"next=%2Fsubscribe%2F{own.listing_id}%2Fpro")


async def test_the_page_says_what_is_bought_and_on_which_terms(
    reader: Reader, house: House
) -> None:
    own = await own_feed(house)
    await reader.sign_in()
    page = await reader.get(path_of(own))
    words = text_of(page.text)
    now = house.arena.db.clock.now()
    next_charge = subscriptions.period_end(now, now.day)
    for said in (
        "Subscribe to Pro", "$99 a month", "Every signal the moment it is published", "until you cancel",
        f"first {next_charge:%Y-%m-%d %H:%M} UTC", "One click", "is not paid back",
        "for 3 days; where the last try fails",
        "is owed back to you", "Never a real one", "4000 0000 0000 9995", "I agree that $99 is charged now",
    ):  # fmt: skip
        assert said in words, said
    assert without_legend(page.text) == []
    assert page.headers["cache-control"].startswith("private")


async def test_where_the_country_must_be_known_it_is_asked_for_on_the_way(
    reader: Reader, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = await own_feed(house)
    await reader.sign_in()
    early = await filled(reader, own)
    monkeypatch.setattr(house.arena.settings, "buyer_country_required", True)
    refused = await post(reader, path_of(own), early)
    assert refused.status_code == 422
    assert "Say in which country you are before you buy" in text_of(refused.text)
    assert await charged(house, reader) == 0
    asked = await reader.get(path_of(own))
    assert asked.url.path == "/account/billing"
    assert "Then it goes on." in text_of(asked.text)
    details = {"kind": "individual", "name": "Ada", "address": "Example Street 1", "country": "X"}
    wrong = await reader.send("/account/billing", details, page=asked)
    assert "Two letters" in text_of(wrong.text)
    onwards = await reader.send("/account/billing", {**details, "country": "DE"}, page=wrong)
    assert onwards.url.path == path_of(own)
    assert "Subscribe to Pro" in text_of(onwards.text)
    elsewhere = await reader.get("/account/billing?then=https://example.org/")
    assert elsewhere.status_code == 422


async def test_a_paid_month_opens_the_subscription(reader: Reader, house: House) -> None:
    own = await own_feed(house)
    await reader.sign_in()
    answer = await post(reader, path_of(own), await filled(reader, own))
    assert answer.status_code == 303
    kept = re.fullmatch(r"/subscriptions/(sub_\w+)", answer.headers["location"])
    assert kept is not None
    async with house.arena.db.transaction(readonly=True) as tx:
        found = await subscriptions.subscription(tx, kept[1])
    assert (found.status, found.tier, found.amount.minor) == ("active", "pro", 9_900)
    assert found.person_id == reader.person_id
    page = await reader.get(answer.headers["location"])
    assert "Pro of Northwind Crossing is yours: $99 are paid for the first month." in text_of(page.text)  # fmt: skip
    trail = await one(
        house, "select count(*) from audit_event where object = $1 and action = 'subscriptions.subscribe'"
        " and request_id is not null", found.id,
    )  # fmt: skip
    assert trail == 1


async def test_the_same_form_sent_twice_charges_once(reader: Reader, house: House) -> None:
    own = await own_feed(house)
    await reader.sign_in()
    fields = await filled(reader, own)
    answers = await asyncio.gather(*(post(reader, path_of(own), fields) for _ in range(4)))
    late = await post(reader, path_of(own), fields)
    assert {(a.status_code, a.headers["location"]) for a in answers} == {
        (303, late.headers["location"])
    }
    assert await charged(house, reader) == 1
    assert await count(house, "subscription", reader) == 1
    assert await count(house, "payment_method", reader) == 1


async def test_a_declined_card_comes_back_with_words_and_another_try_works(
    reader: Reader, house: House
) -> None:
    own = await own_feed(house)
    await reader.sign_in()
    fields = await filled(reader, own, DECLINED)
    answer = await post(reader, path_of(own), fields)
    assert answer.status_code == 402
    words = text_of(answer.text)
    assert "The bank declined the card. Nothing was charged" in words
    assert DECLINED not in answer.text
    assert "test card ending in 0002" in words
    assert (await post(reader, path_of(own), fields)).status_code == 402, "the same form again"
    again = {**hidden_fields(answer.text, path_of(own)), "card": "new", "consent": "true"}
    assert again["once"] != fields["once"]
    mended = await post(reader, path_of(own), {**again, "number": PAYS})
    assert mended.status_code == 303
    assert await charged(house, reader) == 1


async def test_the_same_declined_number_is_kept_once(reader: Reader, house: House) -> None:
    own = await own_feed(house)
    await reader.sign_in()
    for _ in range(3):
        fields = await filled(reader, own, "4000 0000 0000 0002")
        assert (await post(reader, path_of(own), fields)).status_code == 402
    assert await count(house, "payment_method", reader) == 1
    assert await charged(house, reader) == 0


async def test_a_kept_card_can_be_chosen(reader: Reader, house: House) -> None:
    first, second = await own_feed(house, "One"), await own_feed(house, "Two")
    await reader.sign_in()
    await post(reader, path_of(first), await filled(reader, first))
    page = await reader.get(path_of(second))
    kept = re.search(r'name="card" value="(pm_\w+)" checked', page.text)
    assert kept is not None
    hidden = hidden_fields(page.text, path_of(second))
    answer = await post(reader, path_of(second), {**hidden, "card": kept[1], "consent": "true"})
    assert answer.status_code == 303
    assert await count(house, "payment_method", reader) == 1
    async with Reader(house) as other:
        await other.sign_in()
        stolen = {**await filled(other, second), "card": kept[1], "number": ""}
        refused = await post(other, path_of(second), stolen)
    assert (refused.status_code, "You keep no such card" in refused.text) == (404, True)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"consent": ""}, "Nothing is charged without your consent"),
        ({"number": ""}, "Type the number of a test card"),
        ({"number": "not a number"}, "This does not look right"),
        ({"number": "5555555555554444"}, "The fake gateway takes test cards only"),
        ({"card": "pm_0"}, "This does not look right"),
    ],
)
async def test_what_is_missing_or_wrong_is_said_beside_it_and_nothing_is_charged(
    reader: Reader, house: House, changes: dict[str, str], said: str
) -> None:
    own = await own_feed(house)
    await reader.sign_in()
    answer = await post(reader, path_of(own), {**await filled(reader, own), **changes})
    assert answer.status_code == 422
    assert said in text_of(answer.text)
    assert await count(house, "subscription", reader) == 0


async def test_a_price_that_moved_meanwhile_is_asked_about_again(
    reader: Reader, house: House
) -> None:
    own = await own_feed(house)
    await reader.sign_in()
    fields = await filled(reader, own)
    await reprice(house, own, 12_900)
    answer = await post(reader, path_of(own), fields)
    assert answer.status_code == 409
    assert "it is 129.00 USD now" in text_of(answer.text)
    assert 'id="consent" name="consent" type="checkbox" value="true" required' in answer.text
    assert await charged(house, reader) == 0
    hidden = hidden_fields(answer.text, path_of(own))
    assert hidden["price"] == "12900"
    agreed = {**hidden, "card": "new", "number": PAYS, "consent": "true"}
    assert (await post(reader, path_of(own), agreed)).status_code == 303


async def test_another_site_cannot_buy_in_somebodys_name(reader: Reader, house: House) -> None:
    own = await own_feed(house)
    await reader.sign_in()
    fields = await filled(reader, own)
    answer = await reader.client.post(
        path_of(own), data=fields, headers={"Sec-Fetch-Site": "cross-site"}, follow_redirects=False
    )
    assert answer.status_code == 403
    assert await count(house, "subscription", reader) == 0


async def test_a_tier_that_is_not_sold_and_a_listing_that_is_not_there(
    reader: Reader, house: House
) -> None:
    own = await own_feed(house)
    await reader.sign_in()
    gold = await reader.get(path_of(own, "gold"))
    assert (gold.status_code, "not sold in that tier" in gold.text) == (404, True)
    missing = await reader.get("/subscribe/lst_00000000000000000000000000/pro")
    assert missing.status_code == 404


async def test_what_stands_against_it_is_a_clear_page(
    reader: Reader, house: House, browser: Browser
) -> None:
    own, draft = await own_feed(house), None
    await reader.sign_in("creator")
    held = await own.subscribe(reader, "basic")
    for tier, said in (("basic", "nothing to buy"), ("pro", "one tier at a time")):
        page = await reader.get(path_of(own, tier))
        assert "You have Basic already" in page.text
        assert said in page.text
        assert f'href="/subscriptions/{held.id}"' in page.text
    await look_at(browser, house, path_of(own), "checkout-held", cookies=reader.cookies)
    draft, _ = await drafted(house, reader)
    assert "This listing is your own" in (await reader.get(f"/subscribe/{draft.id}/pro")).text


async def test_the_last_seat_taken_while_the_form_was_filled_in(
    reader: Reader, house: House, browser: Browser
) -> None:
    own = await own_feed(house)
    async with house.arena.db.transaction() as tx:
        found = await listings.listing(tx, own.listing_id)
        await listings.update(
            tx, found.id, words=found.words, tiers=[replace(t, seats=1) for t in PRICES],
            note="Seats", actor=replace(SYSTEM, id=own.collective_id),
        )  # fmt: skip
    await reader.sign_in()
    fields = await filled(reader, own)
    async with Reader(house) as quicker:
        await quicker.sign_in()
        await own.subscribe(quicker)
    answer = await post(reader, path_of(own), fields)
    assert answer.status_code == 409
    assert "Pro is sold out" in answer.text
    assert "Nothing was charged" in answer.text
    assert await charged(house, reader) == 0
    await look_at(browser, house, path_of(own), "checkout-sold-out", cookies=reader.cookies)


@pytest.mark.parametrize(
    ("statuses", "said"),
    [
        ((listings.Status.PAUSED,), "takes no new subscribers for now"),
        ((listings.Status.DELISTED,), "takes no subscribers any more"),
    ],
)
async def test_a_listing_off_offer_sells_nothing(
    reader: Reader, house: House, statuses: tuple[listings.Status, ...], said: str
) -> None:
    own = await own_feed(house)
    await reader.sign_in()
    fields = await filled(reader, own)
    async with house.arena.db.transaction() as tx:
        for status in statuses:
            await listings.move(tx, own.listing_id, status, actor=SYSTEM)
    assert said in (await reader.get(path_of(own))).text
    answer = await post(reader, path_of(own), fields)
    assert (answer.status_code, said in answer.text) == (409, True)
