"""Let holds end: what waited long enough becomes available, and settles first what its creator owes.

All of it follows from the ledger: what a subscription has on the pending account, less what came in during the hold
and what its customer has not paid yet, is due. A refund that was taken from money whose hold had ended leaves less than
nothing there; that is put right from what is available, and what is not there is owed.
"""

from datetime import timedelta

from arena.kit.db import Database, Tx
from arena.money import ledger
from arena.money.earnings import store
from arena.money.earnings.standing import Standing
from arena.money.earnings.take_back import split


async def mature_due(db: Database, wait: timedelta) -> int:
    """Goes through all creators, each in a transaction of its own; how many journals were posted."""
    async with db.transaction(readonly=True) as tx:
        creators = await store.waiting(tx)
    posted = 0
    for creator_id in creators:
        async with db.transaction() as tx:
            posted += await mature(tx, creator_id, wait)
    return posted


async def mature(tx: Tx, creator_id: str, wait: timedelta) -> int:
    """One creator's holds, then his debts; how many journals were posted. Harmless to repeat."""
    await store.lock(tx, creator_id)
    due = [each for each in await store.standings(tx, creator_id, wait) if each.due]
    due.sort(key=lambda each: each.due < 0)  # what becomes free may pay what is short
    for each in due:
        if each.due > 0:
            await _release(tx, creator_id, each)
        else:
            await _put_right(tx, creator_id, each)
    return len(due) + await _settle(tx, creator_id)


async def _release(tx: Tx, creator_id: str, due: Standing) -> None:
    await ledger.post(
        tx, kind=ledger.Kind.HOLD_RELEASED, idem=f"hold:{creator_id}:{due.newest}", reference=due.reference,
        legs=[
            ledger.Leg(f"creator:{creator_id}:pending", due.due, due.currency),
            ledger.Leg(f"creator:{creator_id}:available", -due.due, due.currency),
        ],
    )  # fmt: skip


async def _put_right(tx: Tx, creator_id: str, due: Standing) -> None:
    short = -due.due
    legs = [ledger.Leg(f"creator:{creator_id}:pending", -short, due.currency)]
    available = await ledger.free_balance(tx, f"creator:{creator_id}:available")
    for code, amount in split(short, available=available.minor):
        legs.append(ledger.Leg(f"creator:{creator_id}:{code}", amount, due.currency))
    await ledger.post(
        tx, kind=ledger.Kind.HOLD_REVERSED, idem=f"hold:{creator_id}:{due.newest}",
        reference=due.reference, legs=legs,
    )  # fmt: skip


async def _settle(tx: Tx, creator_id: str) -> int:
    owed = await ledger.balance(tx, f"creator:{creator_id}:clawback")
    free = await ledger.free_balance(tx, f"creator:{creator_id}:available")
    amount = min(owed.minor, free.minor)
    if amount <= 0:
        return 0
    newest = await tx.fetchval(
        """select max(e.id) from entry e join ledger_account a on a.id = e.account_id
           where a.code = any($1::text[])""",
        [f"creator:{creator_id}:clawback", f"creator:{creator_id}:available"],
    )
    await ledger.post(
        tx, kind=ledger.Kind.CLAWBACK_SETTLED, idem=f"clawback:{creator_id}:{newest}", reference=creator_id,
        legs=[
            ledger.Leg(f"creator:{creator_id}:available", amount, owed.currency),
            ledger.Leg(f"creator:{creator_id}:clawback", -amount, owed.currency),
        ],
    )  # fmt: skip
    return 1
