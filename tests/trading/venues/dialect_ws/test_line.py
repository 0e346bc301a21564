"""A recorded session, told by our streams, is told as the exchange told it: message for message."""

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from starlette.types import Message

from arena.kit.sockets import AsgiOutlet
from arena.trading.market import DepthSnapshot, Instrument, MarketEvent, read_messages
from arena.trading.orders.floor.market import FloorMarket
from arena.trading.venues.dialects.binance.connection import Connection
from arena.trading.venues.dialects.binance.line import Line
from arena.trading.venues.dialects.binance.stream_names import StreamName, parse_stream

BTCUSDT = Instrument("BTCUSDT", "BTC", "USDT", Decimal("0.01"), Decimal("0.00001"), Decimal(5))
LINES = 10_000


@pytest.fixture(scope="module")
def file(shared_data: Path) -> Path:
    name = "btcusdt-depth-trade-bookticker-20240808.log.gz"
    return shared_data / "messages" / "binance" / "ws" / name


def recorded(file: Path, stream: str) -> Iterator[bytes]:
    with gzip.open(file) as lines:
        for line in islice(lines, LINES):
            head = b'{"stream":"btcusdt@%s","data":' % stream.encode()
            raw = line.rstrip().partition(b" ")[2]
            if raw.startswith(head):
                yield raw[len(head) : -1]


def floored(levels: list[list[str]]) -> list[list[str]]:
    """As books are kept here: an old order with a quantity finer than the step counts whole steps."""
    return [[price, quantity[:-3] + "000"] for price, quantity in levels]


class Scene:
    """A line over a real matching engine's market, fed by the recording, and what one reader heard of a stream."""

    def __init__(self, events: Iterator[MarketEvent]) -> None:
        self.market = FloorMarket(BTCUSDT, datetime(2024, 8, 8, tzinfo=UTC))
        self._events = events
        for event in events:
            self._feed(event)
            if isinstance(event, DepthSnapshot):
                break
        self.line = Line(lambda: self.market, lambda: self.market.at)
        self.heard: list[bytes] = []

    def _feed(self, event: MarketEvent) -> None:
        self.market.apply(event)

    def hear(self, name: str) -> None:
        async def send(_message: Message) -> None:
            raise AssertionError("nothing is sent but what the outlet is given")

        class Kept(AsgiOutlet):
            def push(outlet, frames: bytes) -> bool:  # noqa: N805 - `self` is the scene here
                self.heard.append(frames)
                return True

        connection = Connection(Kept(send), send, combined=False, micro=False, opened_at_s=0)
        topic = self.line.topic(stream(name), micro=False)
        topic.hearers[connection] = None

    def play(self) -> None:
        for event in self._events:
            self._feed(event)
            self.line.take(event)

    def messages(self) -> list[Any]:
        return [msgspec.json.decode(_payload(frame)) for frame in self.heard]


def stream(name: str) -> StreamName:
    found = parse_stream(name)
    assert found is not None
    return found


def _payload(frame: bytes) -> bytes:
    return frame[2:] if frame[1] < 126 else frame[4:] if frame[1] == 126 else frame[10:]


@pytest.fixture
def scene(file: Path, tmp_path: Path) -> Scene:
    part = tmp_path / "part.log"
    with gzip.open(file) as lines:
        part.write_bytes(b"".join(islice(lines, LINES)))
    return Scene(read_messages(part, BTCUSDT))


def test_differences_of_the_book_are_told_as_they_were(scene: Scene, file: Path) -> None:
    scene.hear("btcusdt@depth@100ms")
    scene.play()
    ours = scene.messages()
    theirs = {m["u"]: m for m in map(msgspec.json.decode, recorded(file, "depth@100ms"))}
    assert len(ours) > 250
    for message in ours:
        real = theirs[message["u"]]
        assert list(message) == list(real)
        assert (message["E"], message["s"]) == (real["E"], real["s"])
        # One that overlaps with the snapshot begins where that ends.
        assert message is ours[0] or message == real | {s: floored(real[s]) for s in "ba"}
    assert all(b["U"] == a["u"] + 1 for a, b in pairwise(ours))


def test_a_second_of_differences_is_one_without_a_gap(scene: Scene) -> None:
    scene.hear("btcusdt@depth")
    scene.play()
    ours = scene.messages()
    assert 60 < len(ours) < 130
    assert all(b["U"] == a["u"] + 1 for a, b in pairwise(ours))
    assert all(b["E"] - a["E"] >= 995 for a, b in pairwise(ours))


def test_trades_are_told_to_the_letter(scene: Scene, file: Path) -> None:
    scene.hear("btcusdt@trade")
    scene.play()
    theirs = [msgspec.json.decode(raw) for raw in recorded(file, "trade")]
    ours = scene.messages()
    real = {message["t"]: message for message in theirs}
    assert len(ours) > 1_000
    for message in ours:
        expected = real[message["t"]]
        assert list(message) == list(expected)
        # Recordings keep a trade's own time, and not when the exchange told of it, a millisecond later.
        assert message | {"E": 0} == expected | {"E": 0}


def test_the_top_of_the_book_is_told_whenever_it_changes(scene: Scene, file: Path) -> None:
    """Our tops are those the exchange told at the same update, where it told one at just that update."""
    scene.hear("btcusdt@bookTicker")
    scene.play()
    real = {m["u"]: m for m in map(msgspec.json.decode, recorded(file, "bookTicker"))}
    ours = scene.messages()
    both = [message for message in ours if message["u"] in real]
    assert len(ours) > 200
    assert len(both) > 50
    assert all(message == real[message["u"]] for message in both)
    assert all([a[k] for k in "bBaA"] != [b[k] for k in "bBaA"] for a, b in pairwise(ours))


def test_a_running_bar_ends_with_what_the_market_made_of_it(scene: Scene) -> None:
    scene.hear("btcusdt@kline_1m")
    scene.play()
    bars = [message["k"] for message in scene.messages()]
    closed = [bar for bar in bars if bar["x"]]
    assert [bar["T"] + 1 - bar["t"] for bar in closed] == [60_000] * len(closed)
    assert [b["t"] - a["t"] for a, b in pairwise(closed)] == [60_000] * (len(closed) - 1)
    now = scene.market.open_candle(60)
    running = scene.line._bars[60].bar
    assert now is not None
    assert running is not None
    assert (running.open, running.high, running.low, running.close, running.volume) == (
        now.open, now.high, now.low, now.close, now.volume,
    )  # fmt: skip
    assert (running.quote_volume, running.trades, running.taker_volume) == (
        now.quote_volume, now.trades, now.taker_volume,
    )  # fmt: skip


@pytest.mark.parametrize(
    "name", ["btcusdt@ticker", "btcusdt@miniTicker", "btcusdt@avgPrice", "btcusdt@depth5"]
)
def test_what_is_told_by_the_second_is_told_by_the_second(scene: Scene, name: str) -> None:
    scene.hear(name)
    scene.play()
    assert 60 < len(scene.heard) < 130
