"""Connected accounts: table <-> model."""

from arena.kit.db import Row, Tx
from arena.money.billing.connected.model import ConnectedAccount, ConnectedForm
from arena.money.billing.stripe import Standing


async def account_of(tx: Tx, person_id: str, gateway: str) -> ConnectedAccount | None:
    row = await tx.fetchrow(
        "select * from connected_account where person_id = $1 and gateway = $2", person_id, gateway
    )
    return None if row is None else _account(row)


async def bank_of(tx: Tx, person_id: str, gateway: str) -> str | None:
    """Where the person's account at the gateway pays to; None where the gateway has none or keeps no accounts."""
    found: str | None = await tx.fetchval(
        "select bank_id from connected_account where person_id = $1 and gateway = $2", person_id, gateway
    )  # fmt: skip
    return found


async def is_ours(tx: Tx, account_id: str) -> bool:
    found: bool = await tx.fetchval(
        "select exists (select from connected_account where account_id = $1)", account_id
    )
    return found


async def insert(
    tx: Tx, account: str, person_id: str, gateway: str, *, country: str, form: ConnectedForm
) -> bool:
    """False where the person has one at this gateway."""
    made = await tx.fetchval(
        """insert into connected_account (id, person_id, gateway, country, form, at) values ($1, $2, $3, $4, $5, $6)
           on conflict do nothing returning id""",
        account, person_id, gateway, country, form, tx.now,
    )  # fmt: skip
    return made is not None


async def name(tx: Tx, account: str, account_id: str) -> None:
    await tx.execute(
        "update connected_account set account_id = $2 where id = $1 and account_id is null", account, account_id
    )  # fmt: skip


async def keep(tx: Tx, found: Standing) -> ConnectedAccount | None:
    """Writes down how an account stands; as it was before, None where it is none of ours."""
    row = await tx.fetchrow(
        "select * from connected_account where account_id = $1 for update", found.account_id
    )
    if row is None:
        return None
    await tx.execute(
        """update connected_account set payouts_enabled = $2, details_submitted = $3, due = $4, checking = $5,
             due_by = $6, problem = $7, bank_id = $8, bank_words = $9, looked_at = clock_timestamp()
           where account_id = $1""",
        found.account_id, found.payouts_enabled, found.details_submitted, list(found.due), list(found.checking),
        found.due_by, found.problem, found.bank_id, found.bank_words,
    )  # fmt: skip
    return _account(row)


async def stale(tx: Tx, gateway: str, *, older_than_s: float, limit: int) -> list[str]:
    """Accounts that have not been looked at for long, by the wall clock."""
    rows = await tx.fetch(
        """select account_id from connected_account where gateway = $1 and account_id is not null
             and (looked_at is null or looked_at <= clock_timestamp() - make_interval(secs => $2))
           order by looked_at nulls first limit $3""",
        gateway, older_than_s, limit,
    )  # fmt: skip
    return [row["account_id"] for row in rows]


def _account(row: Row) -> ConnectedAccount:
    return ConnectedAccount(
        row["id"], row["person_id"], row["gateway"], row["country"], row["form"], row["account_id"],
        row["payouts_enabled"], row["details_submitted"], tuple(row["due"]), tuple(row["checking"]), row["due_by"],
        row["problem"], row["bank_id"], row["bank_words"], row["at"], row["asked_at"], row["looked_at"],
    )  # fmt: skip
