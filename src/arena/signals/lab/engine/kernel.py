"""The compiled engine: the same rules as the event path, in whole numbers, over all bars in one pass.

`tests/signals/lab/engine` holds it to the decimals of the event path, fill by fill.
"""

from typing import NamedTuple

import numpy as np

from arena.signals.lab.engine.book import (
    BUDGET,
    BUYS,
    CASH,
    EXPIRES,
    FILLS,
    GUARD_PROFIT,
    GUARD_STOP,
    HELD,
    meet,
)
from arena.signals.lab.engine.compiling import compiled
from arena.signals.lab.engine.path import LIMIT, MARKET, PROFIT, STOP, part

COUNTABLE = 2.0e18
"""An account worth more units than this is near what 64 bits hold."""
HAIR = 1e-7
"""What is this little under a whole ten-thousandth is one: floats come so close only by error."""
NEVER = 2**62
"""Ticks that no bar reaches."""


class Wanted(NamedTuple):
    """A plan as arrays: weights (NaN: no change), and the prices of entries in quote units (NaN: none), of no length
    where there are none."""

    enter: np.ndarray
    hold: np.ndarray
    limits: np.ndarray
    stops: np.ndarray
    profits: np.ndarray
    valid_bars: int
    band_bps: int


class Tape(NamedTuple):
    """Where one run is written down bar by bar; each of no length where it is not. `fills`: bar, side, steps, ticks,
    maker."""

    equity: np.ndarray
    exposure: np.ndarray
    weights: np.ndarray
    fills: np.ndarray


class Folds(NamedTuple):
    """`ends` are the last bars of the folds, rising; `rows` has for each the equity at that bar, drawdown and fills
    since the bar after the fold before. `levels` has the equity at each of `days`, bars that rise. `fall` and `day` are
    worked with: peak and drawdown of the fold, then of the whole run, which stays there; the next of the days."""

    ends: np.ndarray
    rows: np.ndarray
    days: np.ndarray
    levels: np.ndarray
    fall: np.ndarray
    day: np.ndarray


@compiled()
def simulate(bars, wanted, first, book, account, sums, u, folds, tape):  # type: ignore[no-untyped-def]  # compiled
    """One back-test; returns whether the account stayed countable."""
    count, record, fold, weight, before = len(bars.closes), len(tape.weights) > 0, 0, 0, 0
    fall, t = folds.fall, 0
    fall[0] = fall[2] = account[CASH] / u.cash_unit
    fall[1] = fall[3] = 0.0
    while t < count:
        if not record:
            until = folds.ends[fold] if fold < len(folds.ends) else count
            asked = wanted.enter if weight == 0 else wanted.hold
            t = _coast(
                t, until, first, asked, weight, wanted.band_bps, bars, book, account, u, folds
            )
            if t == count:
                break
        if book.left[0] or book.left[1] or book.left[2]:
            meet(t, bars, book, account, sums, u, tape)
        worth = account[CASH] / u.cash_unit
        if account[HELD]:
            worth += account[HELD] / 1e8 * bars.close_prices[t]
        _sink(worth, fall)
        if folds.day[0] < len(folds.days) and folds.days[folds.day[0]] == t:
            folds.levels[folds.day[0]] = worth
            folds.day[0] += 1
        if record:
            tape.equity[t] = worth
            tape.exposure[t] = account[HELD] / 1e8 * bars.close_prices[t]
        if fold < len(folds.ends) and t == folds.ends[fold]:
            folds.rows[fold, 0], folds.rows[fold, 1] = worth, fall[1]
            folds.rows[fold, 2] = account[FILLS] - before
            fold, before = fold + 1, account[FILLS]
            fall[0], fall[1] = worth, 0.0
        if t >= first and fall[3] >= u.drawdown_max:
            if weight:
                _follow(t, 0, False, bars, wanted, book, account, u)
            weight, first = 0, count
        if t >= first:
            asked_here = wanted.enter[t] if weight == 0 else wanted.hold[t]
            if asked_here == asked_here and _changes(asked_here, weight, wanted.band_bps):
                if worth * u.cash_unit > COUNTABLE:
                    return False
                new = _bounded(int(np.rint(asked_here * 10_000)), t, bars, account, u)
                if new != weight:
                    _follow(t, new, weight == 0, bars, wanted, book, account, u)
                weight = new
        if record:
            tape.weights[t] = weight * 1e-4
        t += 1
    return True


@compiled()
def _coast(t, until, first, asked, weight, band_bps, bars, book, account, u, folds):  # type: ignore[no-untyped-def]  # compiled
    """The first bar from `t` on, `until` at the latest, at which more may happen than that the account is marked; the
    bars before it are marked."""
    guard, profit = 0, NEVER
    if book.left[0]:
        return t
    if book.left[1]:
        if book.kind[1] != STOP:
            return t
        guard = book.level[1]
    if book.left[2]:
        if book.kind[2] != PROFIT:
            return t
        profit = book.level[2]
    guarded = guard > 0 or profit < NEVER
    cash, held, fall = account[CASH] / u.cash_unit, account[HELD] / 1e8, folds.fall
    low, high = _calm(fall)
    while t < until:
        if asked[t] == asked[t] and t >= first and _changes(asked[t], weight, band_bps):
            break
        if guarded and (bars.lows[t] <= guard or bars.highs[t] >= profit):
            break
        worth = cash + held * bars.close_prices[t]
        if worth < low or worth > high:
            _sink(worth, fall)
            low, high = _calm(fall)
            if fall[3] >= u.drawdown_max and t >= first:
                break
        t += 1
    day = folds.day[0]
    while day < len(folds.days) and folds.days[day] < t:
        folds.levels[day] = cash + held * bars.close_prices[folds.days[day]]
        day += 1
    folds.day[0] = day
    return t


@compiled()
def _calm(fall):  # type: ignore[no-untyped-def]  # compiled
    """Between these two, equity changes neither peak nor drawdown, neither of the fold nor of the run."""
    low = max(fall[0] - fall[1] * fall[0], fall[2] - fall[3] * fall[2])
    return low + abs(low) * 1e-12, min(fall[0], fall[2])


@compiled()
def _changes(asked, weight, band_bps):  # type: ignore[no-untyped-def]  # compiled
    """Whether a weight asked for, no NaN, is another one than that which stands, and by enough."""
    new = int(np.rint(asked * 10_000))
    return new != weight and (abs(new - weight) >= band_bps or new == 0 or weight == 0)


@compiled()
def _bounded(weight, t, bars, account, u):  # type: ignore[no-untyped-def]  # compiled
    """The weight asked for, or as much of it as one order may reach."""
    if u.order_max == 0 or weight == 0:
        return weight
    exposure = float(_worth(account[HELD], bars.closes[t], u))
    reach = (exposure + u.order_max) / (account[CASH] + exposure) * 10_000
    return min(weight, int(np.floor(reach + HAIR)))


@compiled()
def _sink(worth, fall):  # type: ignore[no-untyped-def]  # compiled
    """Peaks and drawdowns after a bar that ends with this equity."""
    for k in (0, 2):
        if worth > fall[k]:
            fall[k] = worth
        elif fall[k] - worth > fall[k + 1] * fall[k]:
            fall[k + 1] = 1 - worth / fall[k]


@compiled()
def _follow(t, weight, enters, bars, wanted, book, account, u):  # type: ignore[no-untyped-def]  # compiled
    """Rules 2 to 6 of section 7: what was open is cancelled, the difference is ordered."""
    limit, stop, profit = 0, 0, 0
    if enters:
        limit = _floor(wanted.limits, t, u)
        stop, profit = _floor(wanted.stops, t, u), _floor(wanted.profits, t, u)
        if profit > 0 and stop >= profit:
            stop = 0
    account[GUARD_STOP], account[GUARD_PROFIT] = stop, profit
    book.left[:] = 0
    mark = bars.closes[t]
    steps = _size(weight, limit if limit > 0 else mark, account[CASH], account[HELD], mark, u)
    if steps == 0:
        return
    accepted = bars.open_ms[t] + u.interval_ms
    account[BUYS] = 1 if steps > 0 else 0
    account[BUDGET] = account[CASH]
    account[EXPIRES] = accepted + u.interval_ms * wanted.valid_bars
    book.left[0] = abs(steps)
    book.kind[0], book.level[0], book.fresh[0] = LIMIT if limit > 0 else MARKET, limit, True
    book.effective[0] = accepted + u.latency_ms


@compiled()
def _floor(prices, t, u):  # type: ignore[no-untyped-def]  # compiled
    """The price rounded down to ticks as it is spelled; 0 where there is none, or one under a tick.

    The quotient may be off by a rounding. `count` ticks divided once are the very float that their decimal spelling
    means, and what is spelled less is less.
    """
    if len(prices) == 0 or not prices[t] > 0:
        return 0
    count = int(np.rint(prices[t] / u.tick))
    return count if count * u.tick_numerator / u.tick_denominator <= prices[t] else count - 1


@compiled()
def _worth(base, ticks, u):  # type: ignore[no-untyped-def]  # compiled
    """Cash units of so many base units at a price, rounded down; whole steps are exact."""
    rest = base % u.step_units * ticks * u.base_worth // u.base_divisor
    return base // u.step_units * ticks * u.step_worth + rest


@compiled()
def _size(weight, price, cash, held, mark, u):  # type: ignore[no-untyped-def]  # compiled
    """Steps to buy (above zero) or to sell (below), zero for nothing; `weight` in ten-thousandths."""
    if weight == 0:
        steps = held // u.step_units
        return -steps if steps * mark * u.step_worth >= u.notional_min else 0
    equity = cash + _worth(held, mark, u)
    divisor = price * u.step_worth * 10_000
    difference = part(equity, weight, divisor) * u.step_units - held
    worth = _worth(abs(difference), mark, u)
    if worth < u.notional_min or float(worth) < float(equity) * u.rebalance_bps / 10_000:
        return 0
    if difference > 0:
        affordable = part(cash, 10_000 - u.reserve_bps, divisor)
        steps = min(difference // u.step_units, affordable)
    else:
        steps = -difference // u.step_units
    if steps < 1 or steps * mark * u.step_worth < u.notional_min:
        return 0
    return steps if difference > 0 else -steps
