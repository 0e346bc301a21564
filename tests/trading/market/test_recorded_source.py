"""A recording as a source: its bars are those its trades made, and it goes on after a restart where it stopped."""

import json
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from arena.kit.clock import from_ms, to_ms
from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.trading import market
from arena.trading.market import Print, Recorded, Step, open_recorded

MINUTE = 60_000
START = 1_760_000_040_000  # a full minute


class Tape:
    """Writes a recording of one instrument: `change`, `trade` and `snapshot` at milliseconds after START."""

    def __init__(self, path: Path, symbol: str = "BTCUSDT") -> None:
        self.path, self.symbol = path, symbol
        self.lines: list[str] = []
        self.last = 100
        self.trades = 0

    def snapshot(self, at: int) -> None:
        self._write(at, {"lastUpdateId": self.last, "bids": [["100.00000000", "5.00000000"]],
                         "asks": [["101.00000000", "5.00000000"]]})  # fmt: skip

    def change(self, at: int, price: str, quantity: str, *, skip: int = 0) -> None:
        self.last += 1 + skip
        self._stream(at, "depth@100ms", {
            "e": "depthUpdate", "E": START + at, "s": self.symbol, "U": self.last, "u": self.last,
            "b": [[price, quantity]], "a": [],
        })  # fmt: skip

    def trade(self, at: int, price: str, quantity: str) -> None:
        self.trades += 1
        self._stream(at, "trade", {
            "e": "trade", "E": START + at, "s": self.symbol, "t": self.trades, "p": price, "q": quantity,
            "T": START + at, "m": False, "M": True,
        })  # fmt: skip

    def save(self) -> Path:
        self.path.write_text("\n".join(self.lines))
        return self.path

    def _stream(self, at: int, kind: str, data: object) -> None:
        self._write(at, {"stream": f"{self.symbol.lower()}@{kind}", "data": data})

    def _write(self, at: int, message: object) -> None:
        self.lines.append(f"{START + at}000000 {json.dumps(message)}")


def three_minutes(path: Path, symbol: str = "BTCUSDT") -> Path:
    """Begins amid a minute; each has two trades, the last of a minute a little after the minute's end was heard of."""
    tape = Tape(path, symbol)
    tape.change(-30_000, "99.00000000", "1.00000000")
    tape.snapshot(-29_900)
    tape.trade(-20_000, "90.00000000", "9.00000000")
    for minute in range(3):
        at = minute * MINUTE
        tape.trade(at + 10, f"10{minute}.00000000", "1.00000000")
        tape.change(at + 30_000, "100.00000000", f"{minute + 2}.00000000")
        tape.change(at + MINUTE + 5, "98.00000000", f"{minute + 1}.00000000")
        tape.trade(at + MINUTE - 1, f"10{minute}.50000000", "2.00000000")
    tape.change(4 * MINUTE - 1, "98.00000000", "7.00000000")
    return tape.save()


def book_of(steps: list[Step], symbol: str = "BTCUSDT") -> market.DepthSnapshot | None:
    mirror = market.Mirror(symbol)
    for step in steps:
        for event in step.events:
            if not isinstance(event, Print) and event.symbol == symbol:
                mirror.apply(event)
    return mirror.snapshot()


def test_bars_are_made_of_whole_minutes_and_of_late_trades_too(tmp_path: Path) -> None:
    source = open_recorded(three_minutes(tmp_path / "a.log"))
    bars = list(source.bars_from(None))
    assert [b.open_at for b in bars] == [from_ms(START + n * MINUTE) for n in range(3)]
    for minute, one in enumerate(bars):
        (candle,) = one.candles
        low, high = Decimal(f"10{minute}"), Decimal(f"10{minute}.5")
        assert (candle.open, candle.high, candle.low, candle.close, candle.volume) == (
            low,
            high,
            low,
            high,
            3,
        )
    assert list(source.bars_from(bars[2].open_at)) == bars[2:]
    assert source.pack.first_open == from_ms(START - MINUTE)
    assert (source.pack.source, source.pack.interval_s, len(source.pack.files)) == (
        "recorded",
        60,
        1,
    )


def test_steps_come_in_order_with_the_time_they_are_due(tmp_path: Path) -> None:
    steps = list(open_recorded(three_minutes(tmp_path / "a.log")).steps(None))
    times = [step.at for step in steps if step.at]
    assert times == sorted(times)
    assert len(times) == len(steps)
    for step in steps:
        assert step.at is not None
        assert all(event.at <= step.at for event in step.events)
        if step.bars:
            assert step.at >= step.bars.close_at + timedelta(seconds=1)
    last = steps[-1]
    assert [b.bids[0].quantity for b in last.books] == [4]
    assert last.state is not None
    assert last.state["ok"]


@pytest.mark.parametrize("after_ms", [-1, 45_000, MINUTE + 200, 2 * MINUTE + 500])
def test_a_restart_goes_on_with_the_same_book_and_the_same_bars(
    tmp_path: Path, after_ms: int
) -> None:
    source = open_recorded(three_minutes(tmp_path / "a.log"))
    whole = list(source.steps(None))
    since, after = from_ms(START + MINUTE), from_ms(START + after_ms)
    rest = list(source.steps(since, after))
    assert book_of(rest) == book_of(whole)
    assert [s.bars for s in rest if s.bars] == [s.bars for s in whole if s.bars][1:]
    prints = [e for s in rest for e in s.events if isinstance(e, Print)]
    assert prints == [
        e for s in whole for e in s.events if isinstance(e, Print) and e.id >= prints[0].id
    ]
    assert all(p.at > after or p.at == prints[0].at for p in prints)


def test_a_gap_takes_the_book_down_until_its_next_snapshot(tmp_path: Path) -> None:
    tape = Tape(tmp_path / "a.log")
    tape.change(0, "100.00000000", "1.00000000")
    tape.snapshot(1)
    tape.change(200, "100.00000000", "2.00000000")
    tape.change(400, "100.00000000", "3.00000000", skip=1)
    tape.trade(500, "100.00000000", "1.00000000")
    tape.snapshot(600)
    tape.change(800, "100.00000000", "4.00000000")
    steps = list(open_recorded(tape.save()).steps(None))
    books = [e for s in steps for e in s.events if isinstance(e, market.DepthSnapshot)]
    assert [bool(one.bids) for one in books] == [True, False, True]
    assert book_of(steps) is not None
    state = [s.state for s in steps if s.state][-1]
    assert state is not None
    assert (state["ok"], state["resyncs"]) == (True, 1)


def test_several_files_and_instruments_are_played_together(tmp_path: Path) -> None:
    three_minutes(tmp_path / "b.log", "ETHUSDT")
    three_minutes(tmp_path / "a.log")
    source = open_recorded(tmp_path)
    assert source.pack.symbols == ("BTCUSDT", "ETHUSDT")
    bars = list(source.bars_from(None))
    assert [[c.symbol for c in b.candles] for b in bars] == [["BTCUSDT", "ETHUSDT"]] * 3
    only = open_recorded(tmp_path, symbols="ETHUSDT")
    assert [f.path for f in only.pack.files] == ["b.log"]


def test_what_cannot_be_played_is_said(tmp_path: Path) -> None:
    with pytest.raises(market.NoPrices, match="holds no recorded messages"):
        open_recorded(tmp_path)
    path = three_minutes(tmp_path / "a.log")
    with pytest.raises(market.NoPrices, match="DOGEUSDT is not recorded"):
        open_recorded(path, symbols="DOGEUSDT")
    with pytest.raises(market.NoPrices, match="bars of 7m"):
        open_recorded(path, interval="7m")
    other = three_minutes(tmp_path / "b.log", "ETHUSDT")
    (tmp_path / "a.log").write_text(path.read_text() + "\n" + other.read_text())
    with pytest.raises(market.BadPriceFile, match="several instruments"):
        open_recorded(path)


async def test_a_tape_of_a_recording_keeps_quotes_and_time_and_is_found_again(
    db: Database, settings: Settings, tmp_path: Path
) -> None:
    three_minutes(tmp_path / "a.log")
    settings = settings.model_copy(update={"source": "recorded", "data": tmp_path})
    source = market.choose_source(settings)
    assert isinstance(source, Recorded)
    async with db.transaction() as tx:
        await market.open_tape(tx, source, "1x")
    for step in source.steps(None):
        async with db.transaction() as tx:
            if step.at:
                tx.now = step.at
            await market.store_quotes(tx, step)
            if step.bars:
                await market.store_bars(tx, step.bars)
    three_minutes(tmp_path / "later.log")  # a file that came after the tape was begun is not played
    async with db.transaction() as tx:
        tape = await market.tape(tx)
        assert tape.product_now == from_ms(START + 4 * MINUTE - 1)
        assert tape.steps == 3
        book, made = await market.book(tx, "BTCUSDT", 5), await market.trades(tx, "BTCUSDT", 100)
        health = await market.market_health(tx)
    assert book is not None
    assert (book.model, book.bids[0].quantity) == ("exchange", 4)
    assert len(made) == 7
    assert (health["ok"], health["venue"]["venue"]) == (True, "recorded")
    again = market.choose_source(settings.model_copy(update={"source": "auto"}), tape)
    assert again.pack.sha == tape.pack_sha
    with pytest.raises(market.NoPrices, match="ARENA_DATA names no folder"):
        market.choose_source(settings.model_copy(update={"data": None}))


@pytest.mark.venues
def test_the_recorded_session_gives_the_minutes_of_its_trades(shared_data: Path) -> None:
    source = open_recorded(shared_data / "messages" / "binance" / "ws")
    held: dict[int, list[Print]] = defaultdict(list)
    bars = []
    for step in source.steps(None):
        for event in step.events:
            if isinstance(event, Print):
                held[to_ms(event.at) // MINUTE * MINUTE].append(event)
        if step.bars:
            bars.append(step.bars)
    whole = sorted(held)[1:-1]
    assert [to_ms(b.open_at) for b in bars] == whole
    for one in bars:
        (candle,), made = one.candles, held[to_ms(one.open_at)]
        assert (candle.open, candle.close) == (made[0].price, made[-1].price)
        assert (candle.high, candle.low) == (max(p.price for p in made), min(p.price for p in made))
        assert (candle.volume, candle.trades) == (sum(p.quantity for p in made), len(made))
