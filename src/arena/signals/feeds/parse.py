"""Reads a signal from outside strictly, as schema/signal-v1.json says, and tells all that is wrong with it."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from arena.kit.canonical import canonical_json, sha256_hex
from arena.kit.clock import from_iso, iso_ms
from arena.kit.signing import from_base64
from arena.signals.feeds.model import (
    RATIONALE_MAX,
    VERSION,
    BadSignal,
    BadSignature,
    Lineage,
    SignedSignal,
    Terms,
    WeightOutOfRange,
)

SEQUENCE_MAX = 2**53 - 1  # what every JSON implementation can count to
_HEX = re.compile(r"[0-9a-f]{64}")
_TIME = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
_SHARE = re.compile(r"0(\.\d{1,6})?|1(\.0{1,6})?", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,30}(\.\d{1,30})?", re.ASCII)
_PRICE = re.compile(r"0\.0{0,17}[1-9]\d{0,17}|[1-9]\d{0,17}(\.\d{1,18})?", re.ASCII)
_SYMBOL = re.compile(r"[A-Z0-9]{1,20}([-/._][A-Z0-9]{1,20}){0,2}", re.ASCII)
_ACTIONS = ("open", "increase", "reduce", "close", "hold")
_LINEAGE = ("pack_sha", "indicator_set_sha", "model_config_sha", "policy_sha")


def read_signed(signal: Any, signature: str) -> SignedSignal:
    """A signal in the published form with its signature, neither of them checked against anything yet.

    Raises BadSignal with `errors` (a JSON pointer and words each), WeightOutOfRange, BadSignature where
    the signature is not 64 bytes in base64.
    """
    errors = faults(signal)
    if errors:
        raise BadSignal(errors=[{"pointer": p, "detail": d} for p, d in errors])
    weight = Decimal(signal["target_weight"])
    if not 0 <= weight <= 1:
        raise WeightOutOfRange(weight=signal["target_weight"])
    try:
        signed = from_base64(signature)
    except ValueError as broken:
        raise BadSignature from broken
    if len(signed) != 64:
        raise BadSignature
    canonical = canonical_json(signal)
    return SignedSignal(terms_of(signal), signal, canonical, sha256_hex(canonical), signed)


def terms_of(body: dict[str, Any]) -> Terms:
    """The terms of a signal whose form is known to be right."""
    return Terms(
        id=body["id"],
        feed_id=body["feed"],
        sequence=body["sequence"],
        issued_at=from_iso(body["issued_at"]),
        valid_until=from_iso(body["valid_until"]),
        instrument=body["instrument"],
        action=body["action"],
        target_weight=Decimal(body["target_weight"]),
        limit_price=_price(body["limit_price"]),
        stop_price=_price(body["stop_price"]),
        take_profit_price=_price(body["take_profit_price"]),
        confidence=Decimal(body["confidence"]),
        rationale=body["rationale"],
        lineage=Lineage(**body["lineage"]),
        previous_hash=body["previous_hash"],
        key_id=body["key_id"],
    )


def faults(signal: Any) -> list[tuple[str, str]]:
    """What is wrong with the form: (JSON pointer, words). A weight outside [0, 1] is not a fault of form."""
    if not isinstance(signal, dict):
        return [("", "must be an object")]
    found = [(f"/{name}", "is missing") for name in _FIELDS if name not in signal]
    found += [
        (f"/{_pointer(name)}", "is not a field of a signal")
        for name in signal
        if name not in _FIELDS
    ]
    for name, (wanted, holds) in _FIELDS.items():
        if name in signal and not holds(signal[name]):
            found.append((f"/{name}", f"must be {wanted}"))
    return found or _faults_between(signal)


def _faults_between(signal: dict[str, Any]) -> list[tuple[str, str]]:
    """Faults that lie between fields, each of which is right by itself."""
    found = []
    weight = Decimal(signal["target_weight"])
    if (signal["action"] == "close" and weight != 0) or (
        signal["action"] in ("open", "increase") and weight == 0
    ):
        found.append(("/action", "must be close only for weight 0, open or increase only above 0"))
    stop, take_profit = signal["stop_price"], signal["take_profit_price"]
    if stop is not None and take_profit is not None and Decimal(stop) >= Decimal(take_profit):
        found.append(("/stop_price", "must be below take_profit_price"))
    return found


def _pointer(name: object) -> str:
    text = str(name)[:80].encode("utf-8", "replace").decode()
    return text.replace("~", "~0").replace("/", "~1")


def _price(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _matches(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _time(value: Any) -> bool:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        return False
    try:
        return iso_ms(from_iso(value)) == value
    except ValueError:
        return False


def _weight(value: Any) -> bool:
    """A share, or a number so clearly outside [0, 1] that its own error says more."""
    if not isinstance(value, str):
        return False
    outside = _NUMBER.fullmatch(value) is not None and not 0 <= Decimal(value) <= 1
    return outside or _SHARE.fullmatch(value) is not None


def _optional_price(value: Any) -> bool:
    return value is None or (isinstance(value, str) and _PRICE.fullmatch(value) is not None)


def _rationale(value: Any) -> bool:
    if not isinstance(value, str) or len(value) > RATIONALE_MAX or "\x00" in value:
        return False
    return not any("\ud800" <= letter <= "\udfff" for letter in value)


def _lineage(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == set(_LINEAGE)
        and all(isinstance(sha, str) and _HEX.fullmatch(sha) for sha in value.values())
    )


def _sequence(value: Any) -> bool:
    return type(value) is int and 1 <= value <= SEQUENCE_MAX


_ID_WORDS = "an id as the arena makes them"
_TIME_WORDS = "a UTC time such as 2021-09-27T14:00:00.000Z, of this century"
_PRICE_WORDS = "null or a positive decimal in a string"
_FIELDS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "version": (f'"{VERSION}"', lambda value: value == VERSION),
    "id": (_ID_WORDS, _matches(re.compile(r"sig_[0-9a-z]{26}"))),
    "feed": (_ID_WORDS, _matches(re.compile(r"fd_[0-9a-z]{26}"))),
    "sequence": (f"a whole number from 1 to {SEQUENCE_MAX}", _sequence),
    "issued_at": (_TIME_WORDS, _time),
    "valid_until": (_TIME_WORDS, _time),
    "instrument": ("a symbol such as BTC-USD", _matches(_SYMBOL)),
    "action": (
        f"one of {', '.join(_ACTIONS)}",
        lambda value: isinstance(value, str) and value in _ACTIONS,
    ),
    "target_weight": (
        'a decimal from "0" to "1" with up to 6 decimals, in a string',
        _weight,
    ),
    "limit_price": (_PRICE_WORDS, _optional_price),
    "stop_price": (_PRICE_WORDS, _optional_price),
    "take_profit_price": (_PRICE_WORDS, _optional_price),
    "confidence": ('a decimal from "0" to "1" with up to 6 decimals, in a string', _matches(_SHARE)),
    "rationale": (f"text of up to {RATIONALE_MAX} characters, without U+0000", _rationale),
    "lineage": (f"an object of exactly {', '.join(_LINEAGE)}, each 64 hex digits", _lineage),
    "previous_hash": ("64 lower-case hex digits", _matches(_HEX)),
    "key_id": (_ID_WORDS, _matches(re.compile(r"key_[0-9a-z]{26}"))),
}  # fmt: skip
