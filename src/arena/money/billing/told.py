"""What a gateway moves by itself is booked as it tells: payouts to the operator's bank, and fees that it bills apart.

The bank is the one that payouts by hand are made from (`gateway:manual:balance`). A move that two operators have booked
already is not booked again: the line is that one.
"""

from arena.kit.db import Row, Tx
from arena.money import ledger
from arena.money.billing.model import BANK


async def book_told(tx: Tx, gateway: str) -> int:
    """Books lines of the gateway's that nobody but itself knows of; how many. Repeatable."""
    rows = await tx.fetch(
        """select id, kind, idem, amount, currency from gateway_movement
           where gateway = $1 and kind in ('bank', 'stripe_fee') and journal_id is null
             and not exists (select from journal j where j.idem = gateway_movement.idem)
           order by moved_at, id""",
        gateway,
    )
    for row in rows:
        if row["kind"] == "bank":
            await _moved(tx, gateway, row)
        else:
            await _post(tx, gateway, row, ledger.Kind.PROCESSOR_FEE, "processor_fees")
    return len(rows)


async def _moved(tx: Tx, gateway: str, row: Row) -> None:
    """The oldest move by hand of just this amount that no line was found for, else a move of its own."""
    by_hand = await tx.fetchval(
        """select m.id from gateway_move m join journal j on j.idem = m.id
           where m.state = 'booked' and m.currency = $2
             and (m.from_gateway = $1 and m.amount = -$3::bigint or m.to_gateway = $1 and m.amount = $3::bigint)
             and not exists (select from gateway_movement t where t.gateway = $1 and t.idem = m.id)
           order by m.decided_at, m.id limit 1""",
        gateway, row["currency"], row["amount"],
    )  # fmt: skip
    if by_hand is None:
        await _post(tx, gateway, row, ledger.Kind.GATEWAY_MOVED, f"gateway:{BANK}:balance")
        return
    await tx.execute(
        "update gateway_movement set idem = $3 where gateway = $1 and id = $2", gateway, row["id"], by_hand
    )  # fmt: skip


async def _post(tx: Tx, gateway: str, row: Row, kind: ledger.Kind, other: str) -> None:
    await ledger.post(
        tx, kind=kind, idem=row["idem"], reference=row["id"],
        legs=[
            ledger.Leg(f"gateway:{gateway}:balance", row["amount"], row["currency"]),
            ledger.Leg(other, -row["amount"], row["currency"]),
        ],
    )  # fmt: skip
