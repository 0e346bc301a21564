"""One arena on a loopback port for the tests of a file; each test has a bot, and a market, of its own."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from arena.kit.settings import Settings
from tests.conftest import Server
from tests.trading.floor.stage import ExchangeStage, open_exchange
from tests.trading.venues.dialect.bench import Bot, ed25519_bot, hmac_bot

_names = itertools.count(1)


@pytest.fixture(scope="module")
async def stage(
    server: Server, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[ExchangeStage]:
    name = await server.create()
    settings = Settings(
        home=tmp_path_factory.mktemp("exchange"), seed="test", dialect_weight_per_min=0,
        dialect_address_weight_per_min=0, dialect_orders_per_10s=0,
    )  # fmt: skip
    try:
        async with open_exchange(server.url_of(name), settings) as opened:
            yield opened
    finally:
        await asyncio.shield(server.drop(name))


@pytest.fixture
async def http(stage: ExchangeStage) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=stage.url, trust_env=False, timeout=10) as client:
        yield client


@pytest.fixture(params=["ed25519", "hmac"])
async def either_bot(
    request: pytest.FixtureRequest, stage: ExchangeStage, http: httpx.AsyncClient
) -> AsyncIterator[Bot]:
    """A bot of either kind of key, with a million and a quiet market."""
    async with _bot(stage, http, request.param) as made:
        yield made


@pytest.fixture
async def bot(stage: ExchangeStage, http: httpx.AsyncClient) -> AsyncIterator[Bot]:
    async with _bot(stage, http, "ed25519") as made:
        yield made


@asynccontextmanager
async def _bot(stage: ExchangeStage, http: httpx.AsyncClient, kind: str) -> AsyncIterator[Bot]:
    stage.hand.quiet("BTCUSDT", 50_000)
    stage.hand.quiet("ETHUSDT", 3_000)
    member = await stage.enrol(f"Bot {next(_names)}", cash=1_000_000)
    make = hmac_bot if kind == "hmac" else ed25519_bot
    yield await make(stage, member, http)
    # What is left of it would trade with the next bot.
    await stage.floor.cancel_open(member.account_id, None, by=member.actor)
