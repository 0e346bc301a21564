"""Recovers a collective whose keys are all lost: an operator names a new key, the owner is told and may say no, and
after a waiting period the key is bound and every older one ends. Recoveries move along RECOVERY_MOVES only.

The waiting period runs by the wall clock, as all security does: a replay must not hurry it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from arena.evidence import audit
from arena.kit.clock import iso_ms, wall_now
from arena.kit.db import Database, Row, Tx
from arena.kit.ids import fresh
from arena.people.identity import store
from arena.people.identity.model import (
    RECOVERY_MOVES,
    CollectiveClosed,
    KeyAlreadyRegistered,
    KeyRecovery,
    KeyRecoveryBegun,
    KeyRecoveryEnded,
    NoSuchRecovery,
    RecoveryMoved,
    RecoveryStatus,
    RecoveryUnderWay,
)
from arena.people.identity.register import add_key, key_id_of, kind_of, revoke_key, usable

_COLUMNS = (
    "id, collective_id, public_key, status, reason, begun_by, begun_at, due_at, ended_at, ended_by,"
    " ended_reason, bound_at"
)


async def begin_recovery(
    tx: Tx,
    collective_id: str,
    public_key: bytes,
    *,
    by: str,
    reason: str,
    wait: timedelta,
    request_id: str | None = None,
) -> KeyRecovery:
    """The key is bound once `wait` has passed, unless somebody who may stops it. The caller has proven that the
    key's secret half is held, and the operator whose it is.

    Raises NoSuchCollective, CollectiveClosed, BadPublicKey, KeyAlreadyRegistered, RecoveryUnderWay.
    """
    found = await store.lock_collective(tx, collective_id)
    if found.status == "closed":
        raise CollectiveClosed(collective_id=collective_id)
    key_id = key_id_of(usable(public_key))
    if await store.key(tx, key_id) is not None:
        raise KeyAlreadyRegistered(key_id=key_id)
    for one in await recoveries_of(tx, [collective_id]):
        if one.status is RecoveryStatus.WAITING:
            raise RecoveryUnderWay(recovery_id=one.id)
    row = await tx.one(
        f"""insert into key_recovery (id, collective_id, public_key, reason, begun_by, due_at)
            values ($1, $2, $3, $4, $5, $6) returning {_COLUMNS}""",
        fresh("rec"), collective_id, public_key, reason.strip(), by, wall_now() + wait,
    )  # fmt: skip
    begun = _recovery(row)
    await tx.record(KeyRecoveryBegun(begun.id))
    await audit.record(
        tx, actor=by, actor_kind=kind_of(by), action="people.begin_key_recovery", object=collective_id,
        detail={"recovery": begun.id, "key": key_id, "due": iso_ms(begun.due_at)}, reason=reason,
        request_id=request_id,
    )  # fmt: skip
    return begun


async def stop_recovery(
    tx: Tx, recovery_id: str, *, by: str, reason: str, request_id: str | None = None
) -> KeyRecovery:
    """By the owner, the collective with a key that was found again, or an operator; the caller has made sure of it.

    Raises NoSuchRecovery, RecoveryMoved.
    """
    found = await _locked(tx, recovery_id)
    stopped = await _end(tx, found, RecoveryStatus.STOPPED, by=by, reason=reason)
    await audit.record(
        tx, actor=by, actor_kind=kind_of(by), action="people.stop_key_recovery", object=found.collective_id,
        detail={"recovery": found.id}, reason=reason, request_id=request_id,
    )  # fmt: skip
    return stopped


async def finish_recoveries(db: Database) -> int:
    """Binds the keys whose waiting period is over, each in a transaction of its own; returns how many."""
    count = 0
    while True:
        async with db.transaction() as tx:
            row = await tx.fetchrow(
                f"""select {_COLUMNS} from key_recovery where status = 'waiting' and due_at <= $1
                    order by due_at, id limit 1 for update skip locked""",
                wall_now(),
            )
            if row is None:
                return count
            await _bind(tx, _recovery(row))
            count += 1


async def recovery(tx: Tx, recovery_id: str) -> KeyRecovery:
    """Raises NoSuchRecovery."""
    row = await tx.fetchrow(f"select {_COLUMNS} from key_recovery where id = $1", recovery_id)
    if row is None:
        raise NoSuchRecovery(recovery_id=recovery_id)
    return _recovery(row)


async def recoveries_of(tx: Tx, collective_ids: Sequence[str]) -> list[KeyRecovery]:
    """All there ever were of these collectives, oldest first."""
    rows = await tx.fetch(
        f"select {_COLUMNS} from key_recovery where collective_id = any($1::text[]) order by begun_at, id",
        list(collective_ids),
    )
    return [_recovery(row) for row in rows]


async def recoveries(
    tx: Tx, *, after: tuple[datetime, str] | None = None, limit: int = 50
) -> list[KeyRecovery]:
    """The newest first; `after` is when and which the last one seen was begun."""
    at, last_id = after or (None, "")
    rows = await tx.fetch(
        f"""select {_COLUMNS} from key_recovery
            where $1::timestamptz is null or (begun_at, id) < ($1, $2)
            order by begun_at desc, id desc limit $3""",
        at, last_id, limit,
    )  # fmt: skip
    return [_recovery(row) for row in rows]


async def _bind(tx: Tx, due: KeyRecovery) -> None:
    """The new key signs, and no other. Where the key was registered meanwhile the recovery is stopped."""
    await store.lock_collective(tx, due.collective_id)
    if await store.key(tx, key_id_of(due.public_key)) is not None:
        await _end(
            tx, due, RecoveryStatus.STOPPED, by="system", reason="the key was registered elsewhere"
        )
        return
    old = await store.keys(tx, due.collective_id)
    made = await add_key(tx, due.collective_id, due.public_key, by="system")
    for key in old:
        await revoke_key(
            tx, due.collective_id, key.id, by="system", last=True, reason=f"recovery {due.id}"
        )
    await _end(tx, due, RecoveryStatus.BOUND, by=None, reason=None)
    await audit.record(
        tx, actor="system", actor_kind="system", action="people.recover_keys", object=due.collective_id,
        detail={"recovery": due.id, "key": made.id}, reason=due.reason,
    )  # fmt: skip


async def _locked(tx: Tx, recovery_id: str) -> KeyRecovery:
    row = await tx.fetchrow(
        f"select {_COLUMNS} from key_recovery where id = $1 for update", recovery_id
    )
    if row is None:
        raise NoSuchRecovery(recovery_id=recovery_id)
    return _recovery(row)


async def _end(
    tx: Tx, found: KeyRecovery, status: RecoveryStatus, *, by: str | None, reason: str | None
) -> KeyRecovery:
    if status not in RECOVERY_MOVES[found.status]:
        raise RecoveryMoved(status=found.status.value)
    row = await tx.one(
        f"""update key_recovery set status = $2, ended_at = $3, ended_by = $4, ended_reason = $5,
              bound_at = $6 where id = $1 returning {_COLUMNS}""",
        found.id, status.value, wall_now(), by, reason,
        tx.now if status is RecoveryStatus.BOUND else None,
    )  # fmt: skip
    await tx.record(KeyRecoveryEnded(found.id))
    return _recovery(row)


def _recovery(row: Row) -> KeyRecovery:
    return KeyRecovery(**{**dict(row), "status": RecoveryStatus(row["status"])})
