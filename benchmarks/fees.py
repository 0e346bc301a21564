"""Performance fees: a quarter of 10,000 copiers closed and charged, against a bare COPY of the same statements."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from arena.kit.clock import TapeClock
from arena.kit.db import Database, open_pool
from arena.kit.facts import Routing
from arena.kit.ids import derived
from arena.kit.signing import SigningKey
from arena.money import performance_fees
from arena.money.performance_fees import Reading, Terms
from arena.money.performance_fees.document import reading_bytes
from arena.people.access import SYSTEM
from benchmarks.table import Goal, show, spread

COPIERS, READINGS = 10_000, 6
START, END = datetime(2021, 10, 1, tzinfo=UTC), datetime(2022, 1, 1, tzinfo=UTC)
_KEY = SigningKey(b"benchmark of fees".ljust(32, b"."))
_STATEMENT = "id, contract_id, period_start, period_end, reading_last, fee, charged, sha, document"


async def fees(url: str, *, rounds: int) -> None:
    """Prints the table. One run each, because a period closes once: the copiers are split over the rounds."""
    pool = await open_pool(url, size_max=4)
    db = Database(pool, TapeClock(START), Routing())
    share = COPIERS // rounds
    ours, bare, sums = [], [], list[int]()
    try:
        async with db.transaction() as tx:
            await performance_fees.switch(tx, "DE", "charged", reason="measured", actor=SYSTEM)
        for number in range(rounds):
            await _copiers(db, number, share)
            clock = TapeClock(END + performance_fees.LATE)
            began = time.perf_counter()
            closing = Database(pool, clock, Routing())
            closed = await performance_fees.close_due(closing, platform_bps=1_500, key=_KEY)
            ours.append(share / (time.perf_counter() - began))
            assert closed == share, f"{closed} of {share} closed"
            bare.append(share / await _copied(db, number, share))
            async with db.transaction() as tx:
                sums.append(
                    await tx.fetchval("select sum(fee)::bigint from performance_fee_statement")
                )
    finally:
        await pool.close()
    show(
        f"Performance fees, {COPIERS:,} copiers with {READINGS} signed readings each, {rounds} rounds",
        ["side", "copiers/s", "10,000 copiers, s"],
        [
            ["closed, charged, audited", spread(ours), spread([COPIERS / each for each in ours], 1)],
            ["bare COPY of the statements", spread(bare), spread([COPIERS / each for each in bare], 1)],
        ],
        [
            Goal("against the bare COPY", [a / b for a, b in zip(ours, bare, strict=True)], None),
            Goal("seconds for 10,000 copiers", [COPIERS / each for each in ours], 60, at_most=True),
            Goal("dollars charged", [sums[-1] / 100], None),
        ],
    )  # fmt: skip


async def _copiers(db: Database, number: int, count: int) -> None:
    """Contracts of the default terms with readings whose last one ends the quarter, half of them at a gain."""
    terms = Terms()
    contracts, readings = [], []
    for copier in range(count):
        contract_id = derived("pfc", number, copier)
        contracts.append(
            (
                contract_id, derived("usr", number, copier), f"usr_creator{copier % 100}", "DE", False, False,
                terms.policy, terms.rate_bps, terms.period, terms.minimum, "USD", "active", START, START, END,
                terms.rules, "charged",
            )
        )  # fmt: skip
        readings += _readings(contract_id, 2_000_000 + (copier % 2 * 2 - 1) * copier * 10)
    columns = (
        "id copier_id creator_id country us_person qualified_client policy rate_bps period minimum currency status"
        " started_at period_start period_end rules mode"
    )
    async with db.transaction() as tx:
        await tx.copy("performance_fee_contract", columns.split(), contracts)
        columns = (
            "contract_id number account_id at equity flow source reference public_key signature"
        )
        await tx.copy("performance_fee_reading", columns.split(), readings)


def _readings(contract_id: str, last: int) -> Sequence[tuple[Any, ...]]:
    made = []
    for number in range(1, READINGS + 1):
        at = START + (END - START) * (number - 1) / (READINGS - 1)
        equity, flow = (0, 2_000_000) if number == 1 else (2_000_000, 0)
        reading = Reading("acc_1", at, last if number == READINGS else equity, flow)
        spelled = reading_bytes(contract_id, number, reading, source="arena", reference=str(number))
        made.append(
            (
                contract_id, number, "acc_1", at, reading.equity, reading.flow, "arena", str(number), _KEY.public,
                _KEY.sign(spelled),
            )
        )  # fmt: skip
    return made


async def _copied(db: Database, number: int, count: int) -> float:
    """Seconds in which PostgreSQL takes the same rows into a table of the same shape."""
    async with db.transaction() as tx:
        rows = await tx.fetch(
            f"select {_STATEMENT}::text from performance_fee_statement limit $1", count
        )
        table = f"bare_{number}"
        await tx.execute(
            f"create table {table} as select {_STATEMENT}::text from performance_fee_statement limit 0"
        )
        await tx.execute(f"alter table {table} add primary key (id)")
    took = [tuple(row) for row in rows]
    began = time.perf_counter()
    async with db.transaction() as tx:
        await tx.copy(table, _STATEMENT.split(", "), took)
    return time.perf_counter() - began
