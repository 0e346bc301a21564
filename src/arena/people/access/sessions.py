"""Sessions of people who signed in: a random token in a cookie, kept as a keyed digest."""

import base64
import secrets
from datetime import timedelta

from arena.evidence import audit
from arena.kit.clock import wall_now
from arena.kit.db import Tx
from arena.kit.vault import Vault
from arena.people import identity
from arena.people.access.model import Actor, scopes_of

COOKIE = "arena_session"
SESSION_DAYS = 14


async def open_session(
    tx: Tx, vault: Vault, person: identity.Person, *, request_id: str | None = None
) -> str:
    """Begins a session of 14 days on the wall clock and returns its token."""
    token = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")
    await tx.execute(
        "insert into session (digest, person_id, expires_at) values ($1, $2, $3)",
        session_digest(vault, token), person.id, wall_now() + timedelta(days=SESSION_DAYS),
    )  # fmt: skip
    await audit.record(
        tx, actor=person.id, actor_kind="person", action="people.sign_in", object=person.id,
        request_id=request_id,
    )  # fmt: skip
    return token


async def actor_of_session(tx: Tx, vault: Vault, token: str) -> Actor | None:
    """Who is signed in with this token; None where the session is unknown or over."""
    row = await tx.fetchrow(
        """select p.id, p.roles from session s join person p on p.id = s.person_id
           where s.digest = $1 and s.expires_at > $2""",
        session_digest(vault, token),
        wall_now(),
    )
    return None if row is None else Actor("person", row["id"], scopes_of(row["roles"]))


async def close_session(tx: Tx, vault: Vault, token: str, *, request_id: str | None = None) -> None:
    """Ends the session; one that is over already stays so."""
    person_id = await tx.fetchval(
        "delete from session where digest = $1 returning person_id", session_digest(vault, token)
    )
    if person_id is not None:
        await audit.record(
            tx, actor=person_id, actor_kind="person", action="people.sign_out", object=person_id,
            request_id=request_id,
        )  # fmt: skip
        tx.tell(f"person:{person_id}")


def session_digest(vault: Vault, token: str) -> bytes:
    """What a session is looked up by: HMAC-SHA256 of the token, keyed by the vault."""
    return vault.digest("session", token.encode())
