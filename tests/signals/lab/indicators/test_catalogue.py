"""What the catalogue says of an indicator holds, and what it does not know is refused by name."""

import json
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.kit.canonical import document_sha
from arena.signals.lab import indicators
from arena.signals.lab.indicators import (
    CATALOGUE,
    BadIndicator,
    Indicator,
    bars_needed,
    compute,
    compute_all,
    indicator_document,
    indicators_of,
    spec_of,
)
from tests.signals.lab.indicators.prices import made

NAMES = sorted(CATALOGUE)
BANDS = {"bars": 20, "band_pct": 200}


@pytest.mark.parametrize("name", NAMES)
def test_every_entry_says_what_it_is_and_where_it_comes_from(name: str) -> None:
    spec = CATALOGUE[name]
    assert spec.name == name
    assert all((spec.title, spec.about, spec.formula, spec.source, spec.outputs))
    assert spec.about.endswith(".")
    assert any(character.isdigit() for character in spec.source), "no year"
    for allowed in spec.parameters.values():
        assert 1 <= allowed.low <= allowed.default <= allowed.high
        assert allowed.unit in ("bars", "percent")


@pytest.mark.parametrize("name", NAMES)
def test_both_ends_of_every_range_can_be_computed(name: str) -> None:
    spec, market = CATALOGUE[name], made("walk", 300, 2)
    for end in ("low", "high"):
        parameters = {key: getattr(allowed, end) for key, allowed in spec.parameters.items()}
        for output in spec.outputs:
            values = compute(Indicator(name, parameters, output), market)
            begins = min(spec.warm_up(parameters), len(market))
            assert (values[begins:] == values[begins:]).all()
        assert spec.warm_up(parameters) < spec.memory(parameters)


@pytest.mark.parametrize("name", NAMES)
def test_a_parameter_beyond_its_range_or_missing_or_not_whole_is_refused(name: str) -> None:
    spec = CATALOGUE[name]
    for key, allowed in spec.parameters.items():
        for wrong in (allowed.low - 1, allowed.high + 1, 2.0, "20", True, None):
            given_wrong = {**spec.defaults(), key: wrong}
            with pytest.raises(BadIndicator) as refused:
                spec_of(Indicator(name, given_wrong))  # type: ignore[arg-type]  # that is the test
            assert refused.value.facts["parameter"] == key
            assert f"from {allowed.low} to {allowed.high}" in refused.value.detail
        with pytest.raises(BadIndicator, match=f"{key} is missing"):
            spec_of(Indicator(name, {k: v for k, v in spec.defaults().items() if k != key}))


@pytest.mark.parametrize(
    ("indicator", "words"),
    [
        (Indicator("hull_average", {"bars": 20}), "there are only simple_average, exponential_"),
        (Indicator("bollinger_bands", BANDS, "top"), "no output top, only middle, upper, lower"),
        (Indicator("bollinger_bands", {**BANDS, "shift": 1}), "no parameter shift, only bars, band_pct"),
        (Indicator("daily_volume_weighted_average_price", {"bars": 3}), "no parameter bars, none"),
        (Indicator("simple_average", {}), "bars is missing; it must be a whole number from 1 to 5000 (bars)"),
    ],
)  # fmt: skip
def test_what_is_not_in_the_catalogue_is_refused_with_what_there_is(
    indicator: Indicator, words: str
) -> None:
    for ask in (
        lambda: compute(indicator, made("walk", 30, 1)),
        lambda: bars_needed({"x": indicator}, 900),
        lambda: indicator_document({"x": indicator}),
    ):
        with pytest.raises(BadIndicator) as refused:
            ask()
        assert words in refused.value.detail
        assert refused.value.facts["name"] == indicator.name


def test_an_empty_output_is_the_first() -> None:
    market = made("walk", 100, 4)
    for name, spec in CATALOGUE.items():
        first = compute(Indicator(name, spec.defaults(), spec.outputs[0]), market)
        assert compute(Indicator(name, spec.defaults()), market).tobytes() == first.tobytes()


def test_many_at_once_are_what_each_is_alone_and_share_their_computation() -> None:
    market = made("walk", 200, 8)
    wanted = {
        "middle": Indicator("bollinger_bands", BANDS),
        "upper": Indicator("bollinger_bands", BANDS, "upper"),
        "wide": Indicator("bollinger_bands", {**BANDS, "band_pct": 300}, "upper"),
        "again": Indicator("bollinger_bands", dict(BANDS), "upper"),
    }
    together = compute_all(wanted, market)
    assert list(together) == list(wanted)
    for key, indicator in wanted.items():
        assert together[key].tobytes() == compute(indicator, market).tobytes()
    assert together["again"] is together["upper"]
    assert together["wide"][-1] > together["upper"][-1]


def test_nobody_changes_a_series_or_an_indicator_that_others_hold() -> None:
    given_bars = {"bars": 20}
    indicator = Indicator("simple_average", given_bars)
    given_bars["bars"] = 30
    assert indicator.parameters == {"bars": 20}
    with pytest.raises(ValueError, match="read-only"):
        compute(indicator, made("walk", 50, 1))[30] = 0


def test_an_indicator_is_a_value() -> None:
    one = Indicator("bollinger_bands", {"bars": 20, "band_pct": 200}, "upper")
    other = Indicator("bollinger_bands", {"band_pct": 200, "bars": 20}, "upper")
    assert one == other
    assert len({one, other, pickle.loads(pickle.dumps(one))}) == 1  # noqa: S301 - made on this line
    assert Indicator("bollinger_bands", BANDS, "lower") not in {one}


@st.composite
def indicator_sets(draw: st.DrawFn) -> dict[str, Indicator]:
    found = {}
    for key in draw(
        st.lists(st.from_regex(r"[a-z]{1,9}", fullmatch=True), unique=True, max_size=6)
    ):
        spec = CATALOGUE[draw(st.sampled_from(NAMES))]
        parameters = {
            name: draw(st.integers(allowed.low, allowed.high))
            for name, allowed in spec.parameters.items()
        }
        output = draw(st.sampled_from(("", *spec.outputs[1:])))
        found[key] = Indicator(spec.name, parameters, output)
    return found


@given(indicator_sets())
def test_a_set_comes_back_from_its_document(chosen: dict[str, Indicator]) -> None:
    document = json.loads(json.dumps(indicator_document(chosen)))
    assert indicators_of(document) == chosen
    assert bars_needed(indicators_of(document), 900) == bars_needed(chosen, 900)


def test_one_set_is_one_document_however_it_was_written_down() -> None:
    one = {
        "fast": Indicator("bollinger_bands", {"bars": 20, "band_pct": 200}, "middle"),
        "slow": Indicator("simple_average", {"bars": 80}, "average"),
    }
    other = {
        "slow": Indicator("simple_average", {"bars": 80}),
        "fast": Indicator("bollinger_bands", {"band_pct": 200, "bars": 20}),
    }
    assert indicator_document(one) == indicator_document(other)
    assert document_sha(indicator_document(one)) == document_sha(indicator_document(other))
    assert indicator_document(other)["indicators"][0] == {
        "as": "fast", "name": "bollinger_bands", "parameters": {"band_pct": 200, "bars": 20}, "output": "",
    }  # fmt: skip


ITEM = {"as": "fast", "name": "simple_average", "parameters": {"bars": 20}, "output": ""}


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({}, "not a document of version 2"),
        ({"version": "1", "indicators": [ITEM]}, "not a document of version 2"),
        ({"version": "2", "indicators": ITEM}, "not a document of version 2"),
        ({"version": "2", "indicators": ["fast"]}, "an object with as, name, parameters, output"),
        ({"version": "2", "indicators": [{**ITEM, "source": "close"}]}, "an object with as, name"),
        ({"version": "2", "indicators": [{**ITEM, "parameters": []}]}, "parameters is not a dict"),
        ({"version": "2", "indicators": [ITEM, ITEM]}, "two are read as fast"),
        ({"version": "2", "indicators": [{**ITEM, "parameters": {"bars": 0}}]}, "bars is 0"),
    ],
)
def test_a_document_without_the_shape_is_refused(document: dict[str, object], words: str) -> None:
    with pytest.raises(BadIndicator, match=words):
        indicators_of(document)


def test_what_is_compiled_is_loaded_with_the_first_indicator_only() -> None:
    program = f"import sys, {indicators.__name__}; print('numba' in sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "False"


PAGE = Path(__file__).parents[4] / "docs" / "reference" / "indicators.md"


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_names_every_indicator_with_ranges_outputs_and_formula(name: str) -> None:
    spec = CATALOGUE[name]
    text = next(part for part in PAGE.read_text().split("\n## ") if f"\n`{name}`:" in part)
    for key, allowed in spec.parameters.items():
        assert f"`{key}` {allowed.default} ({allowed.low} to {allowed.high} {allowed.unit})" in text
    assert all(f"`{output}`" in text for output in spec.outputs)
    assert spec.formula in text
    assert spec.source in text


def test_the_set_shown_in_the_reference_is_one() -> None:
    shown = json.loads(PAGE.read_text().split("```json")[1].split("```")[0])
    assert indicator_document(indicators_of(shown)) == shown
