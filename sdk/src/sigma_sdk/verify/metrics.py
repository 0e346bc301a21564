"""The headline figures, computed anew from fills and marks: return, volatility, Sharpe, drawdown, fees.

Daily returns run from UTC midnight to UTC midnight, beginning with the opening cash; a mark at midnight sharp
belongs to the day that ends, and the day that has not ended is left out. A year has 365 of them. The Sharpe
interval is that of Mertens (2002) and Lo (2002) with lag-1 autocorrelation, shrunk by T/(T+100).
"""

from bisect import bisect_right
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from math import fsum, isclose, sqrt
from typing import Any

from sigma_sdk.verify.arithmetic import record_arithmetic
from sigma_sdk.verify.evidence import Evidence
from sigma_sdk.verify.replay import Played
from sigma_sdk.verify.report import Finding, Report
from sigma_sdk.verify.terms import Fill, Mark

TOLERANCE = 1e-9
_DAY_MS = 86_400_000
_YEAR = 365
_Z_95 = 1.959963984540054
_INTERVAL_DAYS_MIN = 10
_DUST = 1e-12


def check_metrics(evidence: Evidence, played: Played, report: Report) -> None:
    """Compares every figure computed here with the arena's. Raises Broken at the first that differs."""
    own = figures(evidence.opening_cash, played.fills, played.marks)
    for name, value in own.items():
        report.add(_compare(name, value, evidence.metrics.get(name)))


def figures(
    opening: Decimal, fills: Sequence[Fill], marks: Sequence[Mark]
) -> dict[str, float | None]:
    """The figures by their names in the arena's metrics; None where one is not defined."""
    levels = [float(opening), *(float(mark.equity) for mark in marks)]
    daily = daily_returns(opening, marks)
    value, low, high = sharpe(daily)
    deviation = _deviation(daily)
    return {
        "total_return": levels[-1] / levels[0] - 1,
        "volatility": None if deviation is None else deviation * sqrt(_YEAR),
        "sharpe": value,
        "sharpe_low": low,
        "sharpe_high": high,
        "max_drawdown": max_drawdown(levels),
        "fees_paid": float(fees_paid(fills)),
    }


def daily_returns(opening: Decimal, marks: Sequence[Mark]) -> list[float]:
    """Returns from midnight to midnight, as fractions."""
    if not marks:
        return []
    times = [mark.at_ms for mark in marks]
    first, last = -(-times[0] // _DAY_MS), times[-1] // _DAY_MS
    values = [float(opening)]
    values += [
        float(marks[bisect_right(times, day * _DAY_MS) - 1].equity)
        for day in range(first, last + 1)
    ]
    return [after / before - 1 for before, after in pairwise(values)]


def sharpe(daily: Sequence[float]) -> tuple[float | None, float | None, float | None]:
    """The annual Sharpe ratio and the two ends of its 95 % interval."""
    deviation = _deviation(daily)
    if deviation is None:
        return None, None, None
    count, mean = len(daily), fsum(daily) / len(daily)
    s, year = mean / deviation, sqrt(_YEAR)
    if count < _INTERVAL_DAYS_MIN:
        return s * year, None, None
    off = [each - mean for each in daily]
    squares = fsum(each**2 for each in off)
    spread = squares / count
    skew = fsum(each**3 for each in off) / count / spread**1.5
    kurtosis = fsum(each**4 for each in off) / count / spread**2
    lagged = fsum(one * other for one, other in pairwise(off))
    r = lagged / squares * count / (count + 100)
    a = (1 + r) / (1 - r)
    b = 1 + r / (1 - r) + r**2 / (1 - r**2)
    c = 1 + 2 * r**2 / (1 - r**2)
    variance = (a - b * skew * s + c * (kurtosis - 1) / 4 * s**2) / count
    if variance <= 0:
        return s * year, None, None
    reach = _Z_95 * sqrt(variance)
    return s * year, (s - reach) * year, (s + reach) * year


def max_drawdown(levels: Sequence[float]) -> float:
    """The largest fall from a high, as a fraction of the high."""
    high, worst = levels[0], 0.0
    for level in levels:
        high = max(high, level)
        worst = max(worst, 1 - level / high)
    return worst


def fees_paid(fills: Sequence[Fill]) -> Decimal:
    """All fees in quote units; those in the base asset at their fill's price."""
    with record_arithmetic():
        return sum(
            (fill.fee * fill.price if fill.side == "buy" else fill.fee for fill in fills),
            Decimal(0),
        )


def _deviation(daily: Sequence[float]) -> float | None:
    if len(daily) < 2:
        return None
    mean = fsum(daily) / len(daily)
    deviation = sqrt(fsum((each - mean) ** 2 for each in daily) / (len(daily) - 1))
    return deviation if deviation >= _DUST else None


def _compare(name: str, own: float | None, theirs: Any) -> Finding:
    label = name.replace("_", " ")
    if own is None or theirs is None:
        same = own is None and theirs is None
        detail = "not defined" if same else f"{own} here, {theirs} at the arena"
        return Finding("metrics", label, int(same), 1, detail)
    same = isclose(own, float(theirs), rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    detail = f"{own:.10g}" if same else f"{own!r} here, {theirs} at the arena"
    return Finding("metrics", label, int(same), 1, detail)
