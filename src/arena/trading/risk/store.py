"""Limits in the database; an account without a row has the default ones."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from arena.kit.db import Tx
from arena.trading.risk.model import Limits

_COLUMNS = "position_weight_max, exposure_max, daily_drawdown_max, order_notional_max, killed_at"


async def limits(tx: Tx, account_id: str) -> Limits:
    row = await tx.fetchrow(f"select {_COLUMNS} from risk_limit where account_id = $1", account_id)
    return Limits(**row) if row else Limits()


async def save(tx: Tx, account_id: str, new: Limits) -> None:
    """Writes the bounds; the kill switch has a statement of its own."""
    await tx.execute(
        """insert into risk_limit (account_id, position_weight_max, exposure_max, daily_drawdown_max,
             order_notional_max) values ($1, $2, $3, $4, $5)
           on conflict (account_id) do update set position_weight_max = excluded.position_weight_max,
             exposure_max = excluded.exposure_max, daily_drawdown_max = excluded.daily_drawdown_max,
             order_notional_max = excluded.order_notional_max""",
        account_id, new.position_weight_max, new.exposure_max, new.daily_drawdown_max,
        new.order_notional_max,
    )  # fmt: skip


async def set_killed(tx: Tx, account_id: str, at: datetime | None) -> None:
    await tx.execute(
        """insert into risk_limit (account_id, killed_at) values ($1, $2)
           on conflict (account_id) do update set killed_at = excluded.killed_at""",
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
