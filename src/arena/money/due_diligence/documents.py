"""Documents of a payee: taken, sealed, shown to operators who say why, and erased when their time is over.

How long: an accepted identity's five years from the day they came (Directive (EU) 2015/849 article 40 asks for five),
unless the operator sets another time; a refused one's and a replaced one's thirty days, in which it can be contested.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from arena.evidence import audit
from arena.kit.canonical import sha256_hex
from arena.kit.clock import wall_now
from arena.kit.db import Database, Tx
from arena.kit.ids import derived, fresh
from arena.kit.vault import Vault
from arena.money.due_diligence import store
from arena.money.due_diligence.model import (
    DOCUMENT_BYTES_MAX,
    DOCUMENTS_MAX,
    KINDS,
    Document,
    DocumentKind,
    DocumentRefused,
    Look,
    LookOver,
    NoSuchDocument,
    NotYourOwnCase,
)
from arena.people.access import Actor

PURPOSE = "payee document"
SEEN = timedelta(minutes=10)
AFTER_REFUSAL = timedelta(days=30)
BATCH = 100
# What a file begins with says what it is; its name says what somebody called it.
_BEGINS = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"%PDF-": "application/pdf",
}


async def keep_document(
    tx: Tx, vault: Vault, kind: DocumentKind, content: bytes, *, keep_days: int, actor: Actor,
    request_id: str | None = None,
) -> Document:  # fmt: skip
    """Takes a file in, sealed. Raises DocumentRefused for what is no picture or PDF, too large, or one too many."""
    media_type = _media_type(kind, content)
    here = await store.documents(tx, actor.id)
    sha = sha256_hex(content)
    for there in here:
        if (there.sha, there.kind) == (sha, kind):
            return there
    if len(here) >= DOCUMENTS_MAX:
        raise DocumentRefused(reason=f"there are {DOCUMENTS_MAX} here; take one away first.")
    number = await store.documents_ever(tx, actor.id)
    made = Document(
        derived("pdc", actor.id, number), actor.id, kind, media_type, len(content), sha, tx.now,
        tx.now + timedelta(days=keep_days), None,
    )  # fmt: skip
    await store.insert_document(tx, made, vault.seal(content, f"{PURPOSE} {made.id}"))
    await _tell(tx, made, "keep_document", actor=actor, request_id=request_id)
    return made


async def documents_of(tx: Tx, person_id: str) -> list[Document]:
    """Those that are still here, newest first."""
    return await store.documents(tx, person_id)


async def owner_of(tx: Tx, document_id: str) -> str:
    """Whose document it is. Raises NoSuchDocument."""
    return (await _there(tx, document_id)).person_id


async def looks_of(tx: Tx, documents: Sequence[Document]) -> Mapping[str, int]:
    """How often each was looked at, by id."""
    return await store.looks(tx, [each.id for each in documents])


async def withdraw_document(
    tx: Tx, document_id: str, *, actor: Actor, request_id: str | None = None
) -> None:
    """Its payee takes a document back, and it is erased at once. Whether he may, the caller has to know: what an
    accepted identity rests on has to stay. Raises NoSuchDocument."""
    found = await _there(tx, document_id)
    if found.person_id != actor.id:
        raise NoSuchDocument(document_id=document_id)
    await store.erase(tx, document_id)
    await _tell(tx, found, "withdraw_document", actor=actor, request_id=request_id)


async def look_at(
    tx: Tx, document_id: str, *, actor: Actor, reason: str, request_id: str | None = None
) -> Look:
    """For some minutes the file is shown to this operator. The look and its reason are in the audit trail.

    Raises NoSuchDocument, NotYourOwnCase.
    """
    found = await _there(tx, document_id)
    if found.person_id == actor.id:
        raise NotYourOwnCase
    made = Look(fresh("pdl"), document_id, actor.id, reason, tx.now, wall_now() + SEEN)
    await store.insert_look(tx, made)
    await _tell(tx, found, "look_at_document", actor=actor, request_id=request_id, reason=reason)
    return made


async def shown(tx: Tx, vault: Vault, look_id: str, *, actor: Actor) -> tuple[Document, bytes]:
    """The file of a look that is not over. Raises LookOver, also for the look of somebody else."""
    look = await store.look(tx, look_id)
    if look is None or look.by_id != actor.id or look.seen_until <= wall_now():
        raise LookOver
    found = await _there(tx, look.document_id)
    sealed = await store.sealed(tx, found.id)
    assert sealed is not None, f"{found.id} is not erased and has no file"
    return found, vault.open(sealed, f"{PURPOSE} {found.id}")


async def let_go_soon(tx: Tx, person_id: str) -> None:
    """The identity that the documents belong to was refused."""
    await store.set_erase_at(tx, person_id, tx.now + AFTER_REFUSAL)


async def erase_due(db: Database) -> int:
    """Erases what has been here long enough; how many. Safe to run twice or late."""
    count = 0
    while True:
        async with db.transaction() as tx:
            due = await store.to_erase(tx, BATCH)
            for each in due:
                await store.erase(tx, each.id)
                await audit.record(
                    tx, actor="system", actor_kind="system", action="due_diligence.erase_document",
                    object=each.id, detail={"person": each.person_id, "sha": each.sha},
                )  # fmt: skip
        count += len(due)
        if len(due) < BATCH:
            return count


async def _there(tx: Tx, document_id: str) -> Document:
    found = await store.document(tx, document_id)
    if found is None or found.erased_at is not None:
        raise NoSuchDocument(document_id=document_id)
    return found


def _media_type(kind: str, content: bytes) -> str:
    if kind not in KINDS:
        raise DocumentRefused(reason=f"{kind} is none of {', '.join(KINDS)}.")
    if not content:
        raise DocumentRefused(reason="the file is empty.")
    if len(content) > DOCUMENT_BYTES_MAX:
        megabytes = DOCUMENT_BYTES_MAX // 1024 // 1024
        raise DocumentRefused(reason=f"a file may have {megabytes} MB; make the picture smaller.")
    for begins, media_type in _BEGINS.items():
        if content.startswith(begins):
            return media_type
    raise DocumentRefused(reason="it has to be a JPEG or PNG picture, or a PDF.")


async def _tell(
    tx: Tx, found: Document, act: str, *, actor: Actor, request_id: str | None, reason: str | None = None
) -> None:  # fmt: skip
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action=f"due_diligence.{act}", object=found.id,
        detail={"person": found.person_id, "kind": found.kind, "sha": found.sha}, reason=reason,
        request_id=request_id,
    )  # fmt: skip
