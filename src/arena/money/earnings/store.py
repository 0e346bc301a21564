"""What the ledger holds of a creator's pending money, by what it was earned with."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from arena.kit.db import Row, Tx
from arena.money import ledger
from arena.money.earnings.standing import Invoiced, Payment, Standing

# What is shared out as it is invoiced, and paid later: its hold is counted by `standing`, not by the query.
_INVOICED = [
    kind.value
    for kind, posting in ledger.POSTINGS.items()
    if any(shape.startswith("receivable:") for shape in posting.debits)
    and any(shape.endswith(":pending") for shape in posting.credits)
]
_STANDING = """
  with touched as (select distinct j.reference from entry e join journal j on j.id = e.journal_id
      where e.account_id = $1 and e.phase in ('posted', 'post') and j.at > $3),
    late as (select distinct j.reference from journal j where j.kind = 'receivable.paid' and j.at > $3)
  select j.reference, e.currency, sum(e.amount)::bigint * -1 as standing, max(e.id) as newest,
    coalesce(sum(-e.amount) filter (where e.amount < 0 and j.at > $2 and j.kind <> 'dispute.won'
      and j.kind <> all($4)), 0)::bigint as young,
    min(j.at) filter (where e.amount < 0 and j.at > $2 and j.kind <> 'dispute.won' and j.kind <> all($4)) as young_at,
    bool_or(j.kind = any($4)) as invoiced
  from entry e join journal j on j.id = e.journal_id
  where e.account_id = $1 and e.phase in ('posted', 'post')
    and ($3::timestamptz is null or j.reference in (select reference from touched union select reference from late))
  group by j.reference, e.currency order by j.reference"""
_DEBTS = """
  select l.reference, l.journal_id, l.kind, l.at, sum(l.amount)::bigint as owed,
    (select coalesce(-sum(mine.amount), 0) from journal_leg mine
     where mine.journal_id = l.journal_id and mine.account_id = $1)::bigint as share
  from journal_leg l join ledger_account a on a.id = l.account_id
  where l.reference = any($2) and a.code like 'receivable:%' and l.phase in ('posted', 'post')
  group by l.reference, l.journal_id, l.kind, l.at order by l.at desc, l.journal_id desc"""
# Whoever looks is allowed to be this late; beyond it, only what moved since the last hold that ended is looked at.
_LOOK_BACK = timedelta(days=45)


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
    """By reference: those that moved lately, with all that they ever moved; all of them where that is not all there
    is, because something older waits to be paid."""
    account = await tx.fetchrow(
        "select id, credits_posted - debits_posted as balance from ledger_account where code = $1",
        f"creator:{creator_id}:pending",
    )
    if account is None:
        return []
    last = await tx.fetchval(
        """select max(j.at) from entry e join journal j on j.id = e.journal_id
           where e.account_id = $1 and j.kind = 'hold.released'""",
        account["id"],
    )
    since = None if last is None else last - _LOOK_BACK - wait
    young = tx.now - wait
    rows = await tx.fetch(_STANDING, account["id"], young, since, _INVOICED)
    if since is not None and sum(row["standing"] for row in rows) != account["balance"]:
        rows = await tx.fetch(_STANDING, account["id"], young, None, _INVOICED)
    invoiced = [row["reference"] for row in rows if row["invoiced"] and row["standing"] > 0]
    debts = await _debts(tx, account["id"], invoiced) if invoiced else {}
    return [_standing(row, debts.get(row["reference"], []), young) for row in rows]


async def _debts(tx: Tx, account_id: int, references: Sequence[str]) -> Mapping[str, list[Row]]:
    """What moved the receivables of these references, the newest first: reference, kind, at, owed, share."""
    found: dict[str, list[Row]] = {}
    for row in await tx.fetch(_DEBTS, account_id, list(references)):
        found.setdefault(row["reference"], []).append(row)
    return found


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


def _standing(row: Row, debts: Sequence[Row], young: datetime) -> Standing:
    return Standing.of(
        row["reference"], row["currency"], row["standing"], newest=row["newest"],
        young=(row["young"], row["young_at"]), since=young, outstanding=sum(each["owed"] for each in debts),
        invoiced=[
            Invoiced(each["at"], each["owed"], each["share"]) for each in debts if each["kind"] in _INVOICED
        ],
        payments=[
            Payment(each["at"], -each["owed"]) for each in debts if each["kind"] == ledger.Kind.RECEIVABLE_PAID
        ],
    )  # fmt: skip
