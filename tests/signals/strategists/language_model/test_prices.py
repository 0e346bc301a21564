"""Prices of models: a table with its day, the operator's over it, and a clear word where one is missing."""

import json
from datetime import date
from pathlib import Path

import pytest

from arena.kit.settings import Settings
from arena.signals.strategists.language_model import BadPrices, prices
from arena.signals.strategists.language_model.model import NoPriceKnown


def test_the_table_of_the_arena_has_a_day_and_the_model_that_is_taken_unless_said() -> None:
    known = prices()
    assert known.as_of >= date(2026, 1, 1)
    assert known.of("claude-haiku-5-5") == (10, 50)


def test_a_price_that_is_not_known_is_refused_with_the_line_to_add(settings: Settings) -> None:
    with pytest.raises(NoPriceKnown, match=r'"a-model-of-next-year": \{"input_cents"') as refused:
        prices(settings).of("a-model-of-next-year")
    assert "ARENA_LANGUAGE_MODEL_PRICES" in refused.value.detail


def test_the_operators_prices_stand_over_the_arenas(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "prices.json"
    models = {
        "claude-haiku-5-5": {"input_cents": 11, "output_cents": 55},
        "a-model-of-next-year": {"input_cents": 7, "output_cents": 9},
    }
    file.write_text(json.dumps({"as_of": "2027-02-03", "models": models}))
    settings.language_model_prices = file
    told = prices(settings)
    assert told.as_of == date(2027, 2, 3)
    assert told.of("claude-haiku-5-5") == (11, 55)
    assert told.of("a-model-of-next-year") == (7, 9)
    assert told.of("claude-opus-5-5") == prices().of("claude-opus-5-5")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "not JSON"),
        ('{"models": {}}', "as_of"),
        ('{"as_of": "someday", "models": {}}', "someday"),
        ('{"as_of": "2027-02-03", "models": {"m": {"input_cents": 1}}}', "output_cents"),
        ('{"as_of": "2027-02-03", "models": {"m": {"input_cents": 0.5, "output_cents": 1}}}', "whole numbers"),
        ('{"as_of": "2027-02-03", "models": {"m": {"input_cents": -1, "output_cents": 1}}}', "whole numbers"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_says_why(
    settings: Settings, tmp_path: Path, text: str, why: str
) -> None:
    file = tmp_path / "prices.json"
    file.write_text(text)
    settings.language_model_prices = file
    with pytest.raises(BadPrices, match=why):
        prices(settings)


def test_a_file_that_is_not_there_is_named(settings: Settings, tmp_path: Path) -> None:
    settings.language_model_prices = tmp_path / "nowhere.json"
    with pytest.raises(BadPrices, match=r"nowhere\.json"):
        prices(settings)
