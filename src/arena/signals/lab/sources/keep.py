"""Keeps a strategy's file, sealed, under the SHA-256 its model names; deletes its text when its owner asks for that."""

from arena.evidence import audit
from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.kit.settings import Settings
from arena.people.access import SYSTEM, Actor
from arena.signals.lab.code import SOURCE_BYTES_MAX, code_sha_of
from arena.signals.lab.sources import store
from arena.signals.lab.sources.model import (
    SOURCES_MAX,
    HostingOff,
    KeptSource,
    SourceEmpty,
    SourceInUse,
    SourceTooLong,
    TooManySources,
)
from arena.signals.lab.sources.read import seal_purpose, source
from arena.signals.lab.trials import owner_of


async def keep_source(
    tx: Tx,
    settings: Settings,
    sender: str,
    text: str,
    class_name: str,
    *,
    file_name: str = "strategy.py",
    actor: Actor = SYSTEM,
    request_id: str | None = None,
) -> KeptSource:
    """The file as it is kept; the same again changes nothing. `sender` is a collective or a person.

    The text is not looked at here: the arena checks it in the sandbox. Raises HostingOff, SourceEmpty, SourceTooLong,
    TooManySources, NoSuchCollective.
    """
    if not settings.host_strategies:
        raise HostingOff
    data = text.encode()
    if not text.strip():
        raise SourceEmpty
    if len(data) > SOURCE_BYTES_MAX:
        raise SourceTooLong(bytes=len(data), bytes_max=SOURCE_BYTES_MAX)
    owner_id, sha = await owner_of(tx, sender), code_sha_of(text, class_name)
    await store.hold(tx, owner_id)
    made = KeptSource(
        derived("src", owner_id, sha), 0, sha, owner_id, sender, file_name, class_name, len(data), tx.now, True, ()
    )  # fmt: skip
    known = await store.by_sha(tx, owner_id, sha)
    if known is not None and known.has_text:
        return known
    if await store.texts_of(tx, owner_id) >= SOURCES_MAX:
        raise TooManySources(limit=SOURCES_MAX)
    await store.insert(tx, made)
    await store.insert_text(tx, made.id, settings.vault.seal(data, seal_purpose(made.id)))
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="sources.keep", object=sha, reason=None,
        request_id=request_id, detail={"source": made.id, "class": class_name, "bytes": len(data)},
    )  # fmt: skip
    tx.tell("sources")
    return await source(tx, owner_id, sha)


async def delete_source(
    tx: Tx, sender: str, sha: str, *, actor: Actor = SYSTEM, request_id: str | None = None
) -> KeptSource:
    """Its text is gone for good; that it was here, and what was found, stays. Cards it was reproduced with are
    self-reported again. Deleted before, nothing changes.

    Raises NoSuchSource, SourceInUse while a feed runs by it, NoSuchCollective.
    """
    owner_id = await owner_of(tx, sender)
    await store.hold(tx, owner_id)
    found = await source(tx, owner_id, sha)
    feed_id = await store.feed_running(tx, found.id)
    if feed_id is not None:
        raise SourceInUse(sha=sha, feed=feed_id)
    if await store.delete_text(tx, found.id):
        await audit.record(
            tx, actor=actor.id, actor_kind=actor.kind, action="sources.delete", object=sha, reason=None,
            request_id=request_id, detail={"source": found.id},
        )  # fmt: skip
    return await source(tx, owner_id, sha)
