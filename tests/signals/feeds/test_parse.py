"""The published form and the parser say the same."""

import json
from decimal import Decimal
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.kit.ids import derived
from arena.kit.signing import to_base64
from arena.signals.feeds import (
    BadSignal,
    BadSignature,
    WeightOutOfRange,
    body_of,
    read_signed,
    terms_of,
)
from arena.signals.feeds.parse import faults

SCHEMA = json.loads(
    files("arena.signals.feeds").joinpath("schema/signal-v1.json").read_text("utf-8")
)
EXAMPLE: dict[str, Any] = SCHEMA["examples"][0]
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
SIGNATURE = to_base64(bytes(64))


def changed(**changes: Any) -> dict[str, Any]:
    return {**EXAMPLE, **changes}


def pointers(signal: Any) -> list[str]:
    with pytest.raises(BadSignal) as refused:
        read_signed(signal, SIGNATURE)
    errors = refused.value.facts["errors"]
    assert isinstance(errors, list)
    return [error["pointer"] for error in errors]


def test_the_schema_is_valid_and_its_example_is_good() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    VALIDATOR.validate(EXAMPLE)
    signed = read_signed(EXAMPLE, SIGNATURE)
    assert signed.terms.target_weight == Decimal("0.5")
    assert EXAMPLE["id"] == derived("sig", EXAMPLE["feed"], EXAMPLE["sequence"])


def test_every_field_has_a_description() -> None:
    assert all("description" in field for field in SCHEMA["properties"].values())


def test_a_body_made_of_terms_is_the_body_they_came_from() -> None:
    assert body_of(terms_of(EXAMPLE)) == EXAMPLE


@pytest.mark.parametrize("field", sorted(EXAMPLE))
def test_a_missing_field_is_named(field: str) -> None:
    signal = {name: value for name, value in EXAMPLE.items() if name != field}
    assert pointers(signal) == [f"/{field}"]
    assert not VALIDATOR.is_valid(signal)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("version", "2"), ("version", 1), ("id", "sig_x"), ("id", None), ("feed", "fd_" + "U" * 26),
        ("sequence", 0), ("sequence", "1"), ("sequence", 2**53), ("sequence", True), ("sequence", 1.5),
        ("issued_at", "2021-09-27T14:00:00Z"), ("issued_at", "2021-09-27T14:00:00.000+00:00"),
        ("issued_at", "1999-09-27T14:00:00.000Z"), ("issued_at", 5),
        ("valid_until", "2021-09-27 14:00:00.000Z"), ("instrument", "btc"), ("instrument", "BTC\x00USD"),
        ("instrument", "A" * 21), ("action", "buy"), ("action", None), ("action", ["open"]),
        ("target_weight", 0.5), ("target_weight", "0.1234567"), ("target_weight", ".5"),
        ("target_weight", "0,5"), ("target_weight", "1e-1"), ("target_weight", "٠"), ("target_weight", "NaN"),
        ("limit_price", 1), ("limit_price", "0"), ("limit_price", "0.00"), ("limit_price", "-1"),
        ("limit_price", "01"), ("limit_price", "1e5"), ("stop_price", ""), ("take_profit_price", "Infinity"),
        ("confidence", "1.1"), ("confidence", 1), ("rationale", None), ("rationale", "x" * 2001),
        ("rationale", "nul\x00"), ("lineage", {}), ("lineage", None),
        ("lineage", {**EXAMPLE["lineage"], "more": "0" * 64}),
        ("lineage", {**EXAMPLE["lineage"], "pack_sha": "0" * 63}),
        ("previous_hash", "F" * 64), ("key_id", "key_1"),
    ],
)  # fmt: skip
def test_a_bad_field_is_named_and_the_schema_agrees(field: str, value: Any) -> None:
    assert pointers(changed(**{field: value})) == [f"/{field}"]
    assert not VALIDATOR.is_valid(changed(**{field: value}))


@pytest.mark.parametrize(
    ("field", "value"),
    [("issued_at", "2021-02-30T14:00:00.000Z"), ("rationale", "half \ud83d of a pair")],
)
def test_what_a_schema_cannot_say_is_refused_all_the_same(field: str, value: str) -> None:
    assert pointers(changed(**{field: value})) == [f"/{field}"]


@pytest.mark.parametrize("weight", ["1.5", "-0.1", "2", "1.000001", "100000000"])
def test_a_weight_outside_the_range_has_its_own_error(weight: str) -> None:
    with pytest.raises(WeightOutOfRange, match="between 0 and 1"):
        read_signed(changed(target_weight=weight), SIGNATURE)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"action": "close"}, "/action"),
        ({"action": "open", "target_weight": "0"}, "/action"),
        ({"stop_price": "5", "take_profit_price": "5"}, "/stop_price"),
    ],
)
def test_fields_that_contradict_each_other_are_refused(
    changes: dict[str, Any], pointer: str
) -> None:
    assert pointers(changed(**changes)) == [pointer]


def test_all_faults_are_told_at_once() -> None:
    assert pointers({"version": "1", "extra/~": 1})[-1] == "/extra~1~0"
    assert len(pointers({"version": "1", "extra": 1})) == len(EXAMPLE)
    assert pointers([]) == [""]


@pytest.mark.parametrize("signature", ["", "x", "AAAA", "é" * 88, to_base64(bytes(65))])
def test_what_is_no_signature_is_a_bad_signature(signature: str) -> None:
    with pytest.raises(BadSignature):
        read_signed(EXAMPLE, signature)


scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 2**60), st.floats(), st.text(max_size=30),
    st.sampled_from(["0", "1", "0.5", "1.0", "00", "0.000001", "-0", "5", "0.0", "10.10", "close"]),
    st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,8})?", fullmatch=True),
    st.from_regex(r"20[0-9]{2}-0[1-9]-1[0-9]T0[0-9]:00:00\.000Z", fullmatch=True),
)  # fmt: skip


@given(field=st.sampled_from([*EXAMPLE, "extra"]), value=scalars)
def test_parser_and_schema_agree_on_any_single_change(field: str, value: Any) -> None:
    signal = changed(**{field: value})
    said_good = not [pointer for pointer, _ in faults(signal) if pointer != "/action"]
    by_schema = VALIDATOR.is_valid(signal)
    if field == "target_weight" and said_good:
        said_good = 0 <= Decimal(signal["target_weight"]) <= 1  # beyond has an error of its own
    if field in ("stop_price", "take_profit_price") and by_schema and not said_good:
        return  # the two against each other, which a schema cannot say
    if field == "sequence" and isinstance(value, float):
        return  # 1.0 is an integer to a schema, but not in what was signed
    if field == "action" or (
        isinstance(value, str) and any("\ud800" <= c <= "\udfff" for c in value)
    ):
        return
    assert said_good == by_schema


@given(st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_anything_at_all_is_answered_by_name(value: Any) -> None:
    with pytest.raises(BadSignal):
        read_signed(value, SIGNATURE)
