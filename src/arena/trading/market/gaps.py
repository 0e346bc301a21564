"""Bars that are missing between two that are there: where, and their repair from the exchange's own history.

What is missing is worked out from the bars each time. Only the exchange's word that it has none is written down, so
that it is not asked for ever about the hours in which it stood still itself.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

import structlog

from arena.kit.db import Database, Tx
from arena.kit.errors import ArenaError
from arena.trading.market import store
from arena.trading.market.model import Candle

EVERY_S = 600
LOOK_BACK = timedelta(days=30)
ASKED_MAX = 50  # gaps of a symbol in one round
BARS_ASKED_MAX = 5_000  # of one gap in one round
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Gap:
    """`bars` are missing from `open_at` on until the bar that opens at `until`. `asked_at` is None where the exchange
    was not asked for them, or had some of them when it was."""

    symbol: str
    open_at: datetime
    until: datetime
    bars: int
    asked_at: datetime | None = None


@runtime_checkable
class Historian(Protocol):
    """A source that can be asked for closed bars of the past."""

    async def history(self, symbol: str, first: datetime, last: datetime) -> list[Candle]:
        """The bars that open from `first` to `last`, both included. Raises ArenaError."""
        ...


async def find_gaps(
    tx: Tx, symbol: str, *, since: datetime, until: datetime, limit: int = 1_000
) -> list[Gap]:
    """Gaps between bars of the tape's own interval that open from `since` to `until`, oldest first.

    Raises NoTape.
    """
    own_s = (await store.tape(tx)).interval_s
    rows = await tx.fetch(
        """select b.before + $4 as open_at, b.open_at as until, g.asked_at
           from (select open_at, lag(open_at) over (order by open_at) as before from candle
                 where symbol = $1 and open_at between $2 and $3) b
           left join candle_gap g on g.symbol = $1 and g.open_at = b.before + $4 and g.until = b.open_at
           where b.open_at - b.before > $4 order by 1 limit $5""",
        symbol, since, until, timedelta(seconds=own_s), limit,
    )  # fmt: skip
    return [
        Gap(
            symbol, row["open_at"], row["until"],
            (row["until"] - row["open_at"]) // timedelta(seconds=own_s), row["asked_at"],
        )
        for row in rows
    ]  # fmt: skip


async def mend(db: Database, source: object) -> None:
    """Looks for gaps now and then and fills what the exchange has, until cancelled; ends where it cannot be asked.

    Filled bars are history: for charts and indicators, never played.
    """
    if not isinstance(source, Historian):
        return
    while True:
        filled = await mend_once(db, source)
        if filled:
            log.info("missing bars were filled", bars=filled)
        await asyncio.sleep(EVERY_S)


async def mend_once(db: Database, source: Historian) -> int:
    """One round over all instruments; how many bars were filled."""
    async with db.transaction(readonly=True) as tx:
        until = await store.product_now(tx)
        symbols = [one.symbol for one in await store.instruments(tx)]
        found = [
            gap
            for symbol in symbols
            for gap in await find_gaps(tx, symbol, since=until - LOOK_BACK, until=until)
            if gap.asked_at is None
        ][:ASKED_MAX]
        own = timedelta(seconds=(await store.tape(tx)).interval_s)
    filled = 0
    for gap in found:
        last = min(gap.until - own, gap.open_at + (BARS_ASKED_MAX - 1) * own)
        try:
            made = await source.history(gap.symbol, gap.open_at, last)
        except ArenaError as silent:
            log.warning("missing bars cannot be asked for", why=str(silent)[:300])
            break
        async with db.transaction() as tx:
            await store.insert_candles(tx, made)
            if not made:
                await _note_absent(tx, gap)
        filled += len(made)
    return filled


async def _note_absent(tx: Tx, gap: Gap) -> None:
    await tx.execute(
        """insert into candle_gap (symbol, open_at, until) values ($1, $2, $3)
           on conflict (symbol, open_at) do update set until = excluded.until, asked_at = clock_timestamp()""",
        gap.symbol, gap.open_at, gap.until,
    )  # fmt: skip
