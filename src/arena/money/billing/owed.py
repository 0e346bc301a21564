"""Give back what is owed: money on a customer's account with us goes back to the cards it came from, by itself.

What is owed comes from subscriptions that ended early; it returns by the newest payments for the same thing first,
never more than each of them was.
"""

import structlog

from arena.kit.db import Database, Tx
from arena.kit.errors import ArenaError
from arena.kit.money import Money
from arena.money import ledger
from arena.money.billing.model import Gateway, GatewayUnavailable
from arena.money.billing.refund import RefundWish, ask_refund, send_refund

REASON = "paid time that was not delivered"
log = structlog.get_logger()


async def give_back_owed(db: Database, gateway: Gateway) -> int:
    """How many refunds were sent. Repeatable: what was asked for is set aside in the ledger and not free any more."""
    async with db.transaction(readonly=True) as tx:
        rows = await tx.fetch(
            """select split_part(code, ':', 2) as person_id from ledger_account
               where code like 'customer:%:refund_due' and credits_posted - debits_posted - debits_pending > 0
               order by id limit 100"""
        )
    sent = 0
    for row in rows:
        try:
            async with db.transaction() as tx:
                asked = await _ask(tx, gateway.name, row["person_id"])
            for refund_id in asked:
                await send_refund(db, gateway, refund_id)
                sent += 1
        except GatewayUnavailable:
            log.warning("payment gateway does not answer; refunds wait")
            break
        except ArenaError as refused:
            log.error("what is owed cannot be given back", person=row["person_id"], error=refused.detail)  # fmt: skip
    return sent


async def _ask(tx: Tx, gateway: str, person_id: str) -> list[str]:
    """Refunds of what is owed, each against payments of the very thing it is owed for, so that the credit notes name
    what was given back; their ids."""
    due = f"customer:{person_id}:refund_due"
    free = (await ledger.free_balance(tx, due)).minor
    owed = await _owed_for(tx, due)
    rows = await tx.fetch(
        """select a.id, a.reference, a.amount - a.refunded - a.disputed as left, a.currency, a.refunded
           from payment_attempt a
           where a.person_id = $1 and a.gateway = $2 and a.state = 'succeeded'
             and a.amount > a.refunded + a.disputed and a.reference = any($3::text[])
           order by a.period_start desc, a.id for update of a""",
        person_id, gateway, [reference for reference, amount in owed.items() if amount > 0],
    )  # fmt: skip
    asked = []
    for row in rows:
        amount = min(free, row["left"], owed[row["reference"]])
        if amount <= 0:
            continue
        wish = RefundWish(
            row["id"], f"owed:{row['id']}:{row['refunded']}:{amount}", REASON,
            Money(amount, row["currency"]), owed=True,
        )  # fmt: skip
        refund = await ask_refund(tx, wish)
        asked.append(refund.id)
        free -= amount
        owed[row["reference"]] -= amount
    return asked


async def _owed_for(tx: Tx, due: str) -> dict[str, int]:
    """Minor units by what they are owed for, without what is set aside for refunds under way."""
    rows = await tx.fetch(
        """select j.reference,
             (-sum(e.amount * case e.phase when 'void' then -1 when 'post' then 0 else 1 end))::bigint as amount
           from entry e join journal j on j.id = e.journal_id
           where e.account_id = (select id from ledger_account where code = $1) group by 1""",
        due,
    )
    return {row["reference"]: row["amount"] for row in rows}
