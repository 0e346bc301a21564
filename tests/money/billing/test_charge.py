"""A charge from intent to ledger: shares, declines, confirmation, repeats."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.kit.db import Database
from arena.kit.money import Money
from arena.money import ledger
from arena.money.billing import CardRefused, FakeGateway, GatewayUnavailable, abandon, send, settle
from arena.money.billing.confirm import confirm
from arena.money.billing.model import AttemptUnknown, GatewayKeyReused, NothingToConfirm, Outcome
from arena.money.billing.settle import captured
from arena.people.access import Actor
from tests.money.billing.till import CHARGE, begin, buyer, charges, facts


async def test_a_charge_that_succeeds_is_shared_in_the_ledger_and_told_as_a_fact(
    db: Database,
) -> None:
    attempt = await begin(db, await buyer(db))
    assert attempt.state == "sending"
    settled = await send(db, FakeGateway(db), attempt.id)
    assert settled.state == "succeeded"
    async with db.transaction() as tx:
        assert await ledger.balance(tx, "gateway:fake:balance") == Money(9900)
        assert await ledger.balance(tx, "creator:usr_creator:pending") == Money(8415)
        assert await ledger.balance(tx, "platform:fee_income") == Money(1485)
        assert await facts(tx, "ChargeSucceeded") == 1


@pytest.mark.parametrize(
    ("card", "code"),
    [
        ("4000000000000002", "card_declined"),
        ("4000000000009995", "insufficient_funds"),
        ("4000000000000341", "charge_failed"),
    ],
)
async def test_a_declined_card_moves_no_money_and_says_why(
    db: Database, card: str, code: str
) -> None:
    attempt = await begin(db, await buyer(db, card))
    settled = await send(db, FakeGateway(db), attempt.id)
    assert (settled.state, settled.decline_code) == ("failed", code)
    async with db.transaction() as tx:
        assert (await ledger.trial_balance(tx)).accounts == []
        assert await facts(tx, "ChargeFailed") == 1
        assert await facts(tx, "ChargeSucceeded") == 0


async def test_a_real_card_number_is_never_taken(db: Database) -> None:
    with pytest.raises(CardRefused, match="test cards only"):
        await buyer(db, "4111111111111111")


async def test_sending_twice_charges_once(db: Database) -> None:
    attempt = await begin(db, await buyer(db))
    for _ in range(3):
        assert (await send(db, FakeGateway(db), attempt.id)).state == "succeeded"
    async with db.transaction() as tx:
        assert await charges(tx) == ["succeeded"]
        assert await facts(tx, "ChargeSucceeded") == 1
        assert await ledger.balance(tx, "gateway:fake:balance") == Money(9900)


async def test_one_period_has_one_live_attempt(db: Database) -> None:
    charge = await buyer(db)
    first = await begin(db, charge)
    assert (await begin(db, charge)).id == first.id
    await send(db, FakeGateway(db), first.id)
    assert (await begin(db, charge)).id == first.id
    next_month = replace(charge, period_start=charge.period_start + timedelta(days=31))
    assert (await begin(db, next_month)).id != first.id


async def test_after_a_decline_the_next_attempt_has_a_key_of_its_own(db: Database) -> None:
    charge = await buyer(db, "4000000000000002")
    first = await begin(db, charge)
    await send(db, FakeGateway(db), first.id)
    second = await begin(db, charge)
    assert (second.number, second.state) == (2, "sending")
    assert second.id != first.id


async def test_a_card_that_asks_is_charged_when_confirmed(db: Database) -> None:
    charge = await buyer(db, "4000002500003155")
    gateway = FakeGateway(db)
    waiting = await send(db, gateway, (await begin(db, charge)).id)
    assert waiting.state == "requires_action"
    assert waiting.action_url == f"/billing/actions/{waiting.id}/confirm"
    actor = Actor("person", charge.person_id)
    for _ in range(2):
        assert (await confirm(db, gateway, waiting.id, actor=actor)).state == "succeeded"
    async with db.transaction() as tx:
        assert await ledger.balance(tx, "gateway:fake:balance") == Money(9900)
        assert await facts(tx, "ChargeSucceeded") == 1


async def test_nobody_confirms_the_charge_of_another(db: Database) -> None:
    gateway = FakeGateway(db)
    waiting = await send(db, gateway, (await begin(db, await buyer(db, "4000002500003155"))).id)
    with pytest.raises(AttemptUnknown):
        await confirm(db, gateway, waiting.id, actor=Actor("person", "usr_other"))


async def test_an_abandoned_charge_cannot_be_confirmed_any_more(db: Database) -> None:
    charge = await buyer(db, "4000002500003155")
    gateway = FakeGateway(db)
    waiting = await send(db, gateway, (await begin(db, charge)).id)
    given_up = await abandon(db, gateway, charge.reference)
    assert given_up is not None
    assert (given_up.state, given_up.decline_code) == ("failed", "not_confirmed")
    with pytest.raises(NothingToConfirm, match="failed"):
        await confirm(db, gateway, waiting.id, actor=Actor("person", charge.person_id))


async def test_a_confirmation_that_was_quicker_than_giving_up_counts(db: Database) -> None:
    charge = await buyer(db, "4000002500003155")
    gateway = FakeGateway(db)
    waiting = await send(db, gateway, (await begin(db, charge)).id)
    await gateway.confirm(waiting.id)  # at the gateway; the arena has not heard of it yet
    given_up = await abandon(db, gateway, charge.reference)
    assert given_up is not None
    assert given_up.state == "succeeded"


async def test_a_settled_attempt_stays_as_it_is(db: Database) -> None:
    attempt = await begin(db, await buyer(db))
    await send(db, FakeGateway(db), attempt.id)
    async with db.transaction() as tx:
        after = await settle(tx, attempt.id, Outcome("declined", "fch_x", "card_declined"))
        assert after.state == "succeeded"
        assert await facts(tx, "ChargeFailed") == 0


async def test_a_settlement_that_is_rolled_back_leaves_nothing(db: Database) -> None:
    attempt = await begin(db, await buyer(db))

    async def settle_and_fail() -> None:
        async with db.transaction() as tx:
            await settle(tx, attempt.id, Outcome("succeeded", "fch_x"))
            raise GatewayUnavailable

    with pytest.raises(GatewayUnavailable):
        await settle_and_fail()
    async with db.transaction() as tx:
        assert (await ledger.trial_balance(tx)).accounts == []
        assert await facts(tx, "ChargeSucceeded") == 0
        assert await tx.fetchval("select state from payment_attempt") == "sending"


async def test_the_gateway_refuses_a_key_with_another_amount(db: Database) -> None:
    gateway = FakeGateway(db)
    await gateway.charge("pay_1", Money(100), "tok_4242424242424242")
    with pytest.raises(GatewayKeyReused):
        await gateway.charge("pay_1", Money(101), "tok_4242424242424242")


@given(amount=st.integers(1, 10**12), platform_bps=st.integers(0, 10_000))
def test_shares_add_up_to_the_charge_and_miss_the_exact_share_by_less_than_a_cent(
    amount: int, platform_bps: int
) -> None:
    charge = replace(CHARGE, amount=Money(amount), platform_bps=platform_bps)
    legs = {leg.code: leg.amount for leg in captured(charge, "fake")}
    assert sum(legs.values()) == 0
    exact = amount * platform_bps / 10_000
    assert abs(-legs.get("platform:fee_income", 0) - exact) <= 1 + exact * 1e-12
