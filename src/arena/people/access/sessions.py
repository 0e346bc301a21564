"""Sessions of people who signed in: a random token in a cookie, kept as a keyed digest."""

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from arena.evidence import audit
from arena.kit.clock import wall_now
from arena.kit.db import Tx
from arena.kit.vault import Vault
from arena.people import identity
from arena.people.access.model import Actor, scopes_of

COOKIE = "arena_session"
SESSION_DAYS = 14


@dataclass(frozen=True, slots=True)
class Session:
    """Where somebody is signed in. `this` is the session that asks; wall times."""

    client: str
    at: datetime
    expires_at: datetime
    this: bool


async def open_session(
    tx: Tx,
    vault: Vault,
    person: identity.Person,
    *,
    client: str = "",
    request_id: str | None = None,
) -> str:
    """Begins a session of 14 days on the wall clock and returns its token."""
    token = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")
    await tx.execute(
        "insert into session (digest, person_id, expires_at, client) values ($1, $2, $3, $4)",
        session_digest(vault, token), person.id, wall_now() + timedelta(days=SESSION_DAYS), client,
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


async def sessions(tx: Tx, vault: Vault, person_id: str, token: str | None) -> list[Session]:
    """Where the person is signed in now, the newest first."""
    rows = await tx.fetch(
        """select client, at, expires_at, digest from session
           where person_id = $1 and expires_at > $2 order by at desc limit 500""",
        person_id, wall_now(),
    )  # fmt: skip
    this = None if token is None else session_digest(vault, token)
    return [Session(r["client"], r["at"], r["expires_at"], r["digest"] == this) for r in rows]


async def end_sessions(
    tx: Tx,
    vault: Vault,
    person_id: str,
    *,
    keep: str | None = None,
    request_id: str | None = None,
) -> int:
    """Signs the person out everywhere but where the token `keep` is; how many sessions that ended."""
    ended = await tx.execute(
        "delete from session where person_id = $1 and ($2::bytea is null or digest <> $2)",
        person_id, None if keep is None else session_digest(vault, keep),
    )  # fmt: skip
    await audit.record(
        tx, actor=person_id, actor_kind="person", action="people.end_sessions", object=person_id,
        detail={"ended": ended}, request_id=request_id,
    )  # fmt: skip
    tx.tell(f"person:{person_id}")
    return ended


def session_digest(vault: Vault, token: str) -> bytes:
    """What a session is looked up by: HMAC-SHA256 of the token, keyed by the vault."""
    return vault.digest("session", token.encode())
