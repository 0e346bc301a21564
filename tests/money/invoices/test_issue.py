"""Invoices: once for each sale, with who sold and who bought as of that day, credited to their sum and never above."""

import json

import pytest

from arena.evidence import audit
from arena.kit.db import Database
from arena.money import buyers, invoices
from arena.money.buyers import BillingDetails
from arena.people.access import Actor
from tests.http import person
from tests.money.invoices.sales import SELLER, count, sale

COMPANY = BillingDetails(
    "company", "Northwind GmbH", "Example Street 1\n10115 Berlin", "DE", "136695976"
)


async def issue(db: Database, source: str, buyer: str) -> invoices.Invoice:
    async with db.transaction() as tx:
        return await invoices.issue(tx, sale(source, buyer), seller=SELLER)


async def test_a_sale_is_invoiced_once_and_its_digest_is_in_the_trail(db: Database) -> None:
    buyer, _ = await person(db, name="ada")
    first, again = await issue(db, "pay_1", buyer), await issue(db, "pay_1", buyer)
    assert first == again
    assert (first.label, first.total.minor) == ("INV-2021-000001", 9_900)
    assert first.document["buyer"]["name"] == "ada"
    assert first.document["seller"]["name"] == "Arena Ltd"
    assert first.document["notes"] == ["No tax is charged."]
    assert first.document["paid_with"] == "test card ending in 4242"
    assert invoices.intact(first)
    async with db.transaction() as tx:
        assert await count(tx, "fact where kind = 'InvoiceIssued'") == 1
        [told] = await audit.search(tx, object=first.id, limit=5)
    assert told.detail["sha"] == first.sha


async def test_details_are_those_of_the_day_and_later_ones_change_nothing(db: Database) -> None:
    buyer, _ = await person(db)
    before = await issue(db, "pay_1", buyer)
    async with db.transaction() as tx:
        await buyers.set_details(tx, COMPANY, actor=Actor("person", buyer))
    after = await issue(db, "pay_2", buyer)
    assert after.document["buyer"]["name"] == "Northwind GmbH"
    assert after.document["buyer"]["tax_id"] == "DE136695976"
    assert any(note.startswith("Reverse charge") for note in after.document["notes"])
    async with db.transaction(readonly=True) as tx:
        assert await invoices.invoice_of(tx, before.id) == before


async def test_credit_notes_take_back_no_more_than_was_invoiced(db: Database) -> None:
    buyer, _ = await person(db)
    made = await issue(db, "pay_1", buyer)
    async with db.transaction() as tx:
        note = await invoices.credit(tx, made.id, 4_000, source="ref_1", reason="half a month")
        again = await invoices.credit(tx, made.id, 4_000, source="ref_1", reason="half a month")
        assert note == again
        assert (note.label, note.credits, note.kind) == ("CRN-2021-000001", made.id, "credit_note")
        assert note.document["credits"]["number"] == made.label
        assert (await invoices.left_to_credit(tx, made)).minor == 5_900
        with pytest.raises(invoices.CreditAboveInvoice, match=r"59.00 USD can still be credited"):
            await invoices.credit(tx, made.id, 5_901, source="ref_2", reason="too much")
        await invoices.credit(tx, made.id, 5_900, source="ref_3", reason="the rest")
        assert [one.total.minor for one in await invoices.credit_notes(tx, made.id)] == [
            4_000,
            5_900,
        ]


async def test_on_paper_and_as_a_list_the_amounts_are_whole_cents(db: Database) -> None:
    buyer, _ = await person(db)
    made = await issue(db, "pay_1", buyer)
    async with db.transaction() as tx:
        note = await invoices.credit(tx, made.id, 1, source="ref_1", reason="a cent")
    pdf = invoices.invoice_pdf(made)
    assert pdf.startswith(b"%PDF")
    assert pdf == invoices.invoice_pdf(made), "the same invoice, the same bytes"
    assert invoices.invoice_pdf(note).startswith(b"%PDF")
    lines = invoices.invoices_csv([made, note]).splitlines()
    assert lines[1].split(",")[7:10] == ["99.00", "0.00", "99.00"]
    assert lines[2].split(",")[7:10] == ["-0.01", "0.00", "-0.01"]
    assert not any(
        isinstance(each, float) for each in json.loads(json.dumps(made.document)).values()
    )


async def test_others_do_not_see_it_and_operators_find_it_by_number(db: Database) -> None:
    buyer, _ = await person(db)
    stranger, _ = await person(db)
    made = await issue(db, "pay_1", buyer)
    async with db.transaction(readonly=True) as tx:
        assert await invoices.seen(tx, made.id, buyer) == made
        with pytest.raises(invoices.NoSuchInvoice):
            await invoices.seen(tx, made.id, stranger)
        for needle in ("INV-2021-000001", "inv-2021-1", made.id, "pay_1", buyer):
            assert await invoices.find(tx, needle) == [made], needle
        assert await invoices.find(tx, "INV-2021-000002") == []
