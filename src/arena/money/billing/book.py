"""Refunds, disputes and what gateways told: tables <-> model."""

from dataclasses import dataclass
from datetime import datetime

from arena.kit.db import Row, Tx
from arena.kit.money import Money
from arena.money.billing.model import Attempt, DisputeState, Refunded, RefundState


@dataclass(frozen=True, slots=True)
class Refund:
    """Money given back for a payment; `owed` came from what the customer's account with us stood at, `by_hand` went by
    the bank and not by the payment's gateway. `at` is product time."""

    id: str
    attempt_id: str
    amount: Money
    owed: bool
    state: RefundState
    gateway_refund_id: str | None
    failure: str | None
    reason: str
    by_id: str
    at: datetime
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Dispute:
    """A charge that a customer's bank took back; `fee` in minor units is the gateway's, `fee_back` what it gave
    back of it. `at` is product time."""

    id: str
    attempt_id: str
    gateway_dispute_id: str
    amount: Money
    fee: int
    state: DisputeState
    at: datetime
    ended_at: datetime | None
    fee_back: int = 0


async def left(tx: Tx, attempt_id: str) -> int:
    """Minor units of a payment that are neither given back nor disputed."""
    found: int = await tx.fetchval(
        "select amount - refunded - disputed from payment_attempt where id = $1", attempt_id
    )
    return found


async def promised(tx: Tx, attempt: Attempt) -> int:
    """Minor units of a payment that its customer is owed: what stands on his account with us for the same thing, as far
    as the newer payments for it, by which it goes back first, do not have that much."""
    found: int = await tx.fetchval(
        """select greatest(coalesce((
               select -sum(e.amount * case e.phase when 'void' then -1 when 'post' then 0 else 1 end)
               from entry e join journal j on j.id = e.journal_id where j.reference = $2
                 and e.account_id = (select id from ledger_account where code = $3)), 0)
             - coalesce((select sum(amount - refunded - disputed) from payment_attempt
               where reference = $2 and gateway = $4 and state = 'succeeded' and id <> $1
                 and (period_start > $5 or (period_start = $5 and id < $1))), 0), 0)::bigint""",
        attempt.id, attempt.charge.reference, f"customer:{attempt.charge.person_id}:refund_due",
        attempt.gateway, attempt.charge.period_start,
    )  # fmt: skip
    return found


async def refund(tx: Tx, refund_id: str, *, lock: bool = False) -> Refund | None:
    row = await tx.fetchrow(
        "select * from refund where id = $1" + (" for update" if lock else ""), refund_id
    )
    return None if row is None else _refund(row)


async def refunds(tx: Tx, attempt_id: str) -> list[Refund]:
    """Oldest first."""
    rows = await tx.fetch(
        "select * from refund where attempt_id = $1 order by at, id limit 500", attempt_id
    )
    return [_refund(row) for row in rows]


async def refund_reason(tx: Tx, refund_id: str) -> str:
    """Why it was given back, in words."""
    reason: str = await tx.fetchval("select reason from refund where id = $1", refund_id)
    return reason


async def given_back(tx: Tx, reference: str) -> int:
    """Minor units that went back of all payments for one thing: refunds the gateway took on, disputes that were lost,
    and refunds that came back from the bank and are to go out again. What came back is the first to go out."""
    total: int = await tx.fetchval(
        """with r as (select f.amount, f.owed, f.state in ('sent', 'succeeded') as gone,
               exists (select from journal j where j.idem = f.id || ':failed') as came_back
             from refund f join payment_attempt a on a.id = f.attempt_id where a.reference = $1)
           select (coalesce((select sum(amount) from r where gone), 0)
             + coalesce((select sum(least(d.amount, a.amount)) from dispute d join payment_attempt a
                 on a.id = d.attempt_id where a.reference = $1 and d.state = 'lost'), 0)
             + greatest(0, coalesce((select sum(amount) from r where came_back), 0)
                 - coalesce((select sum(amount) from r where owed and (gone or came_back)), 0)
                 - coalesce((select sum(l.amount) from journal_leg l join ledger_account o on o.id = l.account_id
                     where l.reference = $1 and l.kind = 'dispute.lost' and o.code like 'customer:%:refund_due'), 0)
               ))::bigint""",
        reference,
    )
    return total


async def paid_for(tx: Tx, reference: str) -> list[str]:
    """The payments that went through for one thing, the newest first."""
    rows = await tx.fetch(
        """select id from payment_attempt where reference = $1 and state = 'succeeded'
           order by period_start desc, attempt desc""",
        reference,
    )
    return [row["id"] for row in rows]


async def insert_refund(tx: Tx, new: Refund) -> None:
    """Counts it against its payment; PostgreSQL refuses more than was charged."""
    await tx.execute(
        "update payment_attempt set refunded = refunded + $2 where id = $1", new.attempt_id, new.amount.minor
    )  # fmt: skip
    await tx.execute(
        """insert into refund (id, attempt_id, amount, currency, owed, state, reason, by_id, at, by_hand,
             gateway_refund_id) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)""",
        new.id, new.attempt_id, new.amount.minor, new.amount.currency, new.owed, new.state, new.reason,
        new.by_id, new.at, new.by_hand, new.gateway_refund_id,
    )  # fmt: skip


async def move_refund(tx: Tx, refund_id: str, answer: Refunded) -> None:
    """What failed counts no more against its payment."""
    await tx.execute(
        """update refund set state = $2, gateway_refund_id = coalesce(nullif($3, ''), gateway_refund_id), failure = $4,
             settled_at = case when $2 in ('succeeded', 'failed') then clock_timestamp() end where id = $1""",
        refund_id, answer.state, answer.refund_id, answer.failure,
    )  # fmt: skip
    if answer.state == "failed":
        await tx.execute(
            """update payment_attempt a set refunded = a.refunded - r.amount from refund r
               where r.id = $1 and a.id = r.attempt_id""",
            refund_id,
        )


async def set_aside_by(tx: Tx, idem: str) -> str:
    row = await tx.one("select id from journal where idem = $1 and phase = 'pending'", idem)
    journal_id: str = row["id"]
    return journal_id


async def taken_from_shares(tx: Tx, attempt_id: str, *, but: str = "") -> int:
    """Minor units of a payment that refunds and disputes have taken from its shares, for good or for now."""
    total: int = await tx.fetchval(
        """select (coalesce((select sum(r.amount) from refund r join journal j on j.idem = r.id and j.phase = 'posted'
               where r.attempt_id = $1 and r.id <> $2), 0)
             + coalesce((select sum(amount) from dispute
               where attempt_id = $1 and state <> 'won' and id <> $2), 0))::bigint""",
        attempt_id, but,
    )  # fmt: skip
    return total


async def owed_of_shares(tx: Tx, attempt_id: str) -> int:
    """Minor units of a payment that were taken from its shares because its time was not delivered. The journal's key
    names the payment after its first colon."""
    total: int = await tx.fetchval(
        """select coalesce(-sum(l.amount), 0)::bigint from payment_attempt a
             join journal j on j.reference = a.reference and j.kind = 'refund.owed'
             join journal_leg l on l.journal_id = j.id join ledger_account o on o.id = l.account_id
           where a.id = $1 and split_part(j.idem, ':', 2) = a.id and o.code like 'customer:%:refund_due'""",
        attempt_id,
    )
    return total


async def unsettled_refunds(
    tx: Tx, gateway: str, state: RefundState, *, older_than_s: float
) -> list[Refund]:
    """Those of a gateway that have been in `state` for long by the wall clock."""
    rows = await tx.fetch(
        """select r.* from refund r join payment_attempt a on a.id = r.attempt_id
           where a.gateway = $1 and r.state = $2 and not r.by_hand
             and r.sent_at <= clock_timestamp() - make_interval(secs => $3)
           order by r.sent_at, r.id limit 100""",
        gateway, state, older_than_s,
    )  # fmt: skip
    return [_refund(row) for row in rows]


async def attempt_of_charge(tx: Tx, gateway: str, charge_id: str) -> str | None:
    found: str | None = await tx.fetchval(
        "select id from payment_attempt where gateway = $1 and gateway_charge_id = $2", gateway, charge_id
    )  # fmt: skip
    return found


async def insert_dispute(tx: Tx, new: Dispute, gateway: str) -> bool:
    """False where it is known; else its amount counts against its payment, as far as there is room."""
    made = await tx.fetchval(
        """insert into dispute (id, attempt_id, gateway, gateway_dispute_id, amount, fee, currency, state, at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing returning id""",
        new.id, new.attempt_id, gateway, new.gateway_dispute_id, new.amount.minor, new.fee,
        new.amount.currency, new.state, new.at,
    )  # fmt: skip
    if made is not None:
        await _count_disputed(tx, new.attempt_id)
    return made is not None


async def dispute(tx: Tx, dispute_id: str) -> Dispute:
    return _dispute(await tx.one("select * from dispute where id = $1 for update", dispute_id))


async def dispute_at_gateway(tx: Tx, dispute_id: str) -> str | None:
    """The gateway's own id of it."""
    name: str | None = await tx.fetchval(
        "select gateway_dispute_id from dispute where id = $1", dispute_id
    )
    return name


async def disputes(tx: Tx, attempt_id: str) -> list[Dispute]:
    rows = await tx.fetch("select * from dispute where attempt_id = $1 order by at, id", attempt_id)
    return [_dispute(row) for row in rows]


async def move_dispute(tx: Tx, moved: Dispute, state: DisputeState, *, fee_back: int = 0) -> None:
    await tx.execute(
        "update dispute set state = $2, ended_at = $3, fee_back = $4 where id = $1",
        moved.id, state, tx.now, fee_back,
    )  # fmt: skip
    await _count_disputed(tx, moved.attempt_id)


async def _count_disputed(tx: Tx, attempt_id: str) -> None:
    await tx.execute(
        """update payment_attempt a set disputed = least(a.amount - a.refunded, coalesce(
             (select sum(d.amount) from dispute d where d.attempt_id = a.id and d.state <> 'won'), 0))
           where id = $1""",
        attempt_id,
    )


def _refund(row: Row) -> Refund:
    return Refund(
        row["id"], row["attempt_id"], Money(row["amount"], row["currency"]), row["owed"], row["state"],
        row["gateway_refund_id"], row["failure"], row["reason"], row["by_id"], row["at"], row["by_hand"],
    )  # fmt: skip


def _dispute(row: Row) -> Dispute:
    return Dispute(
        row["id"], row["attempt_id"], row["gateway_dispute_id"], Money(row["amount"], row["currency"]),
        row["fee"], row["state"], row["at"], row["ended_at"], row["fee_back"],
    )  # fmt: skip
