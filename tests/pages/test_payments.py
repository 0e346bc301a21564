"""Payments as operators' pages: found, given back, and whether books agree with the gateway's."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from arena.money import billing
from tests.pages.looking import look_at
from tests.pages.own_feed import own_feed
from tests.pages.reader import Reader, text_of
from tests.stories.house import House

PATH = "/operator/payments"


@pytest.fixture
async def operator(house: House) -> AsyncIterator[Reader]:
    async with Reader(house) as opened:
        yield await opened.sign_in("operator")


@pytest.fixture
async def attempt_id(house: House) -> str:
    """A payment of $99 for a subscription of somebody."""
    async with Reader(house) as reader:
        await reader.sign_in()
        mine = await (await own_feed(house)).subscribe(reader)
    async with house.arena.db.transaction(readonly=True) as tx:
        [charge] = await billing.charges(tx, mine.person_id, mine.id)
    return charge.id


async def test_an_operator_gives_a_payment_back_and_never_more(
    operator: Reader, attempt_id: str
) -> None:
    path = f"{PATH}/{attempt_id}"
    found = await operator.get(f"{PATH}?find={attempt_id}")
    assert f'href="{path}"' in found.text
    page = await operator.get(path)
    fields = {"amount": "99.01", "reason": "Paid by mistake."}
    above = await operator.send(f"{path}/refund", fields, page=page)
    assert "can still be given back, not 99.01 USD" in text_of(above.text)
    done = await operator.send(f"{path}/refund", {**fields, "amount": "40.00"}, page=page)
    words = text_of(done.text)
    assert "Given back." in words
    assert "Paid by mistake." in words
    assert "$59" in words
    nothing = await operator.get(f"{PATH}?find=pay_nothing")
    assert "No payment with this id" in text_of(nothing.text)


async def test_nobody_else_sees_payments(reader: Reader, attempt_id: str) -> None:
    await reader.sign_in("creator")
    for path in (PATH, f"{PATH}/{attempt_id}"):
        assert (await reader.get(path)).status_code == 403


async def test_a_transfer_and_a_card_page_are_not_for_the_fake_gateway(
    operator: Reader, reader: Reader, attempt_id: str
) -> None:
    path = f"{PATH}/{attempt_id}"
    refused = await operator.send(f"{path}/received", {"bank_reference": "s 7"})
    assert "is not one that waits for a bank transfer" in text_of(refused.text)
    refund_id = "ref_1"
    refused = await operator.send(f"{path}/refunds/{refund_id}/sent", {"bank_reference": "s 7"})
    assert "is not one that waits for a bank transfer" in text_of(refused.text)
    refused = await operator.send(f"{path}/received-late", {"bank_reference": "s 7"})
    assert "is not one that waits for a bank transfer" in text_of(refused.text)
    refused = await operator.send(f"{path}/refunds/{refund_id}/came-back", {})
    assert "is not one that waits for a bank transfer" in text_of(refused.text)
    await reader.sign_in()
    said = await reader.send("/cards/visits", {"back": "/subscriptions"})
    assert "has no page of its own for cards" in text_of(said.text)
    no_page = await reader.get("/cards/visits/cvs_1")
    assert "has no page of its own for cards" in text_of(no_page.text)


async def test_the_pages_look_well(
    house: House, operator: Reader, attempt_id: str, browser: Browser
) -> None:
    await billing.reconcile(house.arena.db, house.arena.gateway)
    await look_at(browser, house, PATH, "operator-payments", cookies=operator.cookies)
    await look_at(
        browser, house, f"{PATH}/{attempt_id}", "operator-payment", cookies=operator.cookies
    )
