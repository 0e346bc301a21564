"""The table of feeds that are hosted, and the bars their strategies see."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime

from arena.kit.clock import to_ms
from arena.kit.db import Row, Tx
from arena.signals.strategists.hosting.model import MOVES, Due, Hosting, HostingStatus

_NAMES = [field.name for field in fields(Hosting)]
_COLUMNS = ", ".join(f"h.{name}" for name in _NAMES)


async def hold_owner(tx: Tx, owner_id: str) -> None:
    """Until the transaction ends nobody else begins or ends a hosting of this owner, or deletes code of his."""
    await tx.execute(
        "select pg_advisory_xact_lock(hashtextextended('sources ' || $1, 0))", owner_id
    )


async def insert(tx: Tx, made: Hosting) -> None:
    await tx.execute(
        """insert into hosting (id, feed_id, source_id, owner_id, key_id, model_config_sha, policy_sha, status,
             begun_by, begun_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)""",
        made.id, made.feed_id, made.source_id, made.owner_id, made.key_id, made.model_config_sha, made.policy_sha,
        made.status, made.begun_by, made.begun_at,
    )  # fmt: skip


async def by_id(tx: Tx, hosting_id: str) -> Hosting | None:
    row = await tx.fetchrow(f"select {_COLUMNS} from hosting h where h.id = $1", hosting_id)
    return None if row is None else _hosting(row)


async def of_feed(tx: Tx, feed_id: str) -> list[Hosting]:
    """All there were, the newest first."""
    rows = await tx.fetch(
        f"select {_COLUMNS} from hosting h where h.feed_id = $1 order by h.number desc", feed_id
    )  # fmt: skip
    return [_hosting(row) for row in rows]


async def of_owner(tx: Tx, owner_id: str) -> list[Hosting]:
    """All there were, the newest first, a hundred at most."""
    rows = await tx.fetch(
        f"select {_COLUMNS} from hosting h where h.owner_id = $1 order by h.number desc limit 100",
        owner_id,
    )
    return [_hosting(row) for row in rows]


async def every(tx: Tx, *, limit: int = 200) -> list[Hosting]:
    """Those at work first, then those that ended last."""
    rows = await tx.fetch(
        f"""select {_COLUMNS} from hosting h
            order by h.status <> 'running', h.ended_at desc nulls last, h.number limit $1""",
        limit,
    )
    return [_hosting(row) for row in rows]


async def running_count(tx: Tx, owner_id: str) -> int:
    count: int = await tx.fetchval(
        "select count(*) from hosting where owner_id = $1 and status = 'running'", owner_id
    )
    return count


async def due(tx: Tx, at: datetime) -> list[Due]:
    """Those at work that were not asked at `at` yet, in the order they were begun."""
    rows = await tx.fetch(
        f"""select {_COLUMNS}, f.status = 'open' as is_open, f.collective_id, f.instrument, i.tick, f.lineage,
              f.last_sequence, f.last_hash,
              coalesce(g.target_weight, 0) as weight
            from hosting h join feed f on f.id = h.feed_id join instrument i on i.symbol = f.instrument
              left join signal g on g.feed_id = f.id and g.sequence = f.last_sequence
            where h.status = 'running' and (h.decided_at is null or h.decided_at < $1)
            order by h.number""",
        at,
    )
    return [
        Due(
            _hosting(row), row["is_open"], row["collective_id"], row["instrument"], row["tick"], row["lineage"],
            row["last_sequence"], row["last_hash"], row["weight"],
        )
        for row in rows
    ]  # fmt: skip


async def note_decided(
    tx: Tx, hosting_id: str, at: datetime, *, busy_ms: int, memory_kb: int
) -> None:
    await tx.execute(
        """update hosting set decided_at = $2, decisions = decisions + 1, failures = 0, busy_ms = busy_ms + $3,
             memory_kb = $4 where id = $1""",
        hosting_id, at, busy_ms, memory_kb,
    )  # fmt: skip


async def note_failed(tx: Tx, hosting_id: str, at: datetime) -> int:
    """How often in a row it has failed now."""
    failures: int = await tx.fetchval(
        "update hosting set decided_at = $2, failures = failures + 1 where id = $1 returning failures",
        hosting_id,
        at,
    )
    return failures


async def move(tx: Tx, found: Hosting, to: HostingStatus, *, by: str, why: str) -> None:
    """Ends it. The caller holds its owner."""
    assert to in MOVES[found.status], f"{found.status} to {to}"
    await tx.execute(
        "update hosting set status = $2, ended_at = $3, ended_by = $4, why = $5 where id = $1",
        found.id, to, tx.now, by, why,
    )  # fmt: skip


async def bars_since(
    tx: Tx, symbol: str, since: datetime, until: datetime
) -> list[tuple[int, float, float, float, float, float]]:
    """Bars that open from the one time up to the other: opened at (UTC ms), open, high, low, close, volume."""
    rows = await tx.fetch(
        """select open_at, open, high, low, close, volume from candle
           where symbol = $1 and open_at >= $2 and open_at <= $3 order by open_at""",
        symbol, since, until,
    )  # fmt: skip
    return [
        (
            to_ms(row["open_at"]), float(row["open"]), float(row["high"]), float(row["low"]),
            float(row["close"]), float(row["volume"]),
        )
        for row in rows
    ]  # fmt: skip


def ids(found: Sequence[Due]) -> list[str]:
    return [one.hosting.id for one in found]


def _hosting(row: Row) -> Hosting:
    values = {name: row[name] for name in _NAMES}
    return Hosting(**{**values, "status": HostingStatus(values["status"])})
