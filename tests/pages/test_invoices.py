"""Invoices on pages: what is owed and paid, each one to print and as a file, details that stand on the next one, and
what operators do about those that nobody pays."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from playwright.async_api import Browser

from arena.money import buyers, invoices
from arena.people.access import SYSTEM
from tests.pages.bills import billed, collect, keep_card
from tests.pages.doors import elsewhere
from tests.pages.looking import look_at
from tests.pages.own_feed import ASKS, DECLINED, PAYS, own_feed
from tests.pages.reader import Reader, text_of
from tests.stories.house import House

HERE, DETAILS, OPERATOR = "/account/invoices", "/account/billing", "/operator/invoices"
COMPANY = {
    "kind": "company", "name": "Northwind GmbH", "address": "Example Street 1\r\n10115 Berlin", "country": "de",
    "tax_id": "136 695 976",
}  # fmt: skip


@pytest.fixture
async def operator(house: House) -> AsyncIterator[Reader]:
    async with Reader(house) as opened:
        yield await elsewhere(opened).sign_in("operator")


async def test_who_paid_nothing_reads_what_will_stand_here(reader: Reader) -> None:
    await elsewhere(reader).sign_in()
    words = text_of((await reader.get(HERE)).text)
    assert "Nothing is due." in words
    assert "No invoice yet" in words
    assert f'href="{DETAILS}"' in (await reader.get(HERE)).text


async def test_a_subscription_has_an_invoice_that_its_receipt_leads_to(
    house: House, reader: Reader, operator: Reader
) -> None:
    await elsewhere(reader).sign_in()
    mine = await (await own_feed(house)).subscribe(reader)
    await house.settle()
    page = await reader.get(HERE)
    path = (
        HERE
        + "/"
        + page.text.partition(f'href="{HERE}/inv_')[2].partition('"')[0].join(("inv_", ""))
    )
    invoice = await reader.get(path)
    words = text_of(invoice.text)
    for said in (
        "Invoice INV-", "$99", "paid", "Subscription to Northwind Crossing, Pro, one month", "Ada Reader",
        "No tax is charged.", "test card ending in 4242", mine.id, "Collective",
    ):  # fmt: skip
        assert said in words, said
    detail = await reader.get(f"/subscriptions/{mine.id}")
    receipt = detail.text.partition(f'href="/subscriptions/{mine.id}/receipts/')[2].partition('"')[
        0
    ]
    shown = await reader.get(f"/subscriptions/{mine.id}/receipts/{receipt}")
    assert f'href="{path}"' in shown.text
    pdf = await reader.get(f"{path}/pdf")
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF")
    told = (await reader.get(f"{path}/json")).json()
    assert told["invoice"]["total"] == "9900"
    assert "99.00,0.00,99.00,USD" in (await reader.get("/account/invoices/csv")).text
    number = f"INV-{text_of(invoice.text).partition('INV-')[2].split()[0]}"
    for named in (number, path.rpartition("/")[2]):
        journals = await operator.get("/operator/ledger", params={"find": named})
        assert "payment.captured" in text_of(journals.text), named
        assert mine.id in journals.text
    async with Reader(house) as other:
        await elsewhere(other).sign_in()
        assert (await other.get(path)).status_code == 404
        assert (await other.get(f"{path}/pdf")).status_code == 404


async def test_what_is_owed_is_paid_by_a_card_that_is_kept_or_a_new_one(
    house: House, reader: Reader
) -> None:
    await elsewhere(reader).sign_in()
    await keep_card(house, reader, DECLINED)
    made = await billed(house, reader)
    await collect(house)
    page = await reader.get(HERE)
    words = text_of(page.text)
    assert "$6,000" in words
    assert "past due" in words
    assert "The bank declined the card." in words
    path = f"{HERE}/{made.id}"
    declined = await reader.send(f"{path}/pay", {}, page=page)
    assert "Not paid. The bank declined the card. Try another card." in text_of(declined.text)
    nothing = await reader.send(f"{path}/pay", {"method": "new"}, page=await reader.get(path))
    assert nothing.status_code == 422
    assert "Fill this in." in text_of(nothing.text)
    paid = await reader.send(
        f"{path}/pay", {"method": "new", "card": PAYS}, page=await reader.get(path)
    )
    words = text_of(paid.text)
    assert "Paid. Thank you." in words
    assert "Set-up" in words
    assert "Pay $6,000" not in words
    again = await reader.send(f"{path}/pay", {"method": "new", "card": PAYS})
    assert "Paid. Thank you." in text_of(again.text), "it is not charged again"
    assert "Nothing is due." in text_of((await reader.get(HERE)).text)


async def test_a_card_that_asks_for_its_holder_is_confirmed_on_the_page(
    house: House, reader: Reader
) -> None:
    await elsewhere(reader).sign_in()
    made = await billed(house, reader)
    path = f"{HERE}/{made.id}"
    page = await reader.get(path)
    asked = await reader.send(f"{path}/pay", {"method": "new", "card": ASKS}, page=page)
    assert "Your bank asks for a confirmation." in text_of(asked.text)
    done = await reader.send(f"{path}/confirm", {}, page=asked)
    assert "Paid. Thank you." in text_of(done.text)


async def test_billing_details_are_checked_kept_and_stand_on_the_next_invoice(
    house: House, reader: Reader
) -> None:
    await elsewhere(reader).sign_in()
    feed = await own_feed(house)
    await feed.subscribe(reader)
    await house.settle()
    page = await reader.get(DETAILS)
    assert "your invoices have your name alone" in text_of(page.text)
    wrong = await reader.send(DETAILS, COMPANY | {"tax_id": "136 695 977"}, page=page)
    assert wrong.status_code == 422
    assert "its check digits do not fit" in text_of(wrong.text)
    assert 'value="136 695 977"' in wrong.text
    nowhere = await reader.send(DETAILS, COMPANY | {"country": "xx", "tax_id": ""}, page=page)
    assert "There is no country with these two letters." in text_of(nowhere.text)
    kept = await reader.send(DETAILS, COMPANY, page=page)
    assert "Your next invoices say so" in text_of(kept.text)
    assert 'value="DE136695976"' in kept.text
    await (await own_feed(house, "Another")).subscribe(reader)
    await house.settle()
    async with house.arena.db.transaction(readonly=True) as tx:
        new, old = await invoices.invoices_of(tx, reader.person_id)
    assert (old.document["buyer"]["name"], new.document["buyer"]["name"]) == (
        "Ada Reader",
        "Northwind GmbH",
    )


async def test_an_operator_books_a_transfer_by_the_invoices_number(
    house: House, reader: Reader, operator: Reader
) -> None:
    await elsewhere(reader).sign_in()
    made = await billed(house, reader)
    found = await operator.get(f"{OPERATOR}?find={made.label}")
    path = f"{OPERATOR}/{made.id}"
    assert f'href="{path}"' in found.text
    assert "No invoice with that" in text_of(
        (await operator.get(f"{OPERATOR}?find=INV-1999-1")).text
    )
    page = await operator.get(path)
    fields = {"amount": "2000", "bank_reference": "statement 7"}
    zero = await operator.send(f"{path}/received", fields | {"amount": "0"}, page=page)
    assert "Nothing has not arrived." in text_of(zero.text)
    part = await operator.send(f"{path}/received", fields, page=page)
    assert "a part is to be paid yet" in text_of(part.text)
    assert "$4,000" in text_of(part.text)
    rest = {"amount": "4000.00", "bank_reference": "statement 8"}
    whole = await operator.send(f"{path}/received", rest, page=part)
    assert "Booked: it is paid." in text_of(whole.text)
    assert (await operator.get(f"{path}/pdf")).content.startswith(b"%PDF")
    assert made.label in (await operator.get("/operator/invoices/csv")).text
    assert (await reader.get(OPERATOR)).status_code == 403
    assert (await reader.get(path)).status_code == 403


async def test_writing_off_takes_two_operators_and_the_customer_reads_a_credit_note(
    house: House, reader: Reader, operator: Reader
) -> None:
    await elsewhere(reader).sign_in()
    made = await billed(house, reader)
    path = f"{OPERATOR}/{made.id}"
    page = await operator.get(path)
    asked = await operator.send(f"{path}/write-off", {"reason": "They are bankrupt."}, page=page)
    words = text_of(asked.text)
    assert "Asked. Another operator has to do it." in words
    assert "You asked for it" in words
    alone = await operator.send(f"{path}/write-off/decide", {"verdict": "accept"})
    assert "another operator does it" in text_of(alone.text)
    async with Reader(house) as second:
        await elsewhere(second).sign_in("operator")
        assert "To be written off, by a second person" in text_of((await second.get(OPERATOR)).text)
        page = await second.get(path)
        done = await second.send(f"{path}/write-off/decide", {"verdict": "accept"}, page=page)
        assert "Written off; a credit note says so." in text_of(done.text)
    words = text_of((await reader.get(HERE)).text)
    assert "CRN-" in words
    assert "written off" in words
    assert "−$6,000" in words


async def test_an_operator_sets_a_tax_rate_for_a_day_to_come(
    house: House, reader: Reader, operator: Reader
) -> None:
    path = "/operator/tax-rates"
    page = await operator.get(path)
    assert "goes back with what is given back" in text_of(page.text)
    tomorrow = f"{house.arena.db.clock.now() + timedelta(days=1):%Y-%m-%d}"
    fields = {
        "country": "fi",
        "per_cent": "25.5",
        "from_day": "2001-01-01",
        "reverse_charge": "true",
    }
    past = await operator.send(path, fields, page=page)
    assert "stays as it is" in text_of(past.text)
    odd = await operator.send(path, fields | {"from_day": "tomorrow"}, page=page)
    assert "A day looks like 2024-01-31." in text_of(odd.text)
    done = await operator.send(path, fields | {"from_day": tomorrow}, page=page)
    words = text_of(done.text)
    assert "25.5 %" in words
    assert "account for it themselves" in words
    await elsewhere(reader).sign_in()
    assert (await reader.get(path)).status_code == 403
    assert "no tax is in them" in text_of((await reader.get(DETAILS)).text)


async def test_tax_stands_on_the_invoice_and_beside_ones_details(
    house: House, reader: Reader, operator: Reader
) -> None:
    async with house.arena.db.transaction() as tx:
        await buyers.set_rate(tx, buyers.TaxRate("EE", tx.now, 2_200), actor=SYSTEM)
    await elsewhere(reader).sign_in()
    fields = COMPANY | {"country": "EE", "tax_id": ""}
    kept = await reader.send(DETAILS, fields, page=await reader.get(DETAILS))
    assert "22 % of the net amount in them is tax for EE" in text_of(kept.text)
    await (await own_feed(house)).subscribe(reader)
    await house.settle()
    async with house.arena.db.transaction(readonly=True) as tx:
        [made] = await invoices.invoices_of(tx, reader.person_id)
    words = text_of((await reader.get(f"{HERE}/{made.id}")).text)
    assert "Tax of 22 % (EE) is in the total." in words
    assert "$81.15" in words
    assert "$17.85" in words
    assert "EE" in text_of((await operator.get("/operator/tax-rates")).text)


async def test_invoices_are_drawn_well_on_screen_and_on_paper(
    house: House, reader: Reader, operator: Reader, browser: Browser
) -> None:
    await elsewhere(reader).sign_in()
    await look_at(browser, house, HERE, "invoices-empty", cookies=reader.cookies)
    await (await own_feed(house)).subscribe(reader)
    await keep_card(house, reader, DECLINED)
    await reader.send(DETAILS, COMPANY, page=await reader.get(DETAILS))
    made = await billed(house, reader, minimum=50_000)
    await collect(house)
    await look_at(browser, house, HERE, "invoices", cookies=reader.cookies)
    await look_at(browser, house, f"{HERE}/{made.id}", "invoice", cookies=reader.cookies)
    await look_at(browser, house, DETAILS, "billing-details", cookies=reader.cookies)
    await look_at(browser, house, OPERATOR, "operator-invoices", cookies=operator.cookies)
    path = f"{OPERATOR}/{made.id}"
    await operator.send(f"{path}/write-off", {"reason": "They are bankrupt."})
    await look_at(browser, house, path, "operator-invoice", cookies=operator.cookies)
    await look_at(
        browser, house, "/operator/tax-rates", "operator-tax-rates", cookies=operator.cookies
    )
