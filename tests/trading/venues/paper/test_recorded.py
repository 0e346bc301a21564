"""Against what was recorded: the mirror is the exchange's book, and orders thrown into a real session fare lawfully."""

import gzip
import json
from bisect import bisect_right
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random

import pytest

from arena.kit.clock import to_ms
from arena.trading.market import (
    DepthSnapshot,
    DepthUpdate,
    Instrument,
    MarketEvent,
    Print,
    Side,
    read_messages,
)
from arena.trading.venues import EngineEvent, Filled, MatchingEngine, PaperTicket
from tests.trading.venues.paper.auditor import Auditor

BTC = Instrument("BTCUSDT", "BTC", "USDT", Decimal("0.01"), Decimal("0.00001"), Decimal(5))
KNOWN = [50_093_478_174, 50_093_480_542]
"""The updates after which the exchange's own ticker says something else."""

pytestmark = pytest.mark.venues


@pytest.fixture(scope="module")
def logs(shared_data: Path) -> tuple[Path, ...]:
    found = tuple(sorted((shared_data / "messages" / "binance" / "ws").glob("btcusdt-*.log.gz")))
    if not found:
        pytest.skip("no recorded session of BTCUSDT here")
    return found


@cache
def session(logs: tuple[Path, ...]) -> list[MarketEvent]:
    return list(read_messages(logs, BTC))


def tops(logs: tuple[Path, ...]) -> Iterator[tuple[int, tuple[int, int]]]:
    """(update id, best bid and ask in ticks) of every bookTicker message."""
    for path in logs:
        with gzip.open(path, "rt") as file:
            for line in file:
                if "@bookTicker" in line[:70]:
                    said = json.loads(line.partition(" ")[2])["data"]
                    yield said["u"], tuple(round(Decimal(said[side]) / BTC.tick) for side in "ba")  # type: ignore[misc]  # two sides, two prices


def test_the_top_of_the_mirror_is_the_exchanges_at_every_update_but_the_known_two(
    logs: tuple[Path, ...],
) -> None:
    ids, best = zip(*tops(logs), strict=True)
    assert list(ids) == sorted(ids)
    engine, compared, wrong = MatchingEngine(BTC), 0, []
    for event in session(logs):
        engine.apply(event)
        if isinstance(event, DepthUpdate):
            compared += 1
            told = best[bisect_right(ids, event.last_id) - 1]
            if (engine.best_bid, engine.best_ask) != told:
                wrong.append(event.last_id)
    assert compared >= 6_490
    assert wrong == KNOWN


def thrown(events: list[MarketEvent], seed: int, every: int) -> Iterator[PaperTicket | MarketEvent]:
    """The session with an order of some kind every so many events, near the price of the last trade."""
    chance, last = Random(seed), 0
    for number, event in enumerate(events):
        yield event
        if isinstance(event, Print):
            last = int(event.price / BTC.tick)
        if number % every or not last:
            continue
        kind = chance.choice(
            [
                "market",
                "limit",
                "limit",
                "limit_maker",
                "stop_loss",
                "take_profit",
                "stop_loss_limit",
            ]
        )
        side: Side = chance.choice(("buy", "sell"))
        near = chance.choice((0, 1, 5, 100, 500, 2_000))
        ms = to_ms(event.at) + 1_300
        yield PaperTicket(
            order_id=f"o{number}",
            account_id=f"a{chance.randrange(5)}",
            sequence=number,
            side=side,
            type=kind,  # type: ignore[arg-type]  # the choices are types
            effective_ms=ms + chance.choice((0, 20, 250)),
            quantity=chance.choice((100, 5_000, 100_000, 3_000_000)),
            limit=last + chance.choice((-near, near)) if "limit" in kind else None,
            stop=last + chance.choice((-near, near)) if "stop" in kind or "profit" in kind else None,
            trailing_bps=chance.choice((None, 2)) if "stop" in kind else None,
            time_in_force=chance.choice(("gtc", "gtc", "ioc", "fok")) if kind == "limit" else "gtc",
            expires_ms=ms + chance.choice((2_000, 30_000)),
        )  # fmt: skip


def play(
    events: list[MarketEvent], *, seed: int, every: int, auditor: Auditor | None = None
) -> list[EngineEvent]:
    engine, told = MatchingEngine(BTC), []
    for one in thrown(events, seed, every):
        if isinstance(one, PaperTicket):
            engine.submit(one)
            if auditor is not None:
                auditor.placed(one)
            continue
        before = engine.advance(to_ms(one.at))
        after = engine.apply(one)
        if auditor is not None:
            auditor.saw(None, before)
            auditor.saw(one, after)
        told += [*before, *after]
    return told


@pytest.mark.parametrize("seed", range(3))
def test_fills_in_a_real_session_never_exceed_what_was_displayed_and_traded(
    logs: tuple[Path, ...], seed: int
) -> None:
    auditor = Auditor(BTC)
    told = play(session(logs)[:14_000], seed=seed, every=40, auditor=auditor)
    sources = {one.evidence["source"] for one in told if isinstance(one, Filled)}
    assert sources == {"book", "trade", "crossing", "order"}
    assert auditor.filled > 300


def test_the_same_session_and_orders_give_the_same_bytes(logs: tuple[Path, ...]) -> None:
    once, again = (repr(play(session(logs), seed=7, every=100)).encode() for _ in range(2))
    assert once == again
    assert len(once) > 100_000


def test_an_order_taken_up_by_another_engine_in_the_middle_fares_the_same(
    logs: tuple[Path, ...],
) -> None:
    events = session(logs)
    first, second, half = MatchingEngine(BTC), MatchingEngine(BTC), len(events) // 2
    for event in events[:half]:
        first.apply(event)
    bids, asks = first.depth(5_000)
    start, limit = to_ms(events[half].at), first.best_bid
    assert limit is not None
    second.apply(DepthSnapshot(BTC.symbol, events[half].at, first.last_id, bids, asks))
    first.submit(PaperTicket("a", "a", 1, "buy", "limit", start, quantity=50_000, limit=limit - 50))
    first.advance(start)
    second.submit(first.tickets()[0])
    told: dict[MatchingEngine, list[tuple[int, int]]] = {first: [], second: []}
    for event in events[half:]:
        for engine, found in told.items():
            found += [(e.quantity, e.at_ms) for e in engine.apply(event) if isinstance(e, Filled)]
    assert told[first] == told[second]
    assert sum(quantity for quantity, _ in told[first]) == 50_000
