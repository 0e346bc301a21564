"""Invitations to become a creator: a code shown once, kept as a keyed digest, good for one person and some days."""

import base64
import secrets
from datetime import datetime, timedelta

from arena.evidence import audit
from arena.kit.clock import wall_now
from arena.kit.db import Row, Tx
from arena.kit.ids import fresh
from arena.kit.vault import Vault
from arena.people.identity.enrol import grant_role
from arena.people.identity.model import (
    INVITATION_MOVES,
    Invitation,
    InvitationMoved,
    InvitationRefused,
    InvitationStatus,
    NoSuchInvitation,
    Person,
)

CODE_BYTES = 10  # 80 bits: 16 letters and digits
_COLUMNS = "id, hint, note, made_by, at, expires_at, status, used_by, ended_at"


async def invite(
    tx: Tx, vault: Vault, *, by: str, note: str, days: int, request_id: str | None = None
) -> tuple[Invitation, str]:
    """The invitation and its code, which nobody can read again."""
    letters = base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode().lower()
    row = await tx.one(
        f"""insert into invitation (id, digest, hint, note, made_by, expires_at)
            values ($1, $2, $3, $4, $5, $6) returning {_COLUMNS}""",
        fresh("inv"), _digest(vault, letters), letters[-4:], note.strip(), by,
        wall_now() + timedelta(days=days),
    )  # fmt: skip
    made = _invitation(row)
    await audit.record(
        tx, actor=by, actor_kind="person", action="people.invite_creator", object=made.id,
        detail={"days": days}, request_id=request_id,
    )  # fmt: skip
    return made, "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


async def redeem(
    tx: Tx, vault: Vault, code: str, *, person_id: str, request_id: str | None = None
) -> Person:
    """Makes the person a creator and uses the invitation up. Case, spaces and hyphens of the code do not matter.

    Raises InvitationRefused, whatever is wrong with the code.
    """
    letters = "".join(one for one in code.lower() if one.isalnum())
    row = await tx.fetchrow(
        f"select {_COLUMNS} from invitation where digest = $1 for update", _digest(vault, letters)
    )
    if row is None or row["status"] != "open" or row["expires_at"] <= wall_now():
        raise InvitationRefused
    await _end(tx, row["id"], InvitationStatus.USED, used_by=person_id)
    await audit.record(
        tx, actor=person_id, actor_kind="person", action="people.redeem_invitation",
        object=row["id"], request_id=request_id,
    )  # fmt: skip
    return await grant_role(
        tx, person_id, "creator", by=row["made_by"], reason=f"invitation {row['id']}",
        request_id=request_id,
    )  # fmt: skip


async def withdraw_invitation(
    tx: Tx, invitation_id: str, *, by: str, request_id: str | None = None
) -> None:
    """Raises NoSuchInvitation, InvitationMoved."""
    row = await tx.fetchrow("select status from invitation where id = $1 for update", invitation_id)
    if row is None:
        raise NoSuchInvitation(invitation_id=invitation_id)
    if InvitationStatus.WITHDRAWN not in INVITATION_MOVES[InvitationStatus(row["status"])]:
        raise InvitationMoved(status=row["status"])
    await _end(tx, invitation_id, InvitationStatus.WITHDRAWN)
    await audit.record(
        tx, actor=by, actor_kind="person", action="people.withdraw_invitation", object=invitation_id,
        request_id=request_id,
    )  # fmt: skip


async def invitations(
    tx: Tx, *, after: tuple[datetime, str] | None = None, limit: int = 50
) -> list[Invitation]:
    """The newest first; `after` is when and which the last one seen was."""
    at, last_id = after or (None, "")
    rows = await tx.fetch(
        f"""select {_COLUMNS} from invitation where $1::timestamptz is null or (at, id) < ($1, $2)
            order by at desc, id desc limit $3""",
        at, last_id, limit,
    )  # fmt: skip
    return [_invitation(row) for row in rows]


async def _end(
    tx: Tx, invitation_id: str, status: InvitationStatus, *, used_by: str | None = None
) -> None:
    await tx.execute(
        "update invitation set status = $2, used_by = $3, ended_at = $4 where id = $1",
        invitation_id, status.value, used_by, wall_now(),
    )  # fmt: skip


def _digest(vault: Vault, letters: str) -> bytes:
    return vault.digest("invitation", letters.encode())


def _invitation(row: Row) -> Invitation:
    return Invitation(**{**dict(row), "status": InvitationStatus(row["status"])})
