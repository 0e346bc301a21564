"""Listen keys: the older way to hear an account's events, kept alive here for bots that know no other.

A key is 60 letters and digits, good for an hour from its last use, on the wall clock. Whoever knows it may listen and
nothing else; so it is kept sealed, and looked up by a keyed digest.
"""

import secrets
import string
from dataclasses import dataclass
from datetime import datetime, timedelta

from arena.kit.clock import wall_now
from arena.kit.db import Tx
from arena.kit.errors import NotFound
from arena.kit.ids import fresh
from arena.kit.vault import Vault
from arena.trading.venues.dialects.binance.stream_names import LISTEN_KEY_LENGTH

VALID = timedelta(minutes=60)
KEPT = timedelta(days=1)  # one that is over is forgotten with the next
PURPOSE = "listen-key"
_LETTERS = string.ascii_letters + string.digits


class NoSuchListenKey(NotFound):
    """This listenKey does not exist."""


@dataclass(frozen=True, slots=True)
class Listening:
    """Whose events a listen key gives: the collective's, asked for with the key `key_id`."""

    id: str
    collective_id: str
    key_id: str
    expires_at: datetime


async def open_listen_key(tx: Tx, vault: Vault, *, collective_id: str, key_id: str) -> str:
    """The listen key of this collective and key, good for an hour from now; the one there is, where one still is."""
    now = wall_now()
    # Two calls at once would else make two keys.
    await tx.execute("select pg_advisory_xact_lock(hashtext($1))", f"listen-key:{key_id}")
    row = await tx.fetchrow(
        """update listen_key set expires_at = $3 where collective_id = $1 and key_id = $2
             and closed_at is null and expires_at > $4 returning sealed""",
        collective_id, key_id, now + VALID, now,
    )  # fmt: skip
    if row is not None:
        return vault.open(row["sealed"], PURPOSE).decode()
    await tx.execute(
        "delete from listen_key where collective_id = $1 and key_id = $2 and expires_at < $3",
        collective_id, key_id, now - KEPT,
    )  # fmt: skip
    listen_key = "".join(secrets.choice(_LETTERS) for _ in range(LISTEN_KEY_LENGTH))
    await tx.execute(
        """insert into listen_key (id, collective_id, key_id, digest, sealed, at, expires_at)
           values ($1, $2, $3, $4, $5, $6, $7)""",
        fresh("lk"), collective_id, key_id, _digest(vault, listen_key),
        vault.seal(listen_key.encode(), PURPOSE), now, now + VALID,
    )  # fmt: skip
    return listen_key


async def keep_alive(tx: Tx, vault: Vault, listen_key: str, *, collective_id: str) -> None:
    """Good for an hour from now again. Raises NoSuchListenKey, also for one that is over or another's."""
    now = wall_now()
    kept = await tx.execute(
        """update listen_key set expires_at = $3 where digest = $1 and collective_id = $2
             and closed_at is null and expires_at > $4""",
        _digest(vault, listen_key), collective_id, now + VALID, now,
    )  # fmt: skip
    if not kept:
        raise NoSuchListenKey


async def close_listen_key(tx: Tx, vault: Vault, listen_key: str, *, collective_id: str) -> None:
    """Ends it, and the streams opened with it. Raises NoSuchListenKey."""
    now = wall_now()
    row = await tx.fetchrow(
        """update listen_key set closed_at = $3 where digest = $1 and collective_id = $2
             and closed_at is null and expires_at > $3 returning id""",
        _digest(vault, listen_key), collective_id, now,
    )  # fmt: skip
    if row is None:
        raise NoSuchListenKey
    tx.tell(f"listen_key:{row['id']}")


async def listening(tx: Tx, vault: Vault, listen_key: str) -> Listening | None:
    """What the key gives, or None where it is over or nobody's. Says nothing of the key it was made with."""
    return await _still(tx, "digest = $1", _digest(vault, listen_key))


async def still_listening(tx: Tx, listening_id: str) -> Listening | None:
    """The same again for one that was good before."""
    return await _still(tx, "id = $1", listening_id)


async def _still(tx: Tx, where: str, value: object) -> Listening | None:
    row = await tx.fetchrow(
        f"""select id, collective_id, key_id, expires_at from listen_key
            where {where} and closed_at is null and expires_at > $2""",
        value,
        wall_now(),
    )
    return Listening(**dict(row)) if row is not None else None


def _digest(vault: Vault, listen_key: str) -> bytes:
    return vault.digest(PURPOSE, listen_key.encode())
