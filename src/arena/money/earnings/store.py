"""What the ledger holds of a creator's pending money, by what it was earned with."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from arena.kit.db import Row, Tx

# Money that was invoiced and not paid yet is nobody's to pay out, however old the invoice is.
_STANDING = """
  with touched as (select distinct j.reference from entry e join journal j on j.id = e.journal_id
      where e.account_id = $1 and e.phase in ('posted', 'post') and j.at > $3),
    late as (select distinct j.reference from journal j where j.kind = 'receivable.paid' and j.at > $3)
  select j.reference, e.currency, sum(e.amount)::bigint * -1 as standing, max(e.id) as newest,
    coalesce(sum(-e.amount) filter (where e.amount < 0 and j.at > $2 and j.kind <> 'dispute.won'), 0)::bigint
      as young,
    exists (select from journal_leg o join ledger_account a on a.id = o.account_id
      where o.reference = j.reference and a.code like 'receivable:%' having sum(o.amount) > 0) as unpaid
  from entry e join journal j on j.id = e.journal_id
  where e.account_id = $1 and e.phase in ('posted', 'post')
    and j.reference in (select reference from touched union select reference from late)
  group by j.reference, e.currency order by j.reference"""
# Whoever looks is allowed to be this late; beyond it, only what moved since the last hold that ended is looked at.
_LOOK_BACK = timedelta(days=45)


@dataclass(frozen=True, slots=True)
class Standing:
    """What one reference has on a creator's pending account; `young` of it is on hold. Minor units.

    `newest` is the number of its last entry: whatever is posted next is posted once for it.
    """

    reference: str
    currency: str
    standing: int
    young: int
    newest: int
    unpaid: bool

    @property
    def due(self) -> int:
        """Positive: the hold is over. Negative: more was taken back than stood there."""
        if self.standing < 0:
            return self.standing
        return 0 if self.unpaid else max(self.standing - self.young, 0)


async def lock(tx: Tx, creator_id: str) -> None:
    """Whoever else moves this creator's money waits until the transaction ends."""
    await tx.execute(
        "select pg_advisory_xact_lock(hashtextextended($1, 0))", f"earnings:{creator_id}"
    )


async def waiting(tx: Tx) -> list[str]:
    """The creators with pending money, or with a debt and money to settle it with; in the order of their ids."""
    rows = await tx.fetch(
        """select distinct split_part(code, ':', 2) as creator from ledger_account
           where (code like 'creator:%:pending' and credits_posted <> debits_posted)
              or (code like 'creator:%:clawback' and debits_posted > credits_posted) order by 1"""
    )
    return [row["creator"] for row in rows]


async def standings(tx: Tx, creator_id: str, wait: timedelta) -> list[Standing]:
    """By reference: those that moved lately, with all that they ever moved."""
    account = await tx.fetchval(
        "select id from ledger_account where code = $1", f"creator:{creator_id}:pending"
    )
    if account is None:
        return []
    last = await tx.fetchval(
        """select max(j.at) from entry e join journal j on j.id = e.journal_id
           where e.account_id = $1 and j.kind = 'hold.released'""",
        account,
    )
    since = (last or datetime.min.replace(tzinfo=tx.now.tzinfo) + 2 * _LOOK_BACK) - _LOOK_BACK
    rows = await tx.fetch(_STANDING, account, tx.now - wait, since - wait if last else since)
    return [_standing(row) for row in rows]


async def next_release(tx: Tx, creator_id: str, wait: timedelta) -> datetime | None:
    """When the oldest money that is on hold becomes free; product time."""
    at = await tx.fetchval(
        """select min(j.at) from entry e join journal j on j.id = e.journal_id
           where e.account_id = (select id from ledger_account where code = $1)
             and e.amount < 0 and e.phase in ('posted', 'post') and j.at > $2""",
        f"creator:{creator_id}:pending", tx.now - wait,
    )  # fmt: skip
    return None if at is None else at + wait


async def released_since(tx: Tx, creator_id: str, since: datetime) -> int:
    """Minor units whose hold ended since then."""
    total: int = await tx.fetchval(
        """select coalesce(sum(-e.amount), 0)::bigint from entry e join journal j on j.id = e.journal_id
           where e.account_id = (select id from ledger_account where code = $1)
             and j.kind in ('hold.released', 'hold.reversed') and j.at > $2""",
        f"creator:{creator_id}:available", since,
    )  # fmt: skip
    return total


async def by_month(tx: Tx, creator_id: str, since: datetime) -> list[Row]:
    """start (UTC), earned, taken, paid_out of each month with a movement since then; minor units."""
    return await tx.fetch(
        """select date_trunc('month', j.at at time zone 'UTC') at time zone 'UTC' as start,
             coalesce(sum(-e.amount) filter (where j.kind in ('payment.captured', 'usage.invoiced',
               'minimum.true_up', 'performance_fee.crystallised')), 0)::bigint as earned,
             coalesce(sum(e.amount) filter (where j.kind in ('refund.owed', 'refund.issued', 'dispute.opened',
               'dispute.won', 'dispute.lost', 'receivable.waived')), 0)::bigint as taken,
             coalesce(sum(e.amount) filter (where j.kind in ('payout.reserved', 'payout.reversed')), 0)::bigint
               as paid_out
           from entry e join journal j on j.id = e.journal_id
           join ledger_account a on a.id = e.account_id
           where starts_with(a.code, $1) and e.phase in ('posted', 'post') and j.at >= $2
           group by 1 order by 1""",
        f"creator:{creator_id}:", since,
    )  # fmt: skip


def _standing(row: Row) -> Standing:
    return Standing(
        row["reference"], row["currency"], row["standing"], row["young"], row["newest"], row["unpaid"]
    )  # fmt: skip
