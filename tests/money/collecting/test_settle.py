"""Transfers, corrections and write-offs: what is receivable is what bills have left, whatever comes in which order."""

import random
from datetime import timedelta

import pytest

from arena.kit.db import Database
from arena.money import billing, collecting, invoices, ledger, usage
from arena.money.collecting import State
from tests.money.collecting.house import DECLINED, GRACE, Customer, dollars


async def test_a_transfer_is_booked_once_by_the_banks_reference_and_may_be_a_part(
    db: Database,
) -> None:
    customer = await Customer(db).arrive(card=None)
    bill = await customer.month_over()
    assert bill is not None
    operator = customer.operators[0]

    async def receive(amount: int, reference: str) -> collecting.Bill:
        async with db.transaction() as tx:
            return await collecting.receive(
                tx, bill.invoice_id, dollars(amount), bank_reference=reference, actor=operator
            )

    for _ in range(2):
        after = await receive(2_000, "statement 7, line 3")
    assert (after.state, after.left) == (State.OPEN, dollars(4_000))
    with pytest.raises(collecting.ReceiptDiffers):
        await receive(2_001, "statement 7, line 3")
    after = await receive(4_100, "statement 8, line 1")
    assert after.state is State.PAID
    with pytest.raises(collecting.BillOver):
        await receive(1, "statement 9, line 1")
    assert await customer.receivable() == -10_000
    following = await customer.month_over()
    assert following is not None
    assert (following.by_credit, following.left) == (dollars(100), dollars(900)), (
        "paid too much before"
    )
    await customer.check()
    gateway = billing.ManualGateway(db)
    await billing.reconcile(db, gateway)
    async with db.transaction(readonly=True) as tx:
        assert await billing.unmatched(tx, "manual") == []


async def test_corrections_beyond_a_month_credit_the_invoice_before(db: Database) -> None:
    customer = await Customer(db).arrive(minimum=0)
    await customer.call(50_000)
    first = await customer.month_over()
    assert first is not None
    assert first.amount == dollars(500)
    await customer.call(-20_000)
    await customer.month_over()
    [bill] = await customer.bills()
    assert (bill.credited, bill.left) == (dollars(200), dollars(300))
    async with db.transaction(readonly=True) as tx:
        [note] = await invoices.credit_notes(tx, bill.invoice_id)
    assert (note.label, note.total) == ("CRN-2022-000001", dollars(200))
    await customer.check()
    await customer.keep("4242424242424242")
    await customer.collect()
    await customer.react()
    assert await customer.charged() == [30_000]
    await customer.check()


async def test_writing_off_takes_two_people_and_says_so_by_a_credit_note(db: Database) -> None:
    customer = await Customer(db).arrive(card=DECLINED)
    bill = await customer.month_over()
    assert bill is not None
    one, other = customer.operators
    async with db.transaction() as tx:
        asked = await collecting.ask_write_off(tx, bill.invoice_id, reason="bankrupt", actor=one)
        assert asked.state == "asked"
        with pytest.raises(collecting.WriteOffOpen):
            await collecting.ask_write_off(tx, bill.invoice_id, reason="again", actor=other)
        with pytest.raises(collecting.TwoPeople):
            await collecting.decide_write_off(tx, bill.invoice_id, accept=True, actor=one)
        taken_back = await collecting.decide_write_off(tx, bill.invoice_id, accept=False, actor=one)
        assert taken_back.state == "withdrawn"
        with pytest.raises(collecting.NoWriteOff):
            await collecting.decide_write_off(tx, bill.invoice_id, accept=True, actor=other)
        await collecting.ask_write_off(tx, bill.invoice_id, reason="bankrupt", actor=one)
        done = await collecting.decide_write_off(tx, bill.invoice_id, accept=True, actor=other)
        assert (done.state, done.amount) == ("done", dollars(6_000))
        [note] = await invoices.credit_notes(tx, bill.invoice_id)
        assert note.total == dollars(6_000)
        assert (await ledger.balance(tx, "platform:fee_income")).minor == 0
        with pytest.raises(collecting.BillOver):
            await collecting.ask_write_off(tx, bill.invoice_id, reason="again", actor=one)
    assert (await customer.bills())[0].state is State.WRITTEN_OFF
    assert await customer.collect() == 0
    with pytest.raises(collecting.BillOver):
        await collecting.pay(
            db, customer.gateway, (bill.invoice_id, await customer.keep(DECLINED)), grace=GRACE,
            actor=customer.actor,
        )  # fmt: skip
    await customer.check()


async def test_what_a_card_may_just_be_paying_is_not_written_off(db: Database) -> None:
    customer = await Customer(db).arrive(card="4000002500003155")
    bill = await customer.month_over()
    assert bill is not None
    await customer.collect()
    one, other = customer.operators
    async with db.transaction() as tx:
        await collecting.ask_write_off(tx, bill.invoice_id, reason="bankrupt", actor=one)
        with pytest.raises(billing.ChargeUnderWay):
            await collecting.decide_write_off(tx, bill.invoice_id, accept=True, actor=other)


async def test_a_payment_for_an_invoice_that_is_given_back_is_credited(db: Database) -> None:
    customer = await Customer(db).arrive()
    bill = await customer.month_over()
    assert bill is not None
    await customer.collect()
    async with db.transaction(readonly=True) as tx:
        [(attempt_id, _)] = await billing.captured(tx, [bill.invoice_id])
    wish = billing.RefundWish(attempt_id, "one", "the set-up failed", dollars(5_000))
    given = await billing.refund(db, customer.gateway, wish, actor=customer.operators[0])
    fact = billing.RefundSettled(
        bill.invoice_id, attempt_id, given.id, customer.id, given.amount.minor, "USD", given.state
    )
    async with db.transaction() as tx:
        for _ in range(2):
            await invoices.credit_refund(tx, fact)
        [note] = await invoices.credit_notes(tx, bill.invoice_id)
    assert (note.total, note.document["reason"]) == (dollars(5_000), "the set-up failed")
    await customer.check()


async def test_tax_is_part_of_a_bill_and_is_given_up_with_it(db: Database) -> None:
    customer = await Customer(db).arrive(
        card=DECLINED, monthly=100_000, setup=500_001, minimum=33_333
    )
    await customer.taxed(1_900)
    bill = await customer.month_over()
    assert bill is not None
    one, other = customer.operators
    async with db.transaction() as tx:
        document = (await invoices.invoice_of(tx, bill.invoice_id)).document
        assert (document["total"], document["tax"], bill.taxed) == ("633334", "101120", 101_120)
        assert (await ledger.balance(tx, "tax_payable:de")).minor == 101_120
        await collecting.receive(
            tx, bill.invoice_id, dollars(1_234), bank_reference="statement 7", actor=one
        )
        await collecting.ask_write_off(tx, bill.invoice_id, reason="bankrupt", actor=one)
        await collecting.decide_write_off(tx, bill.invoice_id, accept=True, actor=other)
        tax = (await ledger.balance(tx, "tax_payable:de")).minor
        income = (await ledger.balance(tx, "platform:fee_income")).minor
    assert (tax + income, abs(tax - 19_703) <= 1) == (123_400, True)
    await customer.check()


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_comes_in_which_order_the_books_agree(db: Database, seed: int) -> None:
    chance = random.Random(seed)
    customer = await Customer(db).arrive(minimum=10_000, monthly=5_000)
    if seed % 2:
        await customer.taxed(1_900)
    one, other = customer.operators
    for step in range(24):
        owed = [bill for bill in await customer.bills() if bill.owed]
        act = chance.choice(
            ["call", "month", "collect", "card", "transfer", "write_off", "correct"]
        )
        if act == "call":
            await customer.call(chance.randint(1, 40_000))
        elif act == "month":
            await customer.month_over()
        elif act == "collect":
            customer.days_on(chance.randint(0, 5))
            await customer.collect()
        elif act == "card":
            await customer.keep(chance.choice(["4242424242424242", DECLINED]))
        elif act == "correct":
            async with db.transaction(readonly=True) as tx:
                before = usage.month_of(db.clock.now() - timedelta(days=31))
                month = await tx.fetchval("select units from usage_month where month = $1", before)
            if month:
                await customer.call(-chance.randint(1, month))
        elif act == "transfer" and owed:
            bill = chance.choice(owed)
            async with db.transaction() as tx:
                amount = dollars(chance.randint(1, 300))
                await collecting.receive(
                    tx, bill.invoice_id, amount, bank_reference=f"line {step}", actor=one
                )
        elif act == "write_off" and owed:
            bill = chance.choice(owed)
            async with db.transaction() as tx:
                await collecting.ask_write_off(tx, bill.invoice_id, reason="gone", actor=one)
                await collecting.decide_write_off(tx, bill.invoice_id, accept=True, actor=other)
        await customer.react()
        await customer.check()
