"""Documents for a payee's identity: taken back only while nobody has accepted what they show."""

from arena.kit.db import Tx
from arena.money import due_diligence
from arena.money.payouts import store
from arena.money.payouts.model import DocumentNeeded
from arena.people.access import Actor


async def withdraw_document(
    tx: Tx, document_id: str, *, actor: Actor, request_id: str | None = None
) -> None:
    """Erases it. Raises NoSuchDocument, and DocumentNeeded while an accepted identity rests on it."""
    identity = (await store.papers(tx, actor.id)).get("identity")
    if identity is not None and identity.state == "accepted":
        raise DocumentNeeded
    await due_diligence.withdraw_document(tx, document_id, actor=actor, request_id=request_id)
