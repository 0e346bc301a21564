"""The process that computes one card again: reads it from its input, writes what it found to its output.

A model of one's own is computed where its author has sent the code: it is hosted, and nothing of it runs here. Then
its future is changed first, on the card's own bars: figures of one that looks ahead are worth nothing, however equal.
"""

import contextlib
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from arena.kit.clock import from_iso, to_ms
from arena.kit.errors import ArenaError
from arena.signals.lab import Bars, bars_of, load_bars
from arena.signals.lab.card import Modelled, bars_sha, differences, make_card, study_of
from arena.signals.lab.indicators import bars_needed
from arena.signals.lab.own import (
    CannotHost,
    Host,
    Hosted,
    Limits,
    Source,
    check_lookahead,
)
from arena.signals.strategists.apart import take_little
from arena.signals.strategists.line_up import STRATEGISTS, code_version, strategist
from arena.trading.market.sample import sample

LOOKED_AT_BARS = 3_000
LIMITS = Limits(plan_s=10.0)


@dataclass(frozen=True, slots=True)
class Code:
    """An own model's source, and what chooses the futures it is tried with."""

    source: Source
    seed: int


def found_again(
    card: Mapping[str, Any], data: Path | None, code: Code | None = None
) -> tuple[str, list[str], str]:
    """The outcome; differences, or why there is nothing to compare; and the latter as the code's author may read it.
    The outcome is cannot_host where this machine has no walls."""
    bars = bars_of_pack(card, data)
    if bars is None:
        return "no_data", ["No candles here have the pack's data_sha."], ""
    try:
        again = _again(card, bars, code)
    except CannotHost as none:
        return "cannot_host", [str(none.facts.get("why", none))], ""
    except ArenaError as refused:
        return "failed", [_in_public(refused)], str(refused)
    # As JSON has it, where a whole number is one however it is written.
    found = differences({**card, "label": again["label"]}, json.loads(json.dumps(again)))
    return ("different", found, "") if found else ("reproduced", [], "")


def _again(card: Mapping[str, Any], bars: Bars, code: Code | None) -> dict[str, Any]:
    study = study_of(json.dumps(card["study"]).encode())
    if code is None:
        return make_card(
            study, Modelled(strategist(study.model), "rule", code_version(study.model)), bars
        )
    with Host() as host, Hosted(code.source, host, LIMITS, taken=STRATEGISTS) as hosted:
        chosen = card["documents"]["model_config"]["parameters"]
        needed = bars_needed(hosted.indicators(chosen), bars.interval_s)
        check_lookahead(hosted, chosen, _some(bars, needed + LOOKED_AT_BARS, code.seed), code.seed)
        return make_card(study, Modelled(hosted, "own", code.source.code_sha), bars)


def _some(bars: Bars, count: int, seed: int) -> Bars:
    """So many bars in a row, where only the seed knows."""
    first = int(np.random.default_rng(seed).integers(0, max(len(bars) - count, 0) + 1))
    return bars.between(first, min(first + count, len(bars)))


def _in_public(refused: ArenaError) -> str:
    """Without the lines of the code."""
    if not refused.facts.get("lines"):
        return str(refused)
    return str(type(refused)(**{**refused.facts, "lines": ""}))


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


def main() -> None:
    asked = json.loads(sys.stdin.buffer.read())
    take_little(asked["seconds_max"], asked["memory_mb_max"])
    sent = asked["code"]
    code = sent and Code(Source(sent["text"], sent["class_name"], sent["file_name"]), sent["seed"])
    data = Path(asked["data"]) if asked["data"] else None
    outcome, lines, told = found_again(asked["card"], data, code)
    json.dump({"outcome": outcome, "lines": lines[:100], "told": told}, sys.stdout)


if __name__ == "__main__":
    main()
