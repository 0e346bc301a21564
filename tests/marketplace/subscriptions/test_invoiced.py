"""Invoices of subscriptions: one a charge, equal to what was quoted, credited by what is given back, sent with the
receipt."""

from datetime import UTC, datetime
from pathlib import Path

from arena.kit.money import Money
from arena.kit.outbox import react_once
from arena.marketplace import subscriptions
from arena.marketplace.subscriptions import NewTerms
from arena.money import billing, buyers, invoices, ledger
from arena.money.billing.model import Refunded
from arena.money.billing.refund import settle_refund
from arena.money.buyers import BillingDetails, TaxRate
from arena.people.access import SYSTEM
from tests.marketplace.market import Buyer, Market
from tests.marketplace.subscriptions.test_change import YEARLY, changed, held, quoted
from tests.marketplace.subscriptions.test_cooling_off import undone
from tests.marketplace.subscriptions.test_renew import renew


async def of(market: Market, buyer: Buyer) -> list[invoices.Invoice]:
    """The buyer's invoices and credit notes, oldest first."""
    await market.settle()
    async with market.db.transaction(readonly=True) as tx:
        return (await invoices.invoices_of(tx, buyer.id))[::-1]


def period(invoice: invoices.Invoice) -> tuple[str, str]:
    [line] = invoice.document["lines"]
    return line["start"][:10], line["end"][:10]


async def test_each_charge_has_an_invoice_and_an_upgrades_is_what_was_quoted(
    market: Market,
) -> None:
    buyer, found = await held(market)
    [first] = await of(market, buyer)
    assert (first.total, period(first)) == (Money(2_900), ("2022-04-01", "2022-05-01"))
    market.at(datetime(2022, 4, 11, tzinfo=UTC))
    wish = NewTerms(found.id, "pro", "month")
    shown = await quoted(market, buyer, wish)
    await changed(market, buyer, wish)
    _, upgrade = await of(market, buyer)
    assert upgrade.total == shown.charge == Money(4_667), "to the cent"
    assert period(upgrade) == ("2022-04-11", "2022-05-01")
    assert "the rest of a period" in upgrade.document["lines"][0]["description"]
    await renew(market, datetime(2022, 5, 1, tzinfo=UTC))
    *_, renewal = await of(market, buyer)
    assert (renewal.total, period(renewal)) == (Money(9_900), ("2022-05-01", "2022-06-01"))
    assert [one.number for one in await of(market, buyer)] == [1, 2, 3]
    assert renewal.document["about"]["Subscription"] == found.id


async def test_what_cooling_off_gives_back_is_credited_on_each_invoice(market: Market) -> None:
    buyer, found = await held(market)
    await changed(market, buyer, NewTerms(found.id, "pro", "month"))
    await of(market, buyer)
    await undone(market, buyer, found)
    await billing.give_back_owed(market.db, market.gateway)
    kept = await of(market, buyer)
    sums = {
        kind: sum(one.total.minor for one in kept if one.kind == kind)
        for kind in ("invoice", "credit_note")
    }
    assert sums == {"invoice": 9_900, "credit_note": 9_900}
    assert {one.credits for one in kept if one.credits} == {
        one.id for one in kept if one.kind == "invoice"
    }


async def test_a_refund_that_comes_back_and_goes_out_again_is_credited_once(market: Market) -> None:
    buyer, found = await held(market, "pro")
    await of(market, buyer)
    async with market.db.transaction(readonly=True) as tx:
        [(attempt_id, _)] = await billing.captured(tx, [found.id])
    wish = billing.RefundWish(attempt_id, "first", "a mistake", Money(4_000))
    first = await billing.refund(market.db, market.gateway, wish, actor=buyer.actor)
    await of(market, buyer)
    async with market.db.transaction() as tx:
        await settle_refund(tx, first.id, Refunded("failed", "", "account_closed"))
    await of(market, buyer)
    await billing.give_back_owed(market.db, market.gateway)
    _, note = await of(market, buyer)
    assert (note.kind, note.total) == ("credit_note", Money(4_000))
    more = billing.RefundWish(attempt_id, "second", "more", Money(1_000))
    await billing.refund(market.db, market.gateway, more, actor=buyer.actor)
    *_, last = await of(market, buyer)
    assert (last.total, last.document["reason"]) == (Money(1_000), "more")


async def test_the_receipt_comes_by_letter_once_with_number_and_link(market: Market) -> None:
    buyer, _ = await held(market)
    [invoice] = await of(market, buyer)
    while await react_once(market.db, impatient=True, outward=True):
        pass
    [letter] = [
        path.read_text() for path in Path(market.settings.home, "mail").glob("*.eml")
        if invoice.label in path.read_text()
    ]  # fmt: skip
    assert f"Receipt and invoice {invoice.label}" in letter
    assert f"/account/invoices/{invoice.id}" in letter
    assert "29.00 USD" in letter


async def test_a_charge_for_no_subscription_is_not_invoiced_by_it(market: Market) -> None:
    fact = billing.ChargeSucceeded(
        "inv_1", "pay_1", datetime(2022, 4, 1, tzinfo=UTC), "usr_1", "platform", 1, "USD"
    )
    async with market.db.transaction() as tx:
        seller = invoices.Seller("Arena", "", "", "")
        await subscriptions.invoice_charge(tx, fact, seller=seller)
    assert await market.count("invoice") == 0


async def test_tax_is_on_the_invoice_as_in_the_ledger_and_goes_back_whole(market: Market) -> None:
    market.at(datetime(2022, 4, 1, tzinfo=UTC))
    buyer = await market.buyer()
    async with market.db.transaction() as tx:
        await buyers.set_rate(tx, TaxRate("DE", tx.now, 1_900), actor=SYSTEM)
        details = BillingDetails("individual", "Ada", "Example Street 1", "DE")
        await buyers.set_details(tx, details, actor=buyer.actor)
    found = (await market.subscribe(buyer, await market.listed(tiers=YEARLY), "basic")).subscription
    await changed(market, buyer, NewTerms(found.id, "pro", "month"))
    first, upgrade = await of(market, buyer)
    assert (first.document["net"], first.document["tax"]) == ("2437", "463")
    assert first.document["notes"] == ["Tax of 19 % (DE) is in the total."]
    async with market.db.transaction(readonly=True) as tx:
        owed = (await ledger.balance(tx, "tax_payable:de")).minor
    assert owed == sum(int(one.document["tax"]) for one in (first, upgrade))
    wish = billing.RefundWish(first.source, "a part", "half of it", Money(1_111))
    await billing.refund(market.db, market.gateway, wish, actor=buyer.actor)
    *_, note = await of(market, buyer)
    async with market.db.transaction(readonly=True) as tx:
        left = (await ledger.balance(tx, "tax_payable:de")).minor
    assert owed - left == int(note.document["tax"]) == 177
    await undone(market, buyer, found)
    await billing.give_back_owed(market.db, market.gateway)
    kept = await of(market, buyer)
    async with market.db.transaction(readonly=True) as tx:
        assert (await ledger.balance(tx, "tax_payable:de")).minor == 0
        assert (await ledger.balance(tx, "platform:fee_income")).minor == 0
        assert (await ledger.trial_balance(tx)).sound
    taxes = {
        kind: sum(int(one.document["tax"]) for one in kept if one.kind == kind)
        for kind in ("invoice", "credit_note")
    }
    assert taxes["invoice"] == taxes["credit_note"] == owed
