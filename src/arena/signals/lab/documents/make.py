"""Makes documents of the second version from what the arena knows."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal

from arena.kit.clock import iso_ms
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
