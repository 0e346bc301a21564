"""Bills are charged to the card that is kept, tried again less and less often, and their day is kept without one."""

from datetime import timedelta

import pytest

from arena.kit.db import Database
from arena.kit.money import Money
from arena.money import billing, collecting, invoices, ledger, usage
from arena.money.billing.model import GatewayKeyReused
from arena.money.collecting import State
from tests.money.collecting.house import (
    ASKS,
    DECLINED,
    GRACE,
    JANUARY,
    PAYS,
    QUARTER,
    Customer,
    dollars,
)


async def test_set_up_and_contract_are_invoiced_and_charged_once(db: Database) -> None:
    customer = await Customer(db).arrive()
    bill = await customer.month_over()
    assert bill is not None
    assert (bill.state, bill.amount) == (State.OPEN, dollars(6_000))
    async with db.transaction(readonly=True) as tx:
        invoice = await invoices.invoice_of(tx, bill.invoice_id)
    assert [line["description"] for line in invoice.document["lines"]] == [
        "Set-up",
        "Contract, the month",
    ]
    assert await customer.collect() == 1
    assert await customer.collect() == 0
    await customer.react()
    [paid] = await customer.bills()
    assert (paid.state, paid.paid, await customer.receivable()) == (State.PAID, dollars(6_000), 0)
    assert await customer.charged() == [600_000]
    assert await customer.facts("BillSettled") == 1
    await customer.check()


async def test_calls_have_their_number_and_their_price_on_the_invoice(db: Database) -> None:
    customer = await Customer(db).arrive(minimum=50_000)
    await customer.call(12_345)
    bill = await customer.month_over()
    assert bill is not None
    async with db.transaction(readonly=True) as tx:
        document = (await invoices.invoice_of(tx, bill.invoice_id)).document
    calls, minimum = document["lines"]
    assert (calls["quantity"], calls["unit_micros"], calls["total"]) == ("12345", "10000", "12345")
    assert (minimum["total"], document["total"]) == ("37655", "50000")
    assert document["total"] == str(bill.amount.minor)


async def test_a_declined_card_is_tried_again_less_and_less_often_then_stays_due(
    db: Database,
) -> None:
    customer = await Customer(db).arrive(card=DECLINED)
    bill = await customer.month_over()
    assert bill is not None
    since, tried = db.clock.now(), []
    for day in range(25):
        customer.move_to(since + timedelta(days=day))
        if await customer.collect():
            tried.append(day)
    assert tried == [0, 1, 4, 9, 16]
    [behind] = await customer.bills()
    assert (behind.state, behind.reason, behind.charge_at) == (
        State.PAST_DUE,
        "charge_failed",
        None,
    )
    assert behind.past_due_since == since
    assert await customer.facts("BillFellBehind") == 5
    assert await customer.receivable() == 600_000
    await customer.check()


async def test_who_keeps_no_card_has_fourteen_days_and_is_reminded(db: Database) -> None:
    customer = await Customer(db).arrive(card=None)
    await customer.month_over()
    assert await customer.collect() == 1
    [waiting] = await customer.bills()
    assert (waiting.state, waiting.charge_at) == (State.OPEN, waiting.due_at)
    customer.days_on(13)
    assert await customer.collect() == 0
    customer.days_on(1)
    assert await customer.collect() == 1
    [behind] = await customer.bills()
    assert (behind.state, behind.reason) == (State.PAST_DUE, "no_card")
    await customer.keep(PAYS)
    customer.days_on(1)
    await customer.collect()
    assert (await customer.bills())[0].state is State.PAID
    await customer.check()


async def test_calls_are_refused_after_the_grace_and_go_on_the_moment_it_is_paid(
    db: Database,
) -> None:
    customer = await Customer(db).arrive(card=DECLINED)
    bill = await customer.month_over()
    assert bill is not None
    await customer.collect()
    customer.days_on(2.9)
    assert await collecting.block_late(db, grace=GRACE) == 0
    customer.days_on(0.1)
    assert await collecting.block_late(db, grace=GRACE) == 1
    assert await collecting.block_late(db, grace=GRACE) == 0
    caller = customer.actor.__class__("person", customer.id, frozenset(), "api_1")
    with pytest.raises(usage.InvoicesUnpaid):
        await usage.Meter(db).admit(caller)
    good = await customer.keep(PAYS)
    after, attempt = await collecting.pay(
        db, customer.gateway, (bill.invoice_id, good), grace=GRACE, actor=customer.actor
    )
    assert attempt is not None
    assert (after.state, attempt.state) == (State.PAID, "succeeded")
    await customer.react()
    assert await usage.Meter(db).admit(caller) is not None
    await customer.check()


async def test_paying_twice_charges_once_and_other_peoples_bills_are_not_there(
    db: Database,
) -> None:
    customer, stranger = await Customer(db).arrive(), await Customer(db).arrive()
    bill = await customer.month_over()
    assert bill is not None
    card = await customer.keep(PAYS)
    for _ in range(2):
        after, _ = await collecting.pay(
            db, customer.gateway, (bill.invoice_id, card), grace=GRACE, actor=customer.actor
        )
        assert after.state is State.PAID
    assert await customer.charged() == [600_000]
    with pytest.raises(collecting.NoSuchBill):
        await collecting.pay(
            db, stranger.gateway, (bill.invoice_id, card), grace=GRACE, actor=stranger.actor
        )
    with pytest.raises(collecting.NoSuchBill):
        await collecting.pay(
            db, stranger.gateway, ("inv_none", card), grace=GRACE, actor=stranger.actor
        )


async def test_a_card_that_asks_for_its_holder_is_paid_when_he_has_confirmed(db: Database) -> None:
    customer = await Customer(db).arrive(card=ASKS)
    await customer.month_over()
    await customer.collect()
    [behind] = await customer.bills()
    assert (behind.state, behind.reason) == (State.PAST_DUE, "requires_action")
    async with db.transaction() as tx:
        waiting = await billing.under_way(tx, behind.invoice_id)
    assert waiting is not None
    await billing.confirm(db, customer.gateway, waiting.id, actor=customer.actor)
    await customer.react()
    assert (await customer.bills())[0].state is State.PAID
    await customer.check()


async def test_a_fee_is_collected_and_its_creator_is_paid_out_of_it_only_then(db: Database) -> None:
    from arena.money import earnings
    from arena.money.performance_fees import FeeCrystallised

    customer = await Customer(db).arrive()
    customer.move_to(QUARTER)
    creator = "usr_creator"
    async with db.transaction() as tx:
        await ledger.post(
            tx, kind=ledger.Kind.PERFORMANCE_FEE, idem="pfs_1", reference="pfc_1",
            legs=[
                ledger.Leg(f"receivable:{customer.id}", 10_000),
                ledger.Leg(f"creator:{creator}:pending", -8_500), ledger.Leg("platform:fee_income", -1_500),
            ],
        )  # fmt: skip
        await tx.record(
            FeeCrystallised(
                "pfc_1", "pfs_1", customer.id, creator, 1_500, 10_000, "USD", JANUARY, QUARTER
            )
        )
    await customer.react()
    customer.days_on(10)
    assert await earnings.mature_due(db, timedelta(days=7)) == 0, "what nobody paid is nobody's"
    await customer.collect()
    assert await earnings.mature_due(db, timedelta(days=7)) == 0, "its hold begins with the payment"
    customer.days_on(7)
    assert await earnings.mature_due(db, timedelta(days=7)) == 1
    async with db.transaction(readonly=True) as tx:
        assert (await ledger.balance(tx, f"creator:{creator}:available")).minor == 8_500
    [paid] = await customer.bills()
    assert paid.state is State.PAID
    await customer.check()


async def test_what_no_card_takes_is_not_asked_for_alone(db: Database) -> None:
    customer = await Customer(db).arrive(minimum=0)
    await customer.call(30)
    bill = await customer.month_over()
    assert bill is not None
    assert bill.left.minor == 30
    assert await customer.collect() == 1
    customer.days_on(40)
    assert await customer.collect() == 0
    assert (await customer.bills())[0].state is State.OPEN
    with pytest.raises(collecting.TooLittleForACard):
        await collecting.pay(
            db, customer.gateway, (bill.invoice_id, await customer.keep(PAYS)), grace=GRACE,
            actor=customer.actor,
        )  # fmt: skip
    await customer.check()


class Broken(billing.FakeGateway):
    """Does not take the charge of the first card that it meets, as such."""

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self.refused: set[str] = set()

    async def charge(self, idempotency_key: str, amount: Money, token: str) -> billing.Outcome:
        if not self.refused or idempotency_key in self.refused:
            self.refused.add(idempotency_key)
            raise GatewayKeyReused(idempotency_key=idempotency_key)
        return await super().charge(idempotency_key, amount, token)


async def test_one_bill_that_cannot_be_collected_holds_up_no_other(db: Database) -> None:
    first, second = await Customer(db).arrive(), await Customer(db).arrive()
    for customer in (first, second):
        await customer.month_over()
    due = [bill for customer in (first, second) for bill in await customer.bills()]
    assert await collecting.collect_due(db, Broken(db), grace=GRACE) == len(due) - 1 > 0
    assert len(await first.charged()) == len(due) - 1
