"""Paid by bank transfer, or with a card typed at Stripe: from the checkout to the day that it begins."""

import pytest
from pydantic import SecretStr

from tests.doubles.stripe_server import SECRET_KEY, StripeServer
from tests.pages.own_feed import own_feed
from tests.pages.purchases import path_of
from tests.pages.reader import Reader, hidden_fields, text_of
from tests.pages.submissions import one
from tests.stories.house import House


async def test_a_transfer_is_asked_for_and_confirmed(
    house: House, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.arena.settings, "payment_gateway", "manual")
    monkeypatch.setattr(house.arena.settings, "bank_details", "IBAN DE02 1203 0000 0000 2020 51")
    own = await own_feed(house)
    await reader.sign_in()
    path = path_of(own)
    page = await reader.get(path)
    assert "Number of a test card" not in text_of(page.text)
    page = await reader.send("/cards/visits", {}, page=page)
    assert "You pay by bank transfer." in text_of(page.text)
    method: str = await one(
        house, "select id from payment_method where person_id = $1", reader.person_id
    )
    fields = {**hidden_fields(page.text, path), "card": method, "consent": "true"}
    asked = await reader.client.post(path, data=fields)
    attempt: str = await one(
        house, "select id from payment_attempt where person_id = $1", reader.person_id
    )
    words = text_of(asked.text)
    assert "IBAN DE02 1203 0000 0000 2020 51" in words
    assert attempt in words
    async with Reader(house) as operator:
        await operator.sign_in("operator")
        here = f"/operator/payments/{attempt}"
        page = await operator.get(here)
        done = await operator.send(f"{here}/received", {"bank_reference": "line 3"}, page=page)
        assert "Booked." in text_of(done.text)
    await house.settle()
    status = await one(
        house, "select status from subscription where person_id = $1", reader.person_id
    )
    assert status == "active"


async def test_a_card_is_typed_at_stripe_and_charged(
    house: House, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = await own_feed(house)
    await reader.sign_in()
    path = path_of(own)
    async with StripeServer().listening() as stripe:
        monkeypatch.setattr(house.arena.settings, "payment_gateway", "stripe")
        monkeypatch.setattr(house.arena.settings, "stripe_key", SecretStr(SECRET_KEY))
        monkeypatch.setattr(house.arena.settings, "stripe_url", stripe.url)
        page = await reader.get(path)
        assert "Number of a test card" not in text_of(page.text)
        page = await reader.send("/cards/visits", {}, page=page)
        [session] = stripe.books.all("checkout.session")
        assert f'href="{session["url"]}"' in page.text
        here = page.url.path
        assert (await reader.get(here)).url.path == here, (
            "no card yet: the way there is shown again"
        )
        stripe.complete_checkout(session["id"])
        page = await reader.get(here)
        assert page.url.path == path
        assert "Visa ending in 4242 is kept." in text_of(page.text)
        method: str = await one(
            house, "select id from payment_method where person_id = $1", reader.person_id
        )
        fields = {**hidden_fields(page.text, path), "card": method, "consent": "true"}
        await reader.client.post(path, data=fields)
        assert stripe.balance == 9900 - 317
    await house.settle()
    status = await one(
        house, "select status from subscription where person_id = $1", reader.person_id
    )
    assert status == "active"
