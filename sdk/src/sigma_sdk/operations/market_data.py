"""Market data: the clock, instruments, candles, book, trades, statistics."""

from datetime import datetime

from sigma_sdk.canonical import iso_ms
from sigma_sdk.exchange import Plan, fetch
from sigma_sdk.operation import Page, Turn, operation, paged
from sigma_sdk.pages import Json


class MarketData:
    """Prices. All of it is public."""

    @operation
    def time(self) -> Plan[Json]:
        """Product time, wall time, speed and step of the tape."""
        answer: Json = yield from fetch("/time")
        return answer

    @operation
    def instruments(self) -> Plan[Json]:
        """What is traded, with tick, step and minimum notional."""
        answer: Json = yield from fetch("/market-data/instruments")
        return answer

    @operation
    def candles(
        self,
        symbol: str,
        *,
        interval: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
    ) -> Plan[Json]:
        """One answer's worth of closed candles, oldest first."""
        answer: Json = yield from fetch(
            "/market-data/candles",
            symbol=symbol,
            interval=interval,
            from_=None if since is None else iso_ms(since),
            to=None if until is None else iso_ms(until),
            limit=limit,
        )
        return answer

    @paged
    def candle_history(
        self, symbol: str, *, since: datetime, until: datetime | None = None, limit: int = 5000
    ) -> Turn[Json]:
        """All closed candles of the tape's own interval that open at or after `since`, oldest first."""

        def turn(start: str | None) -> Plan[Page[Json]]:
            page = yield from fetch(
                "/market-data/candles",
                symbol=symbol,
                from_=start or iso_ms(since),
                to=None if until is None else iso_ms(until),
                limit=limit,
            )
            return Page(page["data"], page["next"] if page["has_more"] else None)

        return turn

    @operation
    def book(self, symbol: str, *, depth: int | None = None) -> Plan[Json]:
        """Bids and asks, best first."""
        answer: Json = yield from fetch("/market-data/book", symbol=symbol, depth=depth)
        return answer

    @operation
    def trades(self, symbol: str, *, limit: int | None = None) -> Plan[Json]:
        """The latest trades."""
        answer: Json = yield from fetch("/market-data/trades", symbol=symbol, limit=limit)
        return answer

    @operation
    def statistics(self, symbol: str | None = None) -> Plan[Json]:
        """Open, high, low, close and volume of the last 24 hours."""
        answer: Json = yield from fetch("/market-data/statistics", symbol=symbol)
        return answer

    @operation
    def pack(self) -> Plan[Json]:
        """Where the prices come from, file by file with their SHA-256."""
        answer: Json = yield from fetch("/market-data/pack")
        return answer
