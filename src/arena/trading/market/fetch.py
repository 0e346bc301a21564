"""Fetches candles of an exchange into Parquet files, page by page; interrupted, it goes on where it stopped.

What has come lies beside the file-to-be as `<name>.part`: a line for what was asked, then a line for each page. A torn
last line is cut off. The finished file holds the same bytes however often the fetching was interrupted.
"""

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import structlog

from arena.kit.clock import from_ms, iso_ms, to_ms
from arena.kit.errors import NotFound, Unavailable
from arena.kit.http import CallFailed
from arena.trading.market.binance import parse
from arena.trading.market.binance.rest import Rest
from arena.trading.market.model import Candle, interval_name

VENUE = "binance-spot-rest"
ATTEMPTS_MAX = 6
PAUSE_S_MIN = 1.0
SETTLE_MS = 1_000  # trades may still be counted into a bar that has just closed
log = structlog.get_logger()
Progress = Callable[["Wanted", int], None]
"""Told how many bars of what is wanted are behind, those the exchange never had included."""
Span = tuple[datetime, datetime | None]
"""From when, until when; None is up to the last bar that has closed."""
Row = tuple[int, str, str, str, str, str]


class NoHistory(NotFound):
    """The exchange has no bars of {symbol} from {first} to {end}; ask for a span in which it was traded there."""


class NotTraded(NotFound):
    """{symbol} is not traded at the exchange; it writes symbols without a mark between, as in BTCUSDT."""


class FetchBroken(Unavailable):
    """The exchange does not answer any more ({why}); what has come is kept, the same command goes on from there."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Bars of a symbol that open from `first` to before `end`; both on multiples of the interval."""

    symbol: str
    interval_s: int
    first: datetime
    end: datetime

    @property
    def bars(self) -> int:
        """How many that is where the exchange never stood still."""
        return (to_ms(self.end) - to_ms(self.first)) // (self.interval_s * 1000)


async def fetch_all(
    url: str,
    folder: Path,
    symbols: Sequence[str],
    *,
    interval_s: int,
    span: Span,
    progress: Progress,
) -> list[Path]:
    """One file for each symbol, from the exchange at `url`; all spans are checked before the first page is asked for.

    Raises NotTraded, NoHistory, FetchBroken, CallFailed, WeightSpent.
    """
    async with Rest(url) as rest:
        try:
            wanted = await spans(rest, folder, symbols, interval_s, span)
        except parse.Malformed as odd:
            raise FetchBroken(why=str(odd)[:300]) from odd
        return [await fetch_candles(rest, one, folder, progress) for one in wanted]


async def fetch_candles(rest: Rest, wanted: Wanted, folder: Path, progress: Progress) -> Path:
    """The Parquet file, in `candles/<venue>/` below the folder, where `open_folder` finds it.

    Raises NoHistory, FetchBroken, WeightSpent.
    """
    name = f"{wanted.symbol}-{interval_name(wanted.interval_s)}.parquet"
    target = folder / "candles" / VENUE / name
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(name + ".part")
    rows, next_ms = _resume(part, wanted)
    width, last_ms = wanted.interval_s * 1000, to_ms(wanted.end) - wanted.interval_s * 1000
    with part.open("ab") as file:
        while next_ms <= last_ms:
            progress(wanted, (next_ms - to_ms(wanted.first)) // width)
            page = await _page(rest, wanted, next_ms, last_ms)
            if not page:
                break
            rows += [_row(one) for one in page]
            next_ms = to_ms(page[-1].open_at) + width
            file.write(msgspec.json.encode({"next": next_ms, "rows": rows[-len(page) :]}) + b"\n")
            file.flush()
    if not rows:
        part.unlink()
        raise NoHistory(symbol=wanted.symbol, first=iso_ms(wanted.first), end=iso_ms(wanted.end))
    _write(rows, target)
    part.unlink()
    progress(wanted, wanted.bars)
    return target


async def spans(
    rest: Rest, folder: Path, symbols: Sequence[str], interval_s: int, span: Span
) -> list[Wanted]:
    """What to fetch of each symbol: whole bars that have closed by the exchange's own clock.

    Where no end is asked for, an interrupted run's is kept, so that going on gives what it would have given. Raises
    NotTraded, NoHistory, CallFailed, WeightSpent.
    """
    width = interval_s * 1000
    known = {one.symbol for one in await rest.instruments(symbols)}
    closed_ms = (await rest.time_ms() - SETTLE_MS) // width * width
    made = []
    for symbol in symbols:
        if symbol not in known:
            raise NotTraded(symbol=symbol)
        first, end = span
        before = unfinished(folder, symbol, interval_s)
        if end is None and before is not None and first == before.first:
            made.append(before)
            continue
        end_ms = min(to_ms(end) // width * width if end else closed_ms, closed_ms)
        first_ms = -(-to_ms(first) // width) * width
        if first_ms >= end_ms:
            raise NoHistory(symbol=symbol, first=iso_ms(first), end=iso_ms(from_ms(end_ms)))
        made.append(Wanted(symbol, interval_s, from_ms(first_ms), from_ms(end_ms)))
    return made


def unfinished(folder: Path, symbol: str, interval_s: int) -> Wanted | None:
    """What an interrupted run had asked for."""
    name = f"{symbol}-{interval_name(interval_s)}.parquet.part"
    part = folder / "candles" / VENUE / name
    if not part.is_file():
        return None
    with part.open("rb") as file:
        asked = _decoded(file.readline())
    if asked is None or "first" not in asked:
        return None
    return Wanted(symbol, interval_s, from_ms(asked["first"]), from_ms(asked["end"]))


def _resume(part: Path, wanted: Wanted) -> tuple[list[Row], int]:
    """Rows that have come before, and the open of the next one; the file is made ready to be appended to."""
    head = {
        "symbol": wanted.symbol, "interval_s": wanted.interval_s, "first": to_ms(wanted.first),
        "end": to_ms(wanted.end),
    }  # fmt: skip
    rows: list[Row] = []
    next_ms, whole = to_ms(wanted.first), 0
    if part.is_file():
        with part.open("rb") as file:
            for number, line in enumerate(file):
                said = _decoded(line) if line.endswith(b"\n") else None
                if said is None or (number == 0 and said != head):
                    break
                whole += len(line)
                if number:
                    rows += [tuple(row) for row in said["rows"]]
                    next_ms = said["next"]
    if whole == 0:
        part.write_bytes(msgspec.json.encode(head) + b"\n")
    else:
        os.truncate(part, whole)
    return rows, next_ms


def _decoded(line: bytes) -> dict[str, Any] | None:
    try:
        said = msgspec.json.decode(line)
    except msgspec.DecodeError:
        return None
    return said if isinstance(said, dict) else None


async def _page(rest: Rest, wanted: Wanted, next_ms: int, last_ms: int) -> list[Candle]:
    pause_s = PAUSE_S_MIN
    for attempt in range(1, ATTEMPTS_MAX + 1):
        try:
            return await rest.klines_page(wanted.symbol, wanted.interval_s, next_ms, last_ms)
        except (CallFailed, parse.Malformed) as broken:
            if attempt == ATTEMPTS_MAX:
                raise FetchBroken(why=str(broken)[:300]) from broken
            log.warning("a page of history did not come", why=str(broken)[:300], again_in_s=pause_s)
        await asyncio.sleep(pause_s)
        pause_s *= 2
    raise AssertionError("the last attempt returns or raises")


def _row(one: Candle) -> Row:
    o, h, low, c, v = (format(n, "f") for n in (one.open, one.high, one.low, one.close, one.volume))
    return to_ms(one.open_at), o, h, low, c, v


def _write(rows: list[Row], target: Path) -> None:
    """Whole or not at all."""
    import polars as pl  # half a second and 60 MB: only where files are written

    names = ("open", "high", "low", "close", "volume")
    columns = list(zip(*rows, strict=True))
    frame = pl.DataFrame(
        {"ts": pl.Series(columns[0], dtype=pl.Int64)}
        | {
            name: pl.Series(column, dtype=pl.String).cast(pl.Float64)
            for name, column in zip(names, columns[1:], strict=True)
        }
    )
    fresh = target.with_name(target.name + ".new")
    frame.write_parquet(fresh, compression="zstd", compression_level=9, statistics=True)
    fresh.replace(target)
