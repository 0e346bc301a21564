"""Facts and the reactions they have. At least once, in order per key, each in a transaction of its own.

A fact is written in the transaction of the change it tells of, together with one row per reaction.
Reactions of one handler to facts of one key run in the order of the facts. A reaction that fails is
tried again with a growing pause; after `ATTEMPTS_MAX` it is a dead letter, which blocks nobody, is shown
to the operator and can be replayed. Handlers must be idempotent by fact id; the row that marks the
reaction done is committed with the handler's own changes, so effects inside the database happen once.
Outward reactions (see `kit.facts`) are done at least once: a crash between the effect and the commit repeats it.
"""

from collections.abc import Sequence

import msgspec
import structlog

from arena.kit.db import Database, Row, Tx
from arena.kit.errors import NotFound

ATTEMPTS_MAX = 8
OUTWARD_ATTEMPTS_MAX = 14  # half an hour: a mail server may be away that long
log = structlog.get_logger()


class NoSuchDeadLetter(NotFound):
    """Reaction {handler} to fact {fact_id} is not among the dead letters."""


_CLAIM = """
    select r.fact_id, r.handler, r.attempts, f.kind, f.body from reaction r join fact f on f.id = r.fact_id
    where r.state = 'pending' and ($1 or r.next_at <= clock_timestamp())
      and (r.handler = any($2::text[])) = $3
      and not exists (select 1 from reaction e where e.state = 'pending' and e.handler = r.handler
                      and e.key = r.key and e.fact_id < r.fact_id)
    order by r.fact_id, r.position limit 1 for update of r skip locked"""


async def react_once(db: Database, *, impatient: bool = False, outward: bool = False) -> bool:
    """Runs the oldest reaction that is due; False where none is. `impatient` does not wait out pauses.

    Outward reactions are run by whoever asks for them, and by nobody else.
    """
    failed: tuple[int, str, str] | None = None
    async with db.transaction() as tx:
        row = await tx.fetchrow(_CLAIM, impatient, db.routing.outward, outward)
        if row is None:
            return False
        try:
            async with tx.savepoint():
                await _handle(db, tx, row)
                await _done(tx, row)
        except Exception as broken:  # noqa: BLE001 - the edge of a job: whatever broke is kept and shown
            failed = (row["fact_id"], row["handler"], f"{type(broken).__name__}: {broken}"[:1000])
            attempts_max = OUTWARD_ATTEMPTS_MAX if outward else ATTEMPTS_MAX
            await _failed(tx, row, failed[2], attempts_max=attempts_max)
    if failed:
        log.warning("reaction failed", fact_id=failed[0], handler=failed[1], error=failed[2])
    return True


async def _handle(db: Database, tx: Tx, row: Row) -> None:
    fact = msgspec.convert(row["body"], db.routing.kinds[row["kind"]])
    await db.routing.handlers[row["handler"]](tx, fact)


async def _done(tx: Tx, row: Row) -> None:
    await tx.execute(
        "update reaction set state = 'done', done_at = clock_timestamp(), attempts = attempts + 1,"
        " error = null where fact_id = $1 and handler = $2",
        row["fact_id"], row["handler"],
    )  # fmt: skip


async def _failed(tx: Tx, row: Row, error: str, *, attempts_max: int) -> None:
    """The pause doubles from one second up to five minutes (wall clock)."""
    await tx.execute(
        """update reaction set attempts = attempts + 1, error = $3,
             state = case when attempts + 1 >= $4 then 'dead' else 'pending' end,
             next_at = clock_timestamp() + least(300, 2 ^ attempts) * interval '1 second'
           where fact_id = $1 and handler = $2""",
        row["fact_id"], row["handler"], error, attempts_max,
    )  # fmt: skip


async def drain(db: Database) -> int:
    """Runs reactions until none is pending, those to facts that reactions recorded included; no outward ones."""
    count = 0
    while await react_once(db, impatient=True):
        count += 1
    return count


async def dead_letters(
    tx: Tx, *, limit: int = 100, after: tuple[int, int] | None = None
) -> list[Row]:
    """Reactions that failed for good, those to the oldest facts first; `after` is (fact_id, position) of the
    last one seen. `tried_at` is the wall time of the last attempt."""
    fact_id, position = after or (0, 0)
    return await tx.fetch(
        """select r.fact_id, r.handler, r.position, r.attempts, r.error, f.kind, f.key, f.body, f.at,
             f.recorded_at, r.next_at - least(300, 2 ^ (r.attempts - 1)) * interval '1 second' as tried_at
           from reaction r join fact f on f.id = r.fact_id
           where r.state = 'dead' and (r.fact_id, r.position) > ($2, $3)
           order by r.fact_id, r.position limit $1""",
        limit, fact_id, position,
    )  # fmt: skip


async def buried(tx: Tx) -> list[Row]:
    """How many dead letters each handler has, and the wall time of the oldest fact among them."""
    return await tx.fetch(
        """select r.handler, count(*) as letters, min(f.recorded_at) as since
           from reaction r join fact f on f.id = r.fact_id
           where r.state = 'dead' group by r.handler order by r.handler"""
    )


async def retrying(tx: Tx, *, limit: int = 20) -> list[Row]:
    """Reactions that have failed and are in line again, those to the oldest facts first."""
    return await tx.fetch(
        """select r.fact_id, r.handler, r.attempts, r.error, r.next_at, f.kind, f.key
           from reaction r join fact f on f.id = r.fact_id
           where r.state = 'pending' and r.error is not null
           order by r.fact_id, r.position limit $1""",
        limit,
    )


async def fates(tx: Tx, reactions: Sequence[tuple[int, str]]) -> dict[tuple[int, str], Row]:
    """What has become of these, by (fact id, handler): state, attempts, done_at, error."""
    rows = await tx.fetch(
        """select fact_id, handler, state, attempts, done_at, error
           from reaction join unnest($1::bigint[], $2::text[]) as wanted(fact_id, handler)
             using (fact_id, handler)""",
        [fact_id for fact_id, _ in reactions], [handler for _, handler in reactions],
    )  # fmt: skip
    return {(row["fact_id"], row["handler"]): row for row in rows}


async def replay(tx: Tx, fact_id: int, handler: str) -> None:
    """Puts a dead letter back in line. Raises NoSuchDeadLetter."""
    if not await tx.execute(
        "update reaction set state = 'pending', attempts = 0, next_at = clock_timestamp()"
        " where fact_id = $1 and handler = $2 and state = 'dead'",
        fact_id, handler,
    ):  # fmt: skip
        raise NoSuchDeadLetter(fact_id=fact_id, handler=handler)
    tx.tell("fact")


async def replay_all(tx: Tx, handler: str, *, limit: int) -> list[int]:
    """Puts the handler's oldest dead letters back in line; the ids of their facts."""
    rows = await tx.fetch(
        """update reaction set state = 'pending', attempts = 0, next_at = clock_timestamp()
           where handler = $1 and fact_id in (
             select fact_id from reaction where handler = $1 and state = 'dead'
             order by fact_id limit $2 for update skip locked)
           returning fact_id""",
        handler, limit,
    )  # fmt: skip
    if rows:
        tx.tell("fact")
    return sorted(row["fact_id"] for row in rows)
