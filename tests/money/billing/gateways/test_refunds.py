"""Refunds: bounded by PostgreSQL, shared as the charge was, owed where they do not arrive."""

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.kit.db import Database
from arena.kit.money import Money, allocate
from arena.money import ledger
from arena.money.billing import (
    FakeGateway,
    ManualGateway,
    begin_charge,
    give_back_owed,
    heal_refunds,
    send,
)
from arena.money.billing.methods import add_payment_method
from arena.money.billing.model import Attempt, NothingToRefund, RefundAboveCharge
from arena.money.billing.operators import payment, received_transfer, sent_refund
from arena.money.billing.refund import RefundWish, part_of_shares, refund
from arena.money.billing.stripe import StripeGateway
from arena.money.buyers import Tax
from arena.people.access import Actor
from tests.doubles.stripe_server import StripeServer
from tests.http import person
from tests.money.billing.gateways.stage import agree, balances, paid
from tests.money.billing.till import CHARGE, JANUARY, begin, buyer

BY = Actor("person", "usr_operator")


async def charged(db: Database) -> Attempt:
    return await send(db, FakeGateway(db), (await begin(db, await buyer(db))).id)


async def test_parts_add_up_to_the_whole_and_not_a_cent_more(db: Database) -> None:
    attempt, gateway = await charged(db), FakeGateway(db)
    for number, amount in enumerate((3333, 3333)):
        wish = RefundWish(attempt.id, f"part {number}", "late", Money(amount))
        assert (await refund(db, gateway, wish, actor=BY)).state == "succeeded"
    with pytest.raises(
        RefundAboveCharge, match=r"32\.34 USD can still be given back, not 32\.35 USD"
    ):
        await refund(db, gateway, RefundWish(attempt.id, "x", "late", Money(3235)), actor=BY)
    await refund(db, gateway, RefundWish(attempt.id, "the rest", "late"), actor=BY)
    assert await balances(db) == {}
    with pytest.raises(RefundAboveCharge):
        await refund(db, gateway, RefundWish(attempt.id, "again", "late"), actor=BY)


async def test_a_double_click_gives_back_once(db: Database) -> None:
    attempt, gateway = await charged(db), FakeGateway(db)
    wish = RefundWish(attempt.id, "a click", "late", Money(1000))
    first = await refund(db, gateway, wish, actor=BY)
    assert await refund(db, gateway, wish, actor=BY) == first
    assert (await balances(db))["gateway:fake:balance"] == 8900


async def test_postgresql_itself_holds_the_bound(db: Database) -> None:
    attempt = await charged(db)
    with pytest.raises(asyncpg.CheckViolationError, match="payment_bounded"):
        async with db.transaction() as tx:
            await tx.execute(
                "update payment_attempt set refunded = 9000, disputed = 901 where id = $1",
                attempt.id,
            )


async def test_a_charge_that_failed_has_nothing_to_give_back(db: Database) -> None:
    attempt = await begin(db, await buyer(db, "4000000000009995"))
    await send(db, FakeGateway(db), attempt.id)
    with pytest.raises(NothingToRefund, match="failed"):
        await refund(db, FakeGateway(db), RefundWish(attempt.id, "x", "late"), actor=BY)


async def test_a_refund_that_comes_back_is_owed_to_the_customer(
    db: Database, stripe: StripeGateway, stripe_server: StripeServer
) -> None:
    attempt = await paid(db, stripe, "pm_card_refundFail")
    sent = await refund(db, stripe, RefundWish(attempt.id, "x", "late", Money(4000)), actor=BY)
    assert sent.state == "sent"
    [made] = stripe_server.books.all("refund")
    stripe_server.finish_refund(made["id"])
    assert await heal_refunds(db, stripe, sent_s_max=0) == 1
    found = await balances(db)
    assert found[f"customer:{attempt.charge.person_id}:refund_due"] == 4000
    await agree(db, stripe_server)
    async with db.transaction() as tx:
        assert (await payment(tx, attempt.id)).left == Money(9900)


async def test_what_is_owed_goes_back_by_itself_and_once(db: Database) -> None:
    attempt, gateway = await charged(db), FakeGateway(db)
    due = f"customer:{attempt.charge.person_id}:refund_due"
    async with db.transaction() as tx:
        await ledger.post(
            tx, kind=ledger.Kind.REFUND_OWED, idem="ended early", reference=attempt.charge.reference,
            legs=[
                ledger.Leg("creator:usr_creator:pending", 850), ledger.Leg("platform:fee_income", 150),
                ledger.Leg(due, -1000),
            ],
        )  # fmt: skip
    assert await give_back_owed(db, gateway) == 1
    assert await give_back_owed(db, gateway) == 0
    assert await balances(db) == {
        "gateway:fake:balance": 8900, "creator:usr_creator:pending": 7565, "platform:fee_income": 1335,
    }  # fmt: skip


async def test_a_bank_transfer_is_what_an_operator_says_it_is(db: Database) -> None:
    gateway = ManualGateway(db)
    person_id, _ = await person(db)
    async with db.transaction() as tx:
        method = await add_payment_method(
            tx, gateway=gateway, number="bank transfer", actor=Actor("person", person_id)
        )
        charge = CHARGE.__class__(
            "sub_1", JANUARY, person_id, "usr_creator", method.id, Money(9900), 1500
        )
        attempt = await begin_charge(tx, charge, gateway=gateway)
    assert (await send(db, gateway, attempt.id)).state == "requires_action"
    for _ in range(2):
        got = await received_transfer(db, gateway, attempt.id, bank_reference="s 7", actor=BY)
        assert got.state == "succeeded"
    asked = await refund(db, gateway, RefundWish(attempt.id, "x", "late"), actor=BY)
    assert asked.state == "sent"
    done = await sent_refund(db, gateway, asked.id, bank_reference="s 8", actor=BY)
    assert done.state == "succeeded"
    assert await balances(db) == {}


@given(
    parts=st.lists(st.integers(1, 10**6), min_size=1, max_size=20), bps=st.integers(0, 10_000),
    tax_bps=st.integers(0, 5_000),
)  # fmt: skip
def test_the_parts_of_a_refund_take_from_each_what_it_was_given(
    parts: list[int], bps: int, tax_bps: int
) -> None:
    charge = CHARGE.__class__(
        "sub_1", JANUARY, "usr_1", "usr_2", "pm_1", Money(sum(parts)), bps, tax=Tax("DE", tax_bps)
    )
    attempt = Attempt("pay_1", charge, 1, "succeeded", "fake", "tok", JANUARY)
    taken = [part_of_shares(attempt, sum(parts[:i]), part) for i, part in enumerate(parts)]
    assert min(min(each.creator, each.platform, each.tax) for each in taken) >= 0
    net, tax = allocate(sum(parts), [10_000, tax_bps])
    assert sum(each.tax for each in taken) == tax
    assert [sum(each.creator for each in taken), sum(each.platform for each in taken)] == allocate(
        net, [10_000 - bps, bps]
    )
