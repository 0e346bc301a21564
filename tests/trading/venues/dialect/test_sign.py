"""Signatures hold over exactly what was sent, by either kind of key, and only for a while."""

import base64
import hashlib
import hmac
import json
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.kit.signing import SigningKey
from arena.people.identity import key_id_of
from arena.trading.venues.dialects.binance import DialectRefused
from arena.trading.venues.dialects.binance.keys import public_key_id
from arena.trading.venues.dialects.binance.sign import (
    Lock,
    check_signature,
    check_time,
    intent_of,
    signed_by,
    socket_parameters,
    socket_payload,
    split_signature,
)

KEY = SigningKey(b"k" * 32)
ED25519, HMAC = Lock("ed25519", KEY.public), Lock("hmac", b"secret")
NOW_US = 1_700_000_000_123_456


def hex_of(payload: bytes) -> bytes:
    return hmac.new(b"secret", payload, hashlib.sha256).hexdigest().encode()


def test_the_documented_example_of_the_exchange_holds() -> None:
    """From Binance's documentation of signed requests: parameters in the query string, then mixed with a body."""
    lock = Lock("hmac", b"NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j")
    rest = b"symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC"
    more = b"quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"
    whole = b"c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"
    mixed = b"0fd168b8ddb4876a0358a8d14d0c9f3da0e9b20c5d52b2a00fcf7d1c602f9a77"
    payload, signature = split_signature(rest + b"&" + more + b"&signature=" + whole, b"")
    assert signature == whole
    assert signed_by(lock, payload, whole)
    payload, signature = split_signature(rest, more + b"&signature=" + mixed)
    assert payload == rest + more
    assert signature == mixed
    assert signed_by(lock, payload, mixed)


@pytest.mark.parametrize(
    ("query", "body", "payload"),
    [
        (b"a=1&signature=S", b"", b"a=1"),
        (b"signature=S&a=1", b"", b"a=1"),
        (b"a=1&signature=S&b=2", b"", b"a=1&b=2"),
        (b"", b"a=1&signature=S", b"a=1"),
        (b"signature=S", b"a=1", b"a=1"),
        (b"a=1", b"b=2&signature=S", b"a=1b=2"),
        (b"a=%5B%22x%22%5D&signature=S", b"", b"a=%5B%22x%22%5D"),
        (b"b=2&a=1&signature=S", b"", b"b=2&a=1"),
    ],
)
def test_nothing_is_sorted_or_encoded_anew(query: bytes, body: bytes, payload: bytes) -> None:
    assert split_signature(query, body) == (payload, b"S")


def test_without_a_signature_there_is_none() -> None:
    assert split_signature(b"a=1", b"mysignature=2") == (b"a=1mysignature=2", None)


def test_either_kind_of_signature_holds_encoded_or_not() -> None:
    payload = b"symbol=BTCUSDT&timestamp=1"
    plain = base64.b64encode(KEY.sign(payload))
    assert signed_by(ED25519, payload, plain)
    assert signed_by(ED25519, payload, quote(plain, safe="").encode())
    assert signed_by(ED25519, payload, plain.replace(b"+", b" "))
    made = hex_of(payload)
    assert signed_by(HMAC, payload, made)
    assert signed_by(HMAC, payload, made.upper())


@given(st.binary(max_size=80), st.binary(max_size=120))
def test_no_other_signature_holds(payload: bytes, signature: bytes) -> None:
    assert not signed_by(ED25519, payload, signature)
    assert not signed_by(HMAC, payload, signature)
    for lock in (ED25519, HMAC):
        with pytest.raises(DialectRefused, match=r"-1022|-1102"):
            check_signature(lock, payload, signature)


@pytest.mark.parametrize("lock", [ED25519, HMAC])
def test_a_letter_changed_breaks_it(lock: Lock) -> None:
    payload = b"symbol=BTCUSDT&quantity=1&timestamp=1"
    made = hex_of(payload) if lock is HMAC else base64.b64encode(KEY.sign(payload))
    assert signed_by(lock, payload, made)
    for place in range(len(payload)):
        changed = payload[:place] + bytes([payload[place] ^ 1]) + payload[place + 1 :]
        assert not signed_by(lock, changed, made)


def number_of(given: dict[str, str]) -> int | None:
    try:
        check_time(given, NOW_US)
    except DialectRefused as refused:
        return refused.answer.code
    return None


@pytest.mark.parametrize(
    ("timestamp", "window", "refused"),
    [
        (1_700_000_000_123, None, None),
        (1_700_000_000_123_456, None, None),  # microseconds
        (1_700_000_001_122, None, None),  # almost a second ahead
        (1_700_000_001_124, None, -1021),
        (1_700_000_001_123_455, None, None),
        (1_700_000_001_123_456, None, -1021),
        (1_699_999_995_124, None, None),
        (1_699_999_995_123, None, -1021),  # half a millisecond too old
        (1_699_999_995_123, "5000.456", None),
        (1_699_999_995_123, "5000.455", -1021),
        (1_699_999_940_124, "60000", None),
        (1_700_000_000_123, "60000.001", -1131),
        (1_700_000_000_123, "60001", -1131),
        (1_700_000_000_123, "5000.1234", -1130),
        (1_700_000_000_123, "x", -1130),
        (1_700_000_000_123, "5000.", -1130),
        (1_700_000_000_123, "-1", -1130),
    ],
)
def test_a_request_is_good_for_its_window(
    timestamp: int, window: str | None, refused: int | None
) -> None:
    given = {"timestamp": str(timestamp)} | ({} if window is None else {"recvWindow": window})
    assert number_of(given) == refused


@pytest.mark.parametrize("timestamp", [None, "", "x", "1.5", "-1", "１"])
def test_a_request_without_a_time_is_refused(timestamp: str | None) -> None:
    assert number_of({} if timestamp is None else {"timestamp": timestamp}) == -1102


def test_how_far_the_clock_is_off_is_told() -> None:
    with pytest.raises(DialectRefused) as refused:
        check_time({"timestamp": "1699999990000"}, NOW_US)
    assert refused.value.answer.body()["arena"] == {"behind_ms": 10_123}
    with pytest.raises(DialectRefused) as refused:
        check_time({"timestamp": "1700000010123"}, NOW_US)
    assert refused.value.answer.body()["arena"] == {"ahead_ms": 9_999}


class Request(msgspec.Struct):
    """A request of the ws-api, as it is decoded."""

    params: dict[str, msgspec.Raw]


def test_a_socket_signs_its_parameters_as_its_json_spells_them() -> None:
    message = (
        '{"params": {"symbol": "BTCUSDT", "price": 50000, "quantity": 0.10, "big": 1e3, "returnRateLimits": false,'
        ' "none": null, "symbols": ["A","B"], "signature": "S", "apiKey": "k\\u0041"}}'
    )
    given = socket_parameters(msgspec.json.decode(message, type=Request).params)
    assert given == {
        "symbol": "BTCUSDT", "price": "50000", "quantity": "0.10", "big": "1e3", "returnRateLimits": "false",
        "symbols": '["A","B"]', "signature": "S", "apiKey": "kA",
    }  # fmt: skip
    assert socket_payload(given) == (
        b'apiKey=kA&big=1e3&price=50000&quantity=0.10&returnRateLimits=false&symbol=BTCUSDT&symbols=["A","B"]'
    )


@given(
    st.dictionaries(
        st.text(max_size=8), st.none() | st.booleans() | st.integers() | st.text(max_size=8)
    )
)
def test_any_parameters_of_a_socket_become_text(given: dict[str, object]) -> None:
    message = json.dumps({"params": given})
    found = socket_parameters(msgspec.json.decode(message, type=Request).params)
    assert set(found) == {name for name, value in given.items() if value is not None}
    socket_payload(found)


def test_the_same_request_is_the_same_intent() -> None:
    assert intent_of("key_1", b"a=1") == intent_of("key_1", b"a=1")
    assert (
        len({intent_of("key_1", b"a=1"), intent_of("key_1", b"a=2"), intent_of("key_2", b"a=1")})
        == 3
    )


def test_a_public_key_is_found_in_every_form() -> None:
    public, expected = KEY.public, key_id_of(KEY.public)
    der = bytes.fromhex("302a300506032b6570032100") + public
    forms = [
        expected, public.hex(), public.hex().upper(), base64.b64encode(public).decode(),
        base64.b64encode(public).decode().rstrip("="), base64.urlsafe_b64encode(public).decode(),
        base64.urlsafe_b64encode(public).decode().rstrip("="), base64.b64encode(der).decode(),
    ]  # fmt: skip
    assert {public_key_id(form) for form in forms} == {expected}
    for other in ("", "x" * 64, "K" * 60, "key_1", "ak_" + "x" * 43, "é" * 44):
        assert public_key_id(other) is None


def test_secrets_are_not_shown_by_accident() -> None:
    assert "secret" not in repr(HMAC).replace("secret=", "")
