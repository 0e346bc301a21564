"""Venues to hold against the contract, each with a hand that moves its market and a line that can fail."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import uvicorn

from arena.kit.settings import Settings
from arena.kit.tasks import background
from arena.trading.market import Instrument
from arena.trading.venues import (
    BinanceExchange,
    BinanceKey,
    CcxtKey,
    CcxtPlace,
    PaperAccount,
    Venue,
    open_binance,
    open_ccxt,
)
from arena.trading.venues.dialects.binance.exchange_keys import create_exchange_key
from tests.trading.floor.stage import (
    BTCUSDT,
    ETHUSDT,
    ExchangeStage,
    Hand,
    Member,
    open_exchange,
)
from tests.trading.venues.chaos.proxy import BadLine
from tests.trading.venues.contract.coinbase_server import KEY_NAME, CoinbaseServer

INSTRUMENTS = (BTCUSDT, ETHUSDT)
BTCUSD = Instrument("BTC-USD", "BTC", "USD", Decimal("0.01"), Decimal("0.00000001"), Decimal(1))


@dataclass(slots=True)
class Rig:
    """One venue under the contract. `low` is far below every ask, `best_ask` offers less than `plenty`.

    `reopen` gives the same account to a venue that remembers nothing. `line` is None where nothing lies between.
    `others_take(side, price, quantity)`: this much of what rests on this side at this price is taken by others.
    """

    venue: Venue
    symbol: str
    base: str
    quote: str
    reopen: Callable[[], Venue]
    others_take: Callable[[str, Decimal, Decimal], Awaitable[None]]
    line: BadLine | None
    low: Decimal = Decimal(40_000)
    best_ask: Decimal = Decimal("50000.10")
    plenty: Decimal = Decimal(2)
    some: Decimal = Decimal("0.5")
    order_path: str = "/api/v3/order"
    by_worth: bool = False
    """A market buy names what to spend."""


def _market(hand: Hand) -> Callable[[str, Decimal, Decimal], Awaitable[None]]:
    async def others_take(side: str, price: Decimal, quantity: Decimal) -> None:
        """The trade goes a tick through the price, so that no queue is asked about."""
        through = Decimal("-0.01") if side == "buy" else Decimal("0.01")
        hand.trade("BTCUSDT", price + through, quantity, "sell" if side == "buy" else "buy")

    return others_take


@asynccontextmanager
async def paper_rig(url: str, settings: Settings) -> AsyncIterator[Rig]:
    async with open_exchange(url, settings, *INSTRUMENTS) as stage:
        member = await stage.enrol(cash=10_000_000)
        stage.hand.quiet()

        def reopen() -> Venue:
            return PaperAccount(stage.floor, member.account_id, member.actor)

        yield Rig(reopen(), "BTCUSDT", "BTC", "USDT", reopen, _market(stage.hand), None)


@asynccontextmanager
async def binance_rig(url: str, settings: Settings, kind: str) -> AsyncIterator[Rig]:
    """Our connector against our own dialect over sockets."""
    async with open_exchange(url, settings, *INSTRUMENTS) as stage:
        member = await stage.enrol(cash=10_000_000)
        stage.hand.quiet()
        key = await binance_key(stage, member, kind)
        async with BadLine(settings.port).open() as line:
            opened: list[Venue] = []

            def reopen() -> Venue:
                venue = connect_binance(line, key, member.account_id)
                opened.append(venue)
                return venue

            yield Rig(reopen(), "BTCUSDT", "BTC", "USDT", reopen, _market(stage.hand), line)
            for venue in opened:
                await venue.close()


@asynccontextmanager
async def ccxt_binance_rig(url: str, settings: Settings) -> AsyncIterator[Rig]:
    """ccxt's Binance against our own dialect over sockets, by its sandbox route."""
    async with open_exchange(url, settings, *INSTRUMENTS) as stage:
        member = await stage.enrol(cash=10_000_000)
        stage.hand.quiet()
        key = await binance_key(stage, member, "hmac")
        async with BadLine(settings.port).open() as line:
            place = CcxtPlace(
                sandbox=True,
                urls={"test": {"public": f"{line.url}/api/v3", "private": f"{line.url}/api/v3",
                               "v1": f"{line.url}/api/v1"}},
                options={"fetchMarkets": {"types": ["spot"]}},
            )  # fmt: skip
            opened: list[Venue] = []

            def reopen() -> Venue:
                venue = open_ccxt(
                    "binance", CcxtKey(key.api_key, key.secret), member.account_id,
                    instruments=INSTRUMENTS, place=place, poll_s=1,
                )  # fmt: skip
                opened.append(venue)
                return venue

            yield Rig(reopen(), "BTCUSDT", "BTC", "USDT", reopen, _market(stage.hand), line)
            for venue in opened:
                await venue.close()


async def binance_key(stage: ExchangeStage, member: Member, kind: str) -> BinanceKey:
    if kind == "ed25519":
        return BinanceKey(member.key.public.hex(), member.key.private_pem, "ed25519")
    async with stage.arena.db.transaction() as tx:
        made, secret = await create_exchange_key(
            tx, stage.arena.settings.vault, member.id, "the contract"
        )
    return BinanceKey(made.api_key, secret, "hmac")


def connect_binance(
    line: BadLine,
    key: BinanceKey,
    account_id: str,
    *,
    instruments: tuple[Instrument, ...] = INSTRUMENTS,
    exchange: BinanceExchange | None = None,
    **how: Any,
) -> Venue:
    return open_binance(
        exchange or BinanceExchange(line.url), key, account_id, instruments=instruments,
        streams_url=line.ws_url, ws_api_url=f"{line.ws_url}/ws-api/v3", **how,
    )  # fmt: skip


@asynccontextmanager
async def coinbase_rig(recorded: Path) -> AsyncIterator[Rig]:
    """ccxt's Coinbase against a local server that answers with recorded messages."""
    server = CoinbaseServer(recorded)
    config = uvicorn.Config(server.app(), log_level="error", lifespan="off", port=0)
    running = uvicorn.Server(config)
    listening = socket.create_server(("127.0.0.1", 0))
    opened: list[Venue] = []
    async with background(running.serve(sockets=[listening])):
        while not running.started:
            await asyncio.sleep(0.01)
        async with BadLine(listening.getsockname()[1]).open() as line:
            place = CcxtPlace(urls={"api": {"rest": line.url}})

            def reopen() -> Venue:
                venue = open_ccxt(
                    "coinbase", CcxtKey(KEY_NAME, server.secret), "acc_contract",
                    instruments=(BTCUSD,), place=place, poll_s=1,
                )  # fmt: skip
                opened.append(venue)
                return venue

            async def others_take(side: str, price: Decimal, quantity: Decimal) -> None:
                server.trade(side, price, quantity)

            yield Rig(
                reopen(), "BTC-USD", "BTC", "USD", reopen, others_take, line,
                best_ask=server.best_ask, plenty=Decimal("0.5"), some=Decimal("0.1"),
                order_path="/api/v3/brokerage/orders", by_worth=True,
            )  # fmt: skip
            for venue in opened:
                await venue.close()
        running.should_exit = True
        await asyncio.sleep(0.05)
