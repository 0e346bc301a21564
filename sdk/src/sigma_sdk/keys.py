"""Ed25519 keys (RFC 8032): what a collective signs with, and how anyone checks it."""

import base64
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from sigma_sdk.canonical import derived_id


class SigningKey:
    """A collective's private key. `key_id` is the name the arena knows the public half by."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != 32:
            raise ValueError("an Ed25519 secret is 32 bytes")
        self._secret = secret
        self._key = Ed25519PrivateKey.from_private_bytes(secret)
        self.public = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.key_id = key_id_of(self.public)

    def __repr__(self) -> str:
        return f"SigningKey({self.key_id})"

    @classmethod
    def generate(cls) -> "SigningKey":
        return cls(os.urandom(32))

    @classmethod
    def load(cls, path: Path) -> "SigningKey":
        """Reads what `save` wrote. Raises ValueError for anything else, and where others may read it."""
        if path.stat().st_mode & 0o077:
            raise ValueError(f"{path} can be read by others; run: chmod 600 {path}")
        return cls(base64.b64decode(path.read_text().strip(), validate=True))

    def save(self, path: Path) -> None:
        """Writes the secret, base64, into a new file only its owner can read."""
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(base64.b64encode(self._secret).decode() + "\n")

    @property
    def public_base64(self) -> str:
        return base64.b64encode(self.public).decode()

    @property
    def private_pem(self) -> str:
        """The secret half as PKCS #8 PEM, which other programs load; keep it as you keep the key's own file."""
        pem = self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return pem.decode()

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)

    def sign_base64(self, message: bytes) -> str:
        return base64.b64encode(self.sign(message)).decode()


def key_id_of(public: bytes) -> str:
    """The id that follows from the public key itself, so nobody can swap the key behind an id."""
    return derived_id("key", public.hex())


def verifies(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature over the message was made with the key's secret half."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
