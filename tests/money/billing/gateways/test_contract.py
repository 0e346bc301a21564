"""What every payment gateway does, whoever stands behind it."""

import asyncio
from datetime import UTC, datetime

import pytest

from arena.kit.ids import fresh
from arena.kit.money import Money
from arena.money.billing.model import GatewayKeyReused
from tests.money.billing.gateways.tills import Till

PRICE = Money(9900)


async def test_a_card_that_pays_is_charged(till: Till) -> None:
    key = fresh("pay")
    outcome = await till.gateway.charge(key, PRICE, await till.paying())
    paid = await till.settle(key, outcome)
    assert (paid.state, paid.decline_code) == ("succeeded", None)
    assert paid.charge_id


async def test_a_key_charges_once_however_often_it_is_sent(till: Till) -> None:
    key, token = fresh("pay"), await till.paying()
    seen = {(await till.gateway.charge(key, PRICE, token)).charge_id for _ in range(3)}
    assert len(seen) == 1


async def test_two_calls_at_once_with_one_key_charge_once(till: Till) -> None:
    key, token = fresh("pay"), await till.paying()
    both = await asyncio.gather(
        *(till.gateway.charge(key, PRICE, token) for _ in range(2)), return_exceptions=True
    )
    charged = [one for one in both if not isinstance(one, BaseException)]
    again = await till.gateway.charge(key, PRICE, token)
    assert {one.charge_id for one in charged} == {again.charge_id}


async def test_a_key_that_was_used_for_another_amount_is_refused(till: Till) -> None:
    key, token = fresh("pay"), await till.paying()
    await till.gateway.charge(key, PRICE, token)
    with pytest.raises(GatewayKeyReused):
        await till.gateway.charge(key, Money(9901), token)


async def test_a_declined_card_says_so_and_why(till: Till) -> None:
    token = await till.declined()
    if token is None:
        pytest.skip("nothing is declined here")
    outcome = await till.gateway.charge(fresh("pay"), PRICE, token)
    assert outcome.state == "declined"
    assert outcome.decline_code in ("insufficient_funds", "card_declined")


async def test_a_charge_is_found_by_its_key_and_by_its_id(till: Till) -> None:
    key = fresh("pay")
    outcome = await till.settle(key, await till.gateway.charge(key, PRICE, await till.paying()))
    assert await till.gateway.find(key, charge_id=outcome.charge_id) == outcome
    till.pass_time(61)
    assert await till.gateway.find(key) in (outcome, None)  # a sandbox needs its minute
    assert await till.gateway.find(fresh("pay")) is None


async def test_a_charge_that_asks_waits_for_its_customer(till: Till) -> None:
    token = await till.asking()
    if token is None:
        pytest.skip("no customer can act here")
    key = fresh("pay")
    waiting = await till.gateway.charge(key, PRICE, token)
    assert waiting.state == "requires_action"
    assert waiting.action_url
    await till.act(waiting)
    done = await till.gateway.confirm(key, charge_id=waiting.charge_id)
    assert done.state == "succeeded"
    assert (await till.gateway.abandon(key, charge_id=waiting.charge_id)).state == "succeeded"


async def test_a_charge_that_is_given_up_is_declined_for_good(till: Till) -> None:
    token = await till.asking()
    if token is None:
        pytest.skip("no customer can act here")
    key = fresh("pay")
    waiting = await till.gateway.charge(key, PRICE, token)
    given_up = await till.gateway.abandon(key, charge_id=waiting.charge_id)
    assert (given_up.state, given_up.decline_code) == ("declined", "not_confirmed")
    assert (await till.gateway.confirm(key, charge_id=waiting.charge_id)).state == "declined"


async def test_a_refund_is_made_once_and_found(till: Till) -> None:
    key, refund = fresh("pay"), fresh("ref")
    paid = await till.settle(key, await till.gateway.charge(key, PRICE, await till.paying()))
    assert await till.gateway.find_refund(refund, charge_id=paid.charge_id) is None
    made = [await till.gateway.refund(refund, Money(4000), paid.charge_id) for _ in range(2)]
    assert made[0] == made[1]
    assert made[0].state in ("succeeded", "sent")
    found = await till.gateway.find_refund(refund, charge_id=paid.charge_id)
    assert found == made[0]


async def test_its_books_have_the_charge_its_fee_and_the_refund(till: Till) -> None:
    since = datetime.now(UTC).replace(microsecond=0)
    key, refund = fresh("pay"), fresh("ref")
    paid = await till.settle(key, await till.gateway.charge(key, PRICE, await till.paying()))
    await till.gateway.refund(refund, Money(4000), paid.charge_id)
    lines = await till.gateway.movements(since)
    ours = {line.idem: line.amount for line in lines if line.idem.endswith((key, refund))}
    fee = {} if not paid.fee else {f"fee:{key}": -paid.fee}
    assert ours == {key: 9900, refund: -4000, **fee}
