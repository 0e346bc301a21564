"""Reads strategies' files and what was found out about them; the text for the owner and the sandbox alone."""

from arena.kit.db import Tx
from arena.kit.settings import Settings
from arena.signals.lab.sources import store
from arena.signals.lab.sources.model import KeptSource, NoSuchSource, SourceDeleted
from arena.signals.lab.trials import owner_of

NEWEST = 2**63 - 1


async def source(tx: Tx, owner: str, sha: str) -> KeptSource:
    """That of a person, or of whoever answers for a collective. Raises NoSuchSource, also for that of somebody else,
    and NoSuchCollective."""
    found = await store.by_sha(tx, await owner_of(tx, owner), sha)
    if found is None:
        raise NoSuchSource(sha=sha)
    return found


async def source_by_id(tx: Tx, source_id: str) -> KeptSource:
    """Raises NoSuchSource."""
    found = await store.by_id(tx, source_id)
    if found is None:
        raise NoSuchSource(sha=source_id)
    return found


async def sources_of(
    tx: Tx, owner: str, *, before: int = NEWEST, limit: int = 50
) -> list[KeptSource]:
    """Newest first, behind the one with the number `before`. Raises NoSuchCollective."""
    return await store.of_owner(tx, await owner_of(tx, owner), before=before, limit=limit)


async def text_of(tx: Tx, settings: Settings, found: KeptSource) -> str:
    """What the file says. Raises SourceDeleted, VaultError."""
    sealed = await store.sealed_text(tx, found.id)
    if sealed is None:
        raise SourceDeleted(sha=found.sha)
    return settings.vault.open(sealed, seal_purpose(found.id)).decode()


async def cards_naming(tx: Tx, found: KeptSource) -> list[str]:
    """The shas of its owner's cards whose model it is, newest first."""
    return await store.cards_naming(tx, found.owner_id, found.sha)


def seal_purpose(source_id: str) -> str:
    """What its text is sealed for, so that no other secret can stand in its place."""
    return f"strategy source/{source_id}"
