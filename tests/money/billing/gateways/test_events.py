"""Webhooks: forged ones refused, each heeded once, and the same end in any order, late or thrice."""

import json

import pytest

from arena.kit.db import Database
from arena.kit.money import Money
from arena.kit.settings import Settings
from arena.money.billing import RefundWish, heed, refund
from arena.money.billing.routes import routes
from arena.money.billing.stripe import StripeGateway
from arena.people.access import Actor
from tests.doubles.stripe_server import WEBHOOK_SECRET, StripeServer
from tests.doubles.stripe_server.webhooks import Told, signature, tell
from tests.http import make_client
from tests.money.billing.gateways.stage import agree, balances, paid
from tests.money.billing.till import facts

PATH = "/billing/webhooks/stripe"
BY = Actor("person", "usr_operator")


@pytest.fixture
def hearing(settings: Settings, stripe_server: StripeServer) -> Settings:
    return Settings(
        home=settings.home, seed="test", payment_gateway="stripe", stripe_key="sk_test_x",
        stripe_webhook_secret=WEBHOOK_SECRET, stripe_url=stripe_server.url,
    )  # fmt: skip


def to(db: Database, settings: Settings) -> Told:
    async def post(body: bytes, header: str) -> int:
        async with make_client(db, settings, routes) as client:
            answer = await client.post(PATH, content=body, headers={"Stripe-Signature": header})
        return answer.status_code

    return post


async def play(db: Database, gateway: StripeGateway, server: StripeServer) -> None:
    """A payment disputed and won, one disputed and lost, one that asked and was confirmed, one given back."""
    won, lost, back = [await paid(db, gateway) for _ in range(3)]
    waiting = await paid(db, gateway, "pm_card_authenticationRequired")
    server.authenticate(waiting.charge_id or "")
    await refund(db, gateway, RefundWish(back.id, "x", "late", Money(5000)), actor=BY)
    for attempt in (won, lost):
        dispute = server.dispute(attempt.charge_id or "")
        server.decide(dispute["id"], won=attempt is won)


@pytest.mark.parametrize(
    ("copies", "shuffled", "late"), [(1, None, False), (3, 7, False), (1, 11, True)]
)
async def test_order_copies_and_delay_change_nothing(
    db: Database, hearing: Settings, stripe: StripeGateway, stripe_server: StripeServer,
    copies: int, shuffled: int | None, late: bool,
) -> None:  # fmt: skip
    await play(db, stripe, stripe_server)
    if late:
        stripe_server.pass_time(2 * 86_400)
    events = stripe_server.mailbox.new()
    assert set(await tell(events, to(db, hearing), copies=copies, shuffled=shuffled)) == {200}
    assert await heed(db, stripe) == len(events)
    assert await heed(db, stripe) == 0
    assert await balances(db) == {
        "gateway:stripe:balance": stripe_server.balance, "processor_fees": 4 * 317 + 2 * 1500,
        "creator:usr_creator:pending": 2 * 8415 + 8415 - 4250,
        "platform:fee_income": 2 * 1485 + 1485 - 750,
    }  # fmt: skip
    async with db.transaction() as tx:
        assert await facts(tx, "ChargeSucceeded") == 4
        assert (await facts(tx, "DisputeOpened"), await facts(tx, "DisputeClosed")) == (2, 2)


async def test_an_open_dispute_holds_the_money_back(
    db: Database, hearing: Settings, stripe: StripeGateway, stripe_server: StripeServer
) -> None:
    await paid(db, stripe, "pm_card_createDispute")
    await tell(stripe_server.mailbox.new(), to(db, hearing))
    await heed(db, stripe)
    assert await balances(db) == {
        "gateway:stripe:balance": -1817, "processor_fees": 1817, "dispute:held": 9900,
        "creator:usr_creator:disputed": 8415, "platform:fee_income": 1485,
    }  # fmt: skip
    await agree(db, stripe_server)


async def test_an_event_waits_where_stripe_does_not_answer(
    db: Database, hearing: Settings, stripe: StripeGateway, stripe_server: StripeServer
) -> None:
    attempt = await paid(db, stripe)
    dispute = stripe_server.dispute(attempt.charge_id or "")
    events = [e for e in stripe_server.mailbox.new() if e["type"] == "charge.dispute.created"]
    await tell(events, to(db, hearing))
    stripe_server.faults.next("429", f"GET /v1/disputes/{dispute['id']}")
    assert await heed(db, stripe) == 0
    assert await heed(db, stripe) == 1


async def test_forged_old_and_misdirected_events_are_refused(
    db: Database, hearing: Settings, settings: Settings
) -> None:
    event = {"id": "evt_1", "type": "payment_intent.succeeded", "data": {"object": {"id": "pi_1"}}}
    body = json.dumps(event).encode()
    post = to(db, hearing)
    assert await post(body, "") == 400
    assert await post(body, signature(body, secret="whsec_other")) == 400
    assert await post(body + b" ", signature(body)) == 400
    assert await post(body, signature(body, at=1_700_000_000)) == 400
    other = json.dumps({**event, "account": "acct_other"}).encode()
    assert await post(other, signature(other)) == 400
    broken = b"[1]"
    assert await post(broken, signature(broken)) == 400
    assert await to(db, settings)(body, signature(body)) == 404
    async with db.transaction() as tx:
        assert await tx.fetchval("select count(*) from gateway_event") == 0
        assert (
            await tx.fetchval("select count(*) from audit_event where action = 'billing.webhook'")
            == 0
        )
    assert await post(body, signature(body)) == 200
