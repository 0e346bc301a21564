"""Ledger tables <-> model. A statement posts journals whole; entries and counters follow inside PostgreSQL."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from arena.kit.db import Row as Record
from arena.kit.db import Tx, copy_text
from arena.money.ledger.chart import rule_of
from arena.money.ledger.model import (
    AccountBalance,
    EntryLine,
    Journal,
    Phase,
    StatementLine,
)

_ACCOUNT = "code, normal, currency, debits_posted, credits_posted, debits_pending, credits_pending"
_JOURNAL = """select j.id, j.kind, j.idem, j.reference, j.at, j.phase, j.resolves,
  (select jsonb_agg(jsonb_build_array(a.code, leg.amount, j.currency) order by leg.nr)
     from unnest(j.accounts, j.amounts) with ordinality leg(account, amount, nr)
       join ledger_account a on a.id = leg.account) as entries from journal j"""


class Row(Struct, frozen=True, gc=False):
    """A journal as it goes into its table: legs as codes and amounts."""

    id: str
    idem: str
    idem_hash: bytes
    reference: str
    currency: str
    codes: list[str]
    amounts: list[int]


async def make_accounts(tx: Tx, accounts: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Numbers of these (code, currency) by code; makes what is missing, as the chart says. Raises UnknownAccount."""
    codes = [code for code, _ in accounts]
    there = await _numbers(tx, codes)
    missing = [account for account in accounts if account[0] not in there]
    if not missing:
        return there
    rules = [rule_of(code) for code, _ in missing]
    await tx.execute(
        """insert into ledger_account (code, normal, currency, no_overdraft)
           select * from unnest($1::text[], $2::smallint[], $3::text[], $4::bool[])
           on conflict (code) do nothing""",
        [code for code, _ in missing], [rule.normal for rule in rules],
        [currency for _, currency in missing], [rule.no_overdraft for rule in rules],
    )  # fmt: skip
    return await _numbers(tx, codes)


async def _numbers(tx: Tx, codes: Sequence[str]) -> dict[str, int]:
    rows = await tx.fetch("select code, id from ledger_account where code = any($1)", codes)
    return {row["code"]: row["id"] for row in rows}


async def insert_journals(tx: Tx, rows: Sequence[Row], *, kind: str, phase: Phase) -> int:
    """How many were made: those whose accounts are all there and whose key is new (waits for one in flight)."""
    return await tx.execute(
        """with legs as (
             select l.nr, count(*) as count, array_agg(a.id order by l.place) as accounts,
               array_agg(l.amount order by l.place) as amounts
             from unnest($7::int[], $8::text[], $9::bigint[]) with ordinality l(nr, code, amount, place)
             join ledger_account a on a.code = l.code group by l.nr)
           insert into journal (id, kind, idem, idem_hash, phase, reference, currency, accounts, amounts, at)
           select j.id, $10, j.idem, j.idem_hash, $11, j.reference, j.currency, legs.accounts, legs.amounts, $12
           from unnest($1::text[], $2::text[], $3::bytea[], $4::text[], $5::text[], $6::int[])
             with ordinality j(id, idem, idem_hash, reference, currency, count, nr)
           join legs on legs.nr = j.nr and legs.count = j.count order by j.nr
           on conflict do nothing""",
        [row.id for row in rows], [row.idem for row in rows], [row.idem_hash for row in rows],
        [row.reference for row in rows], [row.currency for row in rows], [len(row.codes) for row in rows],
        [nr for nr, row in enumerate(rows, 1) for _ in row.codes],
        [code for row in rows for code in row.codes], [each for row in rows for each in row.amounts],
        kind, phase, tx.now,
    )  # fmt: skip


async def copy_journals(
    tx: Tx, rows: Iterable[Row], numbers: Mapping[str, int], *, kind: str, phase: Phase
) -> None:
    """The same for many, in less than a third of the time. There must be no journal of their keys; `numbers` are those
    of the accounts by code."""
    every = f"\t{kind}\t{phase}\t{tx.now.isoformat()}\t"
    await tx.copy_lines(
        "journal",
        ["id", "kind", "phase", "at", "idem", "idem_hash", "reference", "currency", "accounts", "amounts"],
        (
            f"{row.id}{every}{copy_text(row.idem)}\t\\\\x{row.idem_hash.hex()}\t{copy_text(row.reference)}"
            f"\t{row.currency}\t{{{','.join([str(numbers[code]) for code in row.codes])}}}"
            f"\t{{{','.join(map(str, row.amounts))}}}"
            for row in rows
        ),
    )  # fmt: skip


async def insert_resolving(tx: Tx, journal_id: str, resolves: str, phase: Phase) -> str | None:
    """The journal that moves or releases what the other set aside; None where that is not pending, or resolved."""
    made: str | None = await tx.fetchval(
        """insert into journal (id, kind, idem, idem_hash, phase, resolves, reference, currency, accounts, amounts, at)
           select $1, kind, $1, idem_hash, $3, id, reference, currency, accounts, amounts, $4
           from journal where id = $2 and phase = 'pending' on conflict do nothing returning id""",
        journal_id, resolves, phase, tx.now,
    )  # fmt: skip
    return made


async def resolving(tx: Tx, resolved: str, phase: Phase) -> str | None:
    made: str | None = await tx.fetchval(
        "select id from journal where resolves = $1 and phase = $2", resolved, phase
    )
    return made


async def hashes(tx: Tx, ids: Sequence[str]) -> dict[str, bytes]:
    rows = await tx.fetch("select id, idem_hash from journal where id = any($1)", list(ids))
    return {row["id"]: row["idem_hash"] for row in rows}


async def account(tx: Tx, code: str) -> AccountBalance | None:
    row = await tx.fetchrow(f"select {_ACCOUNT} from ledger_account where code = $1", code)
    return None if row is None else _balance(row)


async def accounts(tx: Tx, *, prefix: str = "") -> list[AccountBalance]:
    """In the order of their codes; those that begin so."""
    rows = await tx.fetch(
        f"select {_ACCOUNT} from ledger_account where starts_with(code, $1) order by code", prefix
    )
    return [_balance(row) for row in rows]


async def sums(tx: Tx) -> dict[str, int]:
    rows = await tx.fetch("select currency, sum(amount)::bigint as s from entry group by currency")
    return {row["currency"]: row["s"] for row in rows}


async def drifted(tx: Tx) -> int:
    """How many accounts have counters that differ from the sums of their entries, moved or set aside."""
    count: int = await tx.fetchval(
        """select count(*) from ledger_account a left join (
             select account_id,
               coalesce(sum(greatest(amount, 0)) filter (where phase in ('posted', 'post')), 0) as debits,
               coalesce(sum(greatest(-amount, 0)) filter (where phase in ('posted', 'post')), 0) as credits,
               sum(greatest(amount, 0) * held) as debits_held, sum(greatest(-amount, 0) * held) as credits_held
             from (select *, case phase when 'pending' then 1 when 'posted' then 0 else -1 end as held from entry) e
             group by account_id) e on e.account_id = a.id
           where (a.debits_posted, a.credits_posted, a.debits_pending, a.credits_pending)
             is distinct from (coalesce(e.debits, 0), coalesce(e.credits, 0), coalesce(e.debits_held, 0),
               coalesce(e.credits_held, 0))"""
    )
    return count


_BEFORE = ("", "fee:", "refund:", "hold:", "clawback:", "dispute:")
"""What stands in a key before the business id that it is about; behind that there may be a colon and more."""


async def found(tx: Tx, wanted: str, after: str | None, limit: int) -> list[Journal]:
    """Those that name it: their own id, reference or key, or the code of an account of theirs."""
    keys = [before + wanted for before in _BEFORE]
    rows = await tx.fetch(
        f"""with named as (
              select id from journal where id = $1 or reference = $1 or idem = any($2)
              union select j.id from unnest($2::text[]) key
                join journal j on j.idem >= key || ':' and j.idem < key || ';'
              union select e.journal_id from entry e join ledger_account a on a.id = e.account_id
                where split_part(a.code, ':', 2) = $1),
            after as (select at, recorded_at, id from journal where id = $3)
            {_JOURNAL} where j.id in (select id from named)
              and ($3::text is null or (j.at, j.recorded_at, j.id) > (select at, recorded_at, id from after))
            order by j.at, j.recorded_at, j.id limit $4""",
        wanted, keys, after, limit,
    )  # fmt: skip
    return [_journal(row) for row in rows]


async def journal(tx: Tx, journal_id: str) -> Journal | None:
    row = await tx.fetchrow(f"{_JOURNAL} where j.id = $1", journal_id)
    return None if row is None else _journal(row)


async def by_key(tx: Tx, idem: str) -> Journal | None:
    row = await tx.fetchrow(f"{_JOURNAL} where j.idem = $1", idem)
    return None if row is None else _journal(row)


async def moved_before(tx: Tx, code: str, at: datetime) -> int:
    """The sum of what moved the account before that time, debit positive."""
    total: int = await tx.fetchval(
        """select coalesce(sum(e.amount), 0)::bigint from entry e join journal j on j.id = e.journal_id
           where e.account_id = (select id from ledger_account where code = $1)
             and e.phase in ('posted', 'post') and j.at < $2""",
        code, at,
    )  # fmt: skip
    return total


async def moves(tx: Tx, code: str, since: datetime, until: datetime) -> list[Record]:
    """What moved the account in [since, until): journal_id, kind, reference, at, amount (debit positive), in order."""
    return await tx.fetch(
        """select j.id as journal_id, j.kind, j.reference, j.at, e.amount
           from entry e join journal j on j.id = e.journal_id
           where e.account_id = (select id from ledger_account where code = $1)
             and e.phase in ('posted', 'post') and j.at >= $2 and j.at < $3 order by j.at, e.id""",
        code, since, until,
    )  # fmt: skip


def code_in(detail: str | None) -> str:
    """The account's code in what PostgreSQL says of the row it refused."""
    fields = (detail or "").partition("(")[2].split(", ")
    return fields[1] if len(fields) > 1 else "?"


def line(row: Record, normal: int, before: int) -> StatementLine:
    amount = row["amount"] * normal
    return StatementLine(
        row["journal_id"], row["kind"], row["reference"], row["at"], amount, before + amount
    )


def _journal(row: Record) -> Journal:
    return Journal(
        row["id"], row["kind"], row["idem"], row["reference"], row["at"],
        tuple(EntryLine(code, amount, currency) for code, amount, currency in row["entries"]),
        row["phase"], row["resolves"],
    )  # fmt: skip


def _balance(row: Record) -> AccountBalance:
    debits, credits = row["debits_posted"], row["credits_posted"]
    held = row["debits_pending"] if row["normal"] < 0 else row["credits_pending"]
    signed = (debits - credits) * row["normal"]
    return AccountBalance(row["code"], row["currency"], debits, credits, signed, held)
