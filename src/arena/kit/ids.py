"""Ids: a prefix that says what it is, then 26 characters of base32 (Crockford, lower case).

`fresh` is a UUIDv7: sortable, unguessable enough for a name. `derived` is a digest of its parts: the
same parts give the same id on every machine, which makes a replay repeatable and a retry harmless.
"""

import hashlib
import secrets
import time

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [first + second for first in _CROCKFORD for second in _CROCKFORD]
_SHIFTS = range(120, -1, -10)


def fresh(prefix: str) -> str:
    """A new id, sortable by the wall clock (RFC 9562 section 5.7)."""
    ms = time.time_ns() // 1_000_000
    value = (ms << 80) | secrets.randbits(80)
    value = value & ~(0xF << 76) | (0x7 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    return f"{prefix}_{_base32(value)}"


def derived(prefix: str, *parts: str | int) -> str:
    """The id that follows from its parts; parts are length-prefixed, so ("ab","c") is not ("a","bc")."""
    spelled = b""
    for part in parts:
        text = str(part).encode()
        spelled += len(text).to_bytes(4, "big") + text
    digest = hashlib.sha256(spelled).digest()
    return f"{prefix}_{_base32(int.from_bytes(digest[:16], 'big'))}"


def _base32(value: int) -> str:
    # Two zeros and 128 bits are 26 digits of five bits, or 13 pairs.
    return "".join([_PAIRS[value >> shift & 1023] for shift in _SHIFTS])
