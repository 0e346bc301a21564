"""What a creator has, and what each month brought: computed from the ledger, never stored."""

from datetime import datetime, timedelta

from arena.kit.db import Row, Tx
from arena.kit.money import Money, allocate
from arena.money import ledger
from arena.money.earnings import store
from arena.money.earnings.model import Earnings, Hold, Month, Waiting


async def earnings(tx: Tx, creator_id: str, hold: Hold) -> Earnings:
    """As they stand now. The reserve is a part of what became available lately, never more than is there."""
    waits = await waiting(tx, creator_id, hold.wait)
    found = {each.code: each for each in await ledger.balances(tx, f"creator:{creator_id}:")}

    def of(name: str) -> int:
        account = found.get(f"creator:{creator_id}:{name}")
        return 0 if account is None else account.balance

    available = found.get(f"creator:{creator_id}:available")
    free, set_aside = (available.free, available.held) if available else (0, 0)
    reserve = 0
    if hold.reserve_bps and free:
        lately = await store.released_since(tx, creator_id, tx.now - hold.reserve)
        reserve = min(
            allocate(max(lately, 0), [hold.reserve_bps, 10_000 - hold.reserve_bps])[0], free
        )
    return Earnings(
        pending=Money(of("pending")), unpaid=Money(sum(each.unpaid.minor for each in waits)),
        next_at=min((each.free_at for each in waits if each.free_at is not None), default=None),
        available=Money(of("available")), reserve=Money(reserve), set_aside=Money(set_aside),
        payable=Money(max(free - reserve - max(of("clawback"), 0), 0)),
        in_transit=Money(await _in_transit(tx, creator_id)),
        disputed=Money(of("disputed")), owed=Money(of("clawback")),
    )  # fmt: skip


async def months(tx: Tx, creator_id: str, *, count: int = 12) -> list[Month]:
    """The last `count` months to this one (UTC), oldest first; those in which nothing moved too."""
    start = tx.now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    starts = [start]
    for _ in range(count - 1):
        start = (start - timedelta(days=1)).replace(day=1)
        starts.insert(0, start)
    rows = {row["start"]: row for row in await store.by_month(tx, creator_id, starts[0])}
    return [_month(at, rows.get(at)) for at in starts]


async def waiting(tx: Tx, creator_id: str, wait: timedelta) -> list[Waiting]:
    """What is on hold or waits to be paid by customers, by what it was earned with."""
    return [
        Waiting(
            each.reference, Money(each.young, each.currency),
            None if each.young_at is None else each.young_at + wait, Money(each.unpaid, each.currency),
        )
        for each in await store.standings(tx, creator_id, wait)
        if each.young or each.unpaid
    ]  # fmt: skip


async def holds(tx: Tx, creator_id: str, wait: timedelta) -> list[tuple[str, Money]]:
    """What is on hold or waits to be paid by customers, by what it was earned with (sub_…)."""
    return [
        (each.reference, each.on_hold + each.unpaid) for each in await waiting(tx, creator_id, wait)
    ]


async def _in_transit(tx: Tx, creator_id: str) -> int:
    """What left the available account for payouts and neither arrived nor came back; `payout:in_transit` is one
    account for all, so it is told apart by the payouts that are its references."""
    total: int = await tx.fetchval(
        """with mine as materialized (select distinct j.reference from entry e join journal j on j.id = e.journal_id
             where e.account_id = (select id from ledger_account where code = $1)
               and e.phase in ('posted', 'post') and j.kind = 'payout.reserved')
           select coalesce(sum(-l.amount), 0)::bigint from mine join journal_leg l on l.reference = mine.reference
           where l.account_id = (select id from ledger_account where code = 'payout:in_transit')
             and l.phase in ('posted', 'post')""",
        f"creator:{creator_id}:available",
    )
    return total


def _month(at: datetime, row: Row | None) -> Month:
    if row is None:
        return Month(at, Money(0), Money(0), Money(0))
    return Month(at, Money(row["earned"]), Money(row["taken"]), Money(row["paid_out"]))
