"""Checkpoints as signed notes (c2sp.org/signed-note, c2sp.org/tlog-checkpoint)."""

import base64
import binascii
import hashlib
from dataclasses import dataclass

from sigma_sdk.keys import verifies

_ED25519 = b"\x01"


class BadNote(ValueError):
    """This is no checkpoint, or not one this key signed."""


@dataclass(frozen=True, slots=True)
class LogVerifier:
    """A log's public key: its name, the four bytes notes call it by, and the 32 bytes themselves."""

    name: str
    key_id: bytes
    public: bytes

    @classmethod
    def parse(cls, vkey: str) -> "LogVerifier":
        """Reads name+hex+base64. Raises BadNote where the id does not follow from name and key."""
        try:
            name, key_id, encoded = vkey.strip().split("+", 2)
            raw = base64.b64decode(encoded, validate=True)
            claimed = bytes.fromhex(key_id)
        except (ValueError, binascii.Error) as broken:
            raise BadNote(f"{vkey!r} is no verifier key") from broken
        made = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
        if raw[:1] != _ED25519 or len(raw) != 33 or made != claimed:
            raise BadNote(f"{vkey!r} is no Ed25519 verifier key")
        return cls(name, claimed, raw[1:])


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log commits to: its first `size` entries have this root."""

    origin: str
    size: int
    root: bytes
    note: str


def open_checkpoint(note: str, verifier: LogVerifier) -> Checkpoint:
    """The checkpoint, if this key signed it. Raises BadNote."""
    text, blank, signatures = note.rpartition("\n\n")
    if not blank or not signatures.endswith("\n"):
        raise BadNote("there are no signatures under this note")
    signed = (text + "\n").encode()
    if not any(_signs(line, signed, verifier) for line in signatures[:-1].split("\n")):
        raise BadNote(f"the key of {verifier.name} did not sign this note")
    lines = text.split("\n")
    try:
        origin, size, root = lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True)
    except (IndexError, ValueError) as broken:
        raise BadNote("this note is no checkpoint") from broken
    if origin != verifier.name or size < 0 or str(size) != lines[1] or len(root) != 32:
        raise BadNote("this note is no checkpoint of this log")
    return Checkpoint(origin, size, root, note)


def _signs(line: str, signed: bytes, verifier: LogVerifier) -> bool:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "—" or parts[1] != verifier.name:
        return False
    try:
        raw = base64.b64decode(parts[2], validate=True)
    except binascii.Error:
        return False
    return raw[:4] == verifier.key_id and verifies(verifier.public, signed, raw[4:])
