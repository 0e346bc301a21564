"""Signs checkpoints as C2SP notes (c2sp.org/tlog-checkpoint), one for each size, never two that differ."""

import base64

from arena.evidence.log.model import Checkpoint, LogContradictsItself, LogKey
from arena.evidence.log.prove import root_at
from arena.evidence.log.tree import fold
from arena.kit.db import Row, Tx
from arena.kit.signing import verifies


async def sign_checkpoint(tx: Tx, key: LogKey) -> Checkpoint:
    """The checkpoint of the log as it stands; a size that was signed before gets the same note again.

    It holds the head's lock, so two processes cannot sign at once, and it signs only what extends the
    last checkpoint. Raises LogContradictsItself where the stored tree no longer does.
    """
    head = await tx.one("select size, frontier from log_head for update")
    root = fold(list(head["frontier"]))
    if root != await root_at(tx, head["size"]):
        raise LogContradictsItself(size=head["size"])
    last = await latest_checkpoint(tx)
    if last is not None:
        if last.size > head["size"] or await root_at(tx, last.size) != last.root:
            raise LogContradictsItself(size=last.size)
        if last.size == head["size"]:
            return last
    made = Checkpoint(head["size"], root, sign_note(key, head["size"], root))
    await tx.execute(
        "insert into log_checkpoint (size, root, note, at) values ($1, $2, $3, $4)",
        made.size, made.root, made.note, tx.now,
    )  # fmt: skip
    return made


async def latest_checkpoint(tx: Tx) -> Checkpoint | None:
    """The newest checkpoint that was signed; None where there is none yet."""
    row = await tx.fetchrow(
        "select size, root, note from log_checkpoint order by size desc limit 1"
    )
    return None if row is None else _checkpoint(row)


async def checkpoint_at(tx: Tx, size: int) -> Checkpoint | None:
    """The checkpoint that was signed at this very size, if one was."""
    row = await tx.fetchrow("select size, root, note from log_checkpoint where size = $1", size)
    return None if row is None else _checkpoint(row)


def sign_note(key: LogKey, size: int, root: bytes) -> str:
    """The checkpoint as a signed note: origin, size and root, each on its line, then the signature."""
    return sign_text(key, f"{key.name}\n{size}\n{base64.b64encode(root).decode()}\n")


def sign_text(key: LogKey, text: str) -> str:
    """A C2SP signed note: text, blank line, em dash, name, base64(key id || signature)."""
    signature = base64.b64encode(key.key_id + key.key.sign(text.encode())).decode()
    return f"{text}\n— {key.name} {signature}\n"


def open_note(note: str, vkey: str) -> tuple[str, int, bytes]:
    """Origin, size and root of a checkpoint signed by the verifier key. Raises ValueError otherwise."""
    name, key_id, encoded = vkey.split("+", 2)
    public = base64.b64decode(encoded, validate=True)
    body, blank, signatures = note.rpartition("\n\n")
    lines = body.split("\n")
    if not blank or not signatures.endswith("\n") or len(lines) < 3 or public[:1] != b"\x01":
        raise ValueError("not a checkpoint")
    for line in signatures[:-1].split("\n"):
        dash, _, rest = line.partition(" ")
        signer, _, text = rest.rpartition(" ")
        raw = base64.b64decode(text, validate=True)
        if (dash, signer, raw[:4].hex()) == ("—", name, key_id) and verifies(
            public[1:], (body + "\n").encode(), raw[4:]
        ):
            return lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True)
    raise ValueError("no signature of this key")


def _checkpoint(row: Row) -> Checkpoint:
    return Checkpoint(row["size"], row["root"], row["note"])
