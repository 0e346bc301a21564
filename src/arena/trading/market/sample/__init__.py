"""The sample pack that ships with the product: real BTC-USD prices, 15 minutes, autumn 2021 (NOTICE.md)."""

from pathlib import Path

from arena.kit.canonical import sha256_hex
from arena.kit.clock import from_ms
from arena.trading.market.columns import read_parquet
from arena.trading.market.model import Pack, PackFile
from arena.trading.market.replay import Replay

__all__ = ["FILE", "INTERVAL_S", "SYMBOL", "sample"]

SYMBOL, INTERVAL_S = "BTC-USD", 900
FILE = Path(__file__).with_name("BTC-USD-15m.parquet")


def sample(reason: str = "the sample pack was asked for") -> Replay:
    """The sample as a source; the same on every machine."""
    columns = read_parquet(FILE, INTERVAL_S)
    pack = Pack(
        "sample", (SYMBOL,), INTERVAL_S, from_ms(int(columns.times[0])), from_ms(int(columns.times[-1])),
        (PackFile(FILE.name, sha256_hex(FILE.read_bytes())),),
    )  # fmt: skip
    return Replay("sample", pack, {SYMBOL: columns}, reason)
