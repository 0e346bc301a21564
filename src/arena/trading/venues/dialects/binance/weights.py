"""Counts what callers use: weight a minute by key and by address, new orders by account; refuses what is too much.

Windows are the wall clock's minutes, ten seconds and days, as at Binance. Who goes on after a refusal is banned for a
while: status 429 first, then 418.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from arena.kit.settings import Settings
from arena.trading.venues.dialects.binance.errors import TOO_MANY_ORDERS, DialectRefused
from arena.trading.venues.dialects.binance.sign import wall_us

MINUTE_S, TEN_S, DAY_S = 60, 10, 86_400
REFUSED_MAX = 60
"""Refused calls in a minute, from which on it is a ban."""
BAN_S = 120
WHO_MAX = 50_000


@dataclass(slots=True)
class _Window:
    number: int = -1
    used: int = 0
    refused: int = 0
    banned_until_s: int = 0


class _Count:
    """One kind of count, for many callers; `most` 0 is no limit."""

    def __init__(self, length_s: int, most: int) -> None:
        self.length_s = length_s
        self.most = most
        self._windows: dict[str, _Window] = {}

    def window(self, who: str, now_s: int) -> _Window:
        number = now_s // self.length_s
        found = self._windows.get(who)
        if found is None:
            if len(self._windows) >= WHO_MAX:
                self._windows = {
                    one: kept
                    for one, kept in self._windows.items()
                    if kept.number == number or kept.banned_until_s > now_s
                }
            found = self._windows[who] = _Window(number)
        elif found.number != number:
            found.number, found.used, found.refused = number, 0, 0
        return found

    def left_s(self, now_s: int) -> int:
        return self.length_s - now_s % self.length_s


class Weights:
    """The counters of one process. A caller is named by address, key id or account id."""

    def __init__(self, settings: Settings) -> None:
        self._addresses = _Count(MINUTE_S, settings.dialect_address_weight_per_min)
        self._keys = _Count(MINUTE_S, settings.dialect_weight_per_min)
        self._ten_s = _Count(TEN_S, settings.dialect_orders_per_10s)
        self._day = _Count(DAY_S, settings.dialect_orders_per_day)

    def spend_address(self, address: str, weight: int) -> int:
        """What the address has used of its minute, with this. Raises DialectRefused."""
        return _spend(self._addresses, address, weight, "IP")

    def spend_key(self, key_id: str, weight: int) -> int:
        """What the key has used of its minute, with this. Raises DialectRefused."""
        return _spend(self._keys, key_id, weight, "API-key")

    def give_back(self, key_id: str, weight: int) -> int:
        """An order that was taken weighs nothing; what the key has used then."""
        window = self._keys.window(key_id, _now_s())
        window.used = max(0, window.used - weight)
        return window.used

    def count_orders(self, account: str, orders: int) -> None:
        """Counts orders that are about to be placed. Raises DialectRefused."""
        now_s = _now_s()
        for count, words in ((self._ten_s, "10 SECOND"), (self._day, "1 DAY")):
            window = count.window(account, now_s)
            if count.most and window.used + orders > count.most:
                raise DialectRefused(
                    -1015, TOO_MANY_ORDERS.format(limit=count.most, window=words), http=429,
                    headers={"Retry-After": str(count.left_s(now_s)), **self.order_headers(account)},
                )  # fmt: skip
        for count in (self._ten_s, self._day):
            count.window(account, now_s).used += orders

    def uncount_orders(self, account: str, orders: int) -> None:
        """For orders that were refused, or have traded at once: only those that do not trade count."""
        now_s = _now_s()
        for count in (self._ten_s, self._day):
            window = count.window(account, now_s)
            window.used = max(0, window.used - orders)

    def order_headers(self, account: str) -> dict[str, str]:
        now_s = _now_s()
        return {
            "X-MBX-ORDER-COUNT-10S": str(self._ten_s.window(account, now_s).used),
            "X-MBX-ORDER-COUNT-1D": str(self._day.window(account, now_s).used),
        }

    def limits(self) -> list[dict[str, Any]]:
        """`rateLimits` of exchangeInfo; what has no limit is left out."""
        return [row for row in self._rows() if row["limit"]]

    def order_usage(self, account: str) -> list[dict[str, Any]]:
        """`rateLimit/order`: the limits of orders, and how much of each is used."""
        return _counted(self._rows()[1:], list(self.order_headers(account).values()))

    def usage(self, used_weight: int, account: str | None = None) -> list[dict[str, Any]]:
        """`rateLimits` of an answer of the ws-api; orders' where an account is named."""
        rows = _counted(self._rows()[:1], [str(used_weight)])
        return rows if account is None else self.order_usage(account) + rows

    def _rows(self) -> list[dict[str, Any]]:
        return [
            _row("REQUEST_WEIGHT", "MINUTE", 1, self._keys.most),
            _row("ORDERS", "SECOND", 10, self._ten_s.most),
            _row("ORDERS", "DAY", 1, self._day.most),
        ]


def _row(kind: str, interval: str, number: int, limit: int) -> dict[str, Any]:
    return {
        "rateLimitType": kind,
        "interval": interval,
        "intervalNum": number,
        "limit": limit,
    }


def _counted(rows: list[dict[str, Any]], counts: list[str]) -> list[dict[str, Any]]:
    return [{**row, "count": int(count)} for row, count in zip(rows, counts, strict=True)]


def _spend(count: _Count, who: str, weight: int, kind: str) -> int:
    now_s = _now_s()
    window = count.window(who, now_s)
    if window.banned_until_s > now_s:
        raise _banned(window, now_s, kind)
    if not count.most or window.used + weight <= count.most:
        window.used += weight
        return window.used
    window.refused += 1
    if window.refused > REFUSED_MAX:
        window.banned_until_s = now_s + BAN_S
        raise _banned(window, now_s, kind)
    raise DialectRefused(
        -1003,
        f"Too much request weight used; current limit is {count.most} request weight per 1 MINUTE. Please use "
        "WebSocket Streams for live updates to avoid polling the API.",
        http=429,
        headers=_used_headers(window.used, count.left_s(now_s)),
        data={"retryAfter": (now_s + count.left_s(now_s)) * 1_000},
    )


def _banned(window: _Window, now_s: int, kind: str) -> DialectRefused:
    until_ms = window.banned_until_s * 1_000
    return DialectRefused(
        -1003,
        f"Way too much request weight used; {kind} banned until {until_ms}. Please use WebSocket Streams for live "
        "updates to avoid bans.",
        http=418,
        headers=_used_headers(window.used, window.banned_until_s - now_s),
        data={"retryAfter": until_ms},
    )  # fmt: skip


def _used_headers(used: int, wait_s: int) -> Mapping[str, str]:
    return {"Retry-After": str(max(1, wait_s)), **weight_headers(used)}


def weight_headers(used: int) -> dict[str, str]:
    return {"X-MBX-USED-WEIGHT": str(used), "X-MBX-USED-WEIGHT-1M": str(used)}


def _now_s() -> int:
    return wall_us() // 1_000_000
