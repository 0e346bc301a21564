"""What clients say is understood, echoed with its id, and refused in words they know."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.trading.venues.dialects.binance.control import (
    MESSAGES_MAX,
    BadControl,
    Bucket,
    Control,
    answer,
    read_control,
    read_property,
    refusal,
)


@pytest.mark.parametrize(
    "message_id", ["1", "-3", '"1d4d4e5e"', "null", '""', "9223372036854775807"]
)
def test_an_id_comes_back_as_it_was_sent(message_id: str) -> None:
    said = read_control(f'{{"method":"LIST_SUBSCRIPTIONS","id":{message_id}}}')
    assert answer(said, ["a"]).decode() == f'{{"result":["a"],"id":{message_id}}}'


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("{", 3, "Invalid JSON"),
        ("[]", 2, "Invalid request"),
        ('{"id":1}', 2, "missing field `method`"),
        ('{"method":"HELLO","id":1}', 2, "unknown variant `HELLO`, expected one of `SUBSCRIBE`"),
        ('{"method":"SUBSCRIBE","id":1}', 2, "params must be names"),
        ('{"method":"SUBSCRIBE","params":[1],"id":1}', 2, "params must be names"),
        ('{"method":"SUBSCRIBE","params":"a","id":1}', 2, "params must be a list"),
        ('{"method":"SUBSCRIBE","params":["a"],"id":1.5}', 2, "request ID"),
        ('{"method":"SUBSCRIBE","params":["a"],"id":{"a":1}}', 2, "request ID"),
        (json.dumps({"method": "SUBSCRIBE", "params": ["a"] * 1025, "id": 1}), 2, "too many parameters"),
    ],
)  # fmt: skip
def test_a_wrong_message_is_refused_in_the_exchanges_words(
    text: str, code: int, words: str
) -> None:
    with pytest.raises(BadControl, match=words) as refused:
        read_control(text)
    assert json.loads(refusal(refused.value))["error"]["code"] == code


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("SET_PROPERTY", (), 2),
        ("SET_PROPERTY", (1, True), 2),
        ("SET_PROPERTY", ("other", True), 0),
        ("SET_PROPERTY", ("combined", "yes"), 1),
        ("GET_PROPERTY", ("combined", True), 2),
        ("GET_PROPERTY", ("other",), 0),
    ],
)
def test_there_is_one_property(method: str, params: tuple[object, ...], code: int) -> None:
    with pytest.raises(BadControl) as refused:
        read_property(Control(method, params, 7))
    assert (refused.value.code, refused.value.answers) == (code, 7)


@given(st.text(max_size=60) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["method", "params", "id"]) | st.text(max_size=5), inner, max_size=4),
).map(json.dumps))  # fmt: skip
def test_whatever_is_said_is_read_or_refused(text: str) -> None:
    try:
        said = read_control(text)
    except BadControl as refused:
        code = json.loads(refusal(refused))["error"]["code"]
    else:
        code = json.loads(answer(said))["result"]
    assert code in (None, 2, 3)


def test_six_messages_in_a_second_are_one_too_many() -> None:
    bucket = Bucket()
    assert [bucket.full(10.1) for _ in range(MESSAGES_MAX + 1)] == [False] * MESSAGES_MAX + [True]
    assert not bucket.full(11.0)
