"""Adjustments <-> model."""

from arena.kit.db import Row, Tx
from arena.kit.money import Money
from arena.money.adjustments.model import Adjustment, State

_COLUMNS = """id, debit, credit, amount, currency, reference, reason, state, asked_by, asked_at, decided_by, decided_at,
  journal_id"""


async def insert(tx: Tx, new: Adjustment) -> None:
    await tx.execute(
        f"insert into adjustment ({_COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, 'asked', $8, $9, null, null, null)",
        new.id, new.debit, new.credit, new.amount.minor, new.amount.currency, new.reference, new.reason,
        new.asked_by, new.asked_at,
    )  # fmt: skip


async def locked(tx: Tx, adjustment_id: str) -> Adjustment | None:
    row = await tx.fetchrow(
        f"select {_COLUMNS} from adjustment where id = $1 for update", adjustment_id
    )
    return None if row is None else _adjustment(row)


async def decide(
    tx: Tx, adjustment_id: str, state: State, by: str, *, journal_id: str | None = None
) -> None:
    await tx.execute(
        "update adjustment set state = $2, decided_by = $3, decided_at = $4, journal_id = $5 where id = $1",
        adjustment_id, state.value, by, tx.now, journal_id,
    )  # fmt: skip


async def newest(tx: Tx, *, state: State | None, limit: int) -> list[Adjustment]:
    rows = await tx.fetch(
        f"""select {_COLUMNS} from adjustment where $1::text is null or state = $1
            order by asked_at desc, id desc limit $2""",
        state, limit,
    )  # fmt: skip
    return [_adjustment(row) for row in rows]


def _adjustment(row: Row) -> Adjustment:
    return Adjustment(
        row["id"], row["debit"], row["credit"], Money(row["amount"], row["currency"]), row["reference"],
        row["reason"], State(row["state"]), row["asked_by"], row["asked_at"], row["decided_by"], row["decided_at"],
        row["journal_id"],
    )  # fmt: skip
