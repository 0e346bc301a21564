"""Accounts, balances and positions in the database."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from arena.kit.clock import iso_ms
from arena.kit.db import Row, Tx
from arena.trading.market import Instrument, instruments
from arena.trading.portfolio.fees import OWN_CURRENCY, UNKNOWN, Rate
from arena.trading.portfolio.model import Account, Flow, NoSuchAccount, Portfolio, Position
from arena.trading.venues import Fill

_FLOW = "id, account_id, at, asset, quantity, value_quote, rate, rate_from, equity_before, note, by"
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
        f"select {_ACCOUNT} from account where owner_id = $1 order by opened_at, number", owner_id
    )
    return [Account(**row) for row in rows]


async def collective_accounts(
    tx: Tx, *, owner_ids: Sequence[str] | None = None, before: tuple[datetime, str] | None = None, limit: int = 50
) -> list[Account]:  # fmt: skip
    """Accounts that collectives trade themselves, of these owners or all, the newest first, closed ones included;
    `before` is (opened_at, id) of the last one already seen."""
    at, account_id = before or (None, None)
    rows = await tx.fetch(
        f"""select {_ACCOUNT} from account
            where kind = 'collective' and ($1::text[] is null or owner_id = any($1))
              and ($2::timestamptz is null or (opened_at, id) < ($2, $3))
            order by opened_at desc, id desc limit $4""",
        None if owner_ids is None else list(owner_ids), at, account_id, limit,
    )  # fmt: skip
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


async def rate(tx: Tx, asset: str, quote: str, at: datetime) -> Rate:
    """What a unit of the asset was worth in `quote`: the last close before then of the instrument that trades it."""
    if asset == quote:
        return OWN_CURRENCY
    row = await tx.fetchrow(
        """select i.symbol, c.open_at, c.close from instrument i cross join lateral
             (select open_at, close from candle where symbol = i.symbol and open_at < $3
              order by open_at desc limit 1) c
           where i.base = $1 and i.quote = $2 order by i.symbol limit 1""",
        asset, quote, at,
    )  # fmt: skip
    if row is None:
        return UNKNOWN
    return Rate(
        row["close"], f"the close of {row['symbol']} in the bar from {iso_ms(row['open_at'])}"
    )


async def closes(tx: Tx, symbols: Iterable[str], at: datetime) -> dict[str, Decimal]:
    """The last closes of these instruments before then; those without a bar count at nothing."""
    wanted = sorted(symbols)
    rows = await tx.fetch(
        """select s.symbol, c.close from unnest($1::text[]) as s(symbol) cross join lateral
             (select close from candle where symbol = s.symbol and open_at < $2
              order by open_at desc limit 1) c""",
        wanted, at,
    )  # fmt: skip
    return dict.fromkeys(wanted, Decimal(0)) | {row["symbol"]: row["close"] for row in rows}


async def priced(
    tx: Tx, fills: Sequence[Fill], accounts: Mapping[str, Account]
) -> list[Instrument]:
    """The instruments that trade the fee assets of these fills against their account's currency."""
    wanted = {(fill.fee_asset, accounts[fill.account_id].quote) for fill in fills}
    return [i for i in await instruments(tx) if (i.base, i.quote) in wanted]


async def insert_fee_rates(tx: Tx, rates: Sequence[tuple[str, str, Rate]]) -> None:
    """(fill id, fee asset, rate it was counted at)."""
    await tx.executemany(
        "insert into fee_rate (fill_id, asset, rate, rate_from) values ($1, $2, $3, $4)",
        [(fill_id, asset, used.rate, used.origin) for fill_id, asset, used in rates],
    )


async def fee_rates(tx: Tx, account_id: str) -> dict[str, Rate]:
    """The rates that fees in third assets were counted at, by fill id."""
    rows = await tx.fetch(
        """select r.fill_id, r.rate, r.rate_from from fee_rate r join fill f on f.id = r.fill_id
           where f.account_id = $1""",
        account_id,
    )
    return {row["fill_id"]: Rate(row["rate"], row["rate_from"]) for row in rows}


async def insert_flow(tx: Tx, flow: Flow) -> None:
    await tx.execute(
        f"insert into account_flow ({_FLOW}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        flow.id, flow.account_id, flow.at, flow.asset, flow.quantity, flow.value_quote, flow.rate,
        flow.rate_from, flow.equity_before, flow.note, flow.by,
    )  # fmt: skip


async def flow(tx: Tx, flow_id: str) -> Flow | None:
    row = await tx.fetchrow(f"select {_FLOW} from account_flow where id = $1", flow_id)
    return Flow(*row) if row else None


async def flows(tx: Tx, account_ids: Sequence[str], *, until: datetime | None = None) -> list[Flow]:
    """By account and time, up to `until` (included)."""
    rows = await tx.fetch(
        f"""select {_FLOW} from account_flow where account_id = any($1::text[])
              and at <= coalesce($2::timestamptz, 'infinity') order by account_id, at, id""",
        list(account_ids), until,
    )  # fmt: skip
    return [Flow(*row) for row in rows]
