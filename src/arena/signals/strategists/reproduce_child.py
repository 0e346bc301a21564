"""The process that computes one card again: reads it from its input, writes what it found to its output.

Only built-in models: a model of one's own is its author's code, which is not here.
"""

import contextlib
import json
import os
import resource
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from arena.kit.clock import from_iso, to_ms
from arena.kit.errors import ArenaError
from arena.signals.lab import Bars, bars_of, load_bars
from arena.signals.lab.card import Modelled, bars_sha, differences, make_card, study_of
from arena.signals.strategists.line_up import code_version, strategist
from arena.trading.market.sample import sample

NICE = 10


def found_again(card: Mapping[str, Any], data: Path | None) -> tuple[str, list[str]]:
    """The outcome, and differences or why there is nothing to compare."""
    bars = bars_of_pack(card, data)
    if bars is None:
        return "no_data", ["No candles here have the pack's data_sha."]
    try:
        study = study_of(json.dumps(card["study"]).encode())
        model = Modelled(strategist(study.model), "rule", code_version(study.model))
        again = make_card(study, model, bars)
    except ArenaError as refused:
        return "failed", [str(refused)]
    # As JSON has it, where a whole number is one however it is written.
    found = differences({**card, "label": again["label"]}, json.loads(json.dumps(again)))
    return ("different", found) if found else ("reproduced", [])


def bars_of_pack(card: Mapping[str, Any], data: Path | None) -> Bars | None:
    """The very bars the card was made of, by their hash; None where they are not here."""
    pack, asked = card["documents"]["pack"], card["study"]["data"]
    span = pack["span"]
    first, end = (to_ms(from_iso(span[name])) for name in ("since", "until"))
    for bars in _candidates(asked["symbol"], asked["interval"], data):
        inside = (bars.open_ms >= first) & (bars.open_ms < end)
        if not inside.any():
            continue
        start = int(inside.argmax())
        cut = bars.between(start, start + int(inside.sum()))
        if bars_sha(cut) == pack["data_sha"]:
            return cut
    return None


def _candidates(symbol: str, interval: str, data: Path | None) -> Iterator[Bars]:
    """Candles of the operator's folder, then those that ship with the product."""
    if data is not None:
        with contextlib.suppress(ArenaError):
            yield load_bars(data, symbol, interval)
    shipped = sample()
    if symbol in shipped.pack.symbols:
        yield bars_of(shipped, symbol)


def _limit(seconds_max: int, memory_mb_max: int) -> None:
    """From here on this process is the last to be served, and ends where it takes too much."""
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds_max, seconds_max))
    memory = memory_mb_max * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    asked = json.loads(sys.stdin.buffer.read())
    _limit(asked["seconds_max"], asked["memory_mb_max"])
    outcome, lines = found_again(asked["card"], Path(asked["data"]) if asked["data"] else None)
    json.dump({"outcome": outcome, "lines": lines[:100]}, sys.stdout)


if __name__ == "__main__":
    main()
