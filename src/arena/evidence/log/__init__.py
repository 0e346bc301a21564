"""The transparency log: a Merkle tree of commitments that nobody, the operator included, can edit unseen."""

from arena.evidence.log.append import append, append_many
from arena.evidence.log.checkpoint import (
    checkpoint_at,
    latest_checkpoint,
    open_note,
    sign_checkpoint,
    sign_note,
    sign_text,
)
from arena.evidence.log.model import (
    AlreadyLogged,
    Checkpoint,
    Leaf,
    LogContradictsItself,
    LogKey,
    NewEntry,
    NoCheckpointYet,
    NotInLog,
    log_key,
)
from arena.evidence.log.prove import consistency_proof, inclusion_proof, leaf, root_at, size_of
from arena.evidence.log.tiles import WIDTH, entries_tile, tile
from arena.evidence.log.tree import (
    leaf_hash,
    node_hash,
    root_of_entries,
    verify_consistency,
    verify_inclusion,
)

__all__ = [
    "WIDTH",
    "AlreadyLogged",
    "Checkpoint",
    "Leaf",
    "LogContradictsItself",
    "LogKey",
    "NewEntry",
    "NoCheckpointYet",
    "NotInLog",
    "append",
    "append_many",
    "checkpoint_at",
    "consistency_proof",
    "entries_tile",
    "inclusion_proof",
    "latest_checkpoint",
    "leaf",
    "leaf_hash",
    "log_key",
    "node_hash",
    "open_note",
    "root_at",
    "root_of_entries",
    "sign_checkpoint",
    "sign_note",
    "sign_text",
    "size_of",
    "tile",
    "verify_consistency",
    "verify_inclusion",
]
