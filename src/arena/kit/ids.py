"""Ids: a prefix that says what it is, then 26 characters of base32 (Crockford, lower case).

`fresh` is a UUIDv7: sortable, unguessable enough for a name. `derived` is a digest of its parts: the
same parts give the same id on every machine, which makes a replay repeatable and a retry harmless.
"""

import base64
import hashlib
import secrets
import time

_CROCKFORD = bytes.maketrans(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789abcdefghjkmnpqrstvwxyz"
)


def fresh(prefix: str) -> str:
    """A new id, sortable by the wall clock (RFC 9562 section 5.7)."""
    ms = time.time_ns() // 1_000_000
    value = (ms << 80) | secrets.randbits(80)
    value = value & ~(0xF << 76) | (0x7 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    return f"{prefix}_{_base32(value)}"


def derived(prefix: str, *parts: str | int) -> str:
    """The id that follows from its parts; parts are length-prefixed, so ("ab","c") is not ("a","bc")."""
    digest = hashlib.sha256()
    for part in parts:
        text = str(part).encode()
        digest.update(len(text).to_bytes(4, "big") + text)
    return f"{prefix}_{_base32(int.from_bytes(digest.digest()[:16], 'big'))}"


def _base32(value: int) -> str:
    # 130 bits are 26 digits; b32encode takes whole bytes, and spells the digits its own way (RFC 4648).
    padded = base64.b32encode((value << 30).to_bytes(20, "big"))[:26]
    return padded.translate(_CROCKFORD).decode()
