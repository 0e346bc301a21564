"""The few spellings everything signed depends on: canonical JSON, digests, times, derived ids."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import rfc8785

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def canonical_json(value: Any) -> bytes:
    """The one byte sequence of a JSON value (RFC 8785). Raises ValueError where there is none."""
    try:
        return rfc8785.dumps(value)
    except rfc8785.CanonicalizationError as refused:
        raise ValueError(str(refused)) from refused


def sha256_hex(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def iso_ms(at: datetime) -> str:
    """RFC 3339 in UTC with milliseconds and Z: 2021-09-27T14:00:00.000Z."""
    at = at.astimezone(UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def from_iso(text: str) -> datetime:
    """Parses RFC 3339. Raises ValueError where the time zone is missing."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return at.astimezone(UTC)


def to_ms(at: datetime) -> int:
    """Whole milliseconds since 1970, rounded down."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def from_ms(ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=ms)


def derived_id(prefix: str, *parts: str | int) -> str:
    """The id that follows from its parts: 128 bits of SHA-256 over the length-prefixed parts, base32."""
    digest = hashlib.sha256()
    for part in parts:
        text = str(part).encode()
        digest.update(len(text).to_bytes(4, "big") + text)
    value = int.from_bytes(digest.digest()[:16], "big")
    return f"{prefix}_" + "".join(_ALPHABET[(value >> shift) & 31] for shift in range(125, -1, -5))
