"""Limits in the database: the owner's, the operator's, and what binds. An account without rows has the default ones."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from arena.kit.db import Row, Tx
from arena.trading.risk.bounds import Bounds, tighter
from arena.trading.risk.meter import Meter
from arena.trading.risk.model import Limits

NO_LIMITS = Limits()
_COLUMNS = (
    "position_weight_max", "exposure_max", "daily_drawdown_max", "drawdown_max", "order_notional_max",
    "position_quantity_max", "orders_10s_max", "orders_day_max", "open_orders_max", "price_collar_bps", "symbols",
    "liquidation_drawdown", "liquidation_exposure",
)  # fmt: skip
_NAMES = ", ".join(_COLUMNS)
_PLACES = ", ".join(f"${number}" for number in range(2, len(_COLUMNS) + 2))
# A mark less what had been paid in before it.
_NET = """m.equity - coalesce((select sum(f.value_quote) from account_flow f
          where f.account_id = m.account_id and f.at < m.at), 0)"""
_TO_EXCLUDED = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS)


async def limits(tx: Tx, account_id: str, default: Limits = NO_LIMITS) -> Limits:
    """What binds the account: the tightest of `default`, the operator's bounds and the owner's limits."""
    return (await bounds(tx, [account_id], default))[account_id].effective


async def bounds(
    tx: Tx, account_ids: Sequence[str], default: Limits = NO_LIMITS
) -> dict[str, Bounds]:
    """Who bounds each account how; in three queries, however many they are. `default` is the installation's."""
    ids = list(account_ids)
    own = await tx.fetch(
        f"select account_id, killed_at, {_NAMES} from risk_limit where account_id = any($1)", ids
    )
    operators = await tx.fetch(
        f"select account_id, barred_at, {_NAMES} from risk_bound where account_id = any($1)", ids
    )
    running = await tx.fetch(
        "select account_id, began_at from liquidation where account_id = any($1) and ended_at is null",
        ids,
    )
    began: dict[str, datetime] = {row["account_id"]: row["began_at"] for row in running}
    from_owner = {row["account_id"]: _limits(row, killed_at=row["killed_at"]) for row in own}
    found = dict.fromkeys(ids, default)
    for row in operators:
        found[row["account_id"]] = tighter(default, _limits(row, barred_at=row["barred_at"]))
    for account_id, since in began.items():
        found[account_id] = tighter(found[account_id], Limits(liquidating_since=since))
    return {
        account_id: Bounds(found[account_id], from_owner.get(account_id, NO_LIMITS))
        for account_id in ids
    }


async def save_own(tx: Tx, account_id: str, new: Limits) -> None:
    """Writes the owner's bounds; the switch has a statement of its own."""
    await tx.execute(
        f"""insert into risk_limit (account_id, {_NAMES}) values ($1, {_PLACES})
            on conflict (account_id) do update set {_TO_EXCLUDED}""",
        account_id, *_values(new),
    )  # fmt: skip


async def save_bound(tx: Tx, account_id: str, new: Limits) -> None:
    """Writes the operator's bounds for this account; the switch has a statement of its own."""
    await tx.execute(
        f"""insert into risk_bound (account_id, {_NAMES}) values ($1, {_PLACES})
            on conflict (account_id) do update set {_TO_EXCLUDED}""",
        account_id, *_values(new),
    )  # fmt: skip


async def set_killed(tx: Tx, account_id: str, at: datetime | None) -> None:
    await tx.execute(
        """insert into risk_limit (account_id, killed_at) values ($1, $2)
           on conflict (account_id) do update set killed_at = excluded.killed_at""",
        account_id, at,
    )  # fmt: skip


async def set_barred(tx: Tx, account_id: str, at: datetime | None) -> None:
    await tx.execute(
        """insert into risk_bound (account_id, barred_at) values ($1, $2)
           on conflict (account_id) do update set barred_at = excluded.barred_at""",
        account_id, at,
    )  # fmt: skip


async def set_peak_since(tx: Tx, account_id: str, at: datetime) -> None:
    await tx.execute("delete from risk_peak where account_id = $1", account_id)
    await tx.execute(
        """insert into risk_bound (account_id, peak_since) values ($1, $2)
           on conflict (account_id) do update set peak_since = excluded.peak_since""",
        account_id, at,
    )  # fmt: skip


async def last_closes(tx: Tx, symbols: Iterable[str]) -> dict[str, Decimal]:
    """The last closes of these instruments, those without a bar left out."""
    rows = await tx.fetch(
        """select s.symbol, c.close from unnest($1::text[]) as s(symbol) cross join lateral
             (select close from candle where symbol = s.symbol order by open_at desc limit 1) c""",
        sorted(symbols),
    )
    return {row["symbol"]: row["close"] for row in rows}


async def equity_at(tx: Tx, account_id: str, at: datetime) -> Decimal | None:
    """The equity of the last mark at or before then; None where the account had none."""
    value: Decimal | None = await tx.fetchval(
        "select equity from equity_mark where account_id = $1 and at <= $2 order by at desc limit 1",
        account_id, at,
    )  # fmt: skip
    return value


async def standing(tx: Tx, account_ids: Sequence[str], at: datetime) -> dict[str, Meter]:
    """The meters of accounts as of `at`, from their marks and flows; without the orders placed today.

    Money that came in or went out is taken off each mark it came before, and the sum of it added to the outcome, so
    that it is neither gain nor loss. A flow at the very time of a mark came after it: the tape marks first.
    """
    rows = await tx.fetch(
        f"""select a.id, a.opening_cash, b.peak_since is not null as anew,
             coalesce((select sum(f.value_quote) from account_flow f
                       where f.account_id = a.id and f.at <= $2), 0) as flows,
             (select {_NET} from equity_mark m where m.account_id = a.id and m.at <= $3
              order by m.at desc limit 1) as day_start,
             (select {_NET} from equity_mark m where m.account_id = a.id and m.at <= $2
              order by m.at desc limit 1) as equity,
             greatest(k.net, (select max({_NET}) from equity_mark m where m.account_id = a.id and m.at <= $2
                and m.at > coalesce(k.at, '-infinity') and m.at >= coalesce(b.peak_since, '-infinity'))) as peak
           from account a left join risk_bound b on b.account_id = a.id left join risk_peak k on k.account_id = a.id
           where a.id = any($1)""",
        list(account_ids), at, at.replace(hour=0, minute=0, second=0, microsecond=0),
    )  # fmt: skip
    return {row["id"]: _meter(row, at) for row in rows}


async def keep_peaks(tx: Tx, account_ids: Sequence[str]) -> None:
    """Remembers the highest mark of each account up to now, so that `standing` need not read all marks again. It can be
    thrown away at any time: it is read from the marks again."""
    await tx.execute(
        f"""insert into risk_peak (account_id, at, net)
            select a.id, $2, new.net from account a
              left join risk_bound b on b.account_id = a.id left join risk_peak k on k.account_id = a.id
              cross join lateral (select max({_NET}) as net from equity_mark m
                where m.account_id = a.id and m.at <= $2 and m.at > coalesce(k.at, '-infinity')
                  and m.at >= coalesce(b.peak_since, '-infinity')) new
            where a.id = any($1) and new.net is not null
            on conflict (account_id) do update
              set at = excluded.at, net = greatest(risk_peak.net, excluded.net)""",
        list(account_ids), tx.now,
    )  # fmt: skip


def _meter(row: Row, at: datetime) -> Meter:
    """Where there is no mark yet, the account stands where it was opened."""
    opening: Decimal = row["opening_cash"]
    equity: Decimal = opening if row["equity"] is None else row["equity"]
    highest = [value for value in (row["peak"], equity) if value is not None]
    if not row["anew"]:
        highest.append(opening)
    return Meter(
        day=at.date(),
        day_start_equity=(opening if row["day_start"] is None else row["day_start"]) + row["flows"],
        peak_equity=max(highest) + row["flows"],
        equity=equity + row["flows"],
    )


def _values(new: Limits) -> list[Any]:
    values = [getattr(new, name) for name in _COLUMNS]
    values[_COLUMNS.index("symbols")] = None if new.symbols is None else sorted(new.symbols)
    return values


def _limits(row: Row, **switches: Any) -> Limits:
    found: dict[str, Any] = {
        name: row[name] for name in _COLUMNS if row[name] is not None and name != "symbols"
    }
    found["position_quantity_max"] = {
        symbol: Decimal(quantity) for symbol, quantity in row["position_quantity_max"].items()
    }
    symbols = None if row["symbols"] is None else frozenset(row["symbols"])
    return Limits(**found, symbols=symbols, **switches)
