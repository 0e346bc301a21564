"""What the compiled engine's account has and asks for, and how a bar fills it (record.md, sections 2 to 6)."""

from typing import NamedTuple

import numpy as np

from arena.signals.lab.engine.compiling import compiled
from arena.signals.lab.engine.path import (
    LIMIT,
    MARKET,
    PROFIT,
    STOP,
    hit,
    part_up,
    points,
    whole,
    whole_up,
)

# Places in the account's whole numbers: cash and base units, what the entry may still spend and until when, whether it
# buys, the prices that guard it in ticks, fills so far.
CASH, HELD, BUDGET, EXPIRES, BUYS, GUARD_STOP, GUARD_PROFIT, FILLS = range(8)
# Places in its floats, quote units.
FEES, TRADED, COSTS = range(3)


class Book(NamedTuple):
    """Three orders: the strategy's own, its stop-loss, its take-profit. `left` in steps, `level` in ticks; `offset` is
    where the bar hits an order (-1: nowhere), at `price` ticks of the path."""

    left: np.ndarray
    kind: np.ndarray
    level: np.ndarray
    effective: np.ndarray
    fresh: np.ndarray
    offset: np.ndarray
    price: np.ndarray
    maker: np.ndarray


def empty_book() -> Book:
    return Book(
        left=np.zeros(3, np.int64), kind=np.zeros(3, np.int64), level=np.zeros(3, np.int64),
        effective=np.zeros(3, np.int64), fresh=np.ones(3, np.bool_), offset=np.full(3, -1.0),
        price=np.zeros(3), maker=np.zeros(3, np.bool_),
    )  # fmt: skip


@compiled()
def meet(t, bars, book, account, sums, u, tape):  # type: ignore[no-untyped-def]  # compiled
    """The bar meets what rests; then protection follows the fills of the strategy's own order."""
    opens, entered = bars.open_ms[t], False
    if bars.volumes[t] > 0:
        _find_hits(t, bars, book, account, u)
        capacity = whole(bars.volumes[t] * u.participation_bps / 10_000)
        used = 0
        for _ in range(3):
            k = -1
            for candidate in range(3):
                if book.offset[candidate] >= 0 and (
                    k < 0 or book.offset[candidate] < book.offset[k]
                ):
                    k = candidate
            if k < 0:
                break
            book.offset[k] = -1.0
            if book.left[k]:
                q = _take(k, t, bars, book, account, sums, u, capacity - used, tape)
                used += q
                entered |= k == 0 and q > 0
    if book.left[0] and book.kind[0] == LIMIT and account[EXPIRES] <= opens + u.interval_ms:
        book.left[0] = 0
    if entered:
        _protect(opens, book, account, u)


@compiled()
def _find_hits(t, bars, book, account, u):  # type: ignore[no-untyped-def]  # compiled
    opens = bars.open_ms[t]
    p = points(bars.opens[t], bars.highs[t], bars.lows[t], bars.closes[t])
    for k in range(3):
        book.offset[k] = -1.0
        if not book.left[k]:
            continue
        begin = 0.0
        if book.effective[k] > opens:
            begin = 3.0 * (book.effective[k] - opens) / u.interval_ms
        if begin >= 3:
            continue
        buys = k == 0 and account[BUYS] == 1
        book.offset[k], book.price[k], book.maker[k] = hit(
            p, book.kind[k], buys, book.level[k], begin, book.fresh[k]
        )
        if k == 0 and book.kind[0] == LIMIT and book.offset[0] >= 0:
            at = opens + int(book.offset[0] * u.interval_ms / 3)
            if book.offset[0] == begin and begin > 0:
                at = book.effective[0]
            if at >= account[EXPIRES]:
                book.offset[0] = -1.0
        book.fresh[k] = False


@compiled()
def _take(k, t, bars, book, account, sums, u, capacity, tape):  # type: ignore[no-untyped-def]  # compiled
    """Fills as much as is left of the order, the bar and the budget; returns the steps."""
    limit = book.level[k] if book.kind[k] == LIMIT else 0
    if book.kind[k] >= STOP:
        book.kind[k] = MARKET
    buys = k == 0 and account[BUYS] == 1
    q = min(book.left[k], capacity)
    if q < 1:
        return 0
    f = limit if book.maker[k] else _taker_price(book.price[k], q, buys, limit, t, bars, u)
    if buys:
        affordable = account[BUDGET] // (f * u.step_worth)
        if affordable < 1:
            book.left[0] = 0
            return 0
        if affordable < q:
            q = affordable
            if not book.maker[k]:
                f = _taker_price(book.price[k], q, buys, limit, t, bars, u)
    _book_fill(q, f, buys, k, book, account, sums, u)
    if tape.fills.shape[0] > account[FILLS]:
        number = account[FILLS]
        tape.fills[number, 0], tape.fills[number, 1] = t, 1 if buys else -1
        tape.fills[number, 2], tape.fills[number, 3] = q, f
        tape.fills[number, 4] = 1 if book.maker[k] else 0
    account[FILLS] += 1
    return q


@compiled()
def _taker_price(price, steps, buys, limit, t, bars, u):  # type: ignore[no-untyped-def]  # compiled
    """Ticks after half the spread and the square-root impact; `limit` 0 for none (section 4)."""
    spread = (bars.highs[t] - bars.lows[t]) / bars.opens[t]
    cost = price * u.half_spread_bps / 10_000
    cost += price * u.impact_y * spread * np.sqrt(steps / bars.volumes[t])
    if buys:
        ticks = whole_up(price + cost)
        return ticks if limit == 0 else min(ticks, limit)
    ticks = max(whole(price - cost), 1)
    return ticks if limit == 0 else max(ticks, limit)


@compiled()
def _book_fill(q, f, buys, k, book, account, sums, u):  # type: ignore[no-untyped-def]  # compiled
    base = q * u.step_units
    value = q * f * u.step_worth
    bps = u.fee_maker_bps if book.maker[k] else u.fee_taker_bps
    slipped = (f - book.price[k]) * q * u.step_worth / u.cash_unit
    if buys:
        fee = part_up(base, bps, 10_000)
        account[CASH] -= value
        account[BUDGET] -= value
        account[HELD] += base - fee
        sums[FEES] += fee * 1e-8 * f * u.tick
        sums[COSTS] += slipped
    else:
        fee = part_up(value, bps, 10_000 * u.fee_unit) * u.fee_unit
        account[CASH] += value - fee
        account[HELD] -= base
        sums[FEES] += fee / u.cash_unit
        sums[COSTS] -= slipped
    sums[TRADED] += value / u.cash_unit
    book.left[k] -= q
    if k > 0:  # the stop and the profit are one group
        book.left[3 - k] = 0


@compiled()
def _protect(opens, book, account, u):  # type: ignore[no-untyped-def]  # compiled
    """Rule 7 of section 7: all that is held is guarded anew, but for what its own order still sells."""
    if account[GUARD_STOP] == 0 and account[GUARD_PROFIT] == 0:
        return
    selling = 0 if account[BUYS] == 1 else book.left[0]
    steps = max(account[HELD] // u.step_units - selling, 0)
    for k in range(1, 3):
        level = account[GUARD_STOP] if k == 1 else account[GUARD_PROFIT]
        book.left[k] = steps if level > 0 else 0
        book.kind[k], book.level[k], book.fresh[k] = STOP if k == 1 else PROFIT, level, True
        book.effective[k] = opens + u.interval_ms + u.latency_ms
