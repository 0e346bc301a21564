"""Webhooks: forged ones refused, each heeded once, and the same end in any order, late or thrice."""

import json

import pytest

from arena.kit.db import Database
from arena.kit.money import Money
from arena.kit.settings import Settings
from arena.money.billing import (
    RefundWish,
    collect,
    give_back_owed,
    given_up_events,
    heed,
    line_health,
    prune_events,
    reconcile,
    refund,
    retry_event,
    send,
)
from arena.money.billing.operators import payment
from arena.money.billing.routes import routes
from arena.money.billing.stripe import StripeGateway
from arena.people.access import Actor
from tests.doubles.stripe_server import WEBHOOK_SECRET, StripeServer
from tests.doubles.stripe_server.webhooks import Told, deliver, signature, tell
from tests.http import make_client
from tests.money.billing.gateways.stage import agree, balances, begin, buyer, paid
from tests.money.billing.gateways.test_owed import owe
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


async def test_a_dispute_that_is_heard_of_before_its_payment_is_not_lost(
    db: Database, hearing: Settings, stripe: StripeGateway, stripe_server: StripeServer
) -> None:
    attempt = await begin(db, stripe, await buyer(db, stripe))
    outcome = await collect(stripe, attempt)  # whoever asked does not hear the answer
    dispute = stripe_server.dispute(outcome.charge_id)
    stripe_server.decide(dispute["id"], won=False)
    events = [e for e in stripe_server.mailbox.new() if "dispute" in e["type"]]
    await tell(events, to(db, hearing))
    assert await heed(db, stripe) == 0
    async with db.transaction() as tx:
        assert "PaymentComesFirst" in await tx.fetchval("select said from gateway_event limit 1")
    await send(db, stripe, attempt.id)
    await look_again(db)
    assert await heed(db, stripe) == len(events)
    assert await balances(db) == {"gateway:stripe:balance": -1817, "processor_fees": 1817}
    await agree(db, stripe_server)


async def test_payment_and_dispute_in_any_order_in_one_round_come_to_the_same(
    db: Database, hearing: Settings, stripe: StripeGateway, stripe_server: StripeServer
) -> None:
    for seed in range(3):
        attempt = await begin(db, stripe, await buyer(db, stripe))
        outcome = await collect(stripe, attempt)
        stripe_server.decide(stripe_server.dispute(outcome.charge_id)["id"], won=seed == 0)
        events = stripe_server.mailbox.new()
        await tell(events[::-1] if seed == 1 else events, to(db, hearing), shuffled=seed)
        assert await heed(db, stripe) == len(events)
    await agree(db, stripe_server)
    async with db.transaction() as tx:
        assert await facts(tx, "DisputeClosed") == 3


async def test_a_fee_that_comes_back_with_a_won_dispute_is_booked_and_matched(
    db: Database, hearing: Settings, stripe: StripeGateway, stripe_server: StripeServer
) -> None:
    attempt = await paid(db, stripe)
    dispute = stripe_server.dispute(attempt.charge_id or "")
    await tell(stripe_server.mailbox.new(), to(db, hearing))
    await heed(db, stripe)
    stripe_server.decide(dispute["id"], won=True, fee_back=True)
    await tell(stripe_server.mailbox.new(), to(db, hearing))
    await heed(db, stripe)
    assert (await balances(db))["processor_fees"] == 317
    await agree(db, stripe_server)
    compared = await reconcile(db, stripe)
    assert (compared.ours_only, compared.theirs_only) == (0, 0)


async def test_an_inquiry_moves_nothing_until_it_is_a_dispute(
    db: Database, hearing: Settings, stripe: StripeGateway, stripe_server: StripeServer
) -> None:
    closed, escalated = await paid(db, stripe), await paid(db, stripe)
    first = stripe_server.inquire(closed.charge_id or "")
    second = stripe_server.inquire(escalated.charge_id or "")
    stripe_server.close_inquiry(first["id"])
    await tell(stripe_server.mailbox.new(), to(db, hearing))
    await heed(db, stripe)
    async with db.transaction() as tx:
        assert await tx.fetchval("select count(*) from dispute") == 0
    stripe_server.escalate(second["id"])
    await tell(stripe_server.mailbox.new(), to(db, hearing))
    await heed(db, stripe)
    assert (await balances(db))["dispute:held"] == 9900
    await agree(db, stripe_server)


async def test_a_refund_made_on_stripes_own_pages_is_ours_too(
    db: Database, hearing: Settings, stripe: StripeGateway, stripe_server: StripeServer
) -> None:
    attempt = await paid(db, stripe)
    stripe_server.refund_by_dashboard(attempt.charge_id or "", 4000)
    events = stripe_server.mailbox.new()
    await tell(events, to(db, hearing), copies=2)
    assert await heed(db, stripe) == len(events)
    await agree(db, stripe_server)
    async with db.transaction() as tx:
        found = await payment(tx, attempt.id)
        assert (found.left, [one.state for one in found.refunds]) == (Money(5900), ["succeeded"])
        assert await facts(tx, "RefundSettled") == 1
    compared = await reconcile(db, stripe)
    assert (compared.ours_only, compared.theirs_only) == (0, 0)


async def test_what_is_owed_and_given_back_on_stripes_pages_does_not_go_back_twice(
    db: Database, hearing: Settings, stripe: StripeGateway, stripe_server: StripeServer
) -> None:
    attempt = await paid(db, stripe)
    due = await owe(db, attempt)
    stripe_server.refund_by_dashboard(attempt.charge_id or "", 1000)
    await tell(stripe_server.mailbox.new(), to(db, hearing))
    await heed(db, stripe)
    assert due not in await balances(db)
    assert await give_back_owed(db, stripe) == 0
    await agree(db, stripe_server)


async def test_an_event_that_cannot_be_heeded_waits_and_is_at_last_left_to_an_operator(
    db: Database, hearing: Settings, stripe: StripeGateway, stripe_server: StripeServer
) -> None:
    attempt = await begin(db, stripe, await buyer(db, stripe))
    stripe_server.dispute((await collect(stripe, attempt)).charge_id)
    created = [e for e in stripe_server.mailbox.new() if e["type"] == "charge.dispute.created"]
    await tell(created, to(db, hearing))
    for _ in range(12):
        await heed(db, stripe)
        assert await heed(db, stripe) == 0, "it waits"
        await look_again(db)
    async with db.transaction() as tx:
        row = await tx.one("select tries, handled_at, given_up_at from gateway_event")
        assert (row["tries"], row["handled_at"]) == (11, None)
        line = await line_health(tx, "stripe", "stripe")
        assert (line.given_up, line.ok) == (1, False)
        [given_up] = await given_up_events(tx)
        assert given_up.said.startswith("PaymentComesFirst: The payment pay_")
    await send(db, stripe, attempt.id)
    async with db.transaction() as tx:
        await retry_event(tx, given_up.gateway, given_up.id, actor=BY)
    assert await heed(db, stripe) == 1
    await agree(db, stripe_server)


async def test_events_that_were_handled_a_month_ago_are_forgotten(
    db: Database, hearing: Settings, stripe: StripeGateway, stripe_server: StripeServer
) -> None:
    await paid(db, stripe)
    await tell(stripe_server.mailbox.new(), to(db, hearing))
    await heed(db, stripe)
    assert await prune_events(db) == 0
    async with db.transaction() as tx:
        kept = await tx.fetchval("select count(*) from gateway_event")
        await tx.execute("update gateway_event set handled_at = handled_at - interval '31 days'")
    assert await prune_events(db) == kept > 0


async def test_events_that_we_could_not_take_are_delivered_again(
    db: Database, hearing: Settings, stripe: StripeGateway, stripe_server: StripeServer
) -> None:
    await play(db, stripe, stripe_server)
    down, post = [503, 500, None], to(db, hearing)

    async def flaky(body: bytes, header: str) -> int:
        if not down:
            return await post(body, header)
        answer = down.pop()
        if answer is None:
            await post(body, header)  # taken, and the answer was lost: it comes twice
            raise ConnectionError
        return answer

    assert await deliver(stripe_server.mailbox, flaky) == []
    async with db.transaction() as tx:
        kept = await tx.fetchval("select count(*) from gateway_event")
    assert await heed(db, stripe) == kept == len(stripe_server.books.events)
    await agree(db, stripe_server)
    lost = stripe_server.dispute(stripe_server.books.all("payment_intent")[-1]["id"])
    down += [500] * 100
    assert {e["data"]["object"]["id"] for e in await deliver(stripe_server.mailbox, flaky)} == {
        lost["id"]
    }


async def look_again(db: Database) -> None:
    """The waits of all events are over."""
    async with db.transaction() as tx:
        await tx.execute("update gateway_event set next_at = null")
