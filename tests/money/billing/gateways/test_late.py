"""What operators do by hand: money that came too late, transfers that came back, and what is owed sent by the bank."""

from typing import Any

import pytest

from arena.kit.db import Database
from arena.kit.money import Money
from arena.kit.settings import Settings
from arena.money.billing import (
    ManualGateway,
    RefundWish,
    begin_charge,
    give_back_owed,
    janitor,
    reconcile,
    refund,
    send,
)
from arena.money.billing.methods import add_payment_method
from arena.money.billing.model import Attempt, ChargeGivenUp, NotByHand
from arena.money.billing.operators import (
    payment,
    received_late,
    received_transfer,
    refund_came_back,
    sent_by_hand,
    sent_refund,
    what_is_owed,
)
from arena.money.billing.operators.owed import NothingOwed, OwedMoved
from arena.money.billing.operators.routes import routes
from arena.money.billing.stripe import StripeGateway
from arena.people.access import Actor
from tests.doubles.stripe_server import StripeServer
from tests.http import make_client, person
from tests.money.billing.gateways.stage import agree, balances, paid
from tests.money.billing.gateways.test_owed import owe, wait_over
from tests.money.billing.gateways.test_routes import in_the_trail
from tests.money.billing.till import CHARGE, JANUARY, facts

BY = Actor("person", "usr_operator")


async def awaited(db: Database) -> Attempt:
    """A charge that waits for a transfer of 99 dollars."""
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
    return await send(db, gateway, attempt.id)


async def matched(db: Database) -> None:
    compared = await reconcile(db, ManualGateway(db))
    assert (compared.ours_only, compared.theirs_only) == (0, 0)


async def test_money_that_comes_after_its_charge_was_given_up_is_owed_and_goes_back(
    db: Database,
) -> None:
    gateway, attempt = ManualGateway(db), await awaited(db)
    assert await janitor(db, gateway, action_s_max=0) == 1
    with pytest.raises(ChargeGivenUp, match=r"its 99\.00 USD arrived"):
        await received_transfer(db, gateway, attempt.id, bank_reference="s 7", actor=BY)
    async with db.transaction() as tx:
        kept = "select count(*) from audit_event where action = 'billing.received_transfer'"
        assert await tx.fetchval(kept) == 0, "nothing was received for it"
        for _ in range(2):
            await received_late(tx, attempt.id, bank_reference="s 7", actor=BY)
        [owed] = await what_is_owed(tx)
        assert (owed.amount, owed.attempt_id) == (Money(9900), None)
        assert owed.waits_for_operator(frozenset({"manual"}))
    assert (await balances(db))["gateway:manual:balance"] == 9900
    await matched(db)
    assert await give_back_owed(db, gateway) == 0
    whom = (owed.person_id, owed.reference)
    async with db.transaction() as tx:
        with pytest.raises(OwedMoved, match=r"By now 99\.00 USD"):
            await sent_by_hand(tx, (*whom, Money(1)), bank_reference="s 8", intent="x", actor=BY)
        await sent_by_hand(tx, (*whom, owed.amount), bank_reference="s 8", intent="x", actor=BY)
        with pytest.raises(NothingOwed):
            await sent_by_hand(tx, (*whom, owed.amount), bank_reference="s 8", intent="y", actor=BY)
    assert await balances(db) == {}
    await matched(db)


async def test_a_transfer_back_that_bounced_is_owed_again_and_asked_for_again(db: Database) -> None:
    gateway, attempt = ManualGateway(db), await awaited(db)
    await received_transfer(db, gateway, attempt.id, bank_reference="s 7", actor=BY)
    asked = await refund(db, gateway, RefundWish(attempt.id, "x", "late"), actor=BY)
    await sent_refund(db, gateway, asked.id, bank_reference="s 8", actor=BY)
    async with db.transaction() as tx:
        for _ in range(2):
            assert (await refund_came_back(tx, asked.id, actor=BY)).state == "failed"
    found = await balances(db)
    assert found[f"customer:{attempt.charge.person_id}:refund_due"] == 9900
    await matched(db)
    assert await give_back_owed(db, gateway) == 1
    async with db.transaction() as tx:
        states = [one.state for one in (await payment(tx, attempt.id)).refunds]
        assert sorted(states) == ["failed", "sent"]
        with pytest.raises(NotByHand):
            await refund_came_back(tx, "ref_none", actor=BY)


async def test_what_a_card_no_longer_takes_is_sent_by_the_bank_and_has_its_refund(
    db: Database, stripe: StripeGateway, stripe_server: StripeServer
) -> None:
    attempt = await paid(db, stripe)
    due = await owe(db, attempt)
    stripe_server.refuse_refunds = "charge_expired_for_refund"
    for _ in range(6):
        await give_back_owed(db, stripe)
        await wait_over(db)
    async with db.transaction() as tx:
        [owed] = await what_is_owed(tx)
        assert (owed.failure, owed.next_at) == ("charge_expired_for_refund", None)
        assert owed.waits_for_operator(frozenset({"stripe"}))
        before = await facts(tx, "RefundSettled")
        whom = (owed.person_id, owed.reference, owed.amount)
        await sent_by_hand(tx, whom, bank_reference="s 9", intent="x", actor=BY)
        assert await facts(tx, "RefundSettled") == before + 1
        assert await tx.fetchval("select count(*) from refund_trouble") == 0
        found = await payment(tx, attempt.id)
        assert found.left == Money(8900)
        [by_hand] = [one for one in found.refunds if one.by_hand]
    assert due not in await balances(db)
    assert (await balances(db))["gateway:manual:balance"] == -1000
    await agree(db, stripe_server)
    await matched(db)
    async with db.transaction() as tx:
        await refund_came_back(tx, by_hand.id, actor=BY)
    assert (await balances(db))[due] == 1000
    await matched(db)


async def test_operators_do_it_over_http_and_each_act_is_in_the_trail(
    db: Database, settings: Settings, stripe: StripeGateway, stripe_server: StripeServer
) -> None:
    attempt, late = await paid(db, stripe), await awaited(db)
    await owe(db, attempt)
    stripe_server.refuse_refunds = "balance_insufficient"
    await give_back_owed(db, stripe)
    await janitor(db, ManualGateway(db), action_s_max=0)
    by_hand = Settings(home=settings.home, seed="test", payment_gateway="manual")
    _, operator = await person(db, "operator")
    async with db.transaction() as tx:
        await tx.execute(
            """insert into gateway_event (gateway, id, kind, object_id, tries, said, given_up_at)
               values ('stripe', 'evt_1', 'refund.updated', 're_1', 11, 'Broken: x', clock_timestamp())"""
        )
    async with make_client(db, by_hand, routes) as client:

        async def post(path: str, **body: Any) -> tuple[int, Any]:
            answer = await client.post(path, json=body, headers=operator)
            return answer.status_code, answer.json()

        refused = await post(f"/payments/{late.id}/received", bank_reference="s 7")
        assert refused[1]["code"] == "charge_given_up"
        status, found = await post(f"/payments/{late.id}/received-late", bank_reference="s 7")
        assert (status, found[0]["amount"], found[0]["payment"]) == (200, 9900, None)
        assert (await post(f"/owed/{attempt.id}/retry"))[0] == 202
        assert (await post(f"/owed/{late.id}/retry"))[1]["code"] == "no_trouble"
        shown = (await client.get("/owed", headers=operator)).json()
        assert {one["failure"] for one in shown} == {None, "balance_insufficient"}
        one = next(one for one in shown if one["payment"])
        body = {"reference": one["reference"], "amount": one["amount"], "bank_reference": "s 8"}
        assert (await post(f"/owed/{one['person']}/sent", **body)) == (200, [])
        async with db.transaction() as tx:
            [sent] = [r for r in (await payment(tx, attempt.id)).refunds if r.by_hand]
        assert (await post(f"/refunds/{sent.id}/came-back"))[1]["state"] == "failed"
        [event] = (await client.get("/gateway-events", headers=operator)).json()
        assert (event["id"], event["error"]) == ("evt_1", "Broken: x")
        assert (await post("/gateway-events/stripe/evt_1/retry"))[0] == 202
        assert (await post("/gateway-events/stripe/evt_1/retry"))[0] == 404
    await in_the_trail(
        db, "/owed/{attempt_id}/retry", "/owed/{person_id}/sent", "/payments/{attempt_id}/received-late",
        "/refunds/{refund_id}/came-back", "/gateway-events/{gateway}/{event_id}/retry",
    )  # fmt: skip
