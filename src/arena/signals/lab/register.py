"""Registers model documents under the SHA-256 of their canonical JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

from arena.evidence import audit
from arena.kit.canonical import sha256_hex
from arena.kit.db import Tx
from arena.people.access import SYSTEM, Actor
from arena.signals.feeds import Lineage, LineageUnknown
from arena.signals.lab import store
from arena.signals.lab.model import (
    KINDS,
    Document,
    DocumentKind,
    NoSuchDocument,
    WrongKindOfDocument,
)
from arena.signals.lab.shape import canonical_document


async def register_document(
    tx: Tx,
    kind: DocumentKind,
    body: dict[str, Any],
    *,
    actor: Actor = SYSTEM,
    request_id: str | None = None,
) -> str:
    """The document's SHA-256 in hex; registering it again changes nothing.

    Raises BadDocument, or WrongKindOfDocument where it is registered as another kind.
    """
    sha = sha256_hex(canonical_document(kind, body))
    if await store.insert(tx, sha, kind, body):
        await audit.record(
            tx, actor=actor.id, actor_kind=actor.kind, action="lab.register", object=sha,
            detail={"kind": kind}, reason=None, request_id=request_id,
        )  # fmt: skip
        return sha
    there = await document(tx, sha)
    if there.kind != kind:
        raise WrongKindOfDocument(sha=sha, got=there.kind, kind=kind)
    return sha


async def register_documents(
    tx: Tx,
    kind: DocumentKind,
    bodies: Sequence[dict[str, Any]],
    *,
    actor: Actor = SYSTEM,
    request_id: str | None = None,
) -> list[str]:
    """The SHA-256 of each, in the order given, all in one statement; errors as `register_document`.

    The audit trail has one line for all that are new, named by the first.
    """
    texts = [canonical_document(kind, body) for body in bodies]
    shas = [sha256_hex(text) for text in texts]
    new = await store.insert_many(tx, kind, dict(zip(shas, texts, strict=True)))
    there = await store.kinds(tx, [sha for sha in dict.fromkeys(shas) if sha not in new])
    for sha, got in there.items():
        if got != kind:
            raise WrongKindOfDocument(sha=sha, got=got, kind=kind)
    if new:
        await audit.record(
            tx, actor=actor.id, actor_kind=actor.kind, action="lab.register",
            object=next(sha for sha in shas if sha in new), detail={"kind": kind, "documents": len(new)},
            reason=None, request_id=request_id,
        )  # fmt: skip
    return shas


async def document(tx: Tx, sha: str) -> Document:
    """Raises NoSuchDocument."""
    found = await store.by_sha(tx, sha)
    if found is None:
        raise NoSuchDocument(sha=sha)
    return found


async def declared(tx: Tx, shas: Mapping[str, str]) -> Lineage:
    """The lineage made of four registered documents, given as {"pack_sha": …}.

    Raises LineageUnknown for one that is not registered, WrongKindOfDocument for one in another's place.
    """
    kinds = await store.kinds(tx, list(shas.values()))
    for kind in KINDS:
        field = f"{kind}_sha"
        sha = shas[field]
        if sha not in kinds:
            raise LineageUnknown(field=field, sha=sha)
        if kinds[sha] != kind:
            raise WrongKindOfDocument(sha=sha, got=kinds[sha], kind=kind)
    return Lineage(**{f"{kind}_sha": shas[f"{kind}_sha"] for kind in KINDS})
