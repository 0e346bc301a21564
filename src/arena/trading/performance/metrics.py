"""The metrics of a record, net of fees. Pure.

The curve is the account's opening cash at its opening, then its marks, one at every bar's close with open
positions valued at the close; so every fee, the spread and the impact are in it. Daily returns run from UTC
midnight to UTC midnight (`returns.py`), a year has 365 of them. What is not defined is None, never NaN.

- total_return: last equity / opening cash − 1.
- cagr: (1 + total_return)^(365 / days) − 1; from 30 days on, under that it would magnify noise.
- volatility: sample standard deviation of daily returns · √365.
- sharpe, sharpe_low, sharpe_high: `sharpe.py`; the interval is two-sided, 95 %.
- sortino: mean / √(mean of min(return, 0)²) · √365, target zero (Sortino and Price 1994).
- max_drawdown: the largest 1 − equity / highest equity before, over all marks and the opening.
- calmar: cagr / max_drawdown (Young 1991).
- turnover: worth of all fills / mean equity of the marks, per year of 365 days.
- hit_rate: share of daily returns above zero among those other than zero.
- under_water_days_max: the longest time from a high to its recovery, or to the end, in days;
  under_water_share: share of marks below the highest equity so far.
- exposure_share: share of marks with an open position; exposure_mean: mean of exposure / equity over marks.
- fees_paid: fees of all fills in quote units, those in the base asset at their fill's price.
- monthly: per calendar month (UTC) the return from its start (or the opening) to its end (or the last mark).
"""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal, localcontext
from math import sqrt

import numpy as np

from arena.trading.market import ARITHMETIC
from arena.trading.performance.model import Mark, Metrics, Month
from arena.trading.performance.returns import Floats, daily_returns
from arena.trading.performance.sharpe import PERIODS, SD_MIN, sharpe, standard_deviation
from arena.trading.portfolio import Account
from arena.trading.venues import Fill

CAGR_DAYS_MIN = 30
_DAY = timedelta(days=1)


def metrics(marks: Sequence[Mark], fills: Sequence[Fill], *, account: Account) -> Metrics:
    """The metrics of the account's record up to the last of these marks; both come in order of time."""
    until = marks[-1].at if marks else account.opened_at
    days = (until - account.opened_at) / _DAY
    opening = float(account.opening_cash)
    levels = np.array([opening, *(float(mark.equity) for mark in marks)])
    daily = daily_returns(account.opening_cash, marks)
    ratio = sharpe(daily)
    deviation = standard_deviation(daily)
    total = float(levels[-1] / opening - 1)
    cagr = _cagr(total, days)
    fall = 1 - levels / np.maximum.accumulate(levels)
    drawdown = float(fall.max())
    exposed = [mark for mark in marks if mark.exposure > 0]
    return Metrics(
        since=account.opened_at,
        until=until,
        days=days,
        daily_returns=len(daily),
        fills=len(fills),
        total_return=total,
        cagr=cagr,
        volatility=None if deviation is None else deviation * sqrt(PERIODS),
        sharpe=ratio.value,
        sharpe_low=ratio.low,
        sharpe_high=ratio.high,
        sortino=_sortino(daily),
        calmar=cagr / drawdown if cagr is not None and drawdown > 0 else None,
        max_drawdown=drawdown,
        turnover=_turnover(fills, levels[1:], days),
        hit_rate=_hit_rate(daily),
        under_water_days_max=_under_water_days_max(account, marks),
        under_water_share=float(np.mean(fall[1:] > 0)) if marks else None,
        exposure_share=len(exposed) / len(marks) if marks else None,
        exposure_mean=_exposure_mean(marks),
        fees_paid=fees_paid(fills),
        monthly=tuple(monthly(account, marks)),
    )


def fees_paid(fills: Sequence[Fill]) -> Decimal:
    """In quote units: sells pay in the quote asset, buys in the base asset, valued at the fill's price."""
    with localcontext(ARITHMETIC):
        return sum(
            (f.fee * f.price if f.side == "buy" else f.fee for f in fills),
            Decimal(0),
        )


def monthly(account: Account, marks: Sequence[Mark]) -> list[Month]:
    """A mark at the first midnight of a month belongs to the month that ends."""
    ends: dict[str, Decimal] = {}
    for mark in marks:
        ends[(mark.at - timedelta(microseconds=1)).strftime("%Y-%m")] = mark.equity
    table, start = [], account.opening_cash
    for month, end in ends.items():
        table.append(Month(month, float(end) / float(start) - 1 if start else 0.0))
        start = end
    return table


def _cagr(total: float, days: float) -> float | None:
    if days < CAGR_DAYS_MIN:
        return None
    try:
        return float((1 + total) ** (PERIODS / days)) - 1
    except OverflowError:  # a gain no number can express is none that can be annualised
        return None


def _sortino(daily: Floats) -> float | None:
    if len(daily) < 2:
        return None
    below = sqrt(float(np.mean(np.minimum(daily, 0.0) ** 2)))
    return float(daily.mean()) / below * sqrt(PERIODS) if below >= SD_MIN else None


def _turnover(fills: Sequence[Fill], equity: Floats, days: float) -> float | None:
    if days <= 0 or not len(equity):
        return None
    traded = sum(float(fill.quantity) * float(fill.price) for fill in fills)
    mean = float(equity.mean())
    return traded / mean * PERIODS / days if mean > 0 else None


def _hit_rate(daily: Floats) -> float | None:
    moved = daily[daily != 0.0]
    return float(np.mean(moved > 0)) if len(moved) else None


def _exposure_mean(marks: Sequence[Mark]) -> float | None:
    shares = [float(mark.exposure) / float(mark.equity) for mark in marks if mark.equity > 0]
    return sum(shares) / len(shares) if shares else None


def _under_water_days_max(account: Account, marks: Sequence[Mark]) -> float:
    high, since, below = account.opening_cash, account.opened_at, False
    longest = timedelta(0)
    for mark in marks:
        if below or mark.equity < high:
            longest = max(longest, mark.at - since)
        below = mark.equity < high
        if not below:
            high, since = mark.equity, mark.at
    return longest / _DAY
