"""Who uses too much is told so: by key and by address, 429 first and 418 for whoever goes on."""

from pathlib import Path
from typing import Any

import pytest

from arena.kit.settings import Settings
from arena.trading.venues.dialects.binance import DialectRefused, weights
from arena.trading.venues.dialects.binance.weights import BAN_S, REFUSED_MAX, Weights


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Seconds since 1970, which a test may move."""
    at = [1_700_000_000 // 86_400 * 86_400]
    monkeypatch.setattr(weights, "_now_s", lambda: at[0])
    return at


def counting(**limits: int) -> Weights:
    given: dict[str, Any] = {
        "dialect_weight_per_min": 100, "dialect_address_weight_per_min": 1_000, "dialect_orders_per_10s": 3,
        "dialect_orders_per_day": 5,
    }  # fmt: skip
    return Weights(Settings(home=Path(), seed="test", **(given | limits)))


def test_a_key_may_use_its_weight_and_a_new_one_each_minute(now: list[int]) -> None:
    counts = counting()
    assert counts.spend_key("k", 60) == 60
    assert counts.spend_key("k", 40) == 100
    with pytest.raises(DialectRefused) as refused:
        counts.spend_key("k", 1)
    answer = refused.value.answer
    assert (answer.http, answer.code) == (429, -1003)
    assert answer.message.startswith(
        "Too much request weight used; current limit is 100 request weight per 1 MINUTE."
    )
    assert answer.headers["Retry-After"] == "60"
    assert answer.headers["X-MBX-USED-WEIGHT-1M"] == "100"
    assert counts.spend_key("other", 1) == 1
    now[0] += 60
    assert counts.spend_key("k", 1) == 1


def test_who_goes_on_is_banned_and_let_in_again(now: list[int]) -> None:
    counts = counting(dialect_address_weight_per_min=1)
    counts.spend_address("a", 1)
    statuses = []
    for _ in range(REFUSED_MAX + 2):
        with pytest.raises(DialectRefused) as refused:
            counts.spend_address("a", 1)
        statuses.append(refused.value.answer.http)
    assert statuses == [429] * REFUSED_MAX + [418] * 2
    assert "banned until" in refused.value.answer.message
    assert refused.value.answer.data == {"retryAfter": (now[0] + BAN_S) * 1_000}
    now[0] += BAN_S - 1
    with pytest.raises(DialectRefused):
        counts.spend_address("a", 1)
    now[0] += 1
    assert counts.spend_address("a", 1) == 1


def test_orders_are_counted_in_ten_seconds_and_a_day(now: list[int]) -> None:
    counts = counting()
    for _ in range(3):
        counts.count_orders("acc", 1)
    with pytest.raises(DialectRefused) as refused:
        counts.count_orders("acc", 1)
    assert (
        refused.value.answer.message
        == "Too many new orders; current limit is 3 orders per 10 SECOND."
    )
    assert (refused.value.answer.http, refused.value.answer.code) == (429, -1015)
    assert refused.value.answer.headers["X-MBX-ORDER-COUNT-10S"] == "3"
    now[0] += 10
    counts.count_orders("acc", 2)
    now[0] += 10
    with pytest.raises(DialectRefused, match="5 orders per 1 DAY"):
        counts.count_orders("acc", 1)
    assert [row["count"] for row in counts.order_usage("acc")] == [0, 5]


def test_what_trades_at_once_does_not_count(now: list[int]) -> None:
    counts = counting()
    counts.count_orders("acc", 1)
    counts.uncount_orders("acc", 1)
    assert counts.order_headers("acc") == {
        "X-MBX-ORDER-COUNT-10S": "0",
        "X-MBX-ORDER-COUNT-1D": "0",
    }


def test_no_limit_is_no_limit_and_is_not_listed(now: list[int]) -> None:
    counts = counting(dialect_weight_per_min=0, dialect_orders_per_10s=0)
    for _ in range(1_000):
        counts.spend_key("k", 1_000)
    assert [row["interval"] for row in counts.limits()] == ["DAY"]
    assert [row["rateLimitType"] for row in counting().limits()] == [
        "REQUEST_WEIGHT",
        "ORDERS",
        "ORDERS",
    ]


def test_counters_of_minutes_past_are_forgotten(
    now: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "WHO_MAX", 10)
    counts = counting()
    for number in range(10):
        counts.spend_key(f"k{number}", 1)
    now[0] += 60
    counts.spend_key("fresh", 1)
    assert len(counts._keys._windows) == 1
