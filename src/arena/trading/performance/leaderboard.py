"""The leaderboard: accounts by what their record proves at least, never by what it happened to earn.

Ranked by the lower end of the Sharpe ratio's 95 % interval: a short or wild track has a wide interval and
stands low, however much it made. Under `DAYS_MIN` daily returns an account is listed without a rank.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import sqrt

from arena.kit.db import Row, Tx
from arena.trading.performance import store
from arena.trading.performance.curves import Curve, curve_of
from arena.trading.performance.days import Days, days
from arena.trading.performance.model import BoardBusy, Leaderboard, Ranked, Sieve
from arena.trading.performance.sharpe import PERIODS, Sharpe
from arena.trading.performance.sharpe_table import sharpe_table

DAYS_MIN = 30
EVERYTHING = Sieve()
OUTLINE_POINTS = 59  # with the opening that is 60
_CACHED_MAX = 64  # two a product day for each way to look at it
_WAIT_S = 2.0
_Key = tuple[str, datetime, Sieve, datetime | None]  # the last is where a span begins
_Work = Callable[[Sequence[_Key]], Awaitable[dict[_Key, Leaderboard]]]
_cached: dict[_Key, Leaderboard] = {}
_working = asyncio.Lock()


async def leaderboard(
    tx: Tx, as_of: datetime | None = None, sieve: Sieve = EVERYTHING
) -> Leaderboard:
    """The board as of the last UTC midnight of product time, or as it was at an earlier one; worked out once
    a product day and process. Raises BoardBusy."""
    _, last = await store.whereabouts(tx)
    (board,) = await leaderboards(tx, [as_of or last], sieve)
    return board


async def leaderboards(
    tx: Tx, times: Sequence[datetime], sieve: Sieve = EVERYTHING
) -> list[Leaderboard]:
    """The boards of several midnights, worked out from one look at the curves. Raises BoardBusy."""
    database, last = await store.whereabouts(tx)
    keys = [(database, min(_midnight(at), last), sieve, None) for at in times]
    boards = await _kept(keys, lambda missing: _work_out(tx, missing))
    return [boards[key] for key in keys]


async def span_board(tx: Tx, since: datetime, until: datetime, sieve: Sieve) -> Leaderboard:
    """As `standing_in`, worked out once a product day and process. Raises BoardBusy."""
    database, last = await store.whereabouts(tx)
    key = (database, min(until, last), sieve, since)

    async def work(_missing: Sequence[_Key]) -> dict[_Key, Leaderboard]:
        return {key: Leaderboard(key[1], DAYS_MIN, await standing_in(tx, since, key[1], sieve))}

    return (await _kept([key], work))[key]


async def last_board_at(tx: Tx) -> datetime:
    """The UTC midnight of product time that the newest board is of."""
    _, last = await store.whereabouts(tx)
    return last


async def records(tx: Tx, account_ids: Sequence[str]) -> dict[str, Ranked]:
    """Lines as the board has them, without a rank, of these accounts as of the last UTC midnight of product
    time, closed ones included; those opened since are left out."""
    _, as_of = await store.whereabouts(tx)
    rows = await store.entrants(tx, account_ids, as_of)
    known = await days(tx, [row["id"] for row in rows], as_of)
    lines = lines_of(rows, [account_curve(row, known, as_of) for row in rows])
    return {line.account_id: line for line in lines}


async def outlines(
    tx: Tx, account_ids: Sequence[str], *, points: int = OUTLINE_POINTS
) -> dict[str, list[float]]:
    """The curves of several accounts in few points each, evenly apart, after what they began with: equity with
    deposits and withdrawals taken out, up to the last UTC midnight of product time; those opened since are there with
    their opening alone."""
    _, as_of = await store.whereabouts(tx)
    rows = await store.entrants(tx, account_ids, tx.now)
    known = await days(tx, [row["id"] for row in rows], as_of)
    found = {}
    for row in rows:
        levels = account_curve(row, known, as_of).levels
        step = max(1, -(-(len(levels) - 1) // points))
        found[row["id"]] = [float(levels[0]), *levels[:0:-step][::-1].tolist()]
    return found


async def standing_in(tx: Tx, since: datetime, until: datetime, sieve: Sieve) -> tuple[Ranked, ...]:
    """The lines of a span between two midnights, best first. Accounts closed within it stay in the list, without a
    rank: to leave a span that goes badly is no way out of it."""
    rows = await store.competitors(tx, until, sieve, since=since)
    known = await days(tx, [row["id"] for row in rows], until, since=since)
    curves = [account_curve(row, known, until, since=since) for row in rows]
    return in_order(lines_of(rows, curves))


def account_curve(
    row: Row, known: Mapping[str, Days], until: datetime, *, since: datetime | None = None
) -> Curve:
    """The curve of an account's row from its days."""
    return curve_of(
        known.get(row["id"]), float(row["opening_cash"]), until=until, since=since,
        closed_at=row["closed_at"],
    )  # fmt: skip


def lines_of(rows: Sequence[Row], curves: Sequence[Curve]) -> list[Ranked]:
    """The figures of these accounts' curves; ranks are given later."""
    ratios = sharpe_table([curve.returns for curve in curves])
    return [
        _line(row, curve, ratio=ratio, deviation=deviation)
        for row, curve, (ratio, deviation) in zip(rows, curves, ratios, strict=True)
    ]


def _line(row: Row, curve: Curve, *, ratio: Sharpe, deviation: float | None) -> Ranked:
    levels, count = curve.levels, len(curve.levels) - 1
    return Ranked(
        rank=None,
        account_id=row["id"],
        kind=row["kind"],
        owner_id=row["owner_id"],
        opened_at=row["opened_at"],
        daily_returns=count,
        total_return=float(levels[-1] / levels[0] - 1) if count and levels[0] > 0 else None,
        volatility=None if deviation is None else deviation * sqrt(PERIODS),
        sharpe=ratio.value,
        sharpe_low=ratio.low,
        sharpe_high=ratio.high,
        max_drawdown=curve.fall,
        venue=row["venue"],
        closed_at=row["closed_at"],
        accounts_before=row["accounts_before"],
    )


def in_order(lines: Sequence[Ranked]) -> tuple[Ranked, ...]:
    """Numbered by what is proven at least; the rest below, those with most days first."""
    proven = sorted(
        (line for line in lines if line.daily_returns >= DAYS_MIN and line.sharpe_low is not None
         and line.closed_at is None),
        key=lambda line: (-(line.sharpe_low or 0.0), line.account_id),
    )  # fmt: skip
    ranked = {line.account_id for line in proven}
    rest = sorted(
        (line for line in lines if line.account_id not in ranked),
        key=lambda line: (-line.daily_returns, line.account_id),
    )
    return (*(replace(line, rank=rank) for rank, line in enumerate(proven, 1)), *rest)


async def _kept(keys: Sequence[_Key], work: _Work) -> dict[_Key, Leaderboard]:
    """The boards of these keys; those that are not in memory are worked out and kept there."""
    if all(key in _cached for key in keys):
        return {key: _cached[key] for key in keys}
    # One works them out. Others wait a little, and then give their connection back to those who need it.
    try:
        async with asyncio.timeout(_WAIT_S):
            await _working.acquire()
    except TimeoutError:
        raise BoardBusy(retry_after_s=5) from None
    try:
        found = {key: _cached[key] for key in keys if key in _cached}
        missing = sorted((key for key in set(keys) if key not in found), key=lambda key: key[1])
        if missing:
            found |= await work(missing)
        while len(_cached) > _CACHED_MAX - len(found):
            del _cached[next(iter(_cached))]
        _cached.update(found)
    finally:
        _working.release()
    return found


async def _work_out(tx: Tx, missing: Sequence[_Key]) -> dict[_Key, Leaderboard]:
    """Of one sieve at several midnights, in their order, from one look at the days."""
    sieve, times = missing[0][2], [key[1] for key in missing]
    entrants = [await store.competitors(tx, at, sieve) for at in times]
    ids = sorted({row["id"] for rows in entrants for row in rows})
    span = None if sieve.days is None else timedelta(days=sieve.days)
    known = await days(tx, ids, times[-1], since=None if span is None else times[0] - span)

    def board(at: datetime, rows: Sequence[Row]) -> Leaderboard:
        since = None if span is None else at - span
        curves = [account_curve(row, known, at, since=since) for row in rows]
        return Leaderboard(at, DAYS_MIN, in_order(lines_of(rows, curves)))

    # In a thread: ten thousand lines take seconds, in which the process has others to answer.
    return await asyncio.to_thread(
        lambda: {key: board(key[1], rows) for key, rows in zip(missing, entrants, strict=True)}
    )


def _midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)
