"""Tables of performance fees <-> model."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from arena.kit.db import Row, Tx
from arena.money.performance_fees.document import books_from, exit_from, exit_json
from arena.money.performance_fees.model import (
    Books,
    Contract,
    Copier,
    Exit,
    Mode,
    Statement,
    Status,
    Terms,
    Under,
)


@dataclass(frozen=True, slots=True)
class Closed:
    """Where a contract stood when its last period closed; `reading_last` is in it, what comes after is not."""

    books: Books
    reading_last: int
    sha: str
    period_end: datetime | None


OPENING = Closed(Books(), 0, "", None)


async def mode(tx: Tx, country: str) -> Mode:
    kept: Mode | None = await tx.fetchval(
        "select mode from performance_fee_rule where country = $1", country
    )
    return kept or "off"


async def modes(tx: Tx) -> dict[str, Mode]:
    rows = await tx.fetch("select country, mode from performance_fee_rule order by country")
    return {row["country"]: row["mode"] for row in rows}


async def set_mode(tx: Tx, country: str, wanted: Mode) -> None:
    await tx.execute(
        "insert into performance_fee_rule values ($1, $2) on conflict (country) do update set mode = $2",
        country,
        wanted,
    )


async def insert_offer(tx: Tx, creator_id: str, terms: Terms) -> int:
    number: int = await tx.fetchval(
        """insert into performance_fee_offer (creator_id, version, policy, rate_bps, period, minimum, at)
           select $1::text, coalesce(max(version), 0) + 1, $2::text, $3::int, $4::text, $5::bigint, $6::timestamptz
           from performance_fee_offer where creator_id = $1 returning version""",
        creator_id, terms.policy, terms.rate_bps, terms.period, terms.minimum, tx.now,
    )  # fmt: skip
    return number


async def offer(tx: Tx, creator_id: str) -> Terms | None:
    row = await tx.fetchrow(
        "select * from performance_fee_offer where creator_id = $1 order by version desc limit 1",
        creator_id,
    )
    if row is None:
        return None
    return Terms(row["policy"], row["rate_bps"], row["period"], row["minimum"])


async def insert_contract(tx: Tx, new: Contract) -> bool:
    """False where the two have one."""
    copier, terms = new.copier, new.terms
    return bool(
        await tx.execute(
            """insert into performance_fee_contract (id, copier_id, creator_id, country, us_person, qualified_client,
                 policy, rate_bps, period, minimum, currency, status, started_at, period_start, period_end, rules, mode)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
               on conflict do nothing""",
            new.id, copier.person_id, new.creator_id, copier.country, copier.us_person, copier.qualified_client,
            terms.policy, terms.rate_bps, terms.period, terms.minimum, terms.currency, new.status, new.started_at,
            new.period_start, new.period_end, terms.rules, new.mode,
        )
    )  # fmt: skip


async def save_contract(tx: Tx, now: Contract) -> None:
    await save_contracts(tx, [now])


async def save_contracts(tx: Tx, contracts: Sequence[Contract]) -> None:
    """What of a contract may move: standing, period, what it goes by and the next one will, and the copier's exit."""
    said, later = [c.copier for c in contracts], [c.next_copier for c in contracts]
    await tx.execute(
        """update performance_fee_contract c set status = n.status, rate_bps = n.rate, next_rate_bps = n.next,
             period_start = n.start, period_end = n.until, rules = n.rules, mode = n.mode, country = n.country,
             us_person = n.american, qualified_client = n.client, next_country = n.next_country,
             next_us_person = n.next_american, next_qualified_client = n.next_client, exit = n.gone
           from unnest($1::text[], $2::text[], $3::int[], $4::int[], $5::timestamptz[], $6::timestamptz[], $7::int[],
               $8::text[], $9::text[], $10::bool[], $11::bool[], $12::text[], $13::bool[], $14::bool[], $15::jsonb[])
             n(id, status, rate, next, start, until, rules, mode, country, american, client, next_country,
               next_american, next_client, gone)
           where c.id = n.id""",
        [c.id for c in contracts], [c.status for c in contracts], [c.terms.rate_bps for c in contracts],
        [c.next_rate_bps for c in contracts], [c.period_start for c in contracts],
        [c.period_end for c in contracts], [c.terms.rules for c in contracts], [c.mode for c in contracts],
        [each.country for each in said], [each.us_person for each in said],
        [each.qualified_client for each in said], [each and each.country for each in later],
        [each and each.us_person for each in later], [each and each.qualified_client for each in later],
        [exit_json(c.exit) for c in contracts],
    )  # fmt: skip


async def set_contract_mode(tx: Tx, contract_id: str, wanted: Mode) -> None:
    await tx.execute(
        "update performance_fee_contract set mode = $2 where id = $1", contract_id, wanted
    )


async def set_exit(tx: Tx, contract_id: str, exit: Exit) -> None:
    await tx.execute(
        "update performance_fee_contract set exit = $2 where id = $1", contract_id, exit_json(exit)
    )


async def declared_in(tx: Tx, countries: Sequence[str]) -> list[Contract]:
    """Locked: those that run, whose copiers declare one of these, for this period or the next."""
    rows = await tx.fetch(
        """select * from performance_fee_contract where status in ('active', 'ending')
             and (country = any($1) or next_country = any($1)) order by id for update""",
        list(countries),
    )  # fmt: skip
    return [_contract(row) for row in rows]


async def set_aside(tx: Tx, contract_id: str, journal_id: str | None, amount: int) -> None:
    await tx.execute(
        "update performance_fee_contract set set_aside = $2, set_aside_amount = $3 where id = $1",
        contract_id, journal_id, amount,
    )  # fmt: skip


async def contract(tx: Tx, contract_id: str, *, lock: bool = False) -> Contract | None:
    row = await tx.fetchrow(
        "select * from performance_fee_contract where id = $1" + (" for update" if lock else ""),
        contract_id,
    )
    return None if row is None else _contract(row)


async def contract_of(tx: Tx, copier_id: str, creator_id: str) -> Contract | None:
    row = await tx.fetchrow(
        "select * from performance_fee_contract where copier_id = $1 and creator_id = $2 for update",
        copier_id, creator_id,
    )  # fmt: skip
    return None if row is None else _contract(row)


async def contracts_of(
    tx: Tx, *, copier_id: str | None, creator_id: str | None, after: str, limit: int
) -> list[Contract]:
    """The newest first; `after` is the id of the last one seen."""
    rows = await tx.fetch(
        """select * from performance_fee_contract
           where ($1::text is null or copier_id = $1) and ($2::text is null or creator_id = $2)
             and ($3 = '' or (started_at, id) < (select started_at, id from performance_fee_contract where id = $3))
           order by started_at desc, id desc limit $4""",
        copier_id, creator_id, after, limit,
    )  # fmt: skip
    return [_contract(row) for row in rows]


async def all_contracts(tx: Tx, *, after: str, limit: int) -> list[Contract]:
    """In the order of their ids."""
    rows = await tx.fetch(
        "select * from performance_fee_contract where id > $1 order by id limit $2", after, limit
    )
    return [_contract(row) for row in rows]


async def running(tx: Tx, *, after: str, limit: int) -> list[Contract]:
    """Those whose accounts are read, in the order of their ids."""
    rows = await tx.fetch(
        "select * from performance_fee_contract where status in ('active', 'ending') and id > $1 order by id limit $2",
        after, limit,
    )  # fmt: skip
    return [_contract(row) for row in rows]


async def due(tx: Tx, limit: int) -> list[Contract]:
    """Locked: those whose accounts, if they have any left, were read up to the end of the period, and of those that
    were left, what they are measured by. Those that another one closes right now are his."""
    rows = await tx.fetch(
        """select * from performance_fee_contract c where status in ('active', 'ending') and period_end <= $1
             and (exists (select from performance_fee_reading r where r.contract_id = c.id and r.at >= c.period_end)
               or not exists (select from performance_fee_account a where a.contract_id = c.id))
             and (exit is null or exit -> 'start' = '{}' or exit -> 'end' <> '{}')
           order by period_end, id limit $2 for update skip locked""",
        tx.now, limit,
    )  # fmt: skip
    return [_contract(row) for row in rows]


async def claim_account(
    tx: Tx, contract_id: str, account_id: str, *, flows_from: datetime, known: Sequence[str]
) -> str:
    """The contract that the account is under: this one, where it was under none."""
    await tx.execute(
        "insert into performance_fee_account values ($1, $2, $3, $4) on conflict do nothing",
        account_id, contract_id, flows_from, list(known),
    )  # fmt: skip
    holder: str = await tx.fetchval(
        "select contract_id from performance_fee_account where account_id = $1", account_id
    )
    return holder


async def accounts(tx: Tx, contract_id: str) -> list[str]:
    rows = await tx.fetch(
        "select account_id from performance_fee_account where contract_id = $1 order by account_id",
        contract_id,
    )
    return [row["account_id"] for row in rows]


async def under(tx: Tx, contract_id: str) -> list[Under]:
    rows = await tx.fetch(
        "select * from performance_fee_account where contract_id = $1 order by account_id",
        contract_id,
    )
    return [Under(r["account_id"], r["flows_from"], frozenset(r["flows_known"])) for r in rows]


async def let_account_go(tx: Tx, account_id: str) -> None:
    await tx.execute("delete from performance_fee_account where account_id = $1", account_id)


async def closed(tx: Tx, contract_ids: Sequence[str]) -> dict[str, Closed]:
    """Of those that have closed a period."""
    rows = await tx.fetch(
        """select distinct on (contract_id) contract_id, reading_last, sha, period_end, document -> 'closing' as books
           from performance_fee_statement where contract_id = any($1) order by contract_id, period_end desc""",
        list(contract_ids),
    )  # fmt: skip
    return {
        row["contract_id"]: Closed(
            books_from(row["books"]), row["reading_last"], row["sha"], row["period_end"]
        )
        for row in rows
    }


@dataclass(frozen=True, slots=True)
class Close:
    """When a period closed, and the number of the last reading in it."""

    period_end: datetime
    reading_last: int


async def closes(tx: Tx, contract_id: str) -> list[Close]:
    """The oldest first."""
    rows = await tx.fetch(
        """select period_end, reading_last from performance_fee_statement where contract_id = $1
           order by period_end""",
        contract_id,
    )
    return [Close(row["period_end"], row["reading_last"]) for row in rows]


async def insert_statements(tx: Tx, made: Sequence[tuple[Statement, int]]) -> None:
    """Each with the number of its last reading."""
    await tx.executemany(
        "insert into performance_fee_statement values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        [
            (
                s.id, s.contract_id, s.period_start, s.period_end, last, s.fee, s.charged, s.journal_id, s.sha,
                s.document,
            )
            for s, last in made
        ],
    )  # fmt: skip


async def statements(tx: Tx, contract_id: str, *, limit: int = 100) -> list[Statement]:
    """The newest first."""
    rows = await tx.fetch(
        "select * from performance_fee_statement where contract_id = $1 order by period_end desc limit $2",
        contract_id, limit,
    )  # fmt: skip
    return [_statement(row) for row in rows]


async def newest_statements(tx: Tx, limit: int) -> list[Statement]:
    """Of all contracts, with a fee, the newest first."""
    rows = await tx.fetch(
        """select * from performance_fee_statement where fee > 0 order by period_end desc, id desc limit $1""",
        limit,
    )
    return [_statement(row) for row in rows]


async def statement(tx: Tx, statement_id: str) -> Statement | None:
    row = await tx.fetchrow("select * from performance_fee_statement where id = $1", statement_id)
    return None if row is None else _statement(row)


def _contract(row: Row) -> Contract:
    status: Status = row["status"]
    mode: Mode = row["mode"]
    later = None if row["next_country"] is None else Copier(
        row["copier_id"], row["next_country"], row["next_us_person"], row["next_qualified_client"]
    )  # fmt: skip
    return Contract(
        row["id"], Copier(row["copier_id"], row["country"], row["us_person"], row["qualified_client"]),
        row["creator_id"],
        Terms(row["policy"], row["rate_bps"], row["period"], row["minimum"], row["currency"], row["rules"]),
        status, row["started_at"], row["period_start"], row["period_end"], row["next_rate_bps"],
        row["set_aside"], row["set_aside_amount"], mode, later, exit_from(row["exit"]),
    )  # fmt: skip


def _statement(row: Row) -> Statement:
    document: dict[str, Any] = row["document"]
    return Statement(
        row["id"], row["contract_id"], row["period_start"], row["period_end"], row["fee"], row["charged"],
        row["journal_id"], row["sha"], document,
    )  # fmt: skip
