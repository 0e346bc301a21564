"""The leaderboard: accounts by what their record proves at least, never by what it happened to earn.

Ranked by the lower end of the Sharpe ratio's 95 % interval: a short or wild track has a wide interval and
stands low, however much it made. Under `DAYS_MIN` daily returns an account is listed without a rank.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from arena.kit.db import Row, Tx
from arena.trading.performance import store
from arena.trading.performance.kept import Curve, curves
from arena.trading.performance.model import BoardBusy, Leaderboard, Ranked
from arena.trading.performance.sharpe import PERIODS, sharpe, standard_deviation

DAYS_MIN = 30
OUTLINE_POINTS = 59  # with the opening that is 60
_CACHED_MAX = 16  # that of seven days before is still here, once there has been one a day
_WAIT_S = 2.0
_cached: dict[tuple[str, datetime], Leaderboard] = {}
_working = asyncio.Lock()


async def leaderboard(tx: Tx, as_of: datetime | None = None) -> Leaderboard:
    """The board as of the last UTC midnight of product time, or as it was at an earlier one; worked out once
    a product day and process. Raises BoardBusy."""
    database, last = await store.whereabouts(tx)
    as_of = min(_midnight(as_of or last), last)
    board = _cached.get((database, as_of))
    if board is not None:
        return board
    # One works it out. Others wait a little, and then give their connection back to those who need it.
    try:
        async with asyncio.timeout(_WAIT_S):
            await _working.acquire()
    except TimeoutError:
        raise BoardBusy(retry_after_s=5) from None
    try:
        board = _cached.get((database, as_of)) or await _work_out(tx, database, as_of)
        while len(_cached) >= _CACHED_MAX:
            del _cached[next(iter(_cached))]
        _cached[database, as_of] = board
    finally:
        _working.release()
    return board


async def last_board_at(tx: Tx) -> datetime:
    """The UTC midnight of product time that the newest board is of."""
    _, last = await store.whereabouts(tx)
    return last


async def records(tx: Tx, account_ids: Sequence[str]) -> dict[str, Ranked]:
    """Lines as the board has them, without a rank, of these accounts as of the last UTC midnight of product
    time, closed ones included; those opened since are left out."""
    database, as_of = await store.whereabouts(tx)
    rows = await store.entrants(tx, account_ids, as_of)
    known = await curves(tx, database, rows, as_of)
    return {row["id"]: _line(row, known[row["id"]]) for row in rows}


async def outlines(
    tx: Tx, account_ids: Sequence[str], *, points: int = OUTLINE_POINTS
) -> dict[str, list[float]]:
    """The curves of several accounts in few points each, up to the last UTC midnight of product time."""
    _, as_of = await store.whereabouts(tx)
    return await store.outlines(tx, account_ids, as_of, points)


async def _work_out(tx: Tx, database: str, as_of: datetime) -> Leaderboard:
    rows = await store.competitors(tx, as_of)
    known = await curves(tx, database, rows, as_of)
    # In a thread: ten thousand lines take seconds, in which the process has others to answer.
    lines = await asyncio.to_thread(lambda: [_line(row, known[row["id"]]) for row in rows])
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


def _line(row: Row, curve: Curve) -> Ranked:
    levels = curve.levels
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
        max_drawdown=curve.fall,
    )


def _midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)
