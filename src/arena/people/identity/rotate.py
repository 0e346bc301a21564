"""Rotates a collective's key: the new one signs at once, the old one for a stated overlap, then no more."""

from datetime import timedelta

from arena.evidence import audit
from arena.kit.clock import iso_ms
from arena.kit.db import Tx
from arena.people.identity import store
from arena.people.identity.model import CollectiveKey, KeyEnded, NoSuchKey, OverlapTooLong
from arena.people.identity.register import add_key, kind_of

OVERLAP_DAYS_MAX = 30


async def rotate_key(
    tx: Tx,
    collective_id: str,
    public_key: bytes,
    *,
    replaces: str,
    overlap: timedelta,
    by: str,
    request_id: str | None = None,
) -> tuple[CollectiveKey, CollectiveKey]:
    """The new key and the old one, which ends after the overlap (product time), or when it would have before.

    Raises NoSuchCollective, NoSuchKey, KeyEnded where the old one does not sign now, OverlapTooLong, BadPublicKey,
    KeyAlreadyRegistered.
    """
    if overlap > timedelta(days=OVERLAP_DAYS_MAX):
        raise OverlapTooLong(days_max=OVERLAP_DAYS_MAX)
    await store.lock_collective(tx, collective_id)
    old = await store.key(tx, replaces)
    if old is None or old.collective_id != collective_id:
        raise NoSuchKey(collective_id=collective_id, key_id=replaces)
    if not old.active(tx.now):
        raise KeyEnded(key_id=replaces)
    made = await add_key(tx, collective_id, public_key, by=by, request_id=request_id)
    ends_at = min(filter(None, (old.not_after, tx.now + overlap)))
    await store.end_key_after(tx, old.id, ends_at)
    await audit.record(
        tx, actor=by, actor_kind=kind_of(by), action="people.rotate_key", object=collective_id,
        detail={"key": made.id, "replaces": old.id, "until": iso_ms(ends_at)}, request_id=request_id,
    )  # fmt: skip
    tx.tell(f"key:{old.id}")
    ending = await store.key(tx, old.id)
    assert ending is not None
    return made, ending
