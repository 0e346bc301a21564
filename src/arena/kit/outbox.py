"""Facts and the reactions they have. At least once, in order per key, each in a transaction of its own.

A fact is written in the transaction of the change it tells of, together with one row per reaction.
Reactions of one handler to facts of one key run in the order of the facts. A reaction that fails is
tried again with a growing pause; after `ATTEMPTS_MAX` it is a dead letter, which blocks nobody, is shown
to the operator and can be replayed. Handlers must be idempotent by fact id; the row that marks the
reaction done is committed with the handler's own changes, so effects inside the database happen once.
"""

import msgspec
import structlog

from arena.kit.db import Database, Row, Tx
from arena.kit.errors import NotFound

ATTEMPTS_MAX = 8
log = structlog.get_logger()


class NoSuchDeadLetter(NotFound):
    """Reaction {handler} to fact {fact_id} is not among the dead letters."""


_CLAIM = """
    select r.fact_id, r.handler, r.attempts, f.kind, f.body from reaction r join fact f on f.id = r.fact_id
    where r.state = 'pending' and ($1 or r.next_at <= clock_timestamp())
      and not exists (select 1 from reaction e where e.state = 'pending' and e.handler = r.handler
                      and e.key = r.key and e.fact_id < r.fact_id)
    order by r.fact_id, r.position limit 1 for update of r skip locked"""


async def react_once(db: Database, *, impatient: bool = False) -> bool:
    """Runs the oldest reaction that is due; False where none is. `impatient` does not wait out pauses."""
    failed: tuple[int, str, str] | None = None
    async with db.transaction() as tx:
        row = await tx.fetchrow(_CLAIM, impatient)
        if row is None:
            return False
        try:
            async with tx.savepoint():
                await _handle(db, tx, row)
                await _done(tx, row)
        except Exception as broken:  # noqa: BLE001 - the edge of a job: whatever broke is kept and shown
            failed = (row["fact_id"], row["handler"], f"{type(broken).__name__}: {broken}"[:1000])
            await _failed(tx, row, failed[2])
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


async def _failed(tx: Tx, row: Row, error: str) -> None:
    """The pause doubles from one second up to five minutes (wall clock)."""
    await tx.execute(
        """update reaction set attempts = attempts + 1, error = $3,
             state = case when attempts + 1 >= $4 then 'dead' else 'pending' end,
             next_at = clock_timestamp() + least(300, 2 ^ attempts) * interval '1 second'
           where fact_id = $1 and handler = $2""",
        row["fact_id"], row["handler"], error, ATTEMPTS_MAX,
    )  # fmt: skip


async def drain(db: Database) -> int:
    """Runs reactions until none is pending, those to facts that reactions recorded included."""
    count = 0
    while await react_once(db, impatient=True):
        count += 1
    return count


async def dead_letters(tx: Tx, *, limit: int = 100) -> list[Row]:
    return await tx.fetch(
        """select r.fact_id, r.handler, r.attempts, r.error, f.kind, f.key, f.body, f.at, f.recorded_at
           from reaction r join fact f on f.id = r.fact_id
           where r.state = 'dead' order by r.fact_id, r.position limit $1""",
        limit,
    )


async def replay(tx: Tx, fact_id: int, handler: str) -> None:
    """Puts a dead letter back in line. Raises NoSuchDeadLetter."""
    if not await tx.execute(
        "update reaction set state = 'pending', attempts = 0, next_at = clock_timestamp()"
        " where fact_id = $1 and handler = $2 and state = 'dead'",
        fact_id, handler,
    ):  # fmt: skip
        raise NoSuchDeadLetter(fact_id=fact_id, handler=handler)
    tx.tell("fact")
