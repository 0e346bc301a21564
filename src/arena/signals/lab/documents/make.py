"""Makes documents of the second version from what the arena knows."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal

import numpy as np

from arena.kit.canonical import sha256_hex
from arena.kit.clock import from_ms, iso_ms
from arena.signals.lab.bars import Bars
from arena.signals.lab.documents.faults import VERSION
from arena.trading.market import Pack


def pack_document(pack: Pack) -> dict[str, Any]:
    """The pack document of what a tape plays. `data_sha` is the SHA-256 of its manifest (`Pack.sha`)."""
    first, last = pack.first_open, pack.last_open
    end = last and last + timedelta(seconds=pack.interval_s)
    return {
        "version": VERSION,
        "instruments": list(pack.symbols),
        "interval_s": pack.interval_s,
        "span": {"since": first and iso_ms(first), "until": end and iso_ms(end)},
        "source": pack.source,
        "data_sha": pack.sha,
    }


def bars_document(bars: Bars) -> dict[str, Any]:
    """The pack document of candles one has as a file."""
    return {
        "version": VERSION,
        "instruments": [bars.instrument.symbol],
        "interval_s": bars.interval_s,
        "span": {
            "since": iso_ms(from_ms(int(bars.open_ms[0]))),
            "until": iso_ms(from_ms(int(bars.open_ms[-1]) + bars.interval_s * 1000)),
        },
        "source": "candles",
        "data_sha": bars_sha(bars),
    }


def bars_sha(bars: Bars) -> str:
    """SHA-256 (hex) over the bars: opens as int64, then open, high, low, close and volume as float64, little-endian."""
    columns = (bars.opens, bars.highs, bars.lows, bars.closes, bars.volumes)
    parts = [
        bars.open_ms.astype("<i8").tobytes(),
        *(np.asarray(c, "<f8").tobytes() for c in columns),
    ]
    return sha256_hex(b"".join(parts))


def model_document(
    model: str,
    parameters: Mapping[str, int | str],
    *,
    kind: Literal["rule", "own", "language_model"],
    code_version: str,
    seed: int = 0,
) -> dict[str, Any]:
    """The model configuration. `code_version` is the SHA-256 (hex) of the strategy's source."""
    return {
        "version": VERSION,
        "model": model,
        "kind": kind,
        "parameters": dict(parameters),
        "code_version": code_version,
        "seed": seed,
    }
