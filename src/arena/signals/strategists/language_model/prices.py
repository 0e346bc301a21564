"""What models of the Messages API cost: a table with its date, the arena's own or the operator's.

The price a feed counts with stands in its lineage; the table only fills it in when a model is hired.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from arena.kit.errors import Refused
from arena.kit.settings import Settings
from arena.signals.strategists.language_model.model import NoPriceKnown

CENTS_MAX = 100_000
BYTES_MAX = 100_000


class BadPrices(Refused):
    """The prices in {file} cannot be used: {why}. It must be JSON with the day `as_of` and `models`: by model
    `input_cents` and `output_cents`, whole US cents for a million tokens."""


@dataclass(frozen=True, slots=True)
class Prices:
    """US cents for a million tokens by model, (input, output), as they were on a day."""

    as_of: date
    models: Mapping[str, tuple[int, int]]

    def of(self, model: str) -> tuple[int, int]:
        """Raises NoPriceKnown."""
        if model not in self.models:
            line = json.dumps({model: {"input_cents": 100, "output_cents": 500}})[1:-1]
            raise NoPriceKnown(model=model, as_of=self.as_of.isoformat(), line=line)
        return self.models[model]


def prices(settings: Settings | None = None) -> Prices:
    """The arena's table, with the operator's `ARENA_LANGUAGE_MODEL_PRICES` over it: what that names counts, and the
    date is that of the operator's. Raises BadPrices."""
    known = _built_in()
    if settings is None or settings.language_model_prices is None:
        return known
    told = _read(settings.language_model_prices)
    return Prices(told.as_of, {**known.models, **told.models})


@cache
def _built_in() -> Prices:
    text = files("arena.signals.strategists.language_model").joinpath("prices.json").read_text()
    return _table(json.loads(text), "prices.json")


def _read(path: Path) -> Prices:
    try:
        if path.stat().st_size > BYTES_MAX:
            raise BadPrices(file=str(path), why=f"it is larger than {BYTES_MAX} bytes")
        return _table(json.loads(path.read_text(encoding="utf-8")), str(path))
    except OSError as missing:
        raise BadPrices(file=str(path), why=missing.strerror or "it cannot be read") from missing
    except (ValueError, RecursionError) as broken:
        raise BadPrices(file=str(path), why="it is not JSON") from broken


def _table(stated: Any, file: str) -> Prices:
    try:
        as_of = date.fromisoformat(stated["as_of"])
        found = {
            str(model): (price["input_cents"], price["output_cents"])
            for model, price in stated["models"].items()
        }
    except (KeyError, TypeError, ValueError, AttributeError) as odd:
        raise BadPrices(file=file, why=f"{odd} is missing or of another kind") from odd
    for model, pair in found.items():
        if any(type(cents) is not int or not 0 <= cents <= CENTS_MAX for cents in pair):
            why = f"the prices of {model} are not whole numbers from 0 to {CENTS_MAX}"
            raise BadPrices(file=file, why=why)
    return Prices(as_of, found)
