"""The tables of feeds and signals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from arena.kit.db import Row, Tx
from arena.signals.feeds.clock import HELD_CLOCK
from arena.signals.feeds.model import Feed, Lineage, Signal
from arena.signals.feeds.parse import terms_of

_FEED = """f.id, f.collective_id, f.name, f.about, f.instrument, f.account_id, f.lineage, f.status,
    f.last_sequence, f.last_hash, f.last_issued_at, f.opened_at, f.closed_at"""
_SIGNAL = "body, signature, hash, salt, log_index, received_at"


@dataclass(frozen=True, slots=True)
class Intake:
    """A feed held for publishing, and what the checks need to know of market and tape.

    `now` is the product clock, held against the tape until the transaction ends; `interval_s` is None
    where the clock is the wall's (live prices, or no tape).
    """

    feed: Feed
    tick: Decimal
    speed: str
    interval_s: int | None
    now: datetime


async def hold(tx: Tx, feed_id: str) -> Intake | None:
    """Locks the feed for publishing, and the product clock against moving on.

    With the clock held, a signal is received before the tape's next bar or after it, never astride.
    """
    row = await tx.fetchrow(
        f"""with {HELD_CLOCK}
            select {_FEED}, i.tick, t.speed, t.interval_s, clock.at as now, clock.source
            from feed f join instrument i on i.symbol = f.instrument
              left join tape t on true left join clock on true
            where f.id = $1 for update of f""",
        feed_id,
    )
    if row is None:
        return None
    replayed = row["source"] not in (None, "live")
    return Intake(
        _feed(row), row["tick"], row["speed"] or "1x", row["interval_s"] if replayed else None,
        max(tx.now, row["now"] or tx.now),
    )  # fmt: skip


async def insert_feed(tx: Tx, feed: Feed) -> None:
    await tx.execute(
        """insert into feed (id, collective_id, name, about, instrument, account_id, lineage, last_hash, opened_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
        feed.id, feed.collective_id, feed.name, feed.about, feed.instrument, feed.account_id,
        feed.lineage.as_dict(), feed.last_hash, feed.opened_at,
    )  # fmt: skip


async def feed(tx: Tx, feed_id: str, *, lock: bool = False) -> Feed | None:
    row = await tx.fetchrow(
        f"select {_FEED} from feed f where f.id = $1 {'for update' if lock else ''}", feed_id
    )
    return _feed(row) if row else None


async def feeds(
    tx: Tx, *, after: tuple[datetime, str] | None, limit: int, collective_id: str | None = None
) -> list[Feed]:
    """In the order they were opened."""
    rows = await tx.fetch(
        f"""select {_FEED} from feed f
            where ($1::timestamptz is null or (f.opened_at, f.id) > ($1, $2))
              and ($3::text is null or f.collective_id = $3)
            order by f.opened_at, f.id limit $4""",
        *(after or (None, None)), collective_id, limit,
    )  # fmt: skip
    return [_feed(row) for row in rows]


async def feeds_of(tx: Tx, collective_ids: Sequence[str], limit: int) -> list[Feed]:
    rows = await tx.fetch(
        f"""select {_FEED} from feed f where f.collective_id = any($1::text[])
            order by f.status = 'closed', f.opened_at, f.id limit $2""",
        list(collective_ids), limit,
    )  # fmt: skip
    return [_feed(row) for row in rows]


async def close(tx: Tx, feed_id: str) -> None:
    await tx.execute(
        "update feed set status = 'closed', closed_at = $2 where id = $1", feed_id, tx.now
    )


async def set_lineage(tx: Tx, feed_id: str, lineage: Lineage) -> None:
    await tx.execute("update feed set lineage = $2 where id = $1", feed_id, lineage.as_dict())


async def insert_signal(tx: Tx, signal: Signal) -> None:
    """Keeps the signal and moves its feed on, in one statement."""
    terms = signal.terms
    await tx.execute(
        """with moved as (
             update feed set last_sequence = $2, last_hash = $7, last_issued_at = $12 where id = $1)
           insert into signal (feed_id, sequence, id, body, signature, key_id, hash, salt, log_index,
                               instrument, target_weight, issued_at, valid_until, received_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)""",
        terms.feed_id, terms.sequence, terms.id, signal.body, signal.signature, terms.key_id,
        signal.hash, signal.salt, signal.log_index, terms.instrument, terms.target_weight,
        terms.issued_at, terms.valid_until, signal.received_at,
    )  # fmt: skip


async def signal(tx: Tx, feed_id: str, sequence: int) -> Signal | None:
    row = await tx.fetchrow(
        f"select {_SIGNAL} from signal where feed_id = $1 and sequence = $2", feed_id, sequence
    )
    return _signal(row) if row else None


async def signal_by_id(tx: Tx, signal_id: str) -> Signal | None:
    row = await tx.fetchrow(f"select {_SIGNAL} from signal where id = $1", signal_id)
    return _signal(row) if row else None


async def signals(
    tx: Tx, feed_id: str, *, after: int, limit: int, issued_before: datetime | None
) -> list[Signal]:
    rows = await tx.fetch(
        f"""select {_SIGNAL} from signal where feed_id = $1 and sequence > $2
              and ($4::timestamptz is null or issued_at < $4)
            order by sequence limit $3""",
        feed_id, after, limit, issued_before,
    )  # fmt: skip
    return [_signal(row) for row in rows]


async def largest_weight(tx: Tx, feed_id: str, until: datetime) -> Decimal | None:
    found: Decimal | None = await tx.fetchval(
        "select max(target_weight) from signal where feed_id = $1 and received_at <= $2",
        feed_id,
        until,
    )
    return found


def _feed(row: Row) -> Feed:
    return Feed(
        id=row["id"],
        collective_id=row["collective_id"],
        name=row["name"],
        about=row["about"],
        instrument=row["instrument"],
        account_id=row["account_id"],
        lineage=Lineage(**row["lineage"]),
        status=row["status"],
        last_sequence=row["last_sequence"],
        last_hash=row["last_hash"],
        last_issued_at=row["last_issued_at"],
        opened_at=row["opened_at"],
        closed_at=row["closed_at"],
    )


def _signal(row: Row) -> Signal:
    return Signal(
        terms=terms_of(row["body"]),
        body=row["body"],
        signature=row["signature"],
        hash=row["hash"],
        salt=row["salt"],
        log_index=row["log_index"],
        received_at=row["received_at"],
    )
