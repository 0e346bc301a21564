"""Binance's public REST calls: exchangeInfo, klines, depth, trades, time."""

import json
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from arena.kit.clock import from_ms, to_ms, wall_now
from arena.kit.http import CallFailed, Limits, fetch, fetch_json, make_client
from arena.trading.market.binance import parse
from arena.trading.market.model import Book, Candle, Instrument, Print, interval_name

KLINES_MAX = 1_000  # the exchange's own limit for one call
LIMITS = Limits(connect_s=5, read_s=10, total_s=20)


class Rest:
    """One client for one base URL; use it as an async context, or close it."""

    def __init__(self, base_url: str) -> None:
        self._base = base_url.rstrip("/")
        self._client = make_client(allow=[self._base], limits=LIMITS)

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
        """Raises CallFailed."""
        await self._get("/api/v3/ping")

    async def time_ms(self) -> int:
        """The exchange's clock. Raises CallFailed, parse.Malformed."""
        answer = await self._get("/api/v3/time")
        return parse.parsed(lambda: to_ms(parse.moment(answer["serverTime"])), "time")

    async def instruments(self, symbols: Sequence[str]) -> list[Instrument]:
        """Those of the symbols that the exchange knows, in the order asked. Raises CallFailed, parse.Malformed."""
        known = await self._symbols(symbols)
        if known is None:  # one unknown symbol makes the whole call fail, without saying which
            known = [entry for one in symbols for entry in await self._symbols([one]) or []]
        made = {i.symbol: i for i in (parse.instrument(entry) for entry in known)}
        return [made[symbol] for symbol in symbols if symbol in made]

    async def _symbols(self, symbols: Sequence[str]) -> list[Any] | None:
        asked = json.dumps(list(symbols), separators=(",", ":"))
        url = f"{self._base}/api/v3/exchangeInfo"
        response = await fetch(self._client, "GET", url, limits=LIMITS, params={"symbols": asked})
        if response.status_code == 400:
            return None
        if not response.is_success:
            raise CallFailed(host=response.request.url.host, why=f"status {response.status_code}")
        entries: list[Any] = parse.parsed(lambda: list(response.json()["symbols"]), "exchangeInfo")
        return entries

    async def klines(
        self, symbol: str, interval_s: int, first_ms: int, last_ms: int
    ) -> list[Candle]:
        """All bars that open from `first_ms` to `last_ms`, both included; as many calls as that takes."""
        candles: list[Candle] = []
        while first_ms <= last_ms:
            rows = await self._get(
                "/api/v3/klines", symbol=symbol, interval=interval_name(interval_s), startTime=first_ms,
                endTime=last_ms, limit=KLINES_MAX,
            )  # fmt: skip
            if not isinstance(rows, list):
                raise parse.Malformed("klines: no list")
            page = [parse.kline_row(symbol, row) for row in rows]
            page = [c for c in page if first_ms <= to_ms(c.open_at) <= last_ms]
            if not page:
                break
            candles += page
            first_ms = to_ms(page[-1].open_at) + interval_s * 1000
        return candles

    async def depth(self, symbol: str, limit: int = 100) -> Book:
        """The book now; it is stamped with our own time, as the answer bears none."""
        return parse.book(
            symbol, await self._get("/api/v3/depth", symbol=symbol, limit=limit), wall_now()
        )

    async def trades(self, symbol: str, limit: int = 100) -> list[Print]:
        rows = await self._get("/api/v3/trades", symbol=symbol, limit=limit)
        return parse.parsed(lambda: [parse.trade_row(symbol, row) for row in rows], "trades")

    async def _get(self, path: str, **parameters: Any) -> Any:
        return await fetch_json(
            self._client, "GET", self._base + path, limits=LIMITS, params=parameters or None
        )


def clock_difference_s(server_ms: int) -> float:
    """How far the exchange's clock is ahead of ours."""
    return (from_ms(server_ms) - wall_now()).total_seconds()
