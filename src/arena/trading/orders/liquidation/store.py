"""Liquidations and their steps in the database, and which accounts are to be looked at."""

from collections.abc import Sequence
from decimal import Decimal

from arena.kit.db import Row, Tx
from arena.trading.orders.liquidation.model import (
    MOVES,
    STEP_MOVES,
    Liquidation,
    Step,
    StepStatus,
)
from arena.trading.portfolio import Account

_COLUMNS = 'id, account_id, cause, level, "trigger", holdings, status, began_at, ended_at'
_ACCOUNT = "a.id, a.kind, a.owner_id, a.quote, a.opening_cash, a.opened_at, a.closed_at, a.venue"
_STEP = "liquidation_id, number, symbol, quantity, client_order_id, status, planned_at, order_id, sold, proceeds, why"


async def watched(tx: Tx, *, all_have_triggers: bool) -> list[Account]:
    """The accounts of the floor that hold something and have a trigger, or are being liquidated; by id.

    `all_have_triggers`: the installation sets one for everybody.
    """
    rows = await tx.fetch(
        f"""select {_ACCOUNT} from account a
           where a.kind = 'collective' and a.venue = 'paper' and a.closed_at is null
             and (exists (select 1 from liquidation l where l.account_id = a.id and l.ended_at is null)
               or (exists (select 1 from position p where p.account_id = a.id and p.quantity > 0)
                 and ($1 or exists (select 1 from risk_limit r where r.account_id = a.id
                                      and coalesce(r.liquidation_drawdown, r.liquidation_exposure) is not null)
                      or exists (select 1 from risk_bound r where r.account_id = a.id
                                   and coalesce(r.liquidation_drawdown, r.liquidation_exposure) is not null))))
           order by a.id""",
        all_have_triggers,
    )
    return [Account(**row) for row in rows]


async def stopped_with_orders(tx: Tx) -> list[str]:
    """The accounts of the floor that are stopped and have orders open all the same; by id."""
    rows = await tx.fetch(
        """select distinct o.account_id as id from trade_order o
           where o.number is not null and o.status in ('pending', 'accepted', 'partially_filled')
             and (exists (select 1 from risk_limit r where r.account_id = o.account_id and r.killed_at is not null)
               or exists (select 1 from risk_bound r where r.account_id = o.account_id and r.barred_at is not null))
             and not exists (select 1 from liquidation l where l.account_id = o.account_id and l.ended_at is null)
           order by id"""
    )
    return [row["id"] for row in rows]


async def insert(tx: Tx, new: Liquidation) -> bool:
    """False where one is running already."""
    return bool(
        await tx.execute(
            f"""insert into liquidation ({_COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                on conflict do nothing""",
            new.id, new.account_id, new.cause, new.level, new.trigger, dict(new.holdings), new.status,
            new.began_at, new.ended_at,
        )
    )  # fmt: skip


async def running(tx: Tx, account_ids: Sequence[str]) -> dict[str, Liquidation]:
    """By account."""
    rows = await tx.fetch(
        f"select {_COLUMNS} from liquidation where account_id = any($1) and ended_at is null",
        list(account_ids),
    )
    return {row["account_id"]: _liquidation(row) for row in rows}


async def liquidation(tx: Tx, liquidation_id: str) -> Liquidation | None:
    row = await tx.fetchrow(f"select {_COLUMNS} from liquidation where id = $1", liquidation_id)
    return _liquidation(row) if row else None


async def liquidations(tx: Tx, account_ids: Sequence[str], *, limit: int = 50) -> list[Liquidation]:
    """Of these accounts, newest first."""
    rows = await tx.fetch(
        f"""select {_COLUMNS} from liquidation where account_id = any($1)
            order by began_at desc, id desc limit $2""",
        list(account_ids), limit,
    )  # fmt: skip
    return [_liquidation(row) for row in rows]


async def finish(tx: Tx, liquidation_id: str) -> bool:
    """Moves a running liquidation to done; False where somebody else has."""
    assert "done" in MOVES["running"]
    return bool(
        await tx.execute(
            "update liquidation set status = 'done', ended_at = $2 where id = $1 and status = 'running'",
            liquidation_id, tx.now,
        )
    )  # fmt: skip


async def insert_step(tx: Tx, new: Step) -> bool:
    """False where the step is there."""
    return bool(
        await tx.execute(
            f"""insert into liquidation_step ({_STEP})
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing""",
            new.liquidation_id, new.number, new.symbol, new.quantity, new.client_order_id, new.status,
            new.planned_at, new.order_id, new.sold, new.proceeds, new.why,
        )
    )  # fmt: skip


async def settle_step(
    tx: Tx,
    step: Step,
    status: StepStatus,
    *,
    order_id: str | None = None,
    sold: Decimal = Decimal(0),
    proceeds: Decimal = Decimal(0),
    why: str | None = None,
) -> bool:
    """Moves a planned step to its end; False where it has ended before."""
    assert status in STEP_MOVES["planned"], f"planned does not become {status}"
    return bool(
        await tx.execute(
            """update liquidation_step set status = $3, order_id = $4, sold = $5, proceeds = $6, why = $7
               where liquidation_id = $1 and number = $2 and status = 'planned'""",
            step.liquidation_id, step.number, status, order_id, sold, proceeds, why,
        )
    )  # fmt: skip


async def steps(tx: Tx, liquidation_id: str) -> list[Step]:
    """In their order."""
    rows = await tx.fetch(
        f"select {_STEP} from liquidation_step where liquidation_id = $1 order by number",
        liquidation_id,
    )
    return [Step(**row) for row in rows]


def _liquidation(row: Row) -> Liquidation:
    values = dict(row)
    values["holdings"] = {s: Decimal(q) for s, q in values["holdings"].items()}
    return Liquidation(**values)
