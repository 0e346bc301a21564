"""Charges at Stripe on its bad days: one charge and one journal, whatever is lost or killed."""

import pytest

from arena.kit.db import Database
from arena.money.billing import GatewayUnavailable, heal_refunds, janitor, send
from arena.money.billing.model import CardRefused, CardTypedElsewhere
from arena.money.billing.refund import RefundWish, refund
from arena.money.billing.stripe import StripeGateway
from arena.people.access import Actor
from tests.doubles.stripe_server import SECRET_KEY, StripeServer
from tests.doubles.stripe_server.faults import Fault
from tests.http import person
from tests.money.billing.gateways.stage import agree, balances, begin, buyer, paid
from tests.money.billing.gateways.tills import ORIGIN

OPERATOR = Actor("person", "usr_operator")


class Killed(BaseException):
    """What a kill -9 is to the code it hits: nothing after it runs."""


def killed() -> None:
    raise Killed


async def test_a_charge_is_shared_and_stripes_fee_is_the_arenas(
    db: Database, stripe: StripeGateway, stripe_server: StripeServer
) -> None:
    attempt = await paid(db, stripe)
    assert attempt.state == "succeeded"
    assert await balances(db) == {
        "gateway:stripe:balance": 9583, "processor_fees": 317, "creator:usr_creator:pending": 8415,
        "platform:fee_income": 1485,
    }  # fmt: skip
    await agree(db, stripe_server)


@pytest.mark.parametrize("fault", ["drop", "500"])
async def test_an_answer_that_is_lost_is_one_charge_in_the_end(
    db: Database, stripe: StripeGateway, stripe_server: StripeServer, fault: Fault
) -> None:
    attempt = await begin(db, stripe, await buyer(db, stripe))
    stripe_server.faults.next(fault)
    with pytest.raises(GatewayUnavailable):
        await send(db, stripe, attempt.id)
    await janitor(db, stripe, sending_s_max=0)  # within the minute: found by the key, or not yet
    stripe_server.pass_time(61)
    await janitor(db, stripe, sending_s_max=0)
    assert len(stripe_server.books.all("charge")) == 1
    assert (await send(db, stripe, attempt.id)).state == "succeeded"
    await agree(db, stripe_server)


async def test_killed_when_stripe_had_answered(
    db: Database, stripe: StripeGateway, stripe_server: StripeServer
) -> None:
    attempt = await begin(db, stripe, await buyer(db, stripe))
    deadly = StripeGateway(SECRET_KEY, url=stripe_server.url, origin=ORIGIN, after_answer=killed)
    with pytest.raises(Killed):
        await send(db, deadly, attempt.id)
    assert await balances(db) == {}
    assert await janitor(db, stripe, sending_s_max=0) == 1
    assert len(stripe_server.books.all("charge")) == 1
    await agree(db, stripe_server)


async def test_a_key_older_than_23_hours_is_looked_for_before_it_is_sent_again(
    db: Database, stripe: StripeGateway, stripe_server: StripeServer
) -> None:
    attempt = await begin(db, stripe, await buyer(db, stripe))
    stripe_server.faults.next("drop")
    with pytest.raises(GatewayUnavailable):
        await send(db, stripe, attempt.id)
    stripe_server.pass_time(86_401)  # Stripe has forgotten the key
    async with db.transaction() as tx:
        await tx.execute("update payment_attempt set sent_at = sent_at - interval '23 hours'")
    assert (await send(db, stripe, attempt.id)).state == "succeeded"
    assert len(stripe_server.books.all("charge")) == 1


async def test_too_many_calls_leave_the_charge_for_later(
    db: Database, stripe: StripeGateway, stripe_server: StripeServer
) -> None:
    attempt = await begin(db, stripe, await buyer(db, stripe))
    stripe_server.faults.next("429")
    with pytest.raises(GatewayUnavailable):
        await send(db, stripe, attempt.id)
    assert (await send(db, stripe, attempt.id)).state == "succeeded"


async def test_a_bank_that_wants_its_customer_is_asked_with_him_by_the_same_intent(
    db: Database, stripe: StripeGateway, stripe_server: StripeServer
) -> None:
    waiting = await paid(db, stripe, "pm_card_authenticationRequired")
    assert waiting.state == "requires_action"
    assert (waiting.action_url or "").startswith("https://hooks.stripe.com/")
    [intent] = stripe_server.books.all("payment_intent")
    stripe_server.authenticate(intent["id"])
    assert (await send(db, stripe, waiting.id)).state == "succeeded"
    await agree(db, stripe_server)


async def test_cards_that_cannot_be_kept_are_refused_and_numbers_never_taken(
    db: Database, stripe: StripeGateway
) -> None:
    with pytest.raises(CardRefused):
        await buyer(db, stripe, "pm_card_visa_chargeDeclined")
    with pytest.raises(CardTypedElsewhere):
        await stripe.attach("4242424242424242")


@pytest.mark.parametrize("fault", ["drop", "500", "killed"])
async def test_a_refund_whose_answer_is_lost_is_made_once(
    db: Database, stripe: StripeGateway, stripe_server: StripeServer, fault: str
) -> None:
    attempt = await paid(db, stripe)
    operator, _ = await person(db, "operator")
    wish = RefundWish(attempt.id, "a button", "paid by mistake")
    gateway = stripe
    if fault == "killed":
        gateway = StripeGateway(
            SECRET_KEY, url=stripe_server.url, origin=ORIGIN, after_answer=killed
        )
    else:
        stripe_server.faults.next("drop" if fault == "drop" else "500", "POST /v1/refunds")
    with pytest.raises((GatewayUnavailable, Killed)):
        await refund(db, gateway, wish, actor=Actor("person", operator))
    assert await heal_refunds(db, stripe, sending_s_max=0) == 1
    done = await refund(db, stripe, wish, actor=Actor("person", operator))
    assert done.state == "succeeded"
    assert len(stripe_server.books.all("refund")) == 1
    assert await balances(db) == {"gateway:stripe:balance": -317, "processor_fees": 317}
    await agree(db, stripe_server)
