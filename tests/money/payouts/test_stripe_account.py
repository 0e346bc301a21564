"""A creator's account at Stripe: opened once, filled in there, heard of in any order, and a gate of payouts."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from arena.kit.clock import wall_now
from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.money import billing, payouts
from arena.money.billing import connected
from arena.money.billing.routes import routes as billing_routes
from arena.money.payouts.routes import routes
from arena.people.access import Actor
from tests.doubles.stripe_server import WEBHOOK_SECRET, StripeServer
from tests.doubles.stripe_server.faults import Fault
from tests.doubles.stripe_server.webhooks import signature, tell
from tests.http import make_client, person
from tests.money.billing.gateways.test_routes import in_the_trail
from tests.money.billing.gateways.test_stripe import Killed, killed
from tests.money.payouts.at_stripe import Seller, seller

ACCOUNTS = "POST /v1/accounts"


@pytest.fixture
async def stripe() -> AsyncIterator[StripeServer]:
    async with StripeServer().listening() as listening:
        yield listening


@pytest.fixture
async def ada(db: Database, settings: Settings, stripe: StripeServer) -> Seller:
    return await seller(db, settings, stripe, sells=False)


@pytest.fixture
async def newcomer(db: Database, settings: Settings, stripe: StripeServer) -> Seller:
    """Who has opened no account yet."""
    people = [(await person(db, role))[0] for role in ("creator", "operator")]
    return Seller(db, settings, stripe, [Actor("person", one) for one in people])


async def test_the_gate_follows_the_account(ada: Seller) -> None:
    assert await ada.gate() == "passed"
    await ada.open()
    assert len(ada.server.books.all("account")) == 1, "he has one account"

    async def after(due: tuple[str, ...], closes: bool) -> str:
        ada.server.require(ada.account_id, *due, closes=closes)
        await payouts.look_at_account(ada.db, ada.settings, actor=ada.me)
        return await ada.gate()

    assert await after(("individual.verification.document",), closes=False) == "due_there"
    assert await after((), closes=False) == "passed"
    ada.server.close_account(ada.account_id)
    await payouts.look_at_account(ada.db, ada.settings, actor=ada.me)
    assert await ada.gate() == "closed_there"


async def test_whoever_has_not_finished_at_stripe_is_told_so(newcomer: Seller) -> None:
    assert await newcomer.gate() == "none"
    url = await newcomer.open("DE")
    assert url.startswith(f"{newcomer.server.url}/setup/")
    found = await payouts.look_at_account(newcomer.db, newcomer.settings, actor=newcomer.me)
    assert found is not None
    assert "external_account" in found.due
    assert not found.ready
    [account] = newcomer.server.books.all("account")
    assert account["tos_acceptance"]["service_agreement"] == "recipient"
    assert account["settings"]["payouts"]["schedule"]["interval"] == "manual"
    assert await newcomer.gate() in ("unfinished", "other_name")


@pytest.mark.parametrize("fault", ["drop", "500", "killed"])
@pytest.mark.parametrize(
    "late",
    [
        pytest.param(False, id="soon"),
        pytest.param(True, id="after the key is forgotten", marks=pytest.mark.slow),
    ],
)
async def test_an_account_whose_answer_is_lost_is_made_once(
    newcomer: Seller, fault: str, late: bool
) -> None:
    async def begin(connect: billing.StripeConnect) -> connected.ConnectedAccount:
        return await connected.open_account(
            newcomer.db, connect, country="US", form="person", actor=newcomer.me
        )

    if fault == "killed":
        with pytest.raises(Killed):
            await begin(newcomer.connect(killed))
    else:
        lost: Fault = "drop" if fault == "drop" else "500"
        newcomer.server.faults.next(lost, ACCOUNTS)
        with pytest.raises(billing.GatewayUnavailable):
            await begin(newcomer.connect())
    if late:
        newcomer.server.pass_time(86_401)
        async with newcomer.db.transaction() as tx:
            await tx.execute(
                "update connected_account set asked_at = $1", wall_now() - timedelta(hours=25)
            )
    made = await begin(newcomer.connect())
    assert made.account_id == newcomer.server.books.all("account")[0]["id"]
    assert len(newcomer.server.books.all("account")) == 1


async def heard(ada: Seller, *, copies: int = 1, shuffled: int | None = None) -> list[int]:
    """Hands the new events over and heeds them."""
    at_stripe = ada.settings.model_copy(
        update={"stripe_webhook_secret": Settings(
            home=ada.settings.home, seed="test", stripe_webhook_secret=f"whsec_other {WEBHOOK_SECRET}"
        ).stripe_webhook_secret}
    )  # fmt: skip

    async def to(body: bytes, header: str) -> int:
        async with make_client(ada.db, at_stripe, billing_routes) as client:
            answer = await client.post(
                "/billing/webhooks/stripe", content=body, headers={"Stripe-Signature": header}
            )
        return answer.status_code

    told = await tell(ada.server.mailbox.new(), to, copies=copies, shuffled=shuffled)

    async def of_payouts(account_id: str) -> int:
        return await payouts.heed_bank(ada.db, ada.settings.vault, ada.ways(), account_id)

    await billing.heed(ada.db, ada.gateway, connect=ada.connect(), of_payouts=of_payouts)
    return told


@pytest.mark.parametrize(("copies", "shuffled"), [(1, None), (3, 5)])
async def test_events_of_accounts_and_banks_end_the_same_in_any_order(
    ada: Seller, copies: int, shuffled: int | None
) -> None:
    await ada.sell()
    await ada.ask()
    await ada.send()
    ada.server.require(ada.account_id, "individual.id_number")
    ada.server.require(ada.account_id)
    ada.bank()
    ada.bank(fails="account_closed")
    assert set(await heard(ada, copies=copies, shuffled=shuffled)) == {200}
    assert (await ada.newest()).state == "failed"
    assert await ada.gate() == "passed"
    assert await ada.compare() == (0, 0)


async def test_an_event_about_an_account_that_is_none_of_ours_is_refused(ada: Seller) -> None:
    event = ada.server.mailbox.new()[-1] | {"account": "acct_other"}
    body = json.dumps(event).encode()
    hearing = ada.settings.model_copy(
        update={"stripe_webhook_secret": Settings(
            home=ada.settings.home, seed="test", stripe_webhook_secret=WEBHOOK_SECRET
        ).stripe_webhook_secret}
    )  # fmt: skip
    async with make_client(ada.db, hearing, billing_routes) as client:
        answer = await client.post(
            "/billing/webhooks/stripe", content=body, headers={"Stripe-Signature": signature(body)}
        )
    assert (answer.status_code, answer.json()["code"]) == (400, "webhook_misdirected")


async def test_a_lost_webhook_is_heard_at_the_next_poll_and_once(ada: Seller) -> None:
    await ada.sell()
    await ada.ask()
    await ada.send()
    ada.bank()
    async with ada.db.transaction() as tx:
        accounts = await payouts.accounts_to_hear(tx)
    assert accounts == [ada.account_id]
    assert await billing.poll(ada.db, ada.connect(), accounts=accounts) > 0
    assert await billing.poll(ada.db, ada.connect(), accounts=accounts) == 0
    assert (await ada.newest()).state == "in_transit"
    await heard(ada)  # the webhooks come late: each was heard
    assert (await ada.newest()).state == "paid"
    async with ada.db.transaction() as tx:
        health = await billing.line_health(tx, "stripe", "stripe")
        twice = await tx.fetchval(
            "select count(*) - count(distinct id) from gateway_event where gateway = 'stripe'"
        )
    assert twice == 0
    assert health.answered_at is not None
    assert (health.waiting, health.unknown, health.apart) == (0, 0, 0)


async def test_a_gateway_that_does_not_answer_shows_on_the_line(ada: Seller) -> None:
    ada.server.faults.next("429", "GET /v1/events")
    with pytest.raises(billing.GatewayUnavailable):
        await billing.poll(ada.db, ada.connect())
    async with ada.db.transaction() as tx:
        silent = await billing.line_health(tx, "stripe", "stripe")
    assert not silent.ok
    await billing.poll(ada.db, ada.connect())
    async with ada.db.transaction() as tx:
        assert (await billing.line_health(tx, "stripe", "stripe")).failed_at == silent.failed_at


async def test_the_account_over_http(newcomer: Seller) -> None:
    _, mine = await person(newcomer.db, "creator")
    body = {"country": "US", "form": "company"}
    async with make_client(newcomer.db, newcomer.settings, routes) as client:
        missing = await client.get("/payouts/account", headers=mine)
        assert (missing.status_code, missing.json()["code"]) == (404, "no_connected_account")
        made = await client.post("/payouts/account", json=body, headers=mine)
        assert made.status_code == 201
        assert made.json()["url"].startswith(newcomer.server.url)
        [account] = newcomer.server.books.all("account")
        newcomer.server.onboard(account["id"])
        shown = (await client.get("/payouts/account", headers=mine)).json()
        assert (shown["ready"], shown["due"]) == (True, [])
        assert "6789" in shown["bank"]
        dashboard = await client.get("/payouts/account/dashboard", headers=mine)
        assert "/express/" in dashboard.json()["url"]
    await in_the_trail(newcomer.db, "/payouts/account")
    async with make_client(
        newcomer.db, newcomer.settings.model_copy(update={"payout_gateway": "fake"}), routes
    ) as client:
        other = await client.post("/payouts/account", json=body, headers=mine)
        assert (other.status_code, other.json()["code"]) == (409, "no_connected_accounts")
