"""Pages that lead to Stripe and back: a creator's account there, a subscriber's cards, how the line is."""

import itertools
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser
from pydantic import SecretStr

from arena.money import billing, payouts
from tests.doubles.stripe_server import SECRET_KEY, StripeServer
from tests.doubles.stripe_server.balance import move
from tests.pages.creators_money import has_earned, has_papers
from tests.pages.looking import look_at
from tests.pages.reader import Reader, text_of
from tests.stories.house import House

ACCOUNT = "/studio/payouts/account"
FIRST = itertools.count(1_000_000, 1_000)


@pytest.fixture
async def stripe(house: House, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[StripeServer]:
    """The house takes payments and pays through a local Stripe."""
    # One house for all tests: what each Stripe names must be told from what the others did.
    async with StripeServer(first=next(FIRST)).listening() as server:
        for name, value in {
            "payment_gateway": "stripe", "payout_gateway": "stripe", "stripe_key": SecretStr(SECRET_KEY),
            "stripe_url": server.url,
        }.items():  # fmt: skip
            monkeypatch.setattr(house.arena.settings, name, value)
        yield server


async def creator(house: House, reader: Reader) -> None:
    """Who has earned, and whose identity and tax form are accepted."""
    await reader.sign_in("creator")
    await has_earned(house, reader)
    async with Reader(house) as operator:
        await operator.sign_in("operator")
        await has_papers(house, reader, operator.person_id)
    await house.settle()


async def test_a_creator_opens_an_account_fills_it_in_and_may_be_paid(
    house: House, reader: Reader, stripe: StripeServer
) -> None:
    await creator(house, reader)
    page = await reader.get("/studio/payouts/papers/account")
    assert page.url.path == ACCOUNT, "an account is opened, not handed in"
    assert "Open the account" in text_of(page.text)
    bad = await reader.send(ACCOUNT, {"country": "XX", "form": "person"}, page=page)
    assert "opens no accounts there" in text_of(bad.text)
    page = await reader.send(ACCOUNT, {"country": "DE", "form": "person"}, page=page)
    assert page.url.path == f"{ACCOUNT}/there"
    [account] = stripe.books.all("account")
    assert f'href="{stripe.url}/setup/e/{account["id"]}' in page.text
    words = text_of((await reader.get(ACCOUNT)).text)
    assert "not finished" in words
    assert "A bank account that payouts go to" in words
    assert words.count("Your name") == 1, "each thing once"
    assert "Opened, but not filled in" in text_of((await reader.get("/studio/payouts")).text)

    stripe.onboard(account["id"], leaving=("individual.verification.document",))
    words = text_of((await reader.get(ACCOUNT)).text)
    assert "A picture of your passport" in words
    assert "asks for 1 more thing" in text_of((await reader.get("/studio/payouts")).text)
    stripe.require(account["id"])
    page = await reader.get(ACCOUNT)
    assert "Payouts go to TEST BANK •••• 6789 (EUR)" in text_of(page.text)
    there = await reader.get(f"{ACCOUNT}/there?what=dashboard")
    assert f"/express/{account['id']}" in there.text
    assert "no longer good" in text_of((await reader.get(f"{ACCOUNT}?again=yes")).text)


async def test_a_payout_that_does_not_go_on_says_why_to_operators(
    house: House, reader: Reader, stripe: StripeServer
) -> None:
    await creator(house, reader)
    arena, page = house.arena, await reader.get(ACCOUNT)
    await reader.send(ACCOUNT, {"country": "US", "form": "person"}, page=page)
    account = stripe.books.all("account")[0]["id"]
    stripe.onboard(account)
    await reader.get(ACCOUNT)
    page = await reader.get("/studio/payouts")
    page = await reader.send("/studio/payouts", {"amount": "50"}, page=page)
    assert "It is sent within the hour" in text_of(page.text)
    ways = payouts.payout_gateways(arena.db, arena.settings)
    await payouts.send_due(arena.db, arena.settings.vault, ways)
    async with Reader(house) as operator:
        await operator.sign_in("operator")
        words = text_of((await operator.get("/operator/payouts")).text)
        assert "account at the provider is being made." in words
        assert "insufficient available funds" in words
        assert "does not go on" in text_of((await operator.get("/operator/health")).text)
        move(stripe.books, "topup", 10_000, fee=0, source="tu_1", currency="usd")
        await payouts.heal_payouts(arena.db, arena.settings.vault, ways, quick_s=0)
        words = text_of((await operator.get("/operator/payouts")).text)
        assert "The provider has sent it to the creator" in words
        stripe.end_payout(account, stripe.of(account).all("payout")[0]["id"])
        await payouts.heal_payouts(arena.db, arena.settings.vault, ways, quick_s=0, slow_s=0)
    assert "paid" in text_of((await reader.get("/studio/payouts")).text)


async def test_without_stripe_an_account_is_handed_in(house: House, reader: Reader) -> None:
    await reader.sign_in("creator")
    assert (await reader.get(ACCOUNT)).url.path == "/studio/payouts/papers/account"


async def test_cards_are_looked_after_at_stripe(
    house: House, reader: Reader, stripe: StripeServer
) -> None:
    await reader.sign_in()
    page = await reader.get("/account/cards")
    assert "No card yet" in text_of(page.text)
    await reader.send("/cards/visits", {"back": "/account/cards"}, page=page)
    session = stripe.books.all("checkout.session")[0]
    stripe.complete_checkout(session["id"])
    page = await reader.get(f"/cards/visits/{session['client_reference_id']}")
    assert page.url.path == "/account/cards"
    assert "Visa ending in 4242" in text_of(page.text)
    portal = stripe.books.all("billing_portal.session")
    assert not portal
    page = await reader.get("/account/cards/portal")
    [portal] = stripe.books.all("billing_portal.session")
    assert f'href="{portal["url"]}"' in page.text
    assert portal["return_url"].endswith("/account/cards/returned")
    [card] = [one for one in stripe.books.all("payment_method") if one["customer"]]
    stripe.detach(card["id"])
    page = await reader.get("/account/cards/returned")
    assert page.url.path == "/account/cards"
    assert "No card is kept any more" in text_of(page.text)


async def test_cards_without_stripe_say_how_one_pays(house: House, reader: Reader) -> None:
    await reader.sign_in()
    assert "test cards" in text_of((await reader.get("/account/cards")).text)


async def test_the_line_to_stripe_is_told_on_the_health_page(
    house: House, reader: Reader, stripe: StripeServer
) -> None:
    await reader.sign_in("operator")
    connect = billing.stripe_connect(house.arena.settings)
    assert connect is not None
    stripe.faults.next("429", "GET /v1/events")
    with pytest.raises(billing.GatewayUnavailable):
        await billing.poll(house.arena.db, connect)
    words = text_of((await reader.get("/operator/health")).text)
    assert "Payment gateway" in words
    assert "It did not answer" in words
    part = (await reader.client.get("/health")).json()["parts"]["gateway"]
    assert (part["status"], part["name"]) == ("degraded", "stripe")
    await billing.poll(house.arena.db, connect)
    part = (await reader.client.get("/health")).json()["parts"]["gateway"]
    assert part["status"] == "ok"
    assert part["answered_at"] > part["failed_at"]


async def test_the_pages_are_drawn_well(
    house: House, reader: Reader, browser: Browser, stripe: StripeServer
) -> None:
    await creator(house, reader)
    cookies = reader.cookies
    await look_at(browser, house, ACCOUNT, "payout-account-none", cookies=cookies)
    page = await reader.get(ACCOUNT)
    await reader.send(ACCOUNT, {"country": "US", "form": "person"}, page=page)
    account = stripe.books.all("account")[0]["id"]
    await look_at(browser, house, ACCOUNT, "payout-account-due", cookies=cookies)
    await look_at(browser, house, f"{ACCOUNT}/there", "payout-account-there", cookies=cookies)
    stripe.onboard(account)
    await look_at(browser, house, ACCOUNT, "payout-account-ready", cookies=cookies)
    await look_at(browser, house, "/studio/payouts", "payouts-at-stripe", cookies=cookies)
    await look_at(browser, house, "/account/cards", "cards-none", cookies=cookies)
    await look_at(browser, house, "/account/cards/portal", "cards-portal", cookies=cookies)
