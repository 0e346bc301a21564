"""Binance's public REST calls: exchangeInfo, klines, depth, trades, time; within the exchange's rate limit."""

import json
from collections.abc import Sequence
from datetime import datetime
from types import TracebackType
from typing import Any

import httpx
import msgspec

from arena.kit.clock import from_ms, to_ms, wall_now
from arena.kit.http import CallFailed, Limits, fetch, make_client
from arena.trading.market.binance import parse
from arena.trading.market.binance.messages import Messages
from arena.trading.market.binance.weight import Budget
from arena.trading.market.depth import DepthSnapshot
from arena.trading.market.model import Book, Candle, Instrument, Print, interval_name

KLINES_MAX = 1_000  # the exchange's own limit for one call
LIMITS = Limits(connect_s=5, read_s=10, total_s=20)
WEIGHTS = {"ping": 1, "time": 1, "klines": 2, "trades": 25, "exchangeInfo": 20}


class Rest:
    """One client for one base URL; use it as an async context, or close it. Every call raises CallFailed, WeightSpent,
    and parse.Malformed where the answer is not what it should be."""

    def __init__(self, base_url: str) -> None:
        self._base = base_url.rstrip("/")
        self._client = make_client(allow=[self._base], limits=LIMITS)
        self._budget = Budget()

    async def __aenter__(self) -> "Rest":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._client.aclose()

    async def ping(self) -> None:
        await self._get("ping")

    async def time_ms(self) -> int:
        """The exchange's clock."""
        answer = await self._get("time")
        return parse.parsed(lambda: to_ms(parse.moment(answer["serverTime"])), "time")

    async def instruments(self, symbols: Sequence[str]) -> list[Instrument]:
        """Those of the symbols that the exchange knows, in the order asked."""
        known = await self._symbols(symbols)
        if known is None:  # one unknown symbol makes the whole call fail, without saying which
            known = [entry for one in symbols for entry in await self._symbols([one]) or []]
        made = {i.symbol: i for i in (parse.instrument(entry) for entry in known)}
        return [made[symbol] for symbol in symbols if symbol in made]

    async def _symbols(self, symbols: Sequence[str]) -> list[Any] | None:
        asked = json.dumps(list(symbols), separators=(",", ":"))
        response = await self._call("exchangeInfo", {"symbols": asked})
        if response.status_code == 400:
            return None
        answer = _json(response)
        entries: list[Any] = parse.parsed(lambda: list(answer["symbols"]), "exchangeInfo")
        return entries

    async def klines(
        self, symbol: str, interval_s: int, first_ms: int, last_ms: int
    ) -> list[Candle]:
        """All bars that open from `first_ms` to `last_ms`, both included; as many calls as that takes."""
        candles: list[Candle] = []
        while first_ms <= last_ms:
            page = await self.klines_page(symbol, interval_s, first_ms, last_ms)
            if not page:
                break
            candles += page
            first_ms = to_ms(page[-1].open_at) + interval_s * 1000
        return candles

    async def klines_page(
        self, symbol: str, interval_s: int, first_ms: int, last_ms: int
    ) -> list[Candle]:
        """The first thousand of them at most, by one call."""
        rows = await self._get(
            "klines", symbol=symbol, interval=interval_name(interval_s), startTime=first_ms, endTime=last_ms,
            limit=KLINES_MAX,
        )  # fmt: skip
        if not isinstance(rows, list):
            raise parse.Malformed("klines: no list")
        page = [parse.kline_row(symbol, row) for row in rows]
        return [c for c in page if first_ms <= to_ms(c.open_at) <= last_ms]

    async def depth(self, symbol: str, limit: int = 100) -> Book:
        """The book now; it is stamped with our own time, as the answer bears none."""
        return parse.book(symbol, await self._get("depth", symbol=symbol, limit=limit), wall_now())

    async def snapshot(
        self, instrument: Instrument, limit: int, at: datetime | None
    ) -> DepthSnapshot:
        """The book now, to join differences to. `at` is the exchange's time as far as it is known, else it is ours."""
        response = await self._call("depth", {"symbol": instrument.symbol, "limit": limit})
        _check(response)
        return Messages(instrument).snapshot(response.content, at or wall_now())

    async def trades(self, symbol: str, limit: int = 100) -> list[Print]:
        rows = await self._get("trades", symbol=symbol, limit=limit)
        return parse.parsed(lambda: [parse.trade_row(symbol, row) for row in rows], "trades")

    async def _get(self, name: str, **parameters: Any) -> Any:
        return _json(await self._call(name, parameters))

    async def _call(self, name: str, parameters: dict[str, Any]) -> httpx.Response:
        await self._budget.spend(_weight(name, parameters))
        url = f"{self._base}/api/v3/{name}"
        response = await fetch(self._client, "GET", url, limits=LIMITS, params=parameters or None)
        self._budget.told(response.status_code, response.headers)
        return response


def clock_difference_s(server_ms: int) -> float:
    """How far the exchange's clock is ahead of ours."""
    return (from_ms(server_ms) - wall_now()).total_seconds()


def _weight(name: str, parameters: dict[str, Any]) -> int:
    if name != "depth":
        return WEIGHTS[name]
    levels = parameters["limit"]
    return 5 if levels <= 100 else 25 if levels <= 500 else 50


def _check(response: httpx.Response) -> None:
    if not response.is_success:
        why = f"status {response.status_code}: {response.text[:200]}"
        raise CallFailed(host=response.request.url.host, why=why)


def _json(response: httpx.Response) -> Any:
    _check(response)
    try:
        return msgspec.json.decode(response.content)
    except (msgspec.DecodeError, UnicodeDecodeError) as broken:
        host = response.request.url.host
        raise CallFailed(host=host, why=f"its answer is not JSON ({broken})") from broken
