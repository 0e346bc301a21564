"""The leaderboard: accounts by what their record proves at least, never by what it happened to earn.

Ranked by the lower end of the Sharpe ratio's 95 % interval: a short or wild track has a wide interval and
stands low, however much it made. Under `DAYS_MIN` daily returns an account is listed without a rank.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from arena.kit.db import Row, Tx
from arena.trading.performance import store
from arena.trading.performance.model import Leaderboard, Ranked
from arena.trading.performance.sharpe import PERIODS, sharpe, standard_deviation

DAYS_MIN = 30
_CACHED_MAX = 16  # that of seven days before is still here, once there has been one a day
OUTLINE_POINTS = 59  # with the opening that is 60
_cached: dict[tuple[str, datetime], Leaderboard] = {}
_working = asyncio.Lock()  # one works a board out, the others wait for it


@dataclass(frozen=True, slots=True)
class _Fall:
    """The largest fall of an account's curve up to a time, kept so that only new marks need reading."""

    until: datetime
    peak: float
    fall: float = 0.0


_FALLS_MAX = 10_000
_falls: dict[tuple[str, str], _Fall] = {}


async def leaderboard(tx: Tx, as_of: datetime | None = None) -> Leaderboard:
    """The board as of the last UTC midnight of product time, or as it was at an earlier one; worked out once
    a product day and process."""
    database, bars_until = await store.whereabouts(tx)
    as_of = min(as_of or bars_until, bars_until)
    as_of = as_of.replace(hour=0, minute=0, second=0, microsecond=0)
    key = (database, as_of)
    board = _cached.get(key)
    if board is None:
        async with _working:
            board = _cached.get(key) or await _work_out(tx, database, as_of)
            while key not in _cached and len(_cached) >= _CACHED_MAX:
                del _cached[next(iter(_cached))]
            _cached[key] = board
    return board


async def records(tx: Tx, account_ids: Sequence[str]) -> dict[str, Ranked]:
    """Lines as the board has them, without a rank, of these accounts as of the last UTC midnight of product
    time, closed ones included; those opened since are left out."""
    database, bars_until = await store.whereabouts(tx)
    as_of = bars_until.replace(hour=0, minute=0, second=0, microsecond=0)
    rows = await store.levels(tx, account_ids, as_of)
    falls = await _drawdowns(tx, database, rows, as_of)
    return {row["id"]: _line(row, falls[row["id"]]) for row in rows}


async def outlines(
    tx: Tx, account_ids: Sequence[str], *, points: int = OUTLINE_POINTS
) -> dict[str, list[float]]:
    """The curves of several accounts in few points each, up to the last UTC midnight of product time."""
    _, bars_until = await store.whereabouts(tx)
    as_of = bars_until.replace(hour=0, minute=0, second=0, microsecond=0)
    return await store.outlines(tx, account_ids, as_of, points)


async def _work_out(tx: Tx, database: str, as_of: datetime) -> Leaderboard:
    rows = await store.competitors(tx, as_of)
    falls = await _drawdowns(tx, database, rows, as_of)
    # In a thread: ten thousand lines take seconds, in which the process has others to answer.
    lines = await asyncio.to_thread(lambda: [_line(row, falls[row["id"]]) for row in rows])
    proven = sorted(
        (line for line in lines if line.daily_returns >= DAYS_MIN and line.sharpe_low is not None),
        key=lambda line: (-(line.sharpe_low or 0.0), line.account_id),
    )
    ranked = {line.account_id: rank for rank, line in enumerate(proven, 1)}
    rest = sorted(
        (line for line in lines if line.account_id not in ranked),
        key=lambda line: (-line.daily_returns, line.account_id),
    )
    numbered = [replace(line, rank=ranked[line.account_id]) for line in proven]
    return Leaderboard(as_of, DAYS_MIN, (*numbered, *rest))


async def _drawdowns(tx: Tx, database: str, rows: list[Row], as_of: datetime) -> dict[str, float]:
    """Over all marks up to then, by account id; marks are only ever added, so each is read once."""
    if len(_falls) > _FALLS_MAX:
        _falls.clear()
    known: dict[str, _Fall] = {}
    for row in rows:
        fall = _falls.get((database, row["id"]))
        if fall is None or fall.until > as_of:
            fall = _Fall(row["opened_at"], float(row["opening_cash"]))
        known[row["id"]] = fall
    for account_id, fall in known.items():
        # One account at a time: the first board after a start may have years to read.
        fresh = await store.equities_since(tx, account_id, fall.until, as_of)
        if fresh:
            levels = np.array(fresh)
            peaks = np.maximum(np.maximum.accumulate(levels), fall.peak)
            deepest = max(fall.fall, float((1 - levels / peaks).max()))
            fall = _Fall(as_of, float(peaks[-1]), deepest)
        known[account_id] = fall = replace(fall, until=as_of)
        kept = _falls.get((database, account_id))
        if kept is None or kept.until <= as_of:  # a look back forgets nothing
            _falls[database, account_id] = fall
    return {account_id: fall.fall for account_id, fall in known.items()}


def _line(row: Row, fall: float) -> Ranked:
    levels = np.array([float(row["opening_cash"]), *(v for v in row["midnights"] if v is not None)])
    daily = levels[1:] / levels[:-1] - 1.0
    ratio, deviation = sharpe(daily), standard_deviation(daily)
    return Ranked(
        rank=None,
        account_id=row["id"],
        kind=row["kind"],
        owner_id=row["owner_id"],
        opened_at=row["opened_at"],
        daily_returns=len(daily),
        total_return=float(levels[-1] / levels[0] - 1) if len(daily) else None,
        volatility=None if deviation is None else deviation * float(np.sqrt(PERIODS)),
        sharpe=ratio.value,
        sharpe_low=ratio.low,
        sharpe_high=ratio.high,
        max_drawdown=fall,
    )
