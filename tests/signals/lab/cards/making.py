"""Cards for tests, each made by the Lab itself from bars of a random walk."""

import json
from functools import cache
from typing import Any

from arena.signals.lab.card import Modelled, make_card, study_of
from arena.signals.strategists import STRATEGISTS, code_version
from tests.signals.lab.stage import wandering

STUDY: dict[str, Any] = {
    "name": "Northwind Crossing",
    "model": "moving_average_cross",
    "data": {"path": "candles", "symbol": "BTCUSDT"},
    "space": {"fast_bars": [3, 6, 12], "slow_bars": [10, 24, 48]},
    "less": [["fast_bars", "slow_bars"]],
    "walk": {"train_days": 40, "test_days": 20, "purge_bars": 12},
    "words": {
        "intended_use": "A part of a spot account that may lie flat for weeks.",
        "known_failures": "Loses in sideways markets.",
        "risks": "Drawdowns of a quarter are to be expected.",
    },
}  # fmt: skip


@cache
def _made(changes: str) -> str:
    study = study_of(json.dumps({**STUDY, **json.loads(changes)}).encode())
    name = "moving_average_cross"
    model = Modelled(STRATEGISTS[name], "rule", code_version(name))
    return json.dumps(make_card(study, model, wandering(21, 24 * 200, swing=0.004)))


def made_card(**changes: Any) -> dict[str, Any]:
    """A card of its own each time; the computing is done once for each study."""
    card: dict[str, Any] = json.loads(_made(json.dumps(changes, sort_keys=True)))
    return card
