"""A local Stripe, and a till for each gateway; the real sandbox where a key for it is given."""

import os
from collections.abc import AsyncIterator

import pytest
import pytest_socket

from arena.kit.db import Database
from arena.money.billing.stripe import StripeGateway
from tests.doubles.stripe_server import SECRET_KEY, StripeServer
from tests.money.billing.gateways.tills import ORIGIN, StripeTill, Till, fake, manual

SANDBOX = "ARENA_TEST_STRIPE_KEY"


@pytest.fixture
async def stripe_server() -> AsyncIterator[StripeServer]:
    async with StripeServer().listening() as listening:
        yield listening


@pytest.fixture
def stripe(stripe_server: StripeServer) -> StripeGateway:
    return StripeGateway(SECRET_KEY, url=stripe_server.url, origin=ORIGIN)


@pytest.fixture(params=["fake", "manual", "stripe on loopback", "stripe's sandbox"])
async def till(request: pytest.FixtureRequest, db: Database) -> AsyncIterator[Till]:
    if request.param == "fake":
        yield fake(db)
    elif request.param == "manual":
        yield manual(db)
    elif request.param == "stripe on loopback":
        async with StripeServer().listening() as server:
            yield StripeTill(StripeGateway(SECRET_KEY, url=server.url, origin=ORIGIN), server)
    else:
        key = os.environ.get(SANDBOX, "")
        if not key.startswith(("sk_test_", "rk_test_")):
            pytest.skip(
                f"no key for Stripe's sandbox: set {SANDBOX} to an sk_test_… to run these there"
            )
        pytest_socket._remove_restrictions()
        yield StripeTill(StripeGateway(key, url="https://api.stripe.com", origin=ORIGIN))
