"""The vault: one master key, from which every secret at rest is sealed and every own key derived.

Sealing is AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D), bound to its purpose as associated
data. Derivation is HKDF-SHA256 (RFC 5869).
"""

import contextlib
import hashlib
import hmac
import os
import secrets
import stat
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class VaultError(Exception):
    """The master key is missing, unreadable, or not the one the data was sealed with."""


class Vault:
    def __init__(self, master: bytes) -> None:
        if len(master) != 32:
            raise VaultError("the master key must be 32 bytes")
        self._master = master
        self._aes = AESGCM(self.derive("seal"))

    def __repr__(self) -> str:
        return "Vault(…)"

    def derive(self, purpose: str) -> bytes:
        """32 bytes that follow from the master key and the purpose."""
        kdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=b"sigma-arena", info=purpose.encode())
        return kdf.derive(self._master)

    def digest(self, purpose: str, data: bytes) -> bytes:
        """A keyed digest (HMAC-SHA256) for look-ups and salts."""
        return hmac.digest(self.derive(purpose), data, hashlib.sha256)

    def seal(self, plain: bytes, purpose: str) -> bytes:
        nonce = secrets.token_bytes(12)
        return nonce + self._aes.encrypt(nonce, plain, purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """Raises VaultError where the data was sealed with another key or for another purpose."""
        try:
            return self._aes.decrypt(sealed[:12], sealed[12:], purpose.encode())
        except (InvalidTag, ValueError):
            raise VaultError("this secret was sealed with another master key") from None


def open_vault(key_file: Path, seed: str | None = None) -> Vault:
    """The vault of this installation; the first call makes the key. A seed gives a repeatable demo key.

    Raises VaultError where the file is unreadable, of the wrong size, or open to other users.
    """
    if seed is not None:
        return Vault(hashlib.sha256(b"sigma-arena demo seed\x00" + seed.encode()).digest())
    try:
        if not key_file.exists():
            _make_key(key_file)
        return Vault(_read_private(key_file))
    except OSError as broken:
        raise VaultError(f"the master key {key_file} cannot be used: {broken.strerror}") from broken


def _make_key(key_file: Path) -> None:
    """Whole or not at all, and where two processes make one at once both end with the same."""
    key_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    making = key_file.with_name(f"{key_file.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secrets.token_bytes(32))
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        os.link(making, key_file)
    making.unlink()


def _read_private(key_file: Path) -> bytes:
    if key_file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise VaultError(f"{key_file} can be read by others; run: chmod 600 {key_file}")
    key = key_file.read_bytes()
    if len(key) != 32:
        raise VaultError(
            f"{key_file} holds {len(key)} bytes instead of 32; restore it from its backup"
        )
    return key
