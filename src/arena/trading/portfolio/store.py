"""Accounts, balances and positions in the database."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from arena.kit.db import Row, Tx
from arena.trading.portfolio.model import Account, NoSuchAccount, Portfolio, Position

_ACCOUNT = "id, kind, owner_id, quote, opening_cash, opened_at, closed_at, venue"


async def insert_account(tx: Tx, account: Account) -> bool:
    """False where an account of this id is there already."""
    if not await tx.execute(
        """insert into account (id, kind, owner_id, venue, quote, opening_cash, opened_at)
           values ($1, $2, $3, $4, $5, $6, $7) on conflict (id) do nothing""",
        account.id, account.kind, account.owner_id, account.venue, account.quote, account.opening_cash,
        account.opened_at,
    ):  # fmt: skip
        return False
    await tx.execute(
        "insert into balance (account_id, asset, quantity) values ($1, $2, $3)",
        account.id, account.quote, account.opening_cash,
    )  # fmt: skip
    return True


async def account(tx: Tx, account_id: str) -> Account:
    """Raises NoSuchAccount."""
    row = await tx.fetchrow(f"select {_ACCOUNT} from account where id = $1", account_id)
    if row is None:
        raise NoSuchAccount(account_id=account_id)
    return Account(**row)


async def accounts_of(tx: Tx, owner_id: str) -> list[Account]:
    rows = await tx.fetch(
        f"select {_ACCOUNT} from account where owner_id = $1 order by opened_at, id", owner_id
    )
    return [Account(**row) for row in rows]


async def lock_accounts(tx: Tx, account_ids: Iterable[str]) -> dict[str, Account]:
    """Locks these accounts until the transaction ends, in the order of their ids; returns them by id.

    Whoever reads balances in order to spend or change them does so under this lock.
    """
    rows = await tx.fetch(
        f"select {_ACCOUNT} from account where id = any($1) order by id for no key update",
        sorted(set(account_ids)),
    )
    return {row["id"]: Account(**row) for row in rows}


async def close_account(tx: Tx, account_id: str, at: datetime) -> None:
    await tx.execute(
        "update account set closed_at = $2 where id = $1 and closed_at is null", account_id, at
    )


async def portfolios(tx: Tx, accounts: Sequence[Account]) -> dict[str, Portfolio]:
    """Balances and positions of these accounts, by account id."""
    ids = [account.id for account in accounts]
    rows = await tx.fetch(
        """select account_id, asset as name, quantity, null::numeric, null::numeric, null::numeric
             from balance where account_id = any($1)
           union all
           select account_id, symbol, quantity, average_cost, realised_pnl, fees
             from position where account_id = any($1)
           order by account_id, name""",
        ids,
    )
    balances: dict[str, dict[str, Decimal]] = {account_id: {} for account_id in ids}
    positions: dict[str, dict[str, Position]] = {account_id: {} for account_id in ids}
    for row in rows:
        _sort(row, balances, positions)
    return {
        account.id: Portfolio(account, balances[account.id], positions[account.id])
        for account in accounts
    }


def _sort(
    row: Row, balances: dict[str, dict[str, Decimal]], positions: dict[str, dict[str, Position]]
) -> None:
    account_id, name, quantity, average_cost, realised_pnl, fees = row
    if average_cost is None:
        balances[account_id][name] = quantity
    else:
        symbol = name.removesuffix("/")
        positions[account_id][symbol] = Position(symbol, quantity, average_cost, realised_pnl, fees)


async def save_holdings(
    tx: Tx,
    balances: Sequence[tuple[str, str, Decimal]],
    positions: Sequence[tuple[str, Position]],
) -> None:
    """Writes (account id, asset, quantity) and (account id, position) as they now are."""
    await tx.execute(
        """insert into balance (account_id, asset, quantity)
           select * from unnest($1::text[], $2::text[], $3::numeric[])
           on conflict (account_id, asset) do update set quantity = excluded.quantity""",
        *_columns(balances, 3),
    )
    await tx.execute(
        """insert into position (account_id, symbol, quantity, average_cost, realised_pnl, fees)
           select * from unnest($1::text[], $2::text[], $3::numeric[], $4::numeric[], $5::numeric[], $6::numeric[])
           on conflict (account_id, symbol) do update set quantity = excluded.quantity,
             average_cost = excluded.average_cost, realised_pnl = excluded.realised_pnl, fees = excluded.fees""",
        *_columns(
            [(a, p.symbol, p.quantity, p.average_cost, p.realised_pnl, p.fees) for a, p in positions], 6
        ),
    )  # fmt: skip


def _columns(rows: Sequence[tuple[object, ...]], count: int) -> list[list[object]]:
    return [[row[i] for row in rows] for i in range(count)]
