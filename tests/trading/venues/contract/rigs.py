"""Venues to hold against the contract, each with a hand that moves its market and a line that can fail."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from arena.kit.settings import Settings
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

INSTRUMENTS = (BTCUSDT, ETHUSDT)


@dataclass(slots=True)
class Rig:
    """One venue under the contract, around a price of 50,000 (asks from 50,000.10 up, bids from 49,999.90 down).

    `reopen` gives the same account to a venue that remembers nothing. `line` is None where nothing lies between.
    `liquidity(side, price, quantity)` puts a level there; `trade(price, quantity, side)` is one of others at the market.
    """

    venue: Venue
    symbol: str
    base: str
    quote: str
    reopen: Callable[[], Venue]
    settle: Callable[[str, Decimal, Decimal], Awaitable[None]]
    line: BadLine | None
    order_path: str = "/api/v3/order"
    market_buys: bool = True


def _market(hand: Hand) -> Callable[[str, Decimal, Decimal], Awaitable[None]]:
    async def trade(side: str, price: Decimal, quantity: Decimal) -> None:
        """Others take this much through this price, so an order resting there is filled as far as that goes."""
        hand.trade("BTCUSDT", price, quantity, "sell" if side == "buy" else "buy")

    return trade


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
