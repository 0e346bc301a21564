"""What happens in an account at Binance, as it happens; and by REST what happened while nobody was listening.

Each connection subscribes first and then asks for the orders that are open, for those it knew as open, and for the
balances: what changed in between comes twice rather than never.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Any, Protocol

import msgspec
import structlog
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import WebSocketException

from arena.kit.clock import wall_now
from arena.kit.errors import ArenaError
from arena.trading.venues.binance.errors import VENUE
from arena.trading.venues.binance.sign import Signer, sorted_text
from arena.trading.venues.clock_offset import ClockOffset
from arena.trading.venues.counters import RESYNCS
from arena.trading.venues.dialects.binance.events import balances_of, order_of
from arena.trading.venues.dialects.binance.schema import Malformed
from arena.trading.venues.model import (
    Balance,
    OrderRef,
    UnknownOrder,
    UserEvent,
    VenueAway,
    VenueOrder,
)
from arena.trading.venues.naming import name_order
from arena.trading.venues.reconnect import connections, frames

ANSWER_S = 10
SUBSCRIBE = "userDataStream.subscribe.signature"
OVER = ("eventStreamTerminated", "serverShutdown", "listenKeyExpired")
log = structlog.get_logger()
Ours = Callable[[str], str | None]


class Asked(Protocol):
    """The part of the venue that is asked after a gap."""

    async def get_order(self, which: OrderRef) -> VenueOrder: ...

    async def open_orders(self, symbol: str | None = None) -> Sequence[VenueOrder]: ...

    async def get_account_balance(self) -> Mapping[str, Balance]: ...


class UserStream:
    """`know_time` makes sure that the exchange's clock is known."""

    def __init__(
        self,
        url: str,
        api_key: str,
        signer: Signer,
        *,
        clock: ClockOffset,
        know_time: Callable[[], Awaitable[None]],
    ) -> None:
        self._url = url
        self._api_key = api_key
        self._signer = signer
        self._clock = clock
        self._know_time = know_time
        self.reconnects = 0
        self.resyncs = 0

    async def events(self, asked: Asked, account_id: str, ours: Ours) -> AsyncIterator[UserEvent]:
        """Ends never. `ours` gives our symbol for the one on the wire. Orders and fills may come more than once."""
        number = 0
        known: dict[str, OrderRef] = {}  # orders that were open when they were last heard of
        async with aclosing(connections(self._url, venue=VENUE, stream="user")) as opened:
            async for socket in opened:
                try:
                    await self._subscribe(socket)
                    missed = await self._missed(asked, known, account_id)
                except (ArenaError, OSError, WebSocketException, TimeoutError) as broken:
                    log.warning("user stream not ready", venue=VENUE, why=str(broken)[:200])
                    await asyncio.sleep(0.5)
                    continue
                for event in missed:
                    number += 1
                    yield _numbered(event, number, known)
                async with aclosing(frames(socket)) as told:
                    async for frame in told:
                        message = _message(frame)
                        if message.get("e") in OVER:
                            break
                        event_ = _event(message, account_id, ours)
                        if event_ is not None:
                            number += 1
                            yield _numbered(event_, number, known)
                self.reconnects += 1

    async def _subscribe(self, socket: ClientConnection) -> None:
        await self._know_time()
        parameters: dict[str, str | int] = {
            "apiKey": self._api_key, "timestamp": self._clock.now_ms(),
        }  # fmt: skip
        parameters["signature"] = self._signer.sign(sorted_text(parameters))
        asked = {"id": "subscribe", "method": SUBSCRIBE, "params": parameters}
        await socket.send(msgspec.json.encode(asked).decode())
        async with asyncio.timeout(ANSWER_S):
            while True:
                answer = msgspec.json.decode(await socket.recv())
                if isinstance(answer, dict) and answer.get("id") == "subscribe":
                    break
        if answer.get("status") != 200:
            why = (answer.get("error") or {}).get("msg", "no reason given")
            if (answer.get("error") or {}).get("code") == -1021:
                self._clock.doubt()
            raise VenueAway(venue=VENUE, why=f"it opens no user stream: {why}")

    async def _missed(
        self, asked: Asked, known: dict[str, OrderRef], account_id: str
    ) -> list[UserEvent]:
        """What a gap may have hidden: all open orders, those that were open before it, and the balances."""
        self.resyncs += 1
        RESYNCS.labels(VENUE).inc()
        orders = {order.id: order for order in await asked.open_orders()}
        for order_id, which in list(known.items()):
            if order_id in orders and not orders[order_id].filled_quantity:
                continue
            try:
                orders[order_id] = await asked.get_order(which)
            except UnknownOrder:
                del known[order_id]
        now = wall_now()
        told = [UserEvent(0, account_id, "order", now, order=order) for order in orders.values()]
        balances = await asked.get_account_balance()
        return [*told, UserEvent(0, account_id, "balances", now, balances=balances)]


def _numbered(event: UserEvent, number: int, known: dict[str, OrderRef]) -> UserEvent:
    order = event.order
    if order is not None and order.open:
        request = order.request
        known[order.id] = OrderRef(request.symbol, client_order_id=request.client_order_id)
    elif order is not None:
        known.pop(order.id, None)
    return UserEvent(
        number, event.account_id, event.kind, event.at, order=order, balances=event.balances
    )


def _message(frame: str | bytes) -> dict[str, Any]:
    """The event within its envelope; empty for what is none."""
    try:
        told = msgspec.json.decode(frame)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    event = told.get("event", told) if isinstance(told, dict) else None
    return event if isinstance(event, dict) else {}


def _event(message: dict[str, Any], account_id: str, ours: Ours) -> UserEvent | None:
    try:
        if message.get("e") == "executionReport":
            symbol = ours(str(message.get("s")))
            if symbol is None:
                return None
            order = name_order(order_of(message, symbol, account_id))
            kind = "fill" if order.fills else "order"
            return UserEvent(0, account_id, kind, _at(order), order=order)  # type: ignore[arg-type]  # a Literal of two
        if message.get("e") == "outboundAccountPosition":
            return UserEvent(0, account_id, "balances", wall_now(), balances=balances_of(message))
    except Malformed as broken:
        log.warning("user event that cannot be read", venue=VENUE, why=str(broken)[:200])
    return None


def _at(order: VenueOrder) -> datetime:
    return order.updated_at
