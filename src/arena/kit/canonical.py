"""Canonical JSON (RFC 8785) and the digests taken over it."""

import hashlib
from typing import Any

import rfc8785


def canonical_json(value: Any) -> bytes:
    """The one byte sequence of a JSON value. Numbers that matter travel as strings, never as floats.

    Raises ValueError for what RFC 8785 cannot express (NaN, integers of 2**53 and more).
    """
    try:
        return rfc8785.dumps(value)
    except rfc8785.CanonicalizationError as refused:
        raise ValueError(str(refused)) from refused


def sha256_hex(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def document_sha(value: Any) -> str:
    """SHA-256, in hex, of a JSON document's canonical form."""
    return sha256_hex(canonical_json(value))
