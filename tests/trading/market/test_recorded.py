"""Recorded messages come back as the exchange's book and trades, joined without a gap."""

import gzip
import json
from pathlib import Path

import pytest

from arena.trading.market import (
    BadPriceFile,
    DepthSnapshot,
    DepthUpdate,
    Mirror,
    Print,
    read_messages,
)
from arena.trading.market.filters import instrument_of
from arena.trading.market.recorded import EventLine, Frame, frames

BTC = instrument_of("BTCUSDT", price_digits=2, volume_digits=5)
SNAPSHOT = '{"lastUpdateId":6,"bids":[["100.00000000","1.00000000"]],"asks":[["101.00000000","2.00000000"]]}'


def depth(first: int, last: int, quantity: str = "3.00000000") -> str:
    return json.dumps({"stream": "btcusdt@depth@100ms", "data": {
        "e": "depthUpdate", "E": 1_723_161_255_000 + last, "s": "BTCUSDT", "U": first, "u": last,
        "b": [["100.00000000", quantity]], "a": [],
    }})  # fmt: skip


def made(number: int, kind: str = "trade") -> str:
    identity = {"t": number} if kind == "trade" else {"a": number, "f": 1, "l": 2}
    return json.dumps({"stream": f"btcusdt@{kind}", "data": {
        "e": kind, "E": 1_723_161_255_343, "s": "BTCUSDT", **identity, "p": "100.00000000", "q": "0.02000000",
        "T": 1_723_161_255_342, "m": True, "M": True,
    }})  # fmt: skip


def stamped(path: Path, *messages: str) -> Path:
    text = "".join(f"17231612539370857{n:02} {one}\n" for n, one in enumerate(messages))
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def kinds(path: Path) -> list[str]:
    return [type(event).__name__ for event in read_messages(path, BTC)]


def test_a_log_is_joined_and_other_instruments_are_passed_over(tmp_path: Path) -> None:
    path = stamped(
        tmp_path / "a.log.gz", depth(1, 4), made(1), depth(5, 8), SNAPSHOT, depth(9, 9, "0.00000000"),
        depth(9, 9).replace("btcusdt", "ethusdt"), '{"result":null,"id":1}', made(2),
    )  # fmt: skip
    first, snapshot, second, third, last = read_messages(path, BTC)
    assert isinstance(first, Print)
    assert (first.id, first.side, str(first.price), str(first.quantity)) == (
        1,
        "sell",
        "100",
        "0.02",
    )
    assert isinstance(snapshot, DepthSnapshot)
    assert snapshot.at == getattr(second, "at", None)  # the exchange's clock, not the recorder's
    assert (snapshot.bids, snapshot.asks) == (((10_000, 100_000),), ((10_100, 200_000),))
    assert isinstance(second, DepthUpdate)
    assert isinstance(third, DepthUpdate)
    assert (second.first_id, third.bids) == (5, ((10_000, 0),))
    assert isinstance(last, Print)


def test_a_gap_silences_the_book_until_its_next_snapshot(tmp_path: Path) -> None:
    path = stamped(tmp_path / "a.log", SNAPSHOT, depth(7, 7), depth(9, 9), made(1), depth(10, 10))
    assert kinds(path) == ["DepthSnapshot", "DepthUpdate", "Print"]


def test_trades_recorded_in_both_kinds_count_once(tmp_path: Path) -> None:
    path = stamped(
        tmp_path / "a.log", made(900, "aggTrade"), made(1), made(2), made(901, "aggTrade")
    )
    assert [event.id for event in read_messages(path, BTC) if isinstance(event, Print)] == [
        900,
        901,
    ]


def test_a_session_of_objects_is_read_with_its_answers(tmp_path: Path) -> None:
    rows = [
        {"t": "config", "ts": 0.0, "data": "{}"},
        {"t": "recv", "ts": 1.5, "data": depth(5, 8)},
        {"t": "http", "ts": 2.0, "url": "https://x/api/v3/depth?symbol=BTCUSDT&limit=9", "data": SNAPSHOT},
        {"t": "http", "ts": 2.0, "url": "https://x/api/v3/depth?symbol=ETHUSDT&limit=9", "data": SNAPSHOT},
    ]  # fmt: skip
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows))
    assert kinds(path) == ["DepthSnapshot", "DepthUpdate"]


def test_what_is_no_recording_is_refused_with_its_line(tmp_path: Path) -> None:
    path = stamped(tmp_path / "a.log", SNAPSHOT)
    path.write_text(path.read_text() + "no stamp {}\n")
    with pytest.raises(BadPriceFile, match="line 2"):
        list(frames(path))
    (tmp_path / "b.log.gz").write_bytes(b"no gzip")
    with pytest.raises(BadPriceFile, match="line 0"):
        list(frames(tmp_path / "b.log.gz"))


def test_malformed_messages_are_counted_and_passed_over() -> None:
    line = EventLine(BTC)
    for raw in (
        b"{}",
        b"null",
        b'{"E":1,"U":5,"u":4,"b":[],"a":[]}',
        b'{"E":1,"U":1,"u":4,"b":[["-1","1"]],"a":[]}',
    ):
        assert line.take(Frame(1, "depth", "BTCUSDT", raw)) == []
    assert line.malformed == 4


@pytest.mark.venues
def test_the_recorded_session_is_one_book_that_never_crosses(shared_data: Path) -> None:
    paths = sorted((shared_data / "messages" / "binance" / "ws").glob("btcusdt-*.log.gz"))
    mirror, counts = Mirror("BTCUSDT"), {DepthSnapshot: 0, DepthUpdate: 0, Print: 0}
    last_trade = 0
    for event in read_messages(paths, BTC):
        counts[type(event)] += 1
        if isinstance(event, Print):
            assert event.id > last_trade
            last_trade = event.id
            continue
        mirror.apply(event)
        assert not mirror.crossed
    assert counts == {DepthSnapshot: 1, DepthUpdate: 6493, Print: 19_904}


def test_the_zipped_session_of_four_instruments_is_read(shared_data: Path) -> None:
    path = shared_data / "messages" / "binance" / "sessions" / "binance-spot-20211012.jsonl.zst"
    found = {}
    for symbol, digits in (("NKNUSDT", 4), ("BLZETH", 8), ("LRCBTC", 8), ("RUNEEUR", 3)):
        line = EventLine(instrument_of(symbol, price_digits=digits, volume_digits=2))
        events = [event for frame in frames(path) for event in line.take(frame)]
        found[symbol] = (line.joiner.joined, line.joiner.gaps, len(events))
    assert found["NKNUSDT"] == (True, 0, 151)
    assert all(joined and gaps == 0 and count for joined, gaps, count in found.values()), found
