"""Crashes around the gateway's call: the janitor heals, there is one charge and one journal."""

from dataclasses import replace

import pytest

from arena.kit.db import Database
from arena.kit.money import Money
from arena.money import ledger
from arena.money.billing import FakeGateway, GatewayUnavailable, Outcome, janitor, send
from arena.money.billing.model import GatewayKeyReused
from tests.money.billing.till import begin, buyer, charges, facts


class Killed(BaseException):
    """What a kill -9 is to the code it hits: nothing after it runs."""


def killed() -> None:
    raise Killed


class Silent(FakeGateway):
    """A gateway that does not answer."""

    async def find(self, idempotency_key: str, *, charge_id: str | None = None) -> Outcome | None:
        raise GatewayUnavailable


async def one_charge_and_one_journal(db: Database) -> None:
    async with db.transaction() as tx:
        assert await charges(tx) == ["succeeded"]
        assert await tx.fetchval("select count(*) from journal") == 1
        assert await facts(tx, "ChargeSucceeded") == 1
        assert await ledger.balance(tx, "gateway:fake:balance") == Money(9900)
        assert (await ledger.trial_balance(tx)).sound


async def test_killed_between_the_gateways_call_and_the_settlement(db: Database) -> None:
    attempt = await begin(db, await buyer(db))
    with pytest.raises(Killed):
        await send(db, FakeGateway(db, after_commit=killed), attempt.id)
    async with db.transaction() as tx:
        assert await tx.fetchval("select count(*) from journal") == 0
        assert await charges(tx) == ["succeeded"]
    assert await janitor(db, FakeGateway(db), sending_s_max=0) == 1
    await one_charge_and_one_journal(db)
    assert await janitor(db, FakeGateway(db), sending_s_max=0) == 0


async def test_killed_before_the_gateway_was_called(db: Database) -> None:
    await begin(db, await buyer(db))
    assert await janitor(db, FakeGateway(db), sending_s_max=0) == 1
    await one_charge_and_one_journal(db)


async def test_the_janitor_leaves_alone_what_was_sent_just_now(db: Database) -> None:
    await begin(db, await buyer(db))
    assert await janitor(db, FakeGateway(db)) == 0


async def test_the_janitor_and_a_repeated_call_together_charge_once(db: Database) -> None:
    attempt = await begin(db, await buyer(db))
    with pytest.raises(Killed):
        await send(db, FakeGateway(db, after_commit=killed), attempt.id)
    await janitor(db, FakeGateway(db), sending_s_max=0)
    await send(db, FakeGateway(db), attempt.id)
    await one_charge_and_one_journal(db)


async def test_a_gateway_that_does_not_answer_leaves_the_charge_for_later(db: Database) -> None:
    attempt = await begin(db, await buyer(db))
    assert await janitor(db, Silent(db), sending_s_max=0) == 0
    await send(db, FakeGateway(db), attempt.id)
    await one_charge_and_one_journal(db)


async def test_a_charge_nobody_confirms_is_given_up(db: Database) -> None:
    attempt = await begin(db, await buyer(db, "4000002500003155"))
    await send(db, FakeGateway(db), attempt.id)
    assert await janitor(db, FakeGateway(db)) == 0
    assert await janitor(db, FakeGateway(db), action_s_max=0) == 1
    async with db.transaction() as tx:
        assert await tx.fetchval("select state from payment_attempt") == "failed"
        assert await facts(tx, "ChargeFailed") == 1


class Forgetful(FakeGateway):
    """A gateway that has another idea of one of the charges."""

    strange = ""

    async def charge(self, idempotency_key: str, amount: Money, token: str) -> Outcome:
        if idempotency_key == self.strange:
            raise GatewayKeyReused(idempotency_key=idempotency_key)
        return await super().charge(idempotency_key, amount, token)


async def test_a_charge_that_cannot_be_healed_keeps_no_other_waiting(db: Database) -> None:
    who = await buyer(db)
    first = await begin(db, who)
    await begin(db, replace(who, reference="sub_another"))
    gateway = Forgetful(db)
    gateway.strange = first.id
    assert await janitor(db, gateway, sending_s_max=0) == 1
    await one_charge_and_one_journal(db)
