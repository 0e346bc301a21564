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
BATCH = 100
log = structlog.get_logger()


async def give_back_owed(db: Database, gateway: Gateway) -> int:
    """How many refunds the gateway took on. Repeatable: what was asked for is set aside in the ledger and not free any
    more. What was refused waits, see `billing.trouble`, and holds up nobody."""
    sent, after = 0, ""
    while True:
        async with db.transaction(readonly=True) as tx:
            people = await tx.fetch(
                """select split_part(code, ':', 2) as person_id, code from ledger_account
                   where code like 'customer:%:refund_due' and code > $1
                     and credits_posted - debits_posted - debits_pending > 0 order by code limit $2""",
                after, BATCH,
            )  # fmt: skip
        if not people:
            return sent
        after = people[-1]["code"]
        for one in people:
            try:
                sent += await _give_back(db, gateway, one["person_id"])
            except GatewayUnavailable:
                log.warning("payment gateway does not answer; refunds wait")
                return sent
            except ArenaError as refused:
                log.error(
                    "what is owed cannot go back", person=one["person_id"], error=refused.detail
                )


async def _give_back(db: Database, gateway: Gateway, person_id: str) -> int:
    async with db.transaction() as tx:
        asked = await _ask(tx, gateway.name, person_id)
    done = [await send_refund(db, gateway, refund_id) for refund_id in asked]
    return sum(one.state != "failed" for one in done)


async def _ask(tx: Tx, gateway: str, person_id: str) -> list[str]:
    """Refunds of what is owed, each against payments of the very thing it is owed for, so that the credit notes name
    what was given back; their ids."""
    due = f"customer:{person_id}:refund_due"
    free = (await ledger.free_balance(tx, due)).minor
    owed = await owed_for(tx, due)
    rows = await tx.fetch(
        """select a.id, a.reference, a.amount - a.refunded - a.disputed as left, a.currency
           from payment_attempt a
           where a.person_id = $1 and a.gateway = $2 and a.state = 'succeeded'
             and a.amount > a.refunded + a.disputed and a.reference = any($3::text[])
             and not exists (select from refund_trouble t where t.attempt_id = a.id
               and coalesce(t.next_at, 'infinity') > clock_timestamp())
           order by a.period_start desc, a.id for update of a""",
        person_id, gateway, [reference for reference, amount in owed.items() if amount > 0],
    )  # fmt: skip
    asked = []
    for row in rows:
        amount = min(free, row["left"], owed[row["reference"]])
        if amount <= 0:
            continue
        wish = RefundWish(
            row["id"], await owed_intent(tx, row["id"], amount), REASON, Money(amount, row["currency"]), owed=True
        )  # fmt: skip
        refund = await ask_refund(tx, wish)
        asked.append(refund.id)
        free -= amount
        owed[row["reference"]] -= amount
    return asked


async def owed_intent(tx: Tx, attempt_id: str, amount: int) -> str:
    """The name of the next refund of what is owed for a payment whose row the caller has locked: each try, also of the
    same amount after one that failed, is a refund of its own."""
    earlier = await tx.fetchval("select count(*) from refund where attempt_id = $1", attempt_id)
    return f"owed:{attempt_id}:try {earlier + 1}:{amount}"


async def owed_for(tx: Tx, due: str) -> dict[str, int]:
    """Minor units by what they are owed for, without what is set aside for refunds under way."""
    rows = await tx.fetch(
        """select j.reference,
             (-sum(e.amount * case e.phase when 'void' then -1 when 'post' then 0 else 1 end))::bigint as amount
           from entry e join journal j on j.id = e.journal_id
           where e.account_id = (select id from ledger_account where code = $1) group by 1""",
        due,
    )
    return {row["reference"]: row["amount"] for row in rows}
