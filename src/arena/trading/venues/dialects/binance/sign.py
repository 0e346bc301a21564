"""Checks signatures as Binance does: over exactly what was sent, by an Ed25519 key or an HMAC secret.

REST: the raw query string followed by the raw body, without the `signature` pair, nothing reordered or re-encoded.
ws-api: the parameters sorted by name, `name=value` joined by `&`, not URL-encoded, each value as the request's JSON
spells it. Requests carry the time of the wall, in milliseconds or microseconds, and are good for `recvWindow`.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote_to_bytes

import msgspec

from arena.kit.clock import to_ms, wall_now
from arena.kit.signing import verifies
from arena.trading.venues.dialects.binance.errors import DialectRefused, mandatory

WINDOW_MS, WINDOW_MAX_MS = 5_000, 60_000
AHEAD_MAX_MS = 1_000
_NAME = b"signature="
_MICROSECONDS_FROM = 10**14
KeyKind = Literal["ed25519", "hmac"]


@dataclass(frozen=True, slots=True)
class Lock:
    """What a signature is checked with: a public key, or a secret that both sides know."""

    kind: KeyKind
    secret: bytes = field(repr=False)


def split_signature(query: bytes, body: bytes) -> tuple[bytes, bytes | None]:
    """What was signed, and the signature as it was sent (still URL-encoded); None where there is none.

    Of several the last one counts, as it does where parameters are read.
    """
    payload, signature = _without(query)
    if body:
        rest, later = _without(body)
        payload += rest
        signature = later if later is not None else signature
    return payload, signature


def _without(part: bytes) -> tuple[bytes, bytes | None]:
    if _NAME not in part:
        return part, None
    signature = None
    kept = []
    for pair in part.split(b"&"):
        if pair.startswith(_NAME):
            signature = pair[len(_NAME) :]
        else:
            kept.append(pair)
    return b"&".join(kept), signature


def signed_by(lock: Lock, payload: bytes, signature: bytes) -> bool:
    """`signature` is base64 (Ed25519) or hex in either case (HMAC), URL-encoded or not."""
    if b"%" in signature:
        signature = unquote_to_bytes(signature)
    if lock.kind == "hmac":
        made = hmac.digest(lock.secret, payload, hashlib.sha256).hex().encode()
        return hmac.compare_digest(made, signature.lower())
    try:
        # Who forgets to encode a plus sign means a plus sign.
        raw = base64.b64decode(signature.replace(b" ", b"+"), validate=True)
    except (binascii.Error, ValueError):
        return False
    return verifies(lock.secret, payload, raw)


def check_signature(lock: Lock, payload: bytes, signature: bytes | None) -> None:
    """Raises DialectRefused: -1102 without a signature, -1022 with one that does not fit."""
    if not signature:
        raise mandatory("signature")
    if not signed_by(lock, payload, signature):
        raise DialectRefused(-1022, "Signature for this request is not valid.")


def check_time(parameters: Mapping[str, str], now_us: int | None = None) -> None:
    """Whether the request is of now, by the clock on the wall. `now_us` is in microseconds since 1970.

    Raises DialectRefused: -1102 without a timestamp, -1131 for a window that is too long, -1021 where it is too old or
    of the future; how far it was off comes with it.
    """
    now = wall_us() if now_us is None else now_us
    at = _whole(parameters, "timestamp")
    if at is None:
        raise mandatory("timestamp")
    if at < _MICROSECONDS_FROM:
        at *= 1_000
    window_us = _window_us(parameters.get("recvWindow"))
    if at >= now + AHEAD_MAX_MS * 1_000:
        raise DialectRefused(
            -1021, "Timestamp for this request was 1000ms ahead of the server's time.",
            arena={"ahead_ms": (at - now) // 1_000},
        )  # fmt: skip
    if now - at > window_us:
        raise DialectRefused(
            -1021, "Timestamp for this request is outside of the recvWindow.",
            arena={"behind_ms": (now - at) // 1_000},
        )  # fmt: skip


def wall_us() -> int:
    now = wall_now()
    return to_ms(now) * 1_000 + now.microsecond % 1_000


def _whole(parameters: Mapping[str, str], name: str) -> int | None:
    text = parameters.get(name)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 19):
        raise mandatory(name)
    return int(text)


def _window_us(text: str | None) -> int:
    """Milliseconds with up to three decimals, as text, to microseconds."""
    if not text:
        return WINDOW_MS * 1_000
    left, point, right = text.partition(".")
    digits = left + right.ljust(3, "0")
    if (
        not (left and digits.isascii() and digits.isdigit())
        or len(right) > 3
        or (point and not right)
    ):
        raise DialectRefused(-1130, "Data sent for parameter 'recvWindow' is not valid.")
    window_us = int(digits[:20])
    if window_us > WINDOW_MAX_MS * 1_000:
        raise DialectRefused(-1131, "recvWindow must be less than 60000")
    return window_us


def socket_parameters(raw: Mapping[str, msgspec.Raw]) -> dict[str, str]:
    """The parameters of a ws-api request as text: strings as they are, all else as its JSON spells it.

    So a number stays as it was written, and lists read like the JSON lists REST sends. Decode a request with
    `msgspec.json.decode(message, type=…)` where `params` is `dict[str, msgspec.Raw]`.
    """
    found = {}
    for name, value in raw.items():
        text = bytes(value).strip()
        if text == b"null":
            continue
        found[name] = (
            msgspec.json.decode(text, type=str) if text[:1] == b'"' else text.decode("utf-8")
        )
    return found


def socket_payload(parameters: Mapping[str, str]) -> bytes:
    """What a ws-api request signs."""
    names = sorted(name for name in parameters if name != "signature")
    return "&".join(f"{name}={parameters[name]}" for name in names).encode()


def intent_of(key_id: str, payload: bytes) -> str:
    """Names what a signed request wants, once and for all: sent again it is the same intent."""
    return hashlib.sha256(key_id.encode() + b"\n" + payload).hexdigest()
