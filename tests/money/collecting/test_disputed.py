"""A payment for calls that is disputed: calls stop, go on when it is won, and when it is lost are paid for again."""

from datetime import timedelta

import pytest

from arena.kit.db import Database
from arena.money import collecting, invoices, usage
from arena.money.billing.dispute import Told, dispute_stands
from arena.money.billing.model import DisputeState
from arena.money.collecting import State
from tests.money.collecting.house import GRACE, Customer


async def paid(db: Database, *, rate_bps: int = 0) -> tuple[Customer, collecting.Bill]:
    """A customer whose first month is charged to his card."""
    customer = await Customer(db).arrive()
    if rate_bps:
        await customer.taxed(rate_bps)
    bill = await customer.month_over()
    assert bill is not None
    await customer.collect()
    await customer.react()
    [bill] = await customer.bills()
    assert bill.state is State.PAID
    return customer, bill


async def bank(customer: Customer, bill: collecting.Bill, state: DisputeState) -> None:
    """The bank takes the payment back, or decides; and what follows has followed."""
    async with customer.db.transaction() as tx:
        attempt_id = await tx.fetchval(
            "select id from payment_attempt where reference = $1 and state = 'succeeded'",
            bill.invoice_id,
        )
        await dispute_stands(tx, attempt_id, Told("dp_1", bill.amount, 1_500), state)
    await customer.react()


async def refused(customer: Customer) -> bool:
    async with customer.db.transaction() as tx:
        return (await usage.live_plan(tx, customer.id)).blocked_at is not None


async def test_calls_stop_while_a_payment_is_disputed_and_go_on_when_it_is_won(
    db: Database,
) -> None:
    customer, bill = await paid(db)
    await bank(customer, bill, "open")
    assert await refused(customer)
    assert await collecting.block_late(db, grace=GRACE) == 0, (
        "the daily look does not let them through"
    )
    assert await customer.facts("CallsBlocked") == 1
    await bank(customer, bill, "won")
    assert not await refused(customer)
    [same] = await customer.bills()
    assert same.state is State.PAID
    await customer.react()
    assert not await refused(customer), "an old fact that is told again changes nothing"
    await customer.check()


@pytest.mark.parametrize("rate_bps", [0, 1_900])
async def test_what_a_lost_dispute_took_is_invoiced_again_and_calls_go_on_when_it_is_paid(
    db: Database, rate_bps: int
) -> None:
    customer, bill = await paid(db, rate_bps=rate_bps)
    await bank(customer, bill, "open")
    await bank(customer, bill, "lost")
    new, old = await customer.bills()  # it is due at once
    assert (old.state, new.state) == (State.PAID, State.PAST_DUE)
    assert (new.amount, new.taxed, new.reason) == (bill.amount, bill.taxed, "disputed")
    assert new.charge_at is None, "a card whose holder disputes is not charged by itself"
    async with db.transaction() as tx:
        [note] = await invoices.credit_notes(tx, old.invoice_id)
        assert note.total == bill.amount
    assert await refused(customer)
    assert await collecting.block_late(db, grace=timedelta(days=300)) == 0
    assert await customer.receivable() == bill.amount.minor
    await customer.check()
    await customer.react()
    assert len(await customer.bills()) == 2, "it is owed again once, however often it is told"

    async with db.transaction() as tx:
        await collecting.receive(
            tx, new.invoice_id, new.left, bank_reference="statement 9", actor=customer.operators[0]
        )
    await customer.react()
    assert not await refused(customer)
    assert await customer.receivable() == 0
    await customer.check()


async def test_a_disputed_payment_for_something_else_has_nothing_to_do_with_calls(
    db: Database,
) -> None:
    customer, bill = await paid(db)
    async with db.transaction() as tx:
        await tx.execute("update bill set debt = 'pfc_1' where invoice_id = $1", bill.invoice_id)
    await bank(customer, bill, "open")
    assert not await refused(customer)
    await bank(customer, bill, "lost")
    assert len(await customer.bills()) == 1
