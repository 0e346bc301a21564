"""Market data over HTTP: public, bounded, exact, and never of the future."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest

from arena.kit.clock import from_iso, iso_ms
from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.trading import market
from arena.trading.market.routes import routes
from tests.http import make_client


@pytest.fixture
async def client(db: Database, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with make_client(db, settings, routes) as made:
        yield made


async def test_time_tells_clock_pace_and_step(
    client: httpx.AsyncClient, played: list[market.Bars]
) -> None:
    answer = (await client.get("/time")).json()
    assert answer["product_time"] == iso_ms(played[-1].close_at)
    assert answer["step"] == len(played)
    assert (answer["source"], answer["speed"], answer["interval_s"]) == ("sample", "max", 900)
    assert answer["ended"] is False
    assert from_iso(answer["wall_time"]) > played[-1].close_at


async def test_instruments_come_with_their_steps_as_text(
    client: httpx.AsyncClient, played: list[market.Bars]
) -> None:
    (one,) = (await client.get("/market-data/instruments")).json()["data"]
    assert one == {
        "symbol": "BTC-USD", "base": "BTC", "quote": "USD", "tick": "0.01", "step": "0.00001",
        "notional_min": "5", "status": "trading",
    }  # fmt: skip


async def test_candles_page_from_a_time_to_the_last_closed_bar(
    client: httpx.AsyncClient, played: list[market.Bars]
) -> None:
    found, at = [], iso_ms(played[0].open_at)
    while at:
        query: dict[str, str | int] = {"symbol": "BTC-USD", "from": at, "limit": 77}
        answer = (await client.get("/market-data/candles", params=query)).json()
        found += answer["data"]
        assert answer["has_more"] == (answer["next"] is not None)
        at = answer["next"]
    assert [(c["open_at"], Decimal(c["close"])) for c in found] == [
        (iso_ms(b.open_at), b.candles[0].close) for b in played
    ]
    assert all(isinstance(c["volume"], str) and "E" not in c["volume"] for c in found)


async def test_without_from_the_last_candles_come(
    client: httpx.AsyncClient, played: list[market.Bars]
) -> None:
    query: dict[str, str | int] = {"symbol": "BTC-USD", "limit": 3, "interval": "1h"}
    answer = (await client.get("/market-data/candles", params=query)).json()
    assert answer["interval"] == "1h"
    assert len(answer["data"]) == 3
    last = from_iso(answer["data"][-1]["open_at"])
    assert last + timedelta(hours=1) <= played[-1].close_at < last + timedelta(hours=2)


async def test_nobody_is_told_of_bars_that_have_not_closed(
    client: httpx.AsyncClient, played: list[market.Bars]
) -> None:
    query: dict[str, str | int] = {"symbol": "BTC-USD", "to": "2100-01-01T00:00:00Z", "limit": 1}
    (bar,) = (await client.get("/market-data/candles", params=query)).json()["data"]
    assert bar["open_at"] == iso_ms(played[-1].open_at)


async def test_what_has_not_changed_is_not_sent_again(
    client: httpx.AsyncClient, played: list[market.Bars]
) -> None:
    for path in ("/market-data/candles?symbol=BTC-USD&limit=5", "/market-data/pack"):
        first = await client.get(path)
        again = await client.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    other = await client.get("/market-data/candles?symbol=BTC-USD&limit=6")
    assert other.status_code == 200


async def test_book_trades_statistics_and_pack_are_there(
    client: httpx.AsyncClient, played: list[market.Bars]
) -> None:
    book = (await client.get("/market-data/book?symbol=BTC-USD&depth=3")).json()
    assert (book["model"], book["at"]) == ("bar", iso_ms(played[-1].close_at))
    assert len(book["bids"]) <= 3
    made = (await client.get("/market-data/trades?symbol=BTC-USD&limit=9")).json()["data"]
    assert all(one["model"] == "bar" and one["side"] in ("buy", "sell") for one in made)
    (statistics,) = (await client.get("/market-data/statistics")).json()["data"]
    assert Decimal(statistics["close"]) == played[-1].candles[0].close
    pack = (await client.get("/market-data/pack")).json()
    assert pack["sha"] == market.sample_source().pack.sha
    assert pack["manifest"]["files"][0]["path"] == "BTC-USD-15m.parquet"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("symbol=NO-NO", 404),
        ("symbol=btc", 422),
        ("symbol=A%00B", 422),
        ("symbol=" + "A" * 31, 422),
        ("", 422),
        ("symbol=BTC-USD&interval=7m", 422),
        ("symbol=BTC-USD&interval=5m", 422),
        ("symbol=BTC-USD&limit=0", 422),
        ("symbol=BTC-USD&limit=99999999999999999999", 422),
        ("symbol=BTC-USD&from=2021-10-01T00:00:00", 422),
        ("symbol=BTC-USD&from=0001-01-01T00:00:00Z", 422),
        ("symbol=BTC-USD&to=9999-12-31T23:59:59Z", 422),
        ("symbol=BTC-USD&from=1e99", 422),
        ("symbol=BTC-USD&from=1970-01-01T00:00:00Z&to=1970-01-01T00:00:00Z", 200),
        ("symbol=BTC-USD&from=1970-01-01T00:00:00%2B14:00&interval=1d", 200),
        ("symbol=BTC-USD&from=2200-12-31T23:59:59Z&interval=1d", 200),
        ("symbol=BTC-USD&to=1970-01-01T00:00:00Z", 200),
        ("symbol=BTC-USD&unheard=of", 200),
    ],
)
async def test_odd_questions_get_plain_answers(
    client: httpx.AsyncClient, played: list[market.Bars], query: str, status: int
) -> None:
    answer = await client.get(f"/market-data/candles?{query}")
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize("path", ["/time", "/market-data/pack", "/market-data/candles?symbol=X-Y"])
async def test_before_the_first_start_the_answer_says_so(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(path)
    assert answer.status_code in (503, 404)
    assert answer.json()["code"] in ("no_tape", "unknown_instrument")
