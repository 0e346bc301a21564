"""Passwords changed: by whoever knows the old one, or holds the link of a mail. Other sessions end with it.

A reset's token is its id and a keyed digest of it (HMAC-SHA256 by the vault), so that neither the database nor a
fact nor the log has it. It is good for an hour of the wall clock, once.
"""

import base64
import hmac
from datetime import timedelta

from arena.evidence import audit
from arena.kit.clock import wall_now
from arena.kit.db import Tx
from arena.kit.ids import fresh
from arena.kit.vault import Vault
from arena.people import identity
from arena.people.access.model import (
    PasswordChanged,
    PasswordResetRequested,
    ResetLinkOver,
    WrongPassword,
)
from arena.people.access.sessions import end_sessions

RESET_MINUTES = 60


async def request_reset(tx: Tx, email: str, *, request_id: str | None = None) -> None:
    """The same work whether or not somebody has the address, so that not even the time it takes tells."""
    found = await identity.person_by_email(tx, email.strip())
    person_id = found[0].id if found else None
    reset_id = fresh("rst")
    await tx.execute(
        "insert into password_reset (id, person_id, expires_at) values ($1, $2, $3)",
        reset_id, person_id, wall_now() + timedelta(minutes=RESET_MINUTES),
    )  # fmt: skip
    await tx.record(PasswordResetRequested(reset_id))
    # Whoever asks has not proven to be the person.
    await audit.record(
        tx, actor="anonymous", actor_kind="anonymous", action="people.request_password_reset",
        object=person_id or "nobody", detail={"reset": reset_id}, request_id=request_id,
    )  # fmt: skip


def reset_token(vault: Vault, reset_id: str) -> str:
    """What the link of this reset ends in."""
    proof = base64.urlsafe_b64encode(vault.digest("password-reset", reset_id.encode()))
    return f"{reset_id}.{proof.decode().rstrip('=')}"


async def person_of_reset(tx: Tx, vault: Vault, token: str) -> identity.Person:
    """Whose password the link is for. Raises ResetLinkOver."""
    reset_id = token.partition(".")[0]
    if not hmac.compare_digest(token.encode(), reset_token(vault, reset_id).encode()):
        raise ResetLinkOver
    person_id = await tx.fetchval(
        """select person_id from password_reset
           where id = $1 and person_id is not null and used_at is null and expires_at > $2""",
        reset_id, wall_now(),
    )  # fmt: skip
    if person_id is None:
        raise ResetLinkOver
    return await identity.person(tx, person_id)


async def reset_password(
    tx: Tx, vault: Vault, token: str, new: str, *, request_id: str | None = None
) -> identity.Person:
    """Uses the link up, and every other of the person; ends all sessions. API keys stay.

    Raises ResetLinkOver, PasswordTooShort.
    """
    person = await person_of_reset(tx, vault, token)
    if not await _use_up_resets(tx, person.id):  # the same link in two hands: one of them is first
        raise ResetLinkOver
    await identity.set_password(tx, person.id, new)
    await end_sessions(tx, vault, person.id, request_id=request_id)
    await _tell(tx, person.id, "reset", request_id=request_id)
    return person


async def change_password(
    tx: Tx,
    vault: Vault,
    person_id: str,
    *,
    current: str,
    new: str,
    keep: str | None,
    request_id: str | None = None,
) -> None:
    """Ends all sessions but the one of the token `keep`, and all reset links. API keys stay.

    Raises NoSuchPerson, WrongPassword, PasswordTooShort.
    """
    person = await identity.person(tx, person_id)
    found = await identity.person_by_email(tx, person.email)
    if not await identity.password_matches(current, found[1] if found else None):
        raise WrongPassword
    await identity.set_password(tx, person_id, new)
    await _use_up_resets(tx, person_id)
    await end_sessions(tx, vault, person_id, keep=keep, request_id=request_id)
    await _tell(tx, person_id, "account", request_id=request_id)


async def _use_up_resets(tx: Tx, person_id: str) -> int:
    return await tx.execute(
        "update password_reset set used_at = $2 where person_id = $1 and used_at is null",
        person_id, wall_now(),
    )  # fmt: skip


async def _tell(tx: Tx, person_id: str, how: str, *, request_id: str | None) -> None:
    await tx.record(PasswordChanged(fresh("pwc"), person_id, how))
    await audit.record(
        tx, actor=person_id, actor_kind="person", action="people.change_password", object=person_id,
        detail={"how": how}, request_id=request_id,
    )  # fmt: skip
