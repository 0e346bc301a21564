"""Books compared: what agrees is matched, what is in one only is shown, and told after a day, once."""

import pytest

from arena.kit.db import Database
from arena.money import ledger
from arena.money.billing import (
    FakeGateway,
    RefundWish,
    books_agree,
    reconcile,
    refund,
    send,
    unmatched,
)
from arena.money.billing.stripe import StripeGateway
from arena.people.access import Actor
from tests.doubles.stripe_server import StripeServer
from tests.money.billing.gateways.stage import begin as begin_at_stripe
from tests.money.billing.gateways.stage import buyer as stripe_buyer
from tests.money.billing.gateways.stage import paid
from tests.money.billing.gateways.test_stripe import Killed, killed
from tests.money.billing.till import begin, buyer, facts

BY = Actor("person", "usr_operator")


async def test_charges_fees_refunds_and_disputes_agree_line_by_line(
    db: Database, stripe: StripeGateway
) -> None:
    attempt = await paid(db, stripe)
    await paid(db, stripe)
    await refund(db, stripe, RefundWish(attempt.id, "x", "late"), actor=BY)
    compared = await reconcile(db, stripe)
    assert (compared.matched, compared.ours_only, compared.theirs_only) == (5, 0, 0)
    again = await reconcile(db, stripe, apart_s=0)
    assert (again.matched, again.ours_only, again.theirs_only) == (5, 0, 0)
    async with db.transaction() as tx:
        assert await books_agree(tx)
        assert await facts(tx, "BooksApart") == 0


async def test_a_charge_we_do_not_know_of_is_theirs_only_until_the_janitor_has_been(
    db: Database, stripe_server: StripeServer, stripe: StripeGateway
) -> None:
    deadly = StripeGateway(
        "sk_test_of_the_local_server", url=stripe_server.url, origin="", after_answer=killed
    )
    attempt = await begin_at_stripe(db, stripe, await stripe_buyer(db, stripe))
    with pytest.raises(Killed):
        await send(db, deadly, attempt.id)
    for _ in range(2):
        assert (await reconcile(db, stripe, apart_s=0)).theirs_only == 2
    async with db.transaction() as tx:
        assert not await books_agree(tx)
        assert await facts(tx, "BooksApart") == 1
        assert {line.kind for line in await unmatched(tx, "stripe")} == {"charge", "fee"}
    await send(db, stripe, attempt.id)
    assert (await reconcile(db, stripe, apart_s=0)).theirs_only == 0
    async with db.transaction() as tx:
        assert await books_agree(tx)


async def test_a_journal_the_gateway_does_not_know_of_is_ours_only(db: Database) -> None:
    gateway = FakeGateway(db)
    await send(db, gateway, (await begin(db, await buyer(db))).id)
    async with db.transaction() as tx:
        await ledger.post(
            tx, kind=ledger.Kind.PAYMENT_CAPTURED, idem="pay_nobody", reference="sub_x",
            legs=[ledger.Leg("gateway:fake:balance", 100), ledger.Leg("platform:fee_income", -100)],
        )  # fmt: skip
    compared = await reconcile(db, gateway)
    assert (compared.matched, compared.ours_only, compared.theirs_only) == (1, 1, 0)
    async with db.transaction() as tx:
        assert await books_agree(tx), "a difference of this minute is no alarm"
    await reconcile(db, gateway, apart_s=0)
    async with db.transaction() as tx:
        assert not await books_agree(tx)
        [line] = await unmatched(tx, "fake")
    assert (line.side, line.amount, line.told) == ("ours", 100, True)


async def test_another_amount_is_no_match(db: Database) -> None:
    gateway = FakeGateway(db)
    await send(db, gateway, (await begin(db, await buyer(db))).id)
    async with db.transaction() as tx:
        await tx.execute("update fake_charge set amount = amount + 1")
    compared = await reconcile(db, gateway)
    assert (compared.matched, compared.ours_only, compared.theirs_only) == (0, 1, 1)
