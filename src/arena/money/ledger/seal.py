"""Heads of the ledger: once a day everything that was posted is hashed onto the head before, and the head is logged.

Who kept two heads can tell whether a journal between them was changed, added or taken away: the hash of the second
follows from the first and from the entries between. Sealing waits for those who are posting and lets nobody begin
meanwhile, so that no entry commits behind a head that should have counted it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from arena.evidence import log
from arena.kit.canonical import canonical_json
from arena.kit.clock import iso_ms
from arena.kit.db import Row, Tx

# One line an entry: number, journal, kind, phase, product time, account, currency, amount.
_HASH = """
  select count(*) as entries, encode(sha256(convert_to($1 || coalesce(string_agg(
      concat_ws(' ', e.id, j.id, j.kind, e.phase, (extract(epoch from j.at) * 1000)::bigint, a.code, e.currency,
        e.amount),
      E'\\n' order by e.id), ''), 'UTF8')), 'hex') as sha
  from entry e join journal j on j.id = e.journal_id join ledger_account a on a.id = e.account_id
  where e.id > $2 and e.id <= $3"""
_BEGINNING = "0" * 64


@dataclass(frozen=True, slots=True)
class Head:
    """All entries up to number `entry_max`: `sha` (hex) follows from the head before and the entries since.

    `debits` are the sums of all that was posted, minor units by currency; `log_index` is its place in the log.
    """

    number: int
    entry_max: int
    entries: int
    sha: str
    debits: dict[str, int]
    at: datetime
    log_index: int


async def seal(tx: Tx) -> Head | None:
    """The new head over all that was posted before the last midnight (UTC, product time), so that it does not matter
    when on a day this is asked; None where the last head has it all. It ends with the log, so call it last."""
    await tx.execute("select ledger_stands_still()")
    before = await _last(tx)
    midnight = tx.now.replace(hour=0, minute=0, second=0, microsecond=0)
    entry_max: int | None = await tx.fetchval(
        "select max(e.id) from entry e join journal j on j.id = e.journal_id where e.id > $1 and j.at < $2",
        before.entry_max if before else 0, midnight,
    )  # fmt: skip
    if entry_max is None:
        return None
    number = before.number + 1 if before else 1
    found = await _hashed(tx, before, entry_max)
    debits = await _debits(tx, entry_max)
    entry = {
        "type": "ledger_head/v1", "number": number, "entry_max": str(entry_max), "entries": found["entries"],
        "sha": found["sha"], "debits": {c: str(sum_) for c, sum_ in debits.items()}, "at": iso_ms(midnight),
    }  # fmt: skip
    index = await log.append(
        tx, kind="ledger_head", reference=str(number), entry=canonical_json(entry)
    )
    head = Head(number, entry_max, found["entries"], found["sha"], debits, midnight, index)
    await tx.execute(
        """insert into ledger_head (number, entry_max, entries, sha, debits, at, log_index)
           values ($1, $2, $3, $4, $5, $6, $7)""",
        head.number, head.entry_max, head.entries, head.sha, head.debits, head.at, head.log_index,
    )  # fmt: skip
    return head


async def heads(tx: Tx, *, limit: int = 31) -> list[Head]:
    """The newest first."""
    return [
        _head(row)
        for row in await tx.fetch("select * from ledger_head order by number desc limit $1", limit)
    ]


async def broken_heads(tx: Tx, *, since: int = 1) -> Sequence[int]:
    """Numbers of the heads, from `since` on, that do not follow any more from the one before and the entries between:
    none in a ledger that nobody touched."""
    rows = await tx.fetch("select * from ledger_head where number >= $1 order by number", since - 1)
    found = [_head(row) for row in rows]
    before = found.pop(0) if found and found[0].number < since else None
    broken = []
    for head in found:
        again = await _hashed(tx, before, head.entry_max)
        same = (again["sha"], again["entries"]) == (head.sha, head.entries)
        if not same or await _debits(tx, head.entry_max) != head.debits:
            broken.append(head.number)
        before = head
    return broken


async def _last(tx: Tx) -> Head | None:
    row = await tx.fetchrow("select * from ledger_head order by number desc limit 1")
    return None if row is None else _head(row)


async def _hashed(tx: Tx, before: Head | None, entry_max: int) -> Row:
    sha, since = (before.sha, before.entry_max) if before else (_BEGINNING, 0)
    return await tx.one(_HASH, sha + "\n", since, entry_max)


async def _debits(tx: Tx, entry_max: int) -> dict[str, int]:
    rows = await tx.fetch(
        """select currency, sum(amount)::bigint as sum from entry
           where amount > 0 and phase in ('posted', 'post') and id <= $1 group by currency order by currency""",
        entry_max,
    )  # fmt: skip
    return {row["currency"]: row["sum"] for row in rows}


def _head(row: Row) -> Head:
    return Head(
        row["number"], row["entry_max"], row["entries"], row["sha"], row["debits"], row["at"], row["log_index"]
    )  # fmt: skip
