"""A folder of Parquet candles as a source: what it holds, what to play of it, and reading it.

Files lie in `candles/<venue>-<source>/<SYMBOL>-<interval>.parquet`, or in any folder below the one given;
a file's own folder names its venue (the part before the last hyphen). Choosing without settings:

* Interval: 15m where it can be had, from 15m files or finer ones resampled: fine enough for several signals a
  day, coarse enough that a year is played in a minute. Then 1h, 4h and 1d for coarser data. 5m and 1m, three
  and fifteen times as many steps, are played only where `ARENA_INTERVAL` asks for them.
* Symbols: up to four of one venue, well-known bases first, in dollars where there is a choice.
* Span: of those with the most symbols and at least 90 days common to all, the one that ends last, then the
  longest. Files of one symbol and venue are joined where they touch or overlap and agree.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import structlog

from arena.kit.canonical import sha256_hex
from arena.kit.clock import from_ms, to_ms
from arena.trading.market.columns import Columns, join, read_parquet, resample
from arena.trading.market.filters import DOLLARS, QUOTES, split_symbol
from arena.trading.market.model import (
    INTERVALS,
    BadPriceFile,
    NoPrices,
    Pack,
    PackChanged,
    PackFile,
    interval_name,
    wanted_symbols,
)
from arena.trading.market.replay import Replay

BASES = ("BTC", "ETH", "SOL", "XRP", "BNB", "DOGE", "ADA", "LTC", "LINK", "AVAX", "DOT", "BCH")
INTERVAL_CHOICE = (900, 3600, 14_400, 86_400)
SYMBOLS_MAX = 4
SPAN_DAYS_MIN = 90
FILES_MAX = 5_000
log = structlog.get_logger()
_NAME = re.compile(r"(?P<symbol>[A-Z0-9][A-Z0-9_-]{1,29})-(?P<interval>\d+[mhd])\.parquet")


@dataclass(frozen=True, slots=True)
class Found:
    """A file of candles. `first_ms` and `last_ms` are bar opens."""

    path: Path
    venue: str
    symbol: str
    interval_s: int
    first_ms: int
    last_ms: int
    bars: int

    @property
    def end_ms(self) -> int:
        return self.last_ms + self.interval_s * 1000


@dataclass(frozen=True, slots=True)
class Series:
    """Files of one symbol and venue that follow each other without a break between files."""

    venue: str
    symbol: str
    files: tuple[Found, ...]
    first_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Choice:
    """What to play: these series, between these times, as bars of this interval."""

    interval_s: int
    series: tuple[Series, ...]
    first_ms: int
    end_ms: int


def scan(root: Path) -> list[Found]:
    """The candle files below the folder, in order of path. Raises NoPrices where there is none."""
    if not root.is_dir():
        raise NoPrices(why=f"{root} is not a folder")
    found = []
    for path in sorted(root.rglob("*.parquet"))[:FILES_MAX]:
        match = _NAME.fullmatch(path.name)
        if match and match["interval"] in INTERVALS:
            try:
                found.append(_found(path, match["symbol"], INTERVALS[match["interval"]]))
            except BadPriceFile as bad:  # one broken file does not spoil the others
                log.warning("price file left out", file=str(path), why=bad.facts["why"])
    if not found:
        raise NoPrices(why=f"{root} holds no <SYMBOL>-<interval>.parquet")
    return found


def _found(path: Path, symbol: str, interval_s: int) -> Found:
    import polars as pl

    try:
        first, last, bars = (
            pl.scan_parquet(path)
            .select(pl.col("ts").min().alias("a"), pl.col("ts").max().alias("b"), pl.len())
            .collect()
            .row(0)
        )
    except (pl.exceptions.PolarsError, OSError) as broken:
        raise BadPriceFile(file=path, why=str(broken).split("\n")[0][:200]) from broken
    if not bars or first is None:
        raise BadPriceFile(file=path, why="it holds no bar")
    venue = path.parent.name.rpartition("-")[0] or path.parent.name
    return Found(path, venue, symbol, interval_s, int(first), int(last), int(bars))


def open_folder(root: Path, *, symbols: str = "", interval: str = "") -> Replay:
    """The folder as a source. Raises NoPrices with what is there where nothing fits."""
    return _open(root, scan(root), symbols, interval)


def open_file(path: Path, *, symbol: str = "", interval: str = "") -> Replay:
    """One file, named <SYMBOL>-<interval>.parquet, as a source. Raises NoPrices, BadPriceFile."""
    match = _NAME.fullmatch(path.name)
    if match is None or match["interval"] not in INTERVALS:
        raise NoPrices(why=f"{path.name} is not named <SYMBOL>-<interval>.parquet")
    found = _found(path, match["symbol"], INTERVALS[match["interval"]])
    return _open(path.parent, [found], symbol or found.symbol, interval)


def _open(root: Path, found: list[Found], symbols: str, interval: str) -> Replay:
    wanted = wanted_symbols(symbols)
    interval_s = _interval(interval, found)
    _check_symbols(wanted, found)
    refused: set[Path] = set()
    while True:
        usable = [file for file in found if file.path not in refused]
        choice = choose(usable, wanted, interval_s)
        if choice is None:
            raise NoPrices(why=_why_none(root, found, wanted, interval_s))
        columns, refusal = _read(choice)
        if refusal is None:
            return _replay(root, choice, columns)
        log.warning("price file left out", file=str(refusal[0]), why=refusal[1])
        refused.add(refusal[0])


def reopen_folder(root: Path, pack: Pack) -> Replay:
    """The very files a tape was begun with. Raises PackChanged where one is missing or was changed."""
    files: dict[str, list[Found]] = {}
    for file in pack.files:
        path = root / file.path
        match = _NAME.fullmatch(path.name)
        if match is None or not path.is_file() or sha256_hex(path.read_bytes()) != file.sha256:
            raise PackChanged(
                stored=f"folder {pack.sha[:12]}", offered=str(root),
                why=f"{file.path} is missing or not the file it was",
            )  # fmt: skip
        files.setdefault(match["symbol"], []).append(
            _found(path, match["symbol"], INTERVALS[match["interval"]])
        )
    assert pack.first_open is not None
    assert pack.last_open is not None
    end_ms = to_ms(pack.last_open) + pack.interval_s * 1000
    series = tuple(
        Series("", symbol, tuple(files[symbol]), to_ms(pack.first_open), end_ms)
        for symbol in pack.symbols
    )
    choice = Choice(pack.interval_s, series, to_ms(pack.first_open), end_ms)
    columns, refusal = _read(choice)
    if refusal is not None:
        raise BadPriceFile(file=refusal[0], why=refusal[1])
    return Replay("folder", pack, columns, f"the tape goes on with the files of {root}")


def choose(found: Iterable[Found], wanted: list[str], interval_s: int | None) -> Choice | None:
    """What to play of the files, by the rules above; None where nothing fits."""
    files = list(found)
    for seconds in (interval_s,) if interval_s else INTERVAL_CHOICE:
        fitting = [f for f in files if seconds % f.interval_s == 0]
        if wanted:
            fitting = [f for f in fitting if f.symbol in wanted]
        choice = _best(_chains(fitting), wanted, seconds)
        if choice:
            return choice
    return None


def _chains(files: list[Found]) -> list[Series]:
    by_symbol: dict[tuple[str, str], list[Found]] = {}
    for file in files:
        by_symbol.setdefault((file.venue, file.symbol), []).append(file)
    series = []
    for (venue, symbol), group in sorted(by_symbol.items()):
        chain: list[Found] = []
        # The file reaching furthest comes first among those that begin together: the others add nothing.
        for file in sorted(group, key=lambda f: (f.first_ms, -f.end_ms, -f.interval_s)):
            end = max((f.end_ms for f in chain), default=file.first_ms)
            if chain and file.first_ms > end:
                series.append(Series(venue, symbol, tuple(chain), chain[0].first_ms, end))
                chain = []
            elif chain and file.end_ms <= end:
                continue
            chain.append(file)
        series.append(
            Series(venue, symbol, tuple(chain), chain[0].first_ms, max(f.end_ms for f in chain))
        )
    return series


def _best(series: list[Series], wanted: list[str], interval_s: int) -> Choice | None:
    width = interval_s * 1000
    span_min = width if wanted else SPAN_DAYS_MIN * 86_400_000
    best: tuple[tuple[int, int, int], Choice] | None = None
    for venue in sorted({s.venue for s in series}):
        own = [s for s in series if s.venue == venue]
        firsts = sorted({-(-s.first_ms // width) * width for s in own})
        ends = sorted({s.end_ms // width * width for s in own})
        for first in firsts:
            for end in ends:
                if end - first < span_min:
                    continue
                held = _preferred(
                    [s for s in own if s.first_ms <= first and s.end_ms >= end], wanted
                )
                if not held or (wanted and len(held) < len(wanted)):
                    continue
                rank = (len(held), end, end - first)
                if best is None or rank > best[0]:
                    best = rank, Choice(interval_s, tuple(held), first, end)
    return best[1] if best else None


def _preferred(held: list[Series], wanted: list[str]) -> list[Series]:
    if wanted:
        return sorted(held, key=lambda s: wanted.index(s.symbol))
    by_base: dict[str, Series] = {}
    for series in sorted(held, key=lambda s: _rank(s.symbol)):
        by_base.setdefault(split_symbol(series.symbol)[0], series)
    return list(by_base.values())[:SYMBOLS_MAX]


def _rank(symbol: str) -> tuple[int, int, int, str]:
    """Dollar pairs of well-known bases first, in the order of BASES; then the rest by name."""
    base, quote = split_symbol(symbol)
    return (
        quote not in DOLLARS,
        BASES.index(base) if base in BASES else len(BASES),
        QUOTES.index(quote) if quote in QUOTES else len(QUOTES),
        symbol,
    )


def _read(choice: Choice) -> tuple[dict[str, Columns], tuple[Path, str] | None]:
    """The columns by symbol; or the first file that cannot be used, and why."""
    columns: dict[str, Columns] = {}
    for series in choice.series:
        joined: Columns | None = None
        for file in series.files:
            if file.end_ms <= choice.first_ms or file.first_ms >= choice.end_ms:
                continue
            try:
                bars = resample(read_parquet(file.path, file.interval_s), choice.interval_s)
            except BadPriceFile as bad:
                return {}, (file.path, str(bad.facts["why"]))
            both = bars if joined is None else join(joined, bars)
            if both is None:
                return {}, (file.path, "its bars contradict those of another file")
            joined = both
        assert joined is not None, "a chosen series overlaps its span"
        columns[series.symbol] = joined.between(choice.first_ms, choice.end_ms - 1)
    return columns, None


def _replay(root: Path, choice: Choice, columns: dict[str, Columns]) -> Replay:
    used = sorted(
        f.path
        for s in choice.series
        for f in s.files
        if f.end_ms > choice.first_ms and f.first_ms < choice.end_ms
    )
    files = tuple(
        PackFile(path.relative_to(root).as_posix(), sha256_hex(path.read_bytes())) for path in used
    )
    first = min(int(c.times[0]) for c in columns.values())
    last = max(int(c.times[-1]) for c in columns.values())
    pack = Pack(
        "folder", tuple(columns), choice.interval_s, from_ms(first), from_ms(last), files
    )  # fmt: skip
    days = (choice.end_ms - choice.first_ms) // 86_400_000
    return Replay(
        "folder", pack, columns,
        f"{root} holds {', '.join(columns)} for {days} days on {interval_name(choice.interval_s)}",
    )  # fmt: skip


def _interval(text: str, found: list[Found]) -> int | None:
    if not text:
        return None
    seconds = INTERVALS.get(text)
    if seconds is None or not any(seconds % f.interval_s == 0 for f in found):
        have = sorted({f.interval_s for f in found})
        raise NoPrices(
            why=f"bars of {text} cannot be made from what is there:"
            f" {', '.join(interval_name(s) for s in have)}"
        )
    return seconds


def _check_symbols(wanted: list[str], found: list[Found]) -> None:
    there = sorted({f.symbol for f in found})
    if missing := [symbol for symbol in wanted if symbol not in there]:
        listed = ", ".join(there[:30]) + (f" and {len(there) - 30} more" if len(there) > 30 else "")
        raise NoPrices(why=f"{', '.join(missing)} is not in the folder, which holds {listed}")


def _why_none(root: Path, found: list[Found], wanted: list[str], interval_s: int | None) -> str:
    what = ", ".join(wanted) or "no symbol"
    on = f" on {interval_name(interval_s)}" if interval_s else ""
    if wanted:
        return f"the series of {what} in {root} have no span in common{on}"
    return (
        f"{what} in {root} has {SPAN_DAYS_MIN} days without a break between its files{on}"
        f" ({len(found)} files); name some with ARENA_SYMBOLS to play a shorter span"
    )
