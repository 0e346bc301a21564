"""What is owed goes back by itself: tried again where the gateway refuses, and at last an operator decides."""

import pytest

from arena.kit.db import Database
from arena.kit.money import Money
from arena.money import ledger
from arena.money.billing import give_back_owed, heal_refunds
from arena.money.billing.model import Attempt
from arena.money.billing.stripe import StripeGateway
from arena.people.access import Actor
from tests.doubles.stripe_server import StripeServer
from tests.money.billing.gateways.stage import agree, balances, paid

BY = Actor("person", "usr_operator")


async def owe(db: Database, attempt: Attempt, amount: int = 1000) -> str:
    """The account on which a customer is owed a part of his payment."""
    due = f"customer:{attempt.charge.person_id}:refund_due"
    async with db.transaction() as tx:
        await ledger.post(
            tx, kind=ledger.Kind.REFUND_OWED, idem=f"refund:{attempt.id}:early",
            reference=attempt.charge.reference,
            legs=[ledger.Leg("creator:usr_creator:pending", amount), ledger.Leg(due, -amount)],
        )  # fmt: skip
    return due


async def wait_over(db: Database) -> None:
    """The wait between tries is over; what waits for an operator goes on waiting."""
    async with db.transaction() as tx:
        await tx.execute("update refund_trouble set next_at = clock_timestamp() where next_at is not null")  # fmt: skip


async def test_a_refusal_is_tried_again_and_the_money_arrives(
    db: Database, stripe: StripeGateway, stripe_server: StripeServer
) -> None:
    attempt = await paid(db, stripe)
    due = await owe(db, attempt)
    stripe_server.refuse_refunds = "balance_insufficient"
    assert await give_back_owed(db, stripe) == 0
    stripe_server.refuse_refunds = None
    assert await give_back_owed(db, stripe) == 0, "not at once again"
    await wait_over(db)
    assert await give_back_owed(db, stripe) == 1
    assert due not in await balances(db)
    await agree(db, stripe_server)
    async with db.transaction() as tx:
        assert await tx.fetchval("select count(*) from refund_trouble") == 0


async def test_one_that_the_bank_sends_back_later_goes_out_again(
    db: Database, stripe: StripeGateway, stripe_server: StripeServer
) -> None:
    attempt = await paid(db, stripe, "pm_card_refundFail")
    due = await owe(db, attempt)
    for number in range(2):
        await wait_over(db)
        assert await give_back_owed(db, stripe) == 1
        stripe_server.finish_refund(stripe_server.books.all("refund")[0]["id"])
        assert await heal_refunds(db, stripe, sent_s_max=0) == 1
        assert len(stripe_server.books.all("refund")) == number + 1
    assert (await balances(db))[due] == 1000
    await agree(db, stripe_server)


async def test_after_five_refusals_an_operator_decides(
    db: Database, stripe: StripeGateway, stripe_server: StripeServer
) -> None:
    attempt = await paid(db, stripe)
    await owe(db, attempt)
    stripe_server.refuse_refunds = "balance_insufficient"
    for _ in range(8):
        await give_back_owed(db, stripe)
        await wait_over(db)
    async with db.transaction() as tx:
        row = await tx.one("select failures, failure, next_at from refund_trouble")
        assert await tx.fetchval("select count(*) from refund") == 6
    assert (row["failures"], row["failure"], row["next_at"]) == (6, "balance_insufficient", None)


async def test_accounts_that_cannot_be_repaid_hold_up_nobody(
    db: Database, stripe: StripeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("arena.money.billing.owed.BATCH", 2)
    async with db.transaction() as tx:
        for number in range(5):
            await ledger.post(
                tx, kind=ledger.Kind.REFUND_OWED, idem=f"x{number}", reference="sub_nothing",
                legs=[ledger.Leg("platform:fee_income", 5), ledger.Leg(f"customer:usr_{number}:refund_due", -5)],
            )  # fmt: skip
    attempt = await paid(db, stripe)
    due = await owe(db, attempt)
    assert await give_back_owed(db, stripe) == 1
    assert due not in await balances(db)
    async with db.transaction() as tx:
        found = await ledger.balance(tx, "customer:usr_1:refund_due")
    assert found == Money(5)
