"""Signs requests to Binance, with a secret shared with it (HMAC-SHA256, hex) or a key of ours (Ed25519, base64).

What is signed is the text of the parameters exactly as it is sent; it is percent-encoded first.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Literal, Protocol
from urllib.parse import quote

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_private_key

from arena.kit.errors import Refused

SecretKind = Literal["hmac", "ed25519"]
SECRET_CHARACTERS_MAX = 4_000
_RAW = re.compile("[0-9a-fA-F]{64}")


class BadSecret(Refused):
    """The secret cannot be used: {why}."""


class Signer(Protocol):
    @property
    def kind(self) -> SecretKind: ...

    def sign(self, text: str) -> str: ...


class HmacSigner:
    """The secret is the text Binance shows once, when the key is made."""

    kind: Literal["hmac"] = "hmac"

    def __init__(self, secret: str) -> None:
        if not secret.strip():
            raise BadSecret(why="it is empty")
        self._secret = secret.strip().encode()

    def __repr__(self) -> str:
        return "HmacSigner(…)"

    def sign(self, text: str) -> str:
        return hmac.digest(self._secret, text.encode(), hashlib.sha256).hex()


class Ed25519Signer:
    """The secret is a private key: PEM, or the base64 between its lines, or 32 bytes as hex."""

    kind: Literal["ed25519"] = "ed25519"

    def __init__(self, secret: str) -> None:
        self._key = _private_key(secret.strip())

    def __repr__(self) -> str:
        return "Ed25519Signer(…)"

    def sign(self, text: str) -> str:
        return base64.b64encode(self._key.sign(text.encode())).decode()


def signer(kind: SecretKind, secret: str) -> Signer:
    """Raises BadSecret."""
    if len(secret) > SECRET_CHARACTERS_MAX:
        raise BadSecret(why=f"it has over {SECRET_CHARACTERS_MAX} characters")
    return HmacSigner(secret) if kind == "hmac" else Ed25519Signer(secret)


def encoded(parameters: Mapping[str, str | int]) -> str:
    """`a=1&b=x%20y`, in the order given."""
    return "&".join(f"{name}={quote(str(value), safe='')}" for name, value in parameters.items())


def sorted_text(parameters: Mapping[str, str | int | bool]) -> str:
    """What is signed of a request over the WebSocket API: by name, not percent-encoded."""
    return "&".join(f"{name}={_scalar(parameters[name])}" for name in sorted(parameters))


def _scalar(value: str | int | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _private_key(secret: str) -> Ed25519PrivateKey:
    try:
        if secret.startswith("-----"):
            key = load_pem_private_key(secret.encode(), None)
        elif _RAW.fullmatch(secret):  # the base64 of a whole key has 64 characters, too
            key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret))
        else:
            key = load_der_private_key(
                base64.b64decode("".join(secret.split()), validate=True), None
            )
    except (ValueError, TypeError, UnsupportedAlgorithm) as broken:
        raise BadSecret(
            why="it is no private key in PEM, base64 or hex without a password"
        ) from broken
    if not isinstance(key, Ed25519PrivateKey):
        raise BadSecret(why="it is a private key, but not of Ed25519")
    return key
