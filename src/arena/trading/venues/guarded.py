"""A venue behind a circuit breaker, with its health counted: the form in which the router hands venues out."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from arena.kit.clock import wall_now
from arena.kit.errors import ArenaError
from arena.trading.market import Instrument
from arena.trading.venues.breaker import Breaker
from arena.trading.venues.counters import CALLS, show
from arena.trading.venues.model import (
    Balance,
    Fill,
    OrderRef,
    OrderRequest,
    UserEvent,
    VenueAway,
    VenueOrder,
    VenueSilent,
)
from arena.trading.venues.venue import Dispatch, KeyRights, MarketData, Price, Venue, VenueHealth

T = TypeVar("T")


class Pulse:
    """What all accounts at one exchange have seen of it: its breaker and its last signs of life."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.breaker = Breaker()
        self.last_answer_at: datetime | None = None
        self.last_failure_at: datetime | None = None
        self.last_failure: str | None = None

    def answered(self) -> None:
        self.breaker.succeeded()
        self.last_answer_at = wall_now()

    def failed(self, error: ArenaError) -> None:
        self.breaker.failed()
        self.last_failure_at, self.last_failure = wall_now(), error.detail

    def health(self, of_venue: VenueHealth) -> VenueHealth:
        """The venue's own figures, with what is known here."""
        known = self.last_answer_at is not None or self.last_failure_at is not None
        found = replace(
            of_venue, name=self.name, state=self.breaker.state if known else "unknown",
            last_answer_at=self.last_answer_at, last_failure_at=self.last_failure_at,
            last_failure=self.last_failure,
        )  # fmt: skip
        show(found)
        return found


class Guarded:
    """`Venue`. Silence and absence count against the exchange; while it rests, calls are refused without being sent."""

    def __init__(self, venue: Venue, pulse: Pulse) -> None:
        self.inner = venue
        self._pulse = pulse

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def settles_s(self) -> int:
        return self.inner.settles_s

    async def get_instrument(self, symbol: str) -> Instrument:
        return await self._call("get_instrument", self.inner.get_instrument(symbol))

    async def get_market_data(self, symbol: str) -> MarketData:
        return await self._call("get_market_data", self.inner.get_market_data(symbol))

    async def place_order(self, order: OrderRequest) -> VenueOrder:
        return await self._call("place_order", self.inner.place_order(order))

    async def cancel_order(self, which: OrderRef) -> VenueOrder:
        return await self._call("cancel_order", self.inner.cancel_order(which))

    async def get_order(self, which: OrderRef) -> VenueOrder:
        return await self._call("get_order", self.inner.get_order(which))

    async def open_orders(self, symbol: str | None = None) -> Sequence[VenueOrder]:
        return await self._call("open_orders", self.inner.open_orders(symbol))

    async def get_account_balance(self) -> Mapping[str, Balance]:
        return await self._call("get_account_balance", self.inner.get_account_balance())

    async def get_fills(
        self, symbol: str, *, since: datetime | None = None, limit: int = 500
    ) -> Sequence[tuple[str, Fill]]:
        return await self._call("get_fills", self.inner.get_fills(symbol, since=since, limit=limit))

    async def get_rights(self) -> KeyRights:
        return await self._call("get_rights", self.inner.get_rights())

    def describe(self, order: OrderRequest) -> Dispatch:
        return self.inner.describe(order)

    def health(self) -> VenueHealth:
        return self._pulse.health(self.inner.health())

    async def close(self) -> None:
        await self.inner.close()

    def stream_prices(self, symbols: Sequence[str]) -> AsyncIterator[Price]:
        return self.inner.stream_prices(symbols)

    def stream_user_events(self) -> AsyncIterator[UserEvent]:
        return self.inner.stream_user_events()

    async def _call(self, act: str, call: Awaitable[T]) -> T:
        pulse = self._pulse
        if not pulse.breaker.admits():
            if asyncio.iscoroutine(call):
                call.close()
            raise VenueAway(
                venue=self.name,
                why=f"it failed {pulse.last_failure_at:%H:%M:%S} UTC and is left alone for"
                f" {pulse.breaker.rest_left_s()} s",
            )
        try:
            answer = await call
        except (VenueSilent, VenueAway) as broken:
            pulse.failed(broken)
            CALLS.labels(self.name, act, broken.code()).inc()
            raise
        except ArenaError as refusal:  # it answered, and that is what counts here
            pulse.answered()
            CALLS.labels(self.name, act, refusal.code()).inc()
            raise
        except BaseException:
            pulse.breaker.abandoned()
            raise
        pulse.answered()
        CALLS.labels(self.name, act, "ok").inc()
        return answer
