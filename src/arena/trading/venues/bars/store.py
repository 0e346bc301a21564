"""Tickets at the bar venue: rows of table `ticket` and back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from arena.kit.db import Row, Tx
from arena.trading.venues.bars.model import Ticket

_COLUMNS = """sequence, order_id, account_id, symbol, side, type, remaining, limit_price, stop_price,
    group_id, budget, starved_at, seen_at, effective_at, expires_at, fills"""


async def insert(tx: Tx, ticket: Ticket) -> None:
    await tx.execute(
        """insert into ticket (order_id, account_id, symbol, side, type, remaining, limit_price, stop_price,
             group_id, budget, effective_at, expires_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)""",
        ticket.order_id, ticket.account_id, ticket.symbol, ticket.side, ticket.type, ticket.remaining,
        ticket.limit_price, ticket.stop_price, ticket.group_id, ticket.budget, ticket.effective_at,
        ticket.expires_at,
    )  # fmt: skip


async def resting(tx: Tx, symbols: Sequence[str], accounts: Sequence[str]) -> list[Ticket]:
    """These accounts' open tickets of these instruments by arrival, locked until the transaction ends."""
    rows = await tx.fetch(
        f"""select {_COLUMNS} from ticket where open and symbol = any($1) and account_id = any($2)
            order by sequence for update""",
        list(symbols), list(accounts),
    )  # fmt: skip
    return [_ticket(row) for row in rows]


async def save(tx: Tx, tickets: Sequence[tuple[Ticket, bool]]) -> None:
    """Writes back what a bar changes of tickets; the flag says whether each is still open."""
    await tx.executemany(
        """update ticket set type = $2, remaining = $3, budget = $4, starved_at = $5, seen_at = $6, fills = $7,
             open = $8 where order_id = $1""",
        [
            (t.order_id, t.type, t.remaining, t.budget, list(t.starved_at), t.seen_at, t.fills, still)
            for t, still in tickets
        ],
    )  # fmt: skip


async def withdraw(tx: Tx, order_ids: Sequence[str]) -> list[str]:
    """Takes these tickets off the venue; returns the ids of those that were still on it."""
    rows = await tx.fetch(
        """update ticket set open = false where order_id in
             (select order_id from ticket where open and order_id = any($1) order by sequence for update)
           returning order_id""",
        list(order_ids),
    )
    return [row["order_id"] for row in rows]


async def starved(tx: Tx, account_id: str) -> dict[str, tuple[datetime, ...]]:
    """By order id of the account, the opens of the bars that hit the order with no liquidity left."""
    rows = await tx.fetch(
        """select order_id, starved_at from ticket
           where account_id = $1 and starved_at <> '{}' order by sequence""",
        account_id,
    )
    return {row["order_id"]: tuple(row["starved_at"]) for row in rows}


async def kept_rules(tx: Tx) -> dict[str, Any] | None:
    """The rules' document as it was first kept; None before the first start."""
    document: dict[str, Any] | None = await tx.fetchval("select document from venue_rules")
    return document


async def insert_rules(tx: Tx, document: dict[str, Any]) -> None:
    await tx.execute(
        "insert into venue_rules (document) values ($1) on conflict (one) do nothing", document
    )


def _ticket(row: Row) -> Ticket:
    values = dict(row)
    values["starved_at"] = tuple(values["starved_at"])
    return Ticket(**values)
