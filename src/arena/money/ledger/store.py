"""Ledger tables <-> model. Accounts are locked in the order of their ids, so that no two journals deadlock."""

from collections.abc import Sequence

from arena.kit.db import Row, Tx
from arena.money.ledger.chart import rule_of
from arena.money.ledger.model import AccountBalance, EntryLine, Journal, Kind, Leg


async def make_accounts(tx: Tx, legs: Sequence[Leg]) -> None:
    """Makes the accounts that are missing, as the chart says. Raises UnknownAccount."""
    missing = sorted({(leg.code, leg.currency) for leg in legs})
    rules = [rule_of(code) for code, _ in missing]
    await tx.execute(
        """insert into ledger_account (code, normal, currency, no_overdraft)
           select * from unnest($1::text[], $2::smallint[], $3::text[], $4::bool[])
           on conflict (code) do nothing""",
        [code for code, _ in missing], [rule.normal for rule in rules],
        [currency for _, currency in missing], [rule.no_overdraft for rule in rules],
    )  # fmt: skip


async def insert_journal(
    tx: Tx, journal_id: str, *, kind: Kind, idem: str, idem_hash: bytes, reference: str
) -> bool:
    """False where a journal with this idempotency key is there already (waits for one in flight)."""
    made = await tx.fetchval(
        """insert into journal (id, kind, idem, idem_hash, phase, reference, at)
           values ($1, $2, $3, $4, 'posted', $5, $6) on conflict do nothing returning id""",
        journal_id, kind.value, idem, idem_hash, reference, tx.now,
    )  # fmt: skip
    return made is not None


async def journal_by_idem(tx: Tx, idem: str) -> Row:
    return await tx.one("select id, idem_hash from journal where idem = $1", idem)


async def insert_entries(tx: Tx, journal_id: str, legs: Sequence[Leg]) -> int:
    return await tx.execute(
        """insert into entry (journal_id, account_id, currency, amount)
           select $1, a.id, l.currency, l.amount
           from unnest($2::text[], $3::text[], $4::bigint[]) with ordinality as l(code, currency, amount, nr)
           join ledger_account a on a.code = l.code order by a.id, l.nr""",
        journal_id, [leg.code for leg in legs], [leg.currency for leg in legs],
        [leg.amount for leg in legs],
    )  # fmt: skip


async def account(tx: Tx, code: str) -> AccountBalance | None:
    row = await tx.fetchrow(
        "select code, normal, currency, debits_posted, credits_posted from ledger_account where code = $1",
        code,
    )
    return None if row is None else _balance(row)


async def accounts(tx: Tx) -> list[AccountBalance]:
    rows = await tx.fetch(
        "select code, normal, currency, debits_posted, credits_posted from ledger_account order by code"
    )
    return [_balance(row) for row in rows]


async def sums(tx: Tx) -> dict[str, int]:
    rows = await tx.fetch("select currency, sum(amount)::bigint as s from entry group by currency")
    return {row["currency"]: row["s"] for row in rows}


async def drifted(tx: Tx) -> int:
    """How many accounts have counters that differ from the sum of their entries, pending ones included."""
    count: int = await tx.fetchval(
        """select count(*) from ledger_account a left join (
             select account_id, sum(amount) as s from entry e join journal j on j.id = e.journal_id
             where j.phase in ('posted', 'post') group by account_id) e on e.account_id = a.id
           where a.debits_posted - a.credits_posted <> coalesce(e.s, 0)"""
    )
    return count


async def journals(tx: Tx, reference: str, limit: int) -> list[Journal]:
    rows = await tx.fetch(
        """select j.id, j.kind, j.idem, j.reference, j.at,
             (select jsonb_agg(jsonb_build_array(a.code, e.amount, e.currency) order by e.id)
                from entry e join ledger_account a on a.id = e.account_id where e.journal_id = j.id) as entries
           from journal j where j.reference = $1 order by j.at, j.id limit $2""",
        reference, limit,
    )  # fmt: skip
    return [
        Journal(
            row["id"], row["kind"], row["idem"], row["reference"], row["at"],
            tuple(EntryLine(code, amount, currency) for code, amount, currency in row["entries"]),
        )
        for row in rows
    ]  # fmt: skip


def _balance(row: Row) -> AccountBalance:
    debits, credits = row["debits_posted"], row["credits_posted"]
    signed = (debits - credits) * row["normal"]
    return AccountBalance(row["code"], row["currency"], debits, credits, signed)
