"""A served exchange whose market the test moves by hand, a member with an HMAC key, and sockets to it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from websockets.asyncio.client import ClientConnection, connect

from arena.kit.settings import Settings
from arena.trading.venues.dialects.binance.exchange_keys import create_exchange_key
from sigma_sdk.bot_config import ExchangeKey
from tests.trading.floor.stage import ExchangeStage, Member, open_exchange


@dataclass(slots=True)
class Stage:
    """`key` and `secret` are the member's HMAC pair; its public key is an API key, too."""

    exchange: ExchangeStage
    member: Member
    key: str
    secret: str

    @property
    def http(self) -> str:
        return self.exchange.url

    @property
    def ws(self) -> str:
        return self.exchange.url.replace("http://", "ws://")

    @property
    def hand(self) -> Any:
        return self.exchange.hand

    def held(self, kind: str) -> ExchangeKey:
        """The member's key as a bot gets it, `hmac` or `ed25519`."""
        if kind == "hmac":
            return ExchangeKey(self.key, self.secret)
        return ExchangeKey.of(self.member.key)

    def socket(
        self, path: str, **how: Any
    ) -> "contextlib.AbstractAsyncContextManager[ClientConnection]":
        return connect(self.ws + path, proxy=None, **how)


@pytest.fixture
async def stage(database_url: str, settings: Settings) -> AsyncIterator[Stage]:
    async with open_exchange(database_url, settings) as exchange:
        member = await exchange.enrol()
        async with exchange.arena.db.transaction() as tx:
            made, secret = await create_exchange_key(tx, settings.vault, member.id, "a bot")
        exchange.hand.quiet()
        yield Stage(exchange, member, made.api_key, secret)


async def hear(socket: ClientConnection, *, within_s: float = 5) -> Any:
    """The next message."""
    async with asyncio.timeout(within_s):
        return msgspec.json.decode(await socket.recv())


async def hear_where(socket: ClientConnection, within_s: float = 5, **words: Any) -> Any:
    """The next message that has these words; others are passed over."""
    async with asyncio.timeout(within_s):
        while True:
            said = await hear(socket, within_s=within_s)
            if isinstance(said, dict) and words.items() <= said.items():
                return said


async def say(socket: ClientConnection, **words: Any) -> None:
    await socket.send(msgspec.json.encode(words).decode())


async def soon(waiting: Awaitable[Any], meanwhile: Callable[[], None] | None = None) -> Any:
    """What is waited for; meanwhile the market moves every now and then."""
    task = asyncio.ensure_future(waiting)
    async with asyncio.timeout(15):
        while not task.done():
            await asyncio.wait([task], timeout=0.2)
            if meanwhile is not None:
                meanwhile()
    return task.result()
