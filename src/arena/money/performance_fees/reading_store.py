"""Readings of accounts <-> model: numbered in their contract, only ever added."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from arena.kit.db import Row, Tx
from arena.money.performance_fees.document import SignedReading
from arena.money.performance_fees.model import LateFlow, Reading


async def last_reading(tx: Tx, contract_id: str) -> tuple[int, datetime | None]:
    row = await tx.fetchrow(
        "select number, at from performance_fee_reading where contract_id = $1 order by number desc limit 1",
        contract_id,
    )
    return (0, None) if row is None else (row["number"], row["at"])


async def has_reading(tx: Tx, contract_id: str, reference: str) -> bool:
    there: bool = await tx.fetchval(
        "select exists (select from performance_fee_reading where contract_id = $1 and reference = $2)",
        contract_id, reference,
    )  # fmt: skip
    return there


async def were_read(tx: Tx, contract_id: str, references: Sequence[str]) -> set[str]:
    """Which of these have their reading."""
    rows = await tx.fetch(
        "select reference from performance_fee_reading where contract_id = $1 and reference = any($2)",
        contract_id, list(references),
    )  # fmt: skip
    return {row["reference"] for row in rows}


async def late_flows(tx: Tx, limit: int) -> list[LateFlow]:
    """The newest first."""
    rows = await tx.fetch(
        """select contract_id, account_id, at, flow, substr(reference, 6) as flow_id from performance_fee_reading
           where reference like 'late:%' order by at desc, contract_id, number desc limit $1""",
        limit,
    )
    return [LateFlow(*row) for row in rows]


async def insert_reading(tx: Tx, contract_id: str, signed: SignedReading) -> None:
    reading = signed.reading
    await tx.execute(
        "insert into performance_fee_reading values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        contract_id, signed.number, reading.account, reading.at, reading.equity, reading.flow, signed.source,
        signed.reference, signed.public_key, signed.signature,
    )  # fmt: skip


async def readings(
    tx: Tx, contract_ids: Sequence[str], after: Mapping[str, int]
) -> dict[str, list[SignedReading]]:
    """By contract, in order: those with a number above `after`."""
    rows = await tx.fetch(
        """select r.* from unnest($1::text[], $2::int[]) wanted(id, after)
           join performance_fee_reading r on r.contract_id = wanted.id and r.number > wanted.after
           order by r.contract_id, r.number""",
        list(contract_ids), [after.get(each, 0) for each in contract_ids],
    )  # fmt: skip
    found: dict[str, list[SignedReading]] = {each: [] for each in contract_ids}
    for row in rows:
        found[row["contract_id"]].append(_reading(row))
    return found


def _reading(row: Row) -> SignedReading:
    return SignedReading(
        row["number"], Reading(row["account_id"], row["at"], row["equity"], row["flow"]), row["source"],
        row["reference"], row["public_key"], row["signature"],
    )  # fmt: skip
