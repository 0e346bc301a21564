"""Registers collectives, and adds and revokes the keys they sign with."""

from datetime import datetime

from arena.evidence import audit
from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.people.identity import store
from arena.people.identity.model import (
    BadPublicKey,
    Collective,
    CollectiveKey,
    CollectiveNameTaken,
    KeyAlreadyRegistered,
    LastKey,
    NoSuchKey,
    Registration,
)


def key_id_of(public_key: bytes) -> str:
    """The id that follows from a public key, on every machine."""
    return derived("key", public_key.hex())


async def register_collective(
    tx: Tx, registration: Registration, *, request_id: str | None = None
) -> Collective:
    """Makes the collective with its first key; the id follows from the key, so a repeat finds it again.

    The caller has proven that the key's secret half is held. Raises BadPublicKey, CollectiveNameTaken,
    and KeyAlreadyRegistered where the key stands for another name.
    """
    public_key = usable(registration.public_key)
    wanted = Collective(
        derived("col", public_key.hex()), registration.name.strip(), registration.about.strip(),
        registration.owner_id, "active", tx.now,
    )  # fmt: skip
    known = await store.key(tx, key_id_of(public_key))
    if known is not None:
        before = await store.collective(tx, known.collective_id)
        if (before.id, before.name, before.owner_id) != (wanted.id, wanted.name, wanted.owner_id):
            raise KeyAlreadyRegistered(key_id=known.id)
        return before
    if not await store.insert_collective(tx, wanted):
        raise CollectiveNameTaken(name=wanted.name)
    first = CollectiveKey(key_id_of(public_key), wanted.id, public_key, tx.now, None, None)
    if not await store.insert_key(tx, first):
        raise KeyAlreadyRegistered(key_id=first.id)
    await audit.record(
        tx, actor=wanted.id, actor_kind="collective", action="people.register_collective",
        object=wanted.id, detail={"name": wanted.name, "key": first.id, "owner": wanted.owner_id},
        request_id=request_id,
    )  # fmt: skip
    return wanted


async def active_key(tx: Tx, key_id: str, at: datetime) -> CollectiveKey | None:
    """The key if it may sign at `at` (product time); None where it is unknown, ended or revoked, or its
    collective is suspended or closed.

    What is revoked is revoked at once: the product clock of this process may lag behind that of the one
    where it was revoked.
    """
    found = await store.key_of_active(tx, key_id)
    if found is None or found.revoked_at is not None or not found.active(at):
        return None
    return found


async def add_key(
    tx: Tx,
    collective_id: str,
    public_key: bytes,
    *,
    not_after: datetime | None = None,
    by: str,
    request_id: str | None = None,
) -> CollectiveKey:
    """Adds a key that may sign from now on, beside the old ones, until they are revoked.

    Raises NoSuchCollective, BadPublicKey, KeyAlreadyRegistered.
    """
    await store.lock_collective(tx, collective_id)
    public_key = usable(public_key)
    made = CollectiveKey(key_id_of(public_key), collective_id, public_key, tx.now, not_after, None)
    if not await store.insert_key(tx, made):
        raise KeyAlreadyRegistered(key_id=made.id)
    await audit.record(
        tx, actor=by, actor_kind=kind_of(by), action="people.add_key", object=collective_id,
        detail={"key": made.id}, request_id=request_id,
    )  # fmt: skip
    tx.tell(f"key:{made.id}")
    return made


async def revoke_key(
    tx: Tx,
    collective_id: str,
    key_id: str,
    *,
    by: str,
    last: bool = False,
    reason: str | None = None,
    request_id: str | None = None,
) -> CollectiveKey:
    """Ends the key at once; a key revoked before stays as it is.

    Raises NoSuchCollective, NoSuchKey, and LastKey unless `last` says that this is meant.
    """
    await store.lock_collective(tx, collective_id)
    known = {key.id: key for key in await store.keys(tx, collective_id)}
    if key_id not in known:
        raise NoSuchKey(collective_id=collective_id, key_id=key_id)
    if known[key_id].revoked_at is None:
        if not last and not any(k.active(tx.now) for k in known.values() if k.id != key_id):
            raise LastKey
        await store.end_key(tx, key_id)
        await audit.record(
            tx, actor=by, actor_kind=kind_of(by), action="people.revoke_key", object=collective_id,
            detail={"key": key_id}, reason=reason, request_id=request_id,
        )  # fmt: skip
        tx.tell(f"key:{key_id}")
    revoked = await store.key(tx, key_id)
    assert revoked is not None
    return revoked


def usable(public_key: bytes) -> bytes:
    """Refuses what is not 32 bytes and the few points for which a signature proves nothing."""
    if len(public_key) != 32 or public_key in _SMALL_ORDER:
        raise BadPublicKey
    return public_key


def kind_of(actor_id: str) -> str:
    """How the audit trail calls an actor of this id."""
    return {"usr": "person", "col": "collective"}.get(actor_id.partition("_")[0], "system")


# The points of order 1, 2, 4 and 8 on edwards25519 in the encodings libsodium lists as blocked
# (ed25519_ref10.c, ge25519_has_small_order): anyone can sign for them.
_SMALL_ORDER = frozenset(
    bytes.fromhex(text)
    for text in (
        "00" * 32,
        "01" + "00" * 31,
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "00" * 31 + "80",
        "01" + "00" * 30 + "80",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    )
)
