"""Exchange keys: an API key with an HMAC secret, for bots that cannot sign with Ed25519. The secret is shown once."""

import secrets
import string
from dataclasses import dataclass
from datetime import datetime

from arena.evidence import audit
from arena.kit.clock import wall_now
from arena.kit.db import Row, Tx
from arena.kit.errors import Conflict, NotFound
from arena.kit.ids import fresh
from arena.kit.vault import Vault
from arena.people import identity

KEYS_MAX = 20
"""Unrevoked keys a collective may have."""
LENGTH = 64
PURPOSE = "exchange-key"
_LETTERS = string.ascii_letters + string.digits
_COLUMNS = "id, collective_id, api_key, name, at, revoked_at"


class NoSuchExchangeKey(NotFound):
    """The collective {collective_id} has no exchange key {exchange_key_id}."""


class TooManyExchangeKeys(Conflict):
    """This collective has {limit} exchange keys already; revoke one it does not use."""


@dataclass(frozen=True, slots=True)
class ExchangeKey:
    """What anybody of the collective may see of it. `api_key` is sent with each request; wall times."""

    id: str
    collective_id: str
    api_key: str
    name: str
    at: datetime
    revoked_at: datetime | None


async def create_exchange_key(
    tx: Tx, vault: Vault, collective_id: str, name: str, *, request_id: str | None = None
) -> tuple[ExchangeKey, str]:
    """The key and its secret, which nobody can read again. Raises NoSuchCollective, TooManyExchangeKeys."""
    await identity.collective(tx, collective_id)
    # Counted under a lock: two calls at once may not both be the last that fits.
    await tx.execute("select pg_advisory_xact_lock(hashtext($1))", f"exchange-key:{collective_id}")
    count: int = await tx.fetchval(
        "select count(*) from exchange_key where collective_id = $1 and revoked_at is null",
        collective_id,
    )
    if count >= KEYS_MAX:
        raise TooManyExchangeKeys(limit=KEYS_MAX)
    api_key, secret = _letters(), _letters()
    row = await tx.one(
        f"""insert into exchange_key (id, collective_id, api_key, sealed, name, at)
            values ($1, $2, $3, $4, $5, $6) returning {_COLUMNS}""",
        fresh("exk"), collective_id, api_key, vault.seal(secret.encode(), PURPOSE), name, wall_now(),
    )  # fmt: skip
    made = _exchange_key(row)
    await audit.record(
        tx, actor=collective_id, actor_kind="collective", action="venues.create_exchange_key", object=made.id,
        detail={"name": name, "api_key": api_key[:8]}, request_id=request_id,
    )  # fmt: skip
    return made, secret


async def list_exchange_keys(tx: Tx, collective_id: str) -> list[ExchangeKey]:
    """Newest first, the revoked ones too."""
    rows = await tx.fetch(
        f"select {_COLUMNS} from exchange_key where collective_id = $1 order by at desc, id limit 500",
        collective_id,
    )
    return [_exchange_key(row) for row in rows]


async def revoke_exchange_key(
    tx: Tx, collective_id: str, exchange_key_id: str, *, by: str, request_id: str | None = None
) -> ExchangeKey:
    """Ends it at once; one revoked before stays so. Raises NoSuchExchangeKey."""
    row = await tx.fetchrow(
        f"""select {_COLUMNS} from exchange_key where id = $1 and collective_id = $2 for update""",
        exchange_key_id,
        collective_id,
    )
    if row is None:
        raise NoSuchExchangeKey(collective_id=collective_id, exchange_key_id=exchange_key_id)
    if row["revoked_at"] is not None:
        return _exchange_key(row)
    row = await tx.one(
        f"update exchange_key set revoked_at = $2 where id = $1 returning {_COLUMNS}",
        exchange_key_id,
        wall_now(),
    )
    await audit.record(
        tx, actor=by, actor_kind={"usr": "person", "col": "collective"}.get(by[:3], "system"),
        action="venues.revoke_exchange_key", object=exchange_key_id, request_id=request_id,
    )  # fmt: skip
    tx.tell(f"key:{exchange_key_id}")
    return _exchange_key(row)


async def active_exchange_key(tx: Tx, vault: Vault, api_key: str) -> tuple[ExchangeKey, str] | None:
    """The key and its secret; None where it is unknown or revoked, or its collective is suspended or closed."""
    row = await tx.fetchrow(
        f"""select {_COLUMNS}, sealed from exchange_key k where api_key = $1 and revoked_at is null
              and exists (select 1 from collective c where c.id = k.collective_id and c.status = 'active')""",
        api_key,
    )
    if row is None:
        return None
    return _exchange_key(row), vault.open(row["sealed"], PURPOSE).decode()


async def stands(tx: Tx, exchange_key_id: str) -> bool:
    """Whether the key is not revoked and its collective neither suspended nor closed."""
    found: bool = await tx.fetchval(
        """select exists (select 1 from exchange_key k join collective c on c.id = k.collective_id
             where k.id = $1 and k.revoked_at is null and c.status = 'active')""",
        exchange_key_id,
    )
    return found


def _letters() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(LENGTH))


def _exchange_key(row: Row) -> ExchangeKey:
    return ExchangeKey(**{name: row[name] for name in _COLUMNS.split(", ")})
