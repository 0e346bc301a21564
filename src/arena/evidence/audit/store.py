"""Writes and finds audit events. PostgreSQL refuses to update, delete or truncate them."""

from collections.abc import Mapping, Sequence
from typing import Any

from arena.evidence.audit.model import AuditEvent
from arena.kit.db import Tx

_COLUMNS = "id, at, recorded_at, actor, actor_kind, action, object, detail, reason, request_id"


async def record(
    tx: Tx,
    *,
    actor: str,
    actor_kind: str,
    action: str,
    object: str,
    detail: Mapping[str, Any] | None = None,
    reason: str | None = None,
    request_id: str | None = None,
) -> None:
    """Notes the act in its own transaction, so that neither can stand without the other.

    `detail` is plain JSON; secrets and what a person may ask to have erased do not belong in it.
    """
    await tx.execute(
        """insert into audit_event (at, actor, actor_kind, action, object, detail, reason, request_id)
           values ($1, $2, $3, $4, $5, $6, $7, $8)""",
        tx.now, actor, actor_kind, action, object, dict(detail or {}), reason, request_id,
    )  # fmt: skip


async def search(
    tx: Tx,
    *,
    object: str | None = None,
    actor: str | None = None,
    action: str | None = None,
    after: int | None = None,
    limit: int = 50,
) -> list[AuditEvent]:
    """The newest events first; `after` is the id of the last one already seen.

    `action` may end in `.*` to mean all of a package, e.g. `listings.*`.
    """
    wanted: list[tuple[str, Any]] = []
    if object is not None:
        wanted.append(("object = ${}", object))
    if actor is not None:
        wanted.append(("actor = ${}", actor))
    if action is not None and action.endswith(".*"):
        wanted.append(("starts_with(action, ${})", action[:-1]))
    elif action is not None:
        wanted.append(("action = ${}", action))
    if after is not None:
        wanted.append(("id < ${}", after))
    where = " and ".join(text.format(n) for n, (text, _) in enumerate(wanted, 2)) or "true"
    rows = await tx.fetch(
        f"select {_COLUMNS} from audit_event where {where} order by id desc limit $1",
        limit,
        *(value for _, value in wanted),
    )
    return [AuditEvent(**dict(row)) for row in rows]


async def history(tx: Tx, objects: Sequence[str], *, limit: int = 100) -> list[AuditEvent]:
    """What was done to any of these objects, newest first."""
    rows = await tx.fetch(
        f"select {_COLUMNS} from audit_event where object = any($2) order by id desc limit $1",
        limit,
        list(objects),
    )
    return [AuditEvent(**dict(row)) for row in rows]
