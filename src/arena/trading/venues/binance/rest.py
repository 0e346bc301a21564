"""Calls to Binance over REST: signed, timed by its clock, within its limits, and honest about what nobody knows."""

from collections.abc import Mapping
from typing import Any

import httpx
import msgspec

from arena.kit.errors import ArenaError
from arena.kit.http import CallFailed, Limits, fetch, make_client
from arena.trading.venues.binance.errors import CLOCK, VENUE, Complaint, error_of
from arena.trading.venues.binance.sign import Signer, encoded
from arena.trading.venues.clock_offset import ClockOffset
from arena.trading.venues.limits import Rate, RateKeeper
from arena.trading.venues.model import VenueAway, VenueSilent

LIMITS = Limits(connect_s=5, read_s=10, total_s=15)
WEIGHT_RATES = (Rate("weight", 60, 6_000),)
ORDER_RATES = (Rate("orders", 10, 100), Rate("orders", 86_400, 200_000))
RETRY_AFTER_S = 10
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
Parameters = Mapping[str, str | int]


class Refusal(Exception):
    """Binance answered with a complaint; the caller says what it means for what was asked."""

    def __init__(self, complaint: Complaint, retry_after_s: int) -> None:
        self.complaint = complaint
        self.retry_after_s = retry_after_s
        super().__init__(f"{complaint.status} {complaint.code} {complaint.message}")

    def error(self, *, symbol: str = "", wanted: str = "") -> ArenaError:
        return error_of(
            self.complaint, symbol=symbol, wanted=wanted, retry_after_s=self.retry_after_s
        )


class Exchange:
    """What all accounts at one address share: its clock, and the weight its limit leaves our address."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url.rstrip("/")
        self.clock = ClockOffset()
        self.weights = RateKeeper(VENUE, WEIGHT_RATES, self.clock.now_ms)


class Rest:
    """One account's calls; close it when done. Raises VenueAway where nothing was sent, VenueSilent where an answer is
    missing, VenueBusy, and Refusal for every complaint."""

    def __init__(
        self,
        exchange: Exchange,
        api_key: str,
        signer: Signer,
        *,
        recv_window_ms: int = 5_000,
        limits: Limits = LIMITS,
    ) -> None:
        self._exchange = exchange
        self._api_key = api_key
        self._signer = signer
        self._recv_window_ms = recv_window_ms
        self._limits = limits
        self._client = make_client(allow=[exchange.base_url], limits=limits)
        self.orders = RateKeeper(VENUE, ORDER_RATES, exchange.clock.now_ms)

    def __repr__(self) -> str:
        return f"Rest({self._exchange.base_url!r})"

    async def close(self) -> None:
        await self._client.aclose()

    async def public(self, path: str, parameters: Parameters | None = None, *, weight: int) -> Any:
        await self._exchange.weights.spend("weight", weight)
        return await self._send("GET", path, encoded(parameters or {}), {})

    async def signed(
        self,
        method: str,
        path: str,
        parameters: Parameters,
        *,
        weight: int,
        urgent: bool = False,
        orders: int = 0,
    ) -> Any:
        """`urgent` calls may use what reading must leave; `orders` is how many the order limit counts for this one."""
        await self._exchange.weights.spend("weight", weight, urgent=urgent)
        if orders:
            await self.orders.spend("orders", orders, urgent=True)
        await self.know_time()
        try:
            return await self._send_signed(method, path, parameters)
        except Refusal as refused:
            if refused.complaint.code != CLOCK:
                raise
        # Refused for its time means nothing was done: measured anew, the request may go out once more.
        self._exchange.clock.doubt()
        await self.know_time()
        return await self._send_signed(method, path, parameters)

    async def time_ms(self) -> int:
        """The exchange's clock now."""
        await self._exchange.weights.spend("weight", 1, urgent=True)
        answer = await self._send("GET", "/api/v3/time", "", {})
        ms = answer.get("serverTime") if isinstance(answer, dict) else None
        if type(ms) is not int:
            raise VenueAway(venue=VENUE, why="it does not tell its time")
        return ms

    async def know_time(self) -> None:
        """Measures the exchange's clock where that has not been done lately."""
        if self._exchange.clock.stale:
            await self._exchange.clock.measure(self.time_ms)

    async def _send_signed(self, method: str, path: str, parameters: Parameters) -> Any:
        timed = {
            **parameters,
            "recvWindow": self._recv_window_ms,
            "timestamp": self._exchange.clock.now_ms(),
        }
        text = encoded(timed)
        text += "&" + encoded({"signature": self._signer.sign(text)})
        return await self._send(method, path, text, {"X-MBX-APIKEY": self._api_key})

    async def _send(self, method: str, path: str, text: str, headers: dict[str, str]) -> Any:
        url = self._exchange.base_url + path + ("?" + text if text else "")
        try:
            response = await fetch(self._client, method, url, limits=self._limits, headers=headers)
        except CallFailed as failed:
            if isinstance(failed.__cause__, _NOT_SENT):
                raise VenueAway(venue=VENUE, why=_plain(failed)) from failed
            raise VenueSilent(venue=VENUE) from failed
        return self._judge(response)

    def _judge(self, response: httpx.Response) -> Any:
        self._learn(response.headers)
        try:
            body = msgspec.json.decode(response.content)
        except (msgspec.DecodeError, UnicodeDecodeError) as broken:
            if response.is_success:
                raise VenueSilent(venue=VENUE) from broken
            body = None
        if response.is_success:
            return body
        told = body if isinstance(body, dict) else {}
        code = told.get("code")
        complaint = Complaint(
            response.status_code,
            code if type(code) is int else 0,
            str(told.get("msg") or response.text[:200]),
        )
        retry_after_s = _whole(response.headers.get("Retry-After")) or RETRY_AFTER_S
        if response.status_code in (418, 429):
            self._exchange.weights.close_for(retry_after_s)
        raise Refusal(complaint, retry_after_s)

    def _learn(self, headers: httpx.Headers) -> None:
        for name, keeper, kind, window_s in (
            ("X-MBX-USED-WEIGHT-1M", self._exchange.weights, "weight", 60),
            ("X-MBX-ORDER-COUNT-10S", self.orders, "orders", 10),
            ("X-MBX-ORDER-COUNT-1D", self.orders, "orders", 86_400),
        ):
            used = _whole(headers.get(name))
            if used is not None:
                keeper.correct(kind, window_s, used)


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


def _plain(failed: CallFailed) -> str:
    """The reason without the address, whose query holds a signature."""
    return str(failed.facts.get("why", "")).partition("?")[0][:200]
