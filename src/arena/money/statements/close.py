"""Close months: each creator's, once it has ended, from the ledger; hashed, logged, and never changed again."""

from datetime import UTC, date, datetime, timedelta

from arena.evidence import log
from arena.kit.canonical import canonical_json, sha256_hex
from arena.kit.db import Database, Tx
from arena.kit.ids import derived
from arena.money import ledger
from arena.money.statements import store
from arena.money.statements.document import amounts_of, document_of, month_of
from arena.money.statements.model import (
    Amounts,
    DoesNotAddUp,
    Line,
    Month,
    PeriodClosed,
    Statement,
)

LATE = timedelta(hours=6)  # whoever began before midnight has committed by then
_CODES = {
    "pending": "pending",
    "available": "available",
    "disputed": "disputed",
    "clawback": "owed",
}


async def close_due(db: Database) -> int:
    """Closes all months that ended more than six hours ago, each creator's in a transaction of its own; how many.

    Raises DoesNotAddUp where a creator's accounts do not follow from the ledger's journals; after all others.
    """
    closed, wrong = 0, dict[str, DoesNotAddUp]()
    while True:
        async with db.transaction(readonly=True) as tx:
            until = (tx.now - LATE).date().replace(day=1)
            waiting = [
                each for each in await store.open_creators(tx, until) if each[0] not in wrong
            ]
        if not waiting:
            break
        for creator_id, month in waiting:
            try:
                async with db.transaction() as tx:
                    closed += await close(tx, creator_id, month) is not None
            except DoesNotAddUp as found:
                wrong[creator_id] = found
    if wrong:
        raise next(iter(wrong.values()))
    return closed


async def close(tx: Tx, creator_id: str, month: date) -> Statement | None:
    """The statement; None where it was made meanwhile. It ends with the log, so call it last. Raises DoesNotAddUp."""
    await store.lock(tx, creator_id)
    before = await store.last(tx, creator_id)
    if before is not None and before.month >= month:
        return None
    statement_id = derived("stm", creator_id, f"{month:%Y-%m}")
    document = canonical_json(
        document_of(await _month(tx, creator_id, month, before), statement_id)
    )
    sha = sha256_hex(document)
    await tx.record(PeriodClosed(creator_id, f"{month:%Y-%m}", statement_id))
    # The log says nothing of whose it is or what is in it: it cannot forget.
    entry = {"type": "creator_statement/v1", "id": statement_id, "sha": sha}
    index = await log.append(
        tx, kind="creator_statement", reference=statement_id, entry=canonical_json(entry)
    )
    made = Statement(statement_id, creator_id, month, {}, sha, index, tx.now)
    await store.insert(tx, made, document)
    return await store.of_month(tx, creator_id, month)


async def _month(tx: Tx, creator_id: str, month: date, before: Statement | None) -> Month:
    since, until = _start(month), _start(next_month(month))
    opening, lines = Amounts(), []
    if before is not None:
        opening = amounts_of(before.document["closing"])
        lines = await _late(tx, creator_id, before)
    lines += await _lines(tx, creator_id, since, until)
    closing = opening
    for line in lines:
        closing += line.amounts
    if closing != await _standing(tx, creator_id, until):
        raise DoesNotAddUp(creator_id=creator_id, month=f"{month:%Y-%m}")
    return Month(creator_id, month, opening, lines, closing)


async def _late(tx: Tx, creator_id: str, before: Statement) -> list[Line]:
    """What belongs to the month before and is not in its statement."""
    told = {line.journal_id for line in month_of(dict(before.document)).lines}
    found = await _lines(
        tx, creator_id, _start(before.month), _start(next_month(before.month)), late=True
    )
    return [line for line in found if line.journal_id not in told]


async def _lines(
    tx: Tx, creator_id: str, since: datetime, until: datetime, *, late: bool = False
) -> list[Line]:
    """One for each journal that moved the creator's accounts in [since, until), in order."""
    lines: dict[str, Line] = {}
    for code, name in _CODES.items():
        moved = await ledger.statement(tx, f"creator:{creator_id}:{code}", since, until)
        for one in moved.lines:
            amounts = Amounts(**{name: one.amount})
            there = lines.get(one.journal_id)
            lines[one.journal_id] = Line(
                one.journal_id, one.kind, one.reference, one.at,
                amounts + there.amounts if there else amounts, late,
            )  # fmt: skip
    return sorted(lines.values(), key=lambda line: (line.at, line.journal_id))


async def _standing(tx: Tx, creator_id: str, at: datetime) -> Amounts:
    """What the ledger says stood at that time."""
    found = Amounts()
    for code, name in _CODES.items():
        told = await ledger.statement(tx, f"creator:{creator_id}:{code}", at, at)
        found += Amounts(**{name: told.opening})
    return found


def next_month(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def _start(month: date) -> datetime:
    return datetime(month.year, month.month, 1, tzinfo=UTC)
