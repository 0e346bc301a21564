"""API keys: 32 random bytes shown once, kept as a keyed digest, with no more scopes than their person."""

import base64
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b

from arena.evidence import audit
from arena.kit.clock import wall_now
from arena.kit.db import Row, Tx
from arena.kit.ids import fresh
from arena.kit.vault import Vault
from arena.people import identity
from arena.people.access.model import (
    Actor,
    ApiKey,
    NoSuchApiKey,
    ScopeUnknown,
    TooManyApiKeys,
    scopes_of,
)

PREFIX = "ak_"
KEYS_MAX = 100  # unrevoked keys a person may have
_COLUMNS = "id, person_id, name, hint, scopes, at, expires_at, revoked_at"


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A key that is wanted. No scopes: all that the person has. `expires_at` is wall time."""

    person_id: str
    name: str
    scopes: Collection[str] | None = None
    expires_at: datetime | None = None


async def create_api_key(
    tx: Tx,
    vault: Vault,
    new: NewApiKey,
    *,
    within: Collection[str] | None = None,
    request_id: str | None = None,
) -> tuple[ApiKey, str]:
    """The key's record and the key itself, which nobody can read again.

    It gets the wanted scopes as far as the person has them and, where given, they are `within` the
    caller's own. Raises NoSuchPerson, ScopeUnknown, TooManyApiKeys.
    """
    owner = await identity.person(tx, new.person_id)
    allowed = scopes_of(owner.roles)
    if within is not None:
        allowed &= frozenset(within)
    wanted = allowed if new.scopes is None else frozenset(new.scopes)
    if not wanted <= allowed:
        raise ScopeUnknown(scopes=sorted(wanted - allowed))
    count: int = await tx.fetchval(
        "select count(*) from api_key where person_id = $1 and revoked_at is null", owner.id
    )
    if count >= KEYS_MAX:
        raise TooManyApiKeys(limit=KEYS_MAX)
    secret = PREFIX + base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")
    row = await tx.one(
        f"""insert into api_key (id, person_id, digest, hint, name, scopes, expires_at)
            values ($1, $2, $3, $4, $5, $6, $7) returning {_COLUMNS}""",
        fresh("api"), owner.id, api_key_digest(vault, secret), secret[-4:], new.name, sorted(wanted),
        new.expires_at,
    )  # fmt: skip
    made = _api_key(row)
    await audit.record(
        tx, actor=owner.id, actor_kind="person", action="people.create_api_key", object=made.id,
        detail={"name": made.name, "scopes": sorted(made.scopes)}, request_id=request_id,
    )  # fmt: skip
    return made, secret


def api_key_digest(vault: Vault, secret: str) -> bytes:
    """What a key is looked up by: BLAKE2b of it, keyed by the vault (RFC 7693 section 2.9)."""
    return blake2b(secret.encode(), key=_digest_key(vault), digest_size=32).digest()


async def actor_of_api_key(tx: Tx, digest: bytes) -> tuple[Actor, datetime | None] | None:
    """Who a key speaks for and until when (wall time); None where it is unknown, revoked or expired."""
    row = await tx.fetchrow(
        """select k.id, k.person_id, k.scopes, k.expires_at, p.roles
           from api_key k join person p on p.id = k.person_id
           where k.digest = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > $2)""",
        digest,
        wall_now(),
    )
    if row is None:
        return None
    scopes = frozenset(row["scopes"]) & scopes_of(row["roles"])
    return Actor("person", row["person_id"], scopes, row["id"]), row["expires_at"]


async def api_keys(tx: Tx, person_id: str) -> list[ApiKey]:
    """The person's keys, newest first, the revoked ones too."""
    rows = await tx.fetch(
        f"select {_COLUMNS} from api_key where person_id = $1 order by at desc, id limit 500",
        person_id,
    )
    return [_api_key(row) for row in rows]


async def revoke_api_key(
    tx: Tx, person_id: str, api_key_id: str, *, request_id: str | None = None
) -> None:
    """Ends the key at once; a key revoked before stays so. Raises NoSuchApiKey."""
    row = await tx.fetchrow(
        "select revoked_at from api_key where id = $1 and person_id = $2 for update",
        api_key_id,
        person_id,
    )
    if row is None:
        raise NoSuchApiKey(api_key_id=api_key_id)
    if row["revoked_at"] is not None:
        return
    await tx.execute("update api_key set revoked_at = $2 where id = $1", api_key_id, wall_now())
    await audit.record(
        tx, actor=person_id, actor_kind="person", action="people.revoke_api_key", object=api_key_id,
        request_id=request_id,
    )  # fmt: skip
    tx.tell(f"key:{api_key_id}")


@lru_cache(maxsize=8)
def _digest_key(vault: Vault) -> bytes:
    return vault.derive("api-key")


def _api_key(row: Row) -> ApiKey:
    return ApiKey(**{**dict(row), "scopes": frozenset(row["scopes"])})
