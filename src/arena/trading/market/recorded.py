"""Recorded exchange messages, read back as events: books and trades, in the order they came.

Two formats, both with the exchange's text unchanged:

* `<received ns> <JSON>` a line (`.log`, `.log.gz`, `.log.zst`): messages of combined streams, and between them the
  answer of GET /api/v3/depth, which names no symbol, so such a file holds one instrument;
* a JSON object a line (`.jsonl`, `.jsonl.gz`, `.jsonl.zst`): `t` says what it is (`recv` a message, `http` an answer of
  `url`), `ts` when it came in seconds, `data` is the text.

A book that was broken by a gap is silent until its next snapshot.
"""

import gzip
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import msgspec

from arena.kit.clock import from_ms
from arena.trading.market.binance.messages import Messages, envelope
from arena.trading.market.binance.parse import Malformed
from arena.trading.market.depth import DepthUpdate, MarketEvent
from arena.trading.market.joining import Joiner
from arena.trading.market.model import BadPriceFile, Instrument

SUFFIXES = (".log", ".log.gz", ".log.zst", ".jsonl", ".jsonl.gz", ".jsonl.zst")


class Frame(NamedTuple):
    """A message as it was recorded. `kind` is `depth`, `trade`, `aggTrade`, `snapshot`, `info` or another stream's;
    `wire` the exchange's name of the instrument in capitals, empty where the message does not say."""

    received_ms: int
    kind: str
    wire: str
    raw: Any


class _Line(msgspec.Struct):
    t: str
    ts: float
    data: str = ""
    url: str = ""


_LINE = msgspec.json.Decoder(_Line)


def is_recording(path: Path) -> bool:
    return path.name.endswith(SUFFIXES)


def read_messages(path: Path | Iterable[Path], instrument: Instrument) -> Iterator[MarketEvent]:
    """The instrument's events in one or several files, each continuing the one before. Raises BadPriceFile."""
    paths = [path] if isinstance(path, Path) else list(path)
    line = EventLine(instrument)
    for one in paths:
        for frame in frames(one):
            yield from line.take(frame)


class EventLine:
    """Turns the frames about one instrument into events; `joiner` tells of gaps, `malformed` counts what was passed
    over."""

    def __init__(self, instrument: Instrument) -> None:
        self.joiner = Joiner()
        self.malformed = 0
        self._wire = instrument.symbol.replace("-", "")
        self._messages = Messages(instrument)
        self._print_kind = ""
        self._at: datetime | None = None

    def take(self, frame: Frame) -> list[MarketEvent]:
        """What the frame lets be handed on; nothing for a frame about another instrument."""
        if frame.wire != self._wire and not (frame.kind == "snapshot" and not frame.wire):
            return []
        try:
            if frame.kind == "depth":
                return self._update(self._messages.depth(frame.raw))
            if frame.kind in ("trade", "aggTrade"):
                return self._print(frame)
            if frame.kind == "snapshot":
                # It carries no time, and the recorder's clock may differ from the exchange's.
                at = self._at or from_ms(frame.received_ms)
                return self.joiner.snapshot(self._messages.snapshot(frame.raw, at))
        except Malformed:
            self.malformed += 1
        return []

    def _update(self, change: DepthUpdate) -> list[MarketEvent]:
        self._at = change.at
        return self.joiner.update(change)

    def _print(self, frame: Frame) -> list[MarketEvent]:
        """Trades of the kind that came first: some record both, and one trade must not count twice."""
        self._print_kind = self._print_kind or frame.kind
        if frame.kind != self._print_kind:
            return []
        return [self._messages.trade(frame.raw, aggregate=frame.kind == "aggTrade")]


def frames(path: Path) -> Iterator[Frame]:
    """All messages of a file. Raises BadPriceFile where a line is neither of the two formats."""
    number = 0
    try:
        for line in lines(path):
            number += 1
            frame = _of_object(line) if line[:1] == b"{" else _of_stamped(line)
            if frame is not None:
                yield frame
    except (ValueError, msgspec.DecodeError, EOFError, OSError) as broken:
        raise BadPriceFile(file=path, why=f"line {number}: {str(broken)[:200]}") from broken


def lines(path: Path) -> Iterator[bytes]:
    """Lines without their ends, unpacked as the file's name says."""
    if path.name.endswith(".zst"):
        yield from _unpacked_zst(path)
        return
    with gzip.open(path, "rb") if path.name.endswith(".gz") else path.open("rb") as file:
        for line in file:
            yield line.rstrip(b"\r\n")


def _unpacked_zst(path: Path) -> Iterator[bytes]:
    import polars as pl  # Python 3.11 itself cannot unpack zstd

    try:
        for batch in pl.scan_lines(path).collect_batches():
            yield from (line.encode() for line in batch.to_series())
    except pl.exceptions.PolarsError as broken:
        raise BadPriceFile(file=path, why=str(broken).split("\n")[0][:200]) from broken


def _of_stamped(line: bytes) -> Frame | None:
    received, _, raw = line.partition(b" ")
    received_ms = int(received) // 1_000_000
    if raw.startswith(b'{"lastUpdateId"'):
        return Frame(received_ms, "snapshot", "", raw)
    if b"@bookTicker" in raw[:60]:  # most of such a recording, and told by the differences anyway
        return None
    return _of_message(received_ms, raw)


def _of_object(line: bytes) -> Frame | None:
    said = _LINE.decode(line)
    received_ms = int(said.ts * 1000)
    if said.t == "recv":
        return _of_message(received_ms, said.data)
    if said.t == "http":
        parts = urlsplit(said.url)
        if parts.path.endswith("/depth"):
            return Frame(received_ms, "snapshot", parse_qs(parts.query)["symbol"][0], said.data)
        if parts.path.endswith("/exchangeInfo"):
            return Frame(received_ms, "info", "", said.data)
    return None


def _of_message(received_ms: int, raw: bytes | str) -> Frame | None:
    """None for what is no message of a stream, such as the answer to a subscription."""
    try:
        said = envelope(raw)
    except Malformed:
        return None
    name, _, kind = said.stream.partition("@")
    return Frame(received_ms, kind.partition("@")[0], name.upper(), said.data)
