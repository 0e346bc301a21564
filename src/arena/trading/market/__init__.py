"""Instruments, candles, trades, books, and the tape they are played from."""

from arena.trading.market.choose import choose_source
from arena.trading.market.depth import DepthSnapshot, DepthUpdate, Levels, MarketEvent
from arena.trading.market.fetch import Wanted, fetch_all
from arena.trading.market.folder import Found, open_file, open_folder, scan
from arena.trading.market.gaps import Gap, find_gaps, mend
from arena.trading.market.health import market_health
from arena.trading.market.inspect import Quality, quality
from arena.trading.market.mirror import Mirror
from arena.trading.market.model import (
    ARITHMETIC,
    INTERVALS,
    BadPriceFile,
    BadSpeed,
    Bars,
    BarsOutOfOrder,
    Book,
    Candle,
    Instrument,
    Level,
    NoPrices,
    NoTape,
    Pack,
    PackChanged,
    PackFile,
    Print,
    Side,
    Statistics,
    Tape,
    UnknownInstrument,
    UnknownInterval,
    interval_name,
)
from arena.trading.market.packs import write_manifest
from arena.trading.market.play import end_tape, open_tape, set_speed
from arena.trading.market.quotes import book, store_quotes, trades
from arena.trading.market.recorded import read_messages
from arena.trading.market.recorded_source import Recorded, open_recorded
from arena.trading.market.replay import Replay
from arena.trading.market.sample import FILE as SAMPLE_FILE
from arena.trading.market.sample import sample as sample_source
from arena.trading.market.scale import Scale
from arena.trading.market.source import Source, Step
from arena.trading.market.store import (
    candles,
    candles_from,
    instrument,
    instruments,
    last_close,
    statistics_24h,
    store_bars,
    tape,
)
from arena.trading.market.tally import Closed, Tally

__all__ = [
    "ARITHMETIC",
    "INTERVALS",
    "SAMPLE_FILE",
    "BadPriceFile",
    "BadSpeed",
    "Bars",
    "BarsOutOfOrder",
    "Book",
    "Candle",
    "Closed",
    "DepthSnapshot",
    "DepthUpdate",
    "Found",
    "Gap",
    "Instrument",
    "Level",
    "Levels",
    "MarketEvent",
    "Mirror",
    "NoPrices",
    "NoTape",
    "Pack",
    "PackChanged",
    "PackFile",
    "Print",
    "Quality",
    "Recorded",
    "Replay",
    "Scale",
    "Side",
    "Source",
    "Statistics",
    "Step",
    "Tally",
    "Tape",
    "UnknownInstrument",
    "UnknownInterval",
    "Wanted",
    "book",
    "candles",
    "candles_from",
    "choose_source",
    "end_tape",
    "fetch_all",
    "find_gaps",
    "instrument",
    "instruments",
    "interval_name",
    "last_close",
    "market_health",
    "mend",
    "open_file",
    "open_folder",
    "open_recorded",
    "open_tape",
    "quality",
    "read_messages",
    "sample_source",
    "scan",
    "set_speed",
    "statistics_24h",
    "store_bars",
    "store_quotes",
    "tape",
    "trades",
    "write_manifest",
]
