"""What creators' accounts at Stripe do, at the local one and at the real sandbox where a key for it is given."""

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import pytest_socket

from arena.kit.ids import fresh
from arena.kit.money import Money
from arena.money.billing.stripe import NotNow, StripeConnect, StripeGateway, events_since
from arena.money.billing.stripe.client import StripeMisread
from tests.doubles.stripe_server import SECRET_KEY, StripeServer
from tests.money.billing.gateways.conftest import SANDBOX
from tests.money.billing.gateways.tills import ORIGIN


@dataclass
class There:
    connect: StripeConnect
    gateway: StripeGateway


@pytest.fixture(params=["stripe on loopback", "stripe's sandbox"])
async def there(request: pytest.FixtureRequest) -> AsyncIterator[There]:
    if request.param == "stripe on loopback":
        async with StripeServer().listening() as server:
            yield _there(SECRET_KEY, server.url)
        return
    key = os.environ.get(SANDBOX, "")
    if not key.startswith(("sk_test_", "rk_test_")):
        pytest.skip(
            f"no key for Stripe's sandbox: set {SANDBOX} to an sk_test_… to run these there"
        )
    pytest_socket._remove_restrictions()
    yield _there(key, "https://api.stripe.com")


def _there(key: str, url: str) -> There:
    return There(
        StripeConnect(key, url=url, origin=ORIGIN), StripeGateway(key, url=url, origin=ORIGIN)
    )


async def test_an_account_is_made_once_per_key_and_found_by_it(there: There) -> None:
    key, since = fresh("cac"), datetime.now(UTC) - timedelta(minutes=5)
    made = {await there.connect.new_account(key, country="US", company=False) for _ in range(2)}
    assert len(made) == 1
    assert await there.connect.find_account(key, since=since) == made.pop()
    assert await there.connect.find_account(fresh("cac"), since=since) is None


@pytest.mark.parametrize(("country", "company"), [("US", True), ("DE", False)])
async def test_a_new_account_says_what_is_due_and_gets_nothing(
    there: There, country: str, company: bool
) -> None:
    account = await there.connect.new_account(fresh("cac"), country=country, company=company)
    standing = await there.connect.account(account)
    assert (standing.country, standing.payouts_enabled, standing.bank_id) == (country, False, None)
    assert "external_account" in standing.due
    payout = fresh("pyo")
    refused = await there.connect.transfer(
        f"payout-{payout}-transfer", Money(100), account, payout_id=payout
    )
    assert isinstance(refused, NotNow)
    assert await there.connect.find_transfer(payout) is None


async def test_its_page_is_stripes_and_new_each_time(there: There) -> None:
    account = await there.connect.new_account(fresh("cac"), country="US", company=False)
    url = await there.connect.onboarding(account, back="/studio", again="/studio?again=yes")
    assert url.startswith(("https://connect.stripe.com/", "http://127.0.0.1"))


async def test_a_customer_has_a_page_and_cards(there: There) -> None:
    customer = await there.gateway.new_customer(fresh("usr"))
    assert await there.gateway.cards_of(customer) == []
    kept = await there.gateway.keep("pm_card_visa", customer)
    assert await there.gateway.cards_of(customer) == [kept]
    url = await there.gateway.portal(customer, back="/account/cards/returned")
    assert url.startswith(("https://billing.stripe.com/", "http://127.0.0.1"))


async def test_what_happened_is_listed_and_read(there: There) -> None:
    since = datetime.now(UTC) - timedelta(minutes=1)
    customer = await there.gateway.new_customer(fresh("usr"))
    kept = await there.gateway.keep("pm_card_visa", customer)
    outcome = await there.gateway.charge(fresh("pay"), Money(5000), kept.token)
    heard = await events_since(there.connect, since)
    mine = [event for event in heard if event.object_id == outcome.charge_id]
    assert [event.kind for event in mine] in (
        ["payment_intent.succeeded"],
        [],
    )  # a sandbox takes its seconds
    assert all(event.account is None and event.at is not None for event in heard)


async def test_what_stripe_does_not_know_is_an_error_of_ours(there: There) -> None:
    with pytest.raises(StripeMisread):
        await there.connect.account("acct_nobody0000000000")
