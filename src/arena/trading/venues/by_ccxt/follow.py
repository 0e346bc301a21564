"""News of an exchange by asking again and again: slower than a stream, and the same for every exchange ccxt speaks."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

import structlog

from arena.kit.clock import wall_now
from arena.kit.errors import ArenaError
from arena.trading.venues.counters import RESYNCS
from arena.trading.venues.model import Balance, OrderRef, UnknownOrder, UserEvent, VenueOrder
from arena.trading.venues.venue import MarketData, Price

PAUSE_S_MAX = 30
log = structlog.get_logger()


class Asked(Protocol):
    """The part of a venue that is asked."""

    name: str

    async def get_market_data(self, symbol: str) -> MarketData: ...

    async def get_order(self, which: OrderRef) -> VenueOrder: ...

    async def open_orders(self, symbol: str | None = None) -> Sequence[VenueOrder]: ...

    async def get_account_balance(self) -> Mapping[str, Balance]: ...


async def follow_prices(asked: Asked, symbols: Sequence[str], poll_s: int) -> AsyncIterator[Price]:
    """What changed since it was last asked for. Ends never; after a failure the next news of each symbol is marked."""
    before: dict[str, tuple[object, ...]] = {}
    missed: set[str] = set()
    pause_s = poll_s
    while True:
        try:
            for symbol in symbols:
                data = await asked.get_market_data(symbol)
                bid = data.book.bids[0].price if data.book.bids else None
                ask = data.book.asks[0].price if data.book.asks else None
                now = (bid, ask, data.last_price)
                if before.get(symbol) != now or symbol in missed:
                    yield Price(
                        symbol, data.at, bid, ask, data.last_price, asked.name, gap=symbol in missed
                    )
                    before[symbol] = now
                    missed.discard(symbol)
            pause_s = poll_s
        except ArenaError as broken:
            log.warning("prices cannot be asked for", venue=asked.name, why=broken.detail[:200])
            missed.update(symbols)
            pause_s = min(pause_s * 2, PAUSE_S_MAX)
        await asyncio.sleep(pause_s)


async def follow_orders(asked: Asked, account_id: str, poll_s: int) -> AsyncIterator[UserEvent]:
    """Orders that are new, have moved or are not open any more, as they are now; balances with each. Ends never."""
    known: dict[str, VenueOrder] = {}
    number = 0
    pause_s = poll_s
    while True:
        try:
            moved = await _moved(asked, known)
            if moved:
                balances = await asked.get_account_balance()
            for order in moved:
                number += 1
                kind = "fill" if order.fills else "order"
                yield UserEvent(number, account_id, kind, wall_now(), order=order)  # type: ignore[arg-type]  # a Literal of two
            if moved:
                number += 1
                yield UserEvent(number, account_id, "balances", wall_now(), balances=balances)
            pause_s = poll_s
        except ArenaError as broken:
            log.warning("orders cannot be asked for", venue=asked.name, why=broken.detail[:200])
            RESYNCS.labels(asked.name).inc()
            pause_s = min(pause_s * 2, PAUSE_S_MAX)
        await asyncio.sleep(pause_s)


async def _moved(asked: Asked, known: dict[str, VenueOrder]) -> list[VenueOrder]:
    """`known` are the orders that were open last time, and is brought up to date."""
    open_now = {order.id: order for order in await asked.open_orders()}
    moved = []
    for order_id, order in {**known, **open_now}.items():
        before, now = known.get(order_id), open_now.get(order_id)
        if now is not None and before is not None and _same(before, now):
            continue
        which = OrderRef(order.request.symbol, venue_order_id=order.venue_order_id or None)
        try:
            found = await asked.get_order(which)
        except UnknownOrder:
            known.pop(order_id, None)
            continue
        moved.append(found)
        if found.open:
            known[order_id] = found
        else:
            known.pop(order_id, None)
    return moved


def _same(one: VenueOrder, other: VenueOrder) -> bool:
    return (one.status, one.filled_quantity) == (other.status, other.filled_quantity)
