"""Reads what an account's profit and loss is computed from, and keeps how far it was walked.

Fills and flows are only ever added to, so a walk goes on where it stopped; where one turns up that is older than what
was walked (a live venue tells of a fill late), it begins anew.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from arena.kit.db import Tx
from arena.trading.market import instruments
from arena.trading.orders import fill_count, fills
from arena.trading.performance.gains.walk import (
    AssetFees,
    DayPnl,
    SymbolPnl,
    Walk,
    by_symbol,
    daily,
)
from arena.trading.performance.mark import midnights
from arena.trading.portfolio import (
    Account,
    Charge,
    Flow,
    InsufficientFunds,
    Lots,
    Portfolio,
    Rate,
    charge_of,
    equity,
    fee_rates,
    flows,
    lots,
    movements,
    portfolio,
)
from arena.trading.risk import last_closes
from arena.trading.venues import Fill

_KEPT_MAX = 256
_AT_ONCE = 5_000  # fills read by one statement


@dataclass(slots=True)
class _Kept:
    walk: Walk
    flows: int = 0
    after: tuple[datetime, str, int] | None = None


@dataclass(frozen=True, slots=True)
class Pnl:
    """An account's profit and loss up to now, in its currency (`account.quote`)."""

    account: Account
    held: Portfolio
    equity: Decimal
    days: Sequence[DayPnl]
    symbols: Sequence[SymbolPnl]
    fees: Sequence[AssetFees]
    flows: Sequence[Flow]

    @property
    def realised(self) -> Decimal:
        return sum((line.traded.realised for line in self.symbols), Decimal(0))

    @property
    def unrealised(self) -> Decimal:
        return sum((line.unrealised or Decimal(0) for line in self.symbols), Decimal(0))

    @property
    def fees_worth(self) -> Decimal:
        return sum((line.worth for line in self.fees), Decimal(0))


_kept: dict[tuple[str, str], _Kept] = {}


async def pnl(tx: Tx, account_id: str) -> Pnl:
    """Raises NoSuchAccount."""
    held = await portfolio(tx, account_id)
    account, moved = held.account, await flows(tx, account_id)
    walk = await _walk(tx, account, moved)
    prices = await last_closes(tx, held.positions)
    worth = equity(held, dict.fromkeys(held.positions, Decimal(0)) | prices)
    until = max(account.closed_at or tx.now, account.opened_at)
    ends = await midnights(tx, account_id, until)
    return Pnl(
        account, held, worth, daily(account, ends, (until, worth), walk=walk, flows=moved),
        by_symbol(walk.symbols(), held.positions, prices),
        sorted(walk.fees.values(), key=lambda fee: fee.asset), moved,
    )  # fmt: skip


async def charged(
    tx: Tx, account_id: str, *, after: tuple[datetime, str, int] | None = None, limit: int | None = None
) -> list[tuple[Fill, Charge]]:  # fmt: skip
    """The account's fills in the order of the record, each with its fee and how that was converted."""
    known = {i.symbol: i for i in await instruments(tx)}
    rates = await fee_rates(tx, account_id)
    return [
        (fill, charge_of(fill, known[fill.symbol], {fill.fee_asset: rates[fill.id]} if fill.id in rates else None))
        for fill in await fills(tx, account_id, after=after, limit=limit)
    ]  # fmt: skip


async def latest_charged(
    tx: Tx,
    account_id: str,
    *,
    order_id: str | None = None,
    before: tuple[datetime, str] | None = None,
    limit: int = 50,
) -> list[tuple[Fill, Charge]]:
    """The same, newest first, of one order where it is named; `before` is (at, id) of the last one already seen."""
    known = {i.symbol: i for i in await instruments(tx)}
    at, fill_id = before or (None, None)
    rows = await tx.fetch(
        """select f.id, f.order_id, f.account_id, f.number, f.symbol, f.side, f.quantity, f.price, f.fee, f.fee_asset,
             f.liquidity, f.evidence, f.at, f.trade_number, r.rate, r.rate_from
           from fill f left join fee_rate r on r.fill_id = f.id
           where f.account_id = $1 and ($2::text is null or f.order_id = $2)
             and ($3::timestamptz is null or (f.at, f.id) < ($3, $4))
           order by f.at desc, f.id desc limit $5""",
        account_id, order_id, at, fill_id, limit,
    )  # fmt: skip
    found = []
    for *columns, rate, origin in rows:
        fill = Fill(*columns)
        rates = None if rate is None else {fill.fee_asset: Rate(rate, origin)}
        found.append((fill, charge_of(fill, known[fill.symbol], rates)))
    return found


async def account_lots(tx: Tx, account_id: str) -> Lots:
    """All lots of the account, open and realised, first in first out. Raises NoSuchAccount."""
    held = await portfolio(tx, account_id)
    known = {i.symbol: i for i in await instruments(tx)}
    moved = await flows(tx, account_id)
    fills = await charged(tx, account_id)
    # In a thread: of a hundred thousand fills it takes most of a second, in which others wait to be answered.
    return await asyncio.to_thread(lambda: lots(movements(fills, moved, known, held.account.quote)))


def forget_walks() -> None:
    """The next who asks begins at the opening of the account: what is kept only saves time."""
    _kept.clear()


async def _walk(tx: Tx, account: Account, moved: Sequence[Flow]) -> Walk:
    key = (str(await tx.fetchval("select current_database()")), account.id)
    count = await fill_count(tx, account.id)
    kept = _kept.get(key)
    if kept is not None and (kept.walk.count, kept.flows) == (count, len(moved)):
        return kept.walk
    # What is walked on is taken out meanwhile: who asks at the same moment begins one of his own.
    kept = _kept.pop(key, None)
    if kept is None or kept.flows != len(moved) or kept.walk.count > count:
        kept = _Kept(Walk(account, await instruments(tx)))
    try:
        whole = await _go_on(tx, kept, account.id, moved, count)
    except InsufficientFunds:  # what was sold had come in by a fill that is told of only now
        whole = False
    if not whole:
        kept = _Kept(Walk(account, await instruments(tx)))
        await _go_on(tx, kept, account.id, moved, count)
    while len(_kept) >= _KEPT_MAX:
        del _kept[next(iter(_kept))]
    _kept[key] = kept
    return kept.walk


async def _go_on(tx: Tx, kept: _Kept, account_id: str, moved: Sequence[Flow], count: int) -> bool:
    """Walks to the end; False where that is not all there is, because something older has turned up."""
    waiting = list(moved[kept.flows :])
    while kept.walk.count < count:
        some = await charged(tx, account_id, after=kept.after, limit=_AT_ONCE)
        if not some:
            return False
        last = some[-1][0]
        due = [flow for flow in waiting if flow.at <= last.at]
        waiting = waiting[len(due) :]
        kept.walk.go(some, due)
        kept.after = (last.at, last.order_id, last.number)
    kept.walk.go([], waiting)
    kept.flows = len(moved)
    return kept.walk.count == count
