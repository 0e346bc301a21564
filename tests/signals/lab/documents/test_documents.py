"""The four documents: their published schemas and the arena say the same, and faults are pointed at."""

import copy
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.kit.canonical import document_sha
from arena.signals.lab import KINDS, BadDocument, DocumentKind
from arena.signals.lab.documents import (
    Policy,
    faults,
    model_document,
    pack_document,
    policy_of,
    schema_name,
    schema_text,
)
from arena.signals.lab.shape import canonical_document
from arena.trading.market import Pack, PackFile
from arena.trading.venues import Rules
from tests.signals.stage import DOCUMENTS

SCHEMAS: dict[DocumentKind, dict[str, Any]] = {
    kind: json.loads(schema_text(kind)) for kind in KINDS
}
EXAMPLES: dict[DocumentKind, dict[str, Any]] = {
    kind: SCHEMAS[kind]["examples"][0] for kind in KINDS
}


def pointers(kind: DocumentKind, body: dict[str, Any]) -> list[str]:
    with pytest.raises(BadDocument) as refused:
        canonical_document(kind, body)
    errors = refused.value.facts["errors"]
    assert isinstance(errors, list)
    return sorted(error["pointer"] for error in errors)


def changed(kind: DocumentKind, path: str, value: Any) -> dict[str, Any]:
    """The kind's example with one value put in at a path like `limits.drawdown_max_pct`."""
    body = copy.deepcopy(EXAMPLES[kind])
    *way, last = (int(step) if step.isdigit() else step for step in path.split("."))
    place: Any = body
    for step in way:
        place = place[step]
    place[last] = value
    return body


@pytest.mark.parametrize("kind", KINDS)
def test_each_schema_is_valid_and_its_example_is_good(kind: DocumentKind) -> None:
    schema = SCHEMAS[kind]
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(EXAMPLES[kind], schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"/schemas/{schema_name(kind)}"
    assert faults(kind, EXAMPLES[kind]) == []
    assert json.loads(canonical_document(kind, EXAMPLES[kind])) == EXAMPLES[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_every_schema_says_what_it_is(kind: DocumentKind) -> None:
    def silent(schema: dict[str, Any], path: str) -> list[str]:
        found = []
        for name, field in schema.get("properties", {}).items():
            found += [] if field.get("description") else [f"{path}/{name}"]
            found += silent(field, f"{path}/{name}") + silent(
                field.get("items", {}), f"{path}/{name}"
            )
        return found

    assert silent(SCHEMAS[kind], "") == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_and_a_foreign_field_are_pointed_at(kind: DocumentKind) -> None:
    for name in EXAMPLES[kind]:
        if name != "version":
            body = {key: value for key, value in EXAMPLES[kind].items() if key != name}
            assert pointers(kind, body) == [f"/{name}"]
    assert pointers(kind, {**EXAMPLES[kind], "a/b~c": 1}) == ["/a~1b~0c"]


@pytest.mark.parametrize("kind", KINDS)
def test_documents_of_the_first_version_are_taken_as_ever(kind: DocumentKind) -> None:
    for version in ({}, {"version": "1"}, {"version": 2}, {"version": None}):
        body = {**DOCUMENTS[kind], **version, "whatever": {"else": 1.5}}
        assert json.loads(canonical_document(kind, body)) == body
    assert pointers(kind, {**DOCUMENTS[kind], "version": "2"}) != []


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("pack", "instruments", []), ("pack", "instruments", ["BTC-USD", "BTC-USD"]),
        ("pack", "instruments.0", "btc"), ("pack", "instruments.0", "BTC\n"), ("pack", "interval_s", 0),
        ("pack", "interval_s", "900"), ("pack", "interval_s", True), ("pack", "data_sha", "a" * 63),
        ("pack", "data_sha", "A" * 64), ("pack", "data_sha", "a" * 64 + "\n"),
        ("pack", "span.since", "2021-09-27T14:00:00Z"), ("pack", "span.since", "2021-13-27T14:00:00.000Z"),
        ("pack", "span.until", "2021-02-30T14:00:00.000Z"), ("pack", "span.until", 5),
        ("pack", "span.until", "2021-09-27T14:00:00.000Z"), ("pack", "source", ""),
        ("pack", "span.last", None),
        ("indicator_set", "indicators.0.name", "crystal_ball"),
        ("indicator_set", "indicators.0.output", "upper"),
        ("indicator_set", "indicators.0.parameters", []),
        ("indicator_set", "indicators.0.parameters.bars", 0),
        ("indicator_set", "indicators.0.parameters.days", 3),
        ("indicator_set", "indicators.0.parameters.bars", "20"),
        ("indicator_set", "indicators.1.as", "Slow"),
        ("model_config", "model", "Two averages"), ("model_config", "kind", "rules"),
        ("model_config", "parameters.fast_bars", 1.5), ("model_config", "parameters.fast_bars", 20.0),
        ("model_config", "parameters.fast_bars", None), ("model_config", "parameters.fast_bars", True),
        ("model_config", "parameters.FAST", 1), ("model_config", "seed", -1), ("model_config", "seed", 0.0),
        ("model_config", "parameters.prompt", "a" * 2001), ("model_config", "code_version", "v1.2"),
        ("policy", "sizing.kind", "kelly"), ("policy", "sizing.weight_max_pct", 101),
        ("policy", "volatility_target_pct", 0), ("policy", "stop_bps", 10_000), ("policy", "cooldown_bars", -1),
        ("policy", "limits.drawdown_max_pct", None), ("policy", "limits.order_notional_max", 1000),
        ("policy", "limits.order_notional_max", "0"), ("policy", "limits.order_notional_max", "1e3"),
        ("policy", "costs.impact_y", 0.8), ("policy", "costs.impact_y", ".8"),
        ("policy", "costs.participation_bps", 0), ("policy", "costs.luck_bps", 1), ("policy", "publishes", "tick"),
    ],
)  # fmt: skip
def test_a_fault_is_pointed_at_where_it_stands(kind: DocumentKind, path: str, value: Any) -> None:
    """A name that may not be is pointed at in what it stands in, and so are instruments named twice."""
    there = "/" + path.replace(".", "/")
    around = there.rpartition("/")[0] if path.rpartition(".")[2].isupper() else there
    assert pointers(kind, changed(kind, path, value)) == [around]


def test_parameters_out_of_the_catalogues_range_say_which_range() -> None:
    body = changed("indicator_set", "indicators.1.parameters.bars", 0)
    [(where, what)] = faults("indicator_set", body)
    assert where == "/indicators/1/parameters/bars"
    assert "between" in what
    missing = changed("indicator_set", "indicators.1.parameters", {})
    assert faults("indicator_set", missing) == [(where, "is missing")]


def test_the_same_indicators_are_always_the_same_document() -> None:
    items = EXAMPLES["indicator_set"]["indicators"]
    for wrong in (items[::-1], [items[0], items[0]]):
        assert pointers("indicator_set", {"version": "2", "indicators": wrong}) == ["/indicators"]
    named = changed("indicator_set", "indicators.0.output", "average")
    assert pointers("indicator_set", named) == ["/indicators/0/output"]


def test_a_span_has_both_ends_or_none() -> None:
    open_end = changed("pack", "span", {"since": None, "until": None})
    assert faults("pack", open_end) == []
    assert pointers("pack", changed("pack", "span.until", None)) == ["/span"]


def test_a_document_with_a_thousand_faults_names_fifty() -> None:
    body = {**EXAMPLES["model_config"], "parameters": {f"p{n}": None for n in range(60)}}
    assert len(faults("model_config", body)) == 50


def test_a_fault_does_not_repeat_what_was_sent() -> None:
    secret = "s3cr3t" * 300
    told = json.dumps(faults("model_config", changed("model_config", "kind", secret)))
    assert "s3cr3t" not in told


@pytest.mark.parametrize(
    "value", [float("nan"), 2**60, "\ud800", "\x00", [[]] * 3, {"a": {"b": {}}}, b"x".decode()]
)
def test_no_value_breaks_the_check(value: Any) -> None:
    for kind in KINDS:
        assert pointers(kind, {**EXAMPLES[kind], "more": value})


def test_a_document_as_deep_as_it_gets_is_refused() -> None:
    deep: Any = 1
    for _ in range(900):
        deep = [deep]
    assert pointers("model_config", {**EXAMPLES["model_config"], "parameters": {"a": deep}})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.sampled_from(KINDS), st.data())
def test_what_is_taken_keeps_to_the_published_schema(
    kind: DocumentKind, data: st.DataObject
) -> None:
    """Held against another validator; it takes a little more, as it looks at form alone."""
    name = data.draw(st.sampled_from(sorted(set(EXAMPLES[kind]) - {"version"})))
    body = {**EXAMPLES[kind], name: data.draw(JSON)}
    try:
        canonical_document(kind, body)
    except BadDocument:
        assert faults(kind, body) or not jsonschema.Draft202012Validator(SCHEMAS[kind]).is_valid(
            body
        )
    else:
        jsonschema.validate(body, SCHEMAS[kind])


@given(
    st.builds(
        Policy,
        sizing=st.sampled_from(["target_weight", "fixed_weight"]),
        weight_max_pct=st.integers(1, 100),
        volatility_target_pct=st.none() | st.integers(1, 1000),
        stop_bps=st.none() | st.integers(1, 9999),
        take_profit_bps=st.none() | st.integers(1, 10**6),
        cooldown_bars=st.integers(0, 1000),
        drawdown_max_pct=st.integers(1, 100),
        exposure_max_pct=st.integers(1, 100),
        order_notional_max=st.none() | st.decimals("0.01", 10**9, places=2),
        rules=st.builds(
            Rules, fee_taker_bps=st.integers(0, 1000), impact_y=st.decimals(0, 5, places=2)
        ),
    )
)
def test_a_policy_comes_back_from_its_document(policy: Policy) -> None:
    document = policy.document()
    assert faults("policy", document) == []
    assert policy_of(document) == policy


def test_a_policy_that_is_none_is_refused() -> None:
    with pytest.raises(BadDocument):
        policy_of(DOCUMENTS["policy"])


def test_the_default_policy_is_the_rules_of_the_record() -> None:
    assert Policy().document() == EXAMPLES["policy"]
    assert Policy().rules == Rules()
    assert (
        Policy(order_notional_max=Decimal("1E+3")).document()["limits"]["order_notional_max"]
        == "1000"
    )


def test_documents_made_by_the_arena_are_good() -> None:
    start = datetime(2021, 9, 27, 14, tzinfo=UTC)
    recorded = Pack(
        "folder", ("BTC-USD", "ETH-USD"), 3600, start, start + timedelta(hours=9),
        (PackFile("a.parquet", "0" * 64),),
    )  # fmt: skip
    made = pack_document(recorded)
    assert faults("pack", made) == []
    assert made["span"] == {
        "since": "2021-09-27T14:00:00.000Z",
        "until": "2021-09-28T00:00:00.000Z",
    }
    assert made["data_sha"] == document_sha(recorded.manifest())
    assert faults("pack", pack_document(Pack("live", ("BTC-USD",), 60))) == []
    model = model_document("my_model", {"bars": 3, "word": "x"}, kind="own", code_version="0" * 64)
    assert faults("model_config", model) == []
