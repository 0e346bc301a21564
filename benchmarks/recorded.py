"""The recorded BTCUSDT session through the matching engine: messages a second, with orders resting and without.

Beside it a mirror as it is written first: json, a dictionary of decimals for each side, the best price by max and
min. It matches nothing.
"""

import gzip
import json
import os
import time
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from arena.kit.clock import to_ms
from arena.trading.market import Instrument, MarketEvent, read_messages
from arena.trading.venues import MatchingEngine, PaperTicket
from benchmarks.table import Goal, ratios, show, spread

BTC = Instrument("BTCUSDT", "BTC", "USDT", Decimal("0.01"), Decimal("0.00001"), Decimal(5))
FILES = (
    "btcusdt-depth-trade-bookticker-20240808.log.gz",
    "btcusdt-depth-trade-bookticker-20240809.log.gz",
)
RESTING = 1_000


def session() -> list[Path]:
    """The recording's files; none where they are absent."""
    folder = Path(
        os.environ.get("ARENA_TEST_DATA") or Path(__file__).parents[2] / "shared" / "data"
    )
    paths = [folder / "messages" / "binance" / "ws" / name for name in FILES]
    return [path for path in paths if path.is_file()]


async def recorded(*, rounds: int) -> None:
    """Prints the table, or why there is none."""
    paths = session()
    if not paths:
        print(
            "\n## Recorded session\n\nleft out: set ARENA_TEST_DATA to a folder with messages/binance/ws\n"
        )
        return
    events = list(read_messages(paths, BTC))
    sides: dict[str, tuple[Callable[[], object], int]] = {
        "engine, no orders": (lambda: _engine(events, 0), len(events)),
        f"engine, {RESTING:,} orders resting": (lambda: _engine(events, RESTING), len(events)),
        "parsing and engine": (lambda: _engine(read_messages(paths, BTC), 0), len(events)),
        "a mirror as it is written first": (lambda: _naive(paths), len(events)),
    }
    figures: dict[str, list[float]] = defaultdict(list)
    names = list(sides)
    for number in range(rounds):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            act, count = sides[name]
            began = time.perf_counter()
            act()
            figures[name].append(count / (time.perf_counter() - began))
    naive = figures["a mirror as it is written first"]
    show(
        f"Recorded session of BTCUSDT, {len(events):,} books and trades in 11 minutes, {rounds} rounds",
        ["side", "events/s"],
        [[name, spread(figures[name])] for name in names],
        [
            Goal("parsing and engine against that mirror", ratios(figures["parsing and engine"], naive), None),
            Goal(
                "with orders resting against none",
                ratios(figures[names[1]], figures[names[0]]), None,
            ),
        ],
    )  # fmt: skip


def _engine(events: object, resting: int) -> MatchingEngine:
    engine = MatchingEngine(BTC)
    waiting = resting
    for event in events:  # type: ignore[attr-defined]  # a list or an iterator of events
        engine.apply(event)
        if waiting and engine.best_bid and engine.best_ask:
            _rest(engine, event, waiting)
            waiting = 0
    return engine


def _rest(engine: MatchingEngine, event: MarketEvent, count: int) -> None:
    """Limit orders on both sides, from the best price outwards."""
    at_ms = to_ms(event.at)
    for number in range(count):
        buys = number % 2 == 0
        best = (engine.best_bid if buys else engine.best_ask) or 0
        engine.submit(
            PaperTicket(
                f"ord_{number}", f"acc_{number % 50}", number, "buy" if buys else "sell", "limit", at_ms,
                quantity=100, limit=best - 5 * number if buys else best + 5 * number,
            )
        )  # fmt: skip
    engine.advance(at_ms)


def _naive(paths: list[Path]) -> tuple[Decimal, Decimal]:
    bids: dict[Decimal, Decimal] = {}
    asks: dict[Decimal, Decimal] = {}
    best = (Decimal(0), Decimal(0))
    for path in paths:
        with gzip.open(path, "rt") as lines:
            for line in lines:
                message = json.loads(line.partition(" ")[2])
                told = message.get("data", message)
                sides = (told.get("bids") or told.get("b"), told.get("asks") or told.get("a"))
                if not all(isinstance(side, list) for side in sides):
                    continue
                for mine, changes in zip((bids, asks), sides, strict=True):
                    for price, quantity in changes:
                        if float(quantity):
                            mine[Decimal(price)] = Decimal(quantity)
                        else:
                            mine.pop(Decimal(price), None)
                if bids and asks:
                    best = (max(bids), min(asks))
    return best
