"""Crashes at each boundary of collecting: one charge, one journal, one number, and the bill is paid in the end."""

import pytest

from arena.kit.db import Database
from arena.money import billing, collecting, usage
from arena.money.collecting import State
from arena.money.collecting import collect as collecting_steps
from tests.money.collecting.house import GRACE, Customer
from tests.money.invoices.sales import count, numbers


class _Dies(BaseException):
    """The process is gone."""


async def _paid_once(customer: Customer) -> None:
    await customer.react()
    [bill] = await customer.bills()
    assert (bill.state, bill.paid.minor) == (State.PAID, 600_000)
    assert await customer.charged() == [600_000]
    async with customer.db.transaction(readonly=True) as tx:
        assert await count(tx, "journal where kind = 'receivable.paid'") == 1
        assert await count(tx, "payment_attempt where state = 'succeeded'") == 1
    assert await numbers(customer.db) == {"INV-2022": [1]}
    await customer.check()


async def test_a_crash_after_the_intent_is_healed_by_the_janitor(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = await Customer(db).arrive()
    await customer.month_over()

    async def dies(*_: object) -> billing.Outcome:
        raise _Dies

    with monkeypatch.context() as patched:
        patched.setattr(collecting_steps.billing, "collect", dies)
        with pytest.raises(_Dies):
            await customer.collect()
    assert await customer.charged() == []
    assert await customer.collect() == 0, "it is claimed, and not due again at once"
    await billing.janitor(db, customer.gateway, sending_s_max=0)
    await _paid_once(customer)


async def test_a_crash_after_the_gateway_has_charged_is_found_out(db: Database) -> None:
    alive = [True]

    def dies() -> None:
        if alive.pop():
            alive.append(False)
            raise _Dies
        alive.append(False)

    customer = await Customer(db, after_commit=dies).arrive()
    await customer.month_over()
    with pytest.raises(_Dies):
        await customer.collect()
    assert await customer.charged() == [600_000]
    assert (await customer.bills())[0].state is State.OPEN
    customer.days_on(1)
    await customer.collect()
    await _paid_once(customer)


async def test_a_crash_between_the_settlement_and_what_follows_loses_nothing(db: Database) -> None:
    """The janitor settles charges and knows no bills: the fact tells them."""
    customer = await Customer(db).arrive()
    bill = await customer.month_over()
    assert bill is not None
    async with db.transaction() as tx:
        kept = await billing.payment_methods(tx, customer.id)
        attempt = await collecting_steps.begin(tx, customer.gateway, bill, kept[0].id)
    await billing.send(db, customer.gateway, attempt.id)
    assert (await customer.bills())[0].state is State.OPEN
    await _paid_once(customer)


async def test_a_crash_between_usage_and_its_invoice_makes_no_second_one(db: Database) -> None:
    customer = await Customer(db).arrive()
    month = usage.month_after(usage.month_of(db.clock.now()))
    customer.move_to(month.replace(day=2))
    await usage.invoice_due(db)
    for _ in range(3):  # each reaction is told at least once
        await customer.react()
    assert len(await customer.bills()) == 1
    await customer.collect()
    await _paid_once(customer)


async def test_two_workers_at_once_charge_once(db: Database) -> None:
    import asyncio

    customer = await Customer(db).arrive()
    await customer.month_over()
    taken = await asyncio.gather(
        *(collecting.collect_due(db, customer.gateway, grace=GRACE) for _ in range(4))
    )
    assert sum(taken) == 1
    await _paid_once(customer)
