"""Where on a bar's path an order is hit, compiled (record.md, sections 1 and 2); prices in ticks."""

import numpy as np

from arena.signals.lab.engine.compiling import compiled

MARKET, LIMIT, STOP, PROFIT = 0, 1, 2, 3
NOT_HIT = (-1.0, 0.0, False)


@compiled()
def points(o: int, h: int, l: int, c: int) -> tuple[int, int, int, int]:  # noqa: E741 - the bar's low
    """Open, the nearer extreme, the other one, close."""
    if o - l <= h - o:
        return o, l, h, c
    return o, h, l, c


@compiled()
def price_at(p: tuple[int, int, int, int], x: float) -> float:
    """p(x)."""
    if x < 1:
        return p[0] + (p[1] - p[0]) * x
    if x < 2:
        return p[1] + (p[2] - p[1]) * (x - 1)
    return p[2] + (p[3] - p[2]) * (x - 2)


@compiled()
def beyond(price: float, level: float, falling: bool, through: bool) -> bool:
    if price == level:
        return not through
    return price < level if falling else price > level


@compiled()
def crossing(
    p: tuple[int, int, int, int], level: int, start: float, falling: bool, through: bool
) -> tuple[float, float]:
    """The first offset from `start` on that is at the level or beyond it, and the price there; -1 for none."""
    here = price_at(p, start)
    if beyond(here, level, falling, through):
        return start, here
    for i in range(min(int(start), 2), 3):
        if beyond(p[i + 1], level, falling, through):
            return max(start, i + (level - p[i]) / (p[i + 1] - p[i])), float(level)
    return -1.0, 0.0


@compiled()
def hit(
    p: tuple[int, int, int, int], kind: int, buys: bool, level: int, start: float, fresh: bool
) -> tuple[float, float, bool]:
    """Offset (-1 for none), path price, and whether it is a maker. `fresh`: the first bar the order is in."""
    if kind == MARKET:
        return start, price_at(p, start), False
    if kind == LIMIT:
        here = price_at(p, start)
        if fresh and (here <= level if buys else here >= level):
            return start, here, False
        x, _ = crossing(p, level, start, buys, True)
        return x, float(level), True
    x, price = crossing(p, level, start, (kind == STOP) != buys, False)
    return x, price, False


@compiled()
def whole(value: float) -> int:
    """Rounded down; what is under a hair below a whole number is that number, as floats come so close only by error."""
    return int(np.floor(value + max(1e-7, abs(value) * 2e-14)))


@compiled()
def whole_up(value: float) -> int:
    return int(np.ceil(value - max(1e-7, abs(value) * 2e-14)))


@compiled()
def part(value: int, factor: int, divisor: int) -> int:
    """value·factor / divisor, rounded down; the product itself may be more than 64 bits hold."""
    return value // divisor * factor + value % divisor * factor // divisor


@compiled()
def part_up(value: int, factor: int, divisor: int) -> int:
    """value·factor / divisor, rounded up."""
    return value // divisor * factor - (-(value % divisor) * factor // divisor)
