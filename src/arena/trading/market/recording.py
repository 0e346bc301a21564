"""A folder of recorded exchange messages: what it holds, and what of it is played."""

import heapq
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import structlog

from arena.kit.canonical import sha256_hex
from arena.kit.clock import from_ms
from arena.trading.market.binance import parse
from arena.trading.market.filters import instrument_of
from arena.trading.market.model import (
    INTERVALS,
    BadPriceFile,
    Instrument,
    NoPrices,
    Pack,
    PackFile,
    interval_name,
    wanted_symbols,
)
from arena.trading.market.recorded import Frame, frames, is_recording

FILES_MAX = 1_000
SAMPLED = 5_000  # prices of a symbol looked at for the number of its decimals
MINUTE_MS = 60_000
log = structlog.get_logger()
_KINDS = ("depth", "trade", "aggTrade")
_AMOUNT = re.compile(rb'"(\d+)\.(\d+)"')


class _When(msgspec.Struct):
    at: int = msgspec.field(name="E")


_WHEN = msgspec.json.Decoder(_When)


@dataclass(slots=True)
class Found:
    """A recording. Times are the exchange's, of its first and last event; `digits` are the decimals found in prices
    and quantities, by symbol."""

    path: Path
    first_ms: int = 0
    last_ms: int = 0
    unnamed: int = 0
    digits: dict[str, list[int]] = field(default_factory=dict)
    info: dict[str, Instrument] = field(default_factory=dict)

    @property
    def symbols(self) -> list[str]:
        return list(self.digits)


@dataclass(frozen=True, slots=True)
class Recording:
    """What is played: these files of these instruments. `begins_ms` is the time of the first event."""

    files: tuple[Found, ...]
    instruments: tuple[Instrument, ...]
    pack: Pack
    begins_ms: int

    def frames(self) -> Iterator[Frame]:
        """All messages of one file after the other, of files that overlap in the order they were received."""
        ordered = sorted(self.files, key=lambda file: file.first_ms)
        yield from heapq.merge(*map(_named, ordered), key=lambda frame: frame.received_ms)


def open_recording(
    root: Path, *, symbols: str = "", interval: str = "", only: Pack | None = None
) -> Recording:
    """What of the file or folder is played: the symbols wanted, or all; with `only`, the files of that pack.

    Raises NoPrices with what is there, BadPriceFile.
    """
    interval_s = INTERVALS.get(interval or "1m")
    if interval_s is None:
        raise NoPrices(why=f"bars of {interval} cannot be made, but {', '.join(INTERVALS)}")
    folder = root if root.is_dir() else root.parent
    paths = [root] if root.is_file() else sorted(p for p in root.rglob("*") if is_recording(p))
    if only is not None:
        paths = [folder / file.path for file in only.files if (folder / file.path).is_file()]
    found = [one for path in paths[:FILES_MAX] if (one := look(path)).symbols]
    if not found:
        raise NoPrices(why=f"{root} holds no recorded messages (.log, .jsonl; plain, .gz or .zst)")
    have = list(dict.fromkeys(symbol for file in found for symbol in file.symbols))
    wanted = wanted_symbols(symbols) or sorted(have)
    if missing := [symbol for symbol in wanted if symbol not in have]:
        raise NoPrices(why=f"{', '.join(missing)} is not recorded in {root}, but {', '.join(have)}")
    used = [file for file in found if set(file.symbols) & set(wanted)]
    first_ms, last_ms = min(f.first_ms for f in used), max(f.last_ms for f in used)
    width = interval_s * 1000
    pack = Pack(
        "recorded", tuple(wanted), interval_s, from_ms(first_ms // width * width), from_ms(last_ms // width * width),
        tuple(PackFile(f.path.relative_to(folder).as_posix(), sha256_hex(f.path.read_bytes())) for f in used),
    )  # fmt: skip
    instruments = tuple(_instrument(symbol, used) for symbol in wanted)
    return Recording(tuple(used), instruments, pack, first_ms)


def look(path: Path) -> Found:
    """Reads the file through once. Raises BadPriceFile."""
    found = Found(path)
    for frame in frames(path):
        if frame.kind == "info":
            found.info |= _info(frame)
        elif frame.kind == "snapshot" and not frame.wire:
            found.unnamed += 1
        elif frame.kind in _KINDS:
            _note(found, frame)
    if found.unnamed and len(found.digits) > 1:
        raise BadPriceFile(
            file=path,
            why="it holds several instruments, and snapshots that do not say of which one",
        )
    return found


def reason_of(recording: Recording, root: Path) -> str:
    """Why this is played, in a sentence."""
    minutes = (recording.files[-1].last_ms - recording.begins_ms) // MINUTE_MS
    names = ", ".join(recording.pack.symbols)
    return (
        f"{root} holds {minutes} minutes of recorded messages of {names},"
        f" bars on {interval_name(recording.pack.interval_s)}"
    )


def _note(found: Found, frame: Frame) -> None:
    try:
        at = _WHEN.decode(frame.raw).at
    except msgspec.DecodeError:
        return  # counted where it is played
    found.first_ms = found.first_ms or at
    found.last_ms = max(found.last_ms, at)
    digits = found.digits.setdefault(frame.wire, [0, 0, 0])
    if frame.kind == "depth" and digits[2] < SAMPLED:
        # Prices and quantities take turns in a book's levels.
        for index, match in enumerate(_AMOUNT.finditer(bytes(frame.raw))):
            digits[2] += 1
            digits[index % 2] = max(digits[index % 2], len(match[2].rstrip(b"0")))


def _info(frame: Frame) -> dict[str, Instrument]:
    """Instruments of a recorded exchangeInfo; those it tells in another way are made from the data."""
    try:
        entries = msgspec.json.decode(frame.raw)["symbols"]
    except (msgspec.DecodeError, KeyError, TypeError):
        return {}
    made = {}
    for entry in entries:
        try:
            one = parse.instrument(entry)
        except parse.Malformed:
            continue
        made[one.symbol] = one
    return made


def _instrument(symbol: str, files: Iterable[Found]) -> Instrument:
    for file in files:
        if symbol in file.info:
            return file.info[symbol]
    digits = [file.digits[symbol] for file in files if symbol in file.digits]
    return instrument_of(
        symbol, price_digits=max(d[0] for d in digits), volume_digits=max(d[1] for d in digits)
    )


def _named(file: Found) -> Iterator[Frame]:
    """The file's frames, with snapshots that name no instrument given to the only one there is."""
    for frame in frames(file.path):
        if frame.kind == "snapshot" and not frame.wire:
            yield frame._replace(wire=file.symbols[0])
        else:
            yield frame
