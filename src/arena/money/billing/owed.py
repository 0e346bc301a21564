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
    """Refunds of what is owed, against payments of the things it is owed for; their ids."""
    due = f"customer:{person_id}:refund_due"
    free = (await ledger.free_balance(tx, due)).minor
    rows = await tx.fetch(
        """select a.id, a.amount - a.refunded - a.disputed as left, a.currency, a.refunded from payment_attempt a
           where a.person_id = $1 and a.gateway = $2 and a.state = 'succeeded'
             and a.amount > a.refunded + a.disputed
             and exists (select from journal_leg l join ledger_account o on o.id = l.account_id
               where l.reference = a.reference and o.code = $3 and l.amount < 0)
           order by a.period_start desc, a.id for update of a""",
        person_id, gateway, due,
    )  # fmt: skip
    asked = []
    for row in rows:
        amount = min(free, row["left"])
        if amount <= 0:
            break
        wish = RefundWish(
            row["id"], f"owed:{row['id']}:{row['refunded']}:{amount}", REASON,
            Money(amount, row["currency"]), owed=True,
        )  # fmt: skip
        refund = await ask_refund(tx, wish)
        asked.append(refund.id)
        free -= amount
    return asked
