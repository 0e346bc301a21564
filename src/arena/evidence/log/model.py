"""What the log speaks of: its key, its checkpoints, what it holds, and the ways it refuses."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime

from arena.kit.errors import Conflict, NotFound, Refused
from arena.kit.signing import SigningKey
from arena.kit.vault import Vault

ENTRY_BYTES_MAX = 65_535  # C2SP tlog-tiles writes an entry's length in 16 bits


class AlreadyLogged(Conflict):
    """The log already holds an entry for {kind} {reference}; what was said once is not said again."""


class EntryTooLong(Refused):
    """An entry of {length} bytes does not go into the log; at most 65,535 do."""


class NotInLog(NotFound):
    """The log has {size} entries; {index} is beyond them. Ask for less, or again later."""


class NoCheckpointYet(NotFound):
    """The log has not signed a checkpoint yet; ask again in a few seconds."""


class LogContradictsItself(Conflict):
    """The log no longer yields the root it signed at size {size}: its rows were changed behind its
    back. No checkpoint is signed until an operator has restored the database from a backup."""

    status = 500


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log's signed word on its first `size` entries; `note` is the C2SP text, ready to be served."""

    size: int
    root: bytes
    note: str


@dataclass(frozen=True, slots=True)
class Leaf:
    """One entry with its place. `at` is product time."""

    index: int
    kind: str
    reference: str
    entry: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class NewEntry:
    """What is to be appended: `entry` are canonical bytes, `reference` the id of what they commit to."""

    kind: str
    reference: str
    entry: bytes


@dataclass(frozen=True, slots=True)
class LogKey:
    """The key that signs checkpoints. The name is the log's origin line; it has no space and no plus."""

    name: str
    key: SigningKey

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256(name || newline || 0x01 || public key), C2SP signed-note."""
        return hashlib.sha256(self.name.encode() + b"\n\x01" + self.key.public).digest()[:4]

    @property
    def vkey(self) -> str:
        """The verifier key: name+hex(key id)+base64(0x01 || public key)."""
        public = base64.b64encode(b"\x01" + self.key.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{public}"


def log_key(vault: Vault) -> LogKey:
    """The key of this installation's log.

    The name follows from the key and not from the address, so that a log which moves to another host
    or port stays the log it was.
    """
    key = SigningKey(vault.derive("log"))
    return LogKey(f"sigma-arena/log/{key.public.hex()[:16]}", key)
