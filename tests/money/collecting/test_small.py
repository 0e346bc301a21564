"""What no card takes alone is charged with the next bill of its debt, and what is paid too much settles open bills."""

import pytest

from arena.kit.db import Database
from arena.kit.money import Money
from arena.money import billing, collecting
from arena.money.collecting import State
from tests.money.collecting.house import DECLINED, GRACE, PAYS, Customer, dollars


async def test_thirty_cents_are_charged_with_the_next_bill(db: Database) -> None:
    customer = await Customer(db).arrive(minimum=0)
    await customer.call(30)
    await customer.month_over()
    await customer.collect()
    await customer.react()
    [small] = await customer.bills()
    assert (small.state, small.charge_at, await customer.charged()) == (State.OPEN, None, [])
    await customer.call(500)
    await customer.month_over()
    for _ in range(2):
        await customer.collect()
        await customer.react()
    assert await customer.charged() == [530]
    first, second = await customer.bills()
    assert (first.state, first.by_credit, first.paid) == (State.PAID, Money(30), Money(0))
    assert (second.state, second.paid) == (State.PAID, Money(530))
    assert await customer.receivable() == 0
    await customer.check()


async def test_small_bills_add_up_until_a_card_takes_them(db: Database) -> None:
    customer = await Customer(db).arrive(minimum=0)
    for units in (20, 20, 20):
        assert await customer.charged() == []
        await customer.call(units)
        bill = await customer.month_over()
        await customer.collect()
        await customer.react()
    assert await customer.charged() == [60]
    assert {one.state for one in await customer.bills()} == {State.PAID}
    assert bill is not None
    with pytest.raises(collecting.NoSuchBill):
        await collecting.pay(
            db, customer.gateway, (bill.invoice_id, "pmt_x"), grace=GRACE, actor=customer.operators[0]
        )  # fmt: skip
    await customer.check()


async def test_what_a_bank_sent_too_much_settles_the_other_bills_of_the_debt(db: Database) -> None:
    customer = await Customer(db).arrive(card=None, minimum=10_000)
    await customer.month_over()
    await customer.month_over()
    first, second = await customer.bills()
    async with db.transaction() as tx:
        for amount, line in ((150, "line 1"), (60, "line 2")):
            await collecting.receive(
                tx, second.invoice_id if line == "line 1" else first.invoice_id, dollars(amount),
                bank_reference=line, actor=customer.operators[0],
            )  # fmt: skip
    first, second = await customer.bills()
    assert (first.state, first.by_credit, first.paid) == (State.PAID, dollars(50), dollars(60))
    assert second.state is State.PAID
    await customer.check()
    third = await customer.month_over()
    assert third is not None
    assert third.by_credit == dollars(10), "ten dollars were left"
    await customer.check()


async def test_what_a_card_may_just_be_paying_is_not_settled_from_elsewhere(db: Database) -> None:
    customer = await Customer(db).arrive(card="4000002500003155", minimum=10_000)
    await customer.month_over()
    await customer.collect()  # waits for the bank's question to be answered
    await customer.month_over()
    first, second = await customer.bills()
    async with db.transaction() as tx:
        assert await billing.under_way(tx, first.invoice_id) is not None
        await collecting.receive(
            tx, second.invoice_id, dollars(130), bank_reference="line 1", actor=customer.operators[0]
        )  # fmt: skip
    first, second = await customer.bills()
    assert (first.by_credit, first.left) == (Money(0), dollars(100))
    await billing.abandon(db, customer.gateway, first.invoice_id)
    async with db.transaction() as tx:
        settled = await collecting.settle_bill(tx, first.invoice_id)
    assert settled is not None
    assert (settled.by_credit, settled.left) == (dollars(30), dollars(70))
    await customer.check()


async def test_a_declined_card_is_asked_for_both_again(db: Database) -> None:
    customer = await Customer(db).arrive(card=DECLINED, minimum=0)
    await customer.call(30)
    await customer.month_over()
    await customer.collect()
    await customer.call(500)
    await customer.month_over()
    await customer.collect()
    await customer.react()
    assert [one.state for one in await customer.bills()] == [State.OPEN, State.PAST_DUE]
    await customer.keep(PAYS)
    customer.days_on(2)
    await customer.collect()
    await customer.react()
    assert await customer.charged() == [530]
    assert {one.state for one in await customer.bills()} == {State.PAID}
    await customer.check()
