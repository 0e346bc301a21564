"""Measures an exit as its period ends: what the reference accounts of the feeds that were followed are worth."""

from collections.abc import Mapping
from dataclasses import replace

from arena.evidence import audit
from arena.kit.db import Tx
from arena.money.performance_fees import store


async def measure(tx: Tx, contract_id: str, worths: Mapping[str, int]) -> bool:
    """Cents by reference account at the period's end. Whether it is new: an exit is measured once, before its period
    closes."""
    found = await store.contract(tx, contract_id, lock=True)
    assert found is not None, f"no contract {contract_id}"
    if found.exit is None or found.exit.measured or found.period_end > tx.now:
        return False
    end = {account: worths[account] for account in found.exit.start}
    await store.set_exit(tx, contract_id, replace(found.exit, end=end))
    await audit.record(
        tx, actor="system", actor_kind="system", action="performance_fees.measure", object=contract_id,
        detail={account: [str(found.exit.start[account]), str(worth)] for account, worth in end.items()},
    )  # fmt: skip
    return True
