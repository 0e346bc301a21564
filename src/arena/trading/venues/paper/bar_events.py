"""A bar as news of a market: at four points of its path a trade, and a book whose depth follows the square-root law.

With price p, open, high and low O, H, L and volume V of the bar, a taker of q base units pays on average
half + c·sqrt(q/V) of p, where c = impact_y·(H − L)/O (Tóth et al. 2011; Sato and Kanazawa 2024). So it pays
C(q) = half·q + c·q^1.5/sqrt(V) in all, and for the last unit C'(q) = half + 1.5·c·sqrt(q/V): a book whose levels lie
at these prices. docs/reference/paper-exchange.md, 8, has it in full.
"""

from datetime import timedelta
from decimal import Decimal, localcontext
from itertools import pairwise

from arena.kit.clock import to_ms
from arena.trading.market import (
    ARITHMETIC,
    Candle,
    DepthSnapshot,
    Instrument,
    Levels,
    MarketEvent,
    Print,
    Scale,
    Side,
)

LEVELS = 20
POINTS = 4
_BPS = 10_000


def bar_events(
    bar: Candle,
    instrument: Instrument,
    *,
    interval_s: int,
    last_id: int,
    half_spread_bps: int,
    impact_y: Decimal,
    participation_bps: int,
    after: Decimal | None = None,
) -> list[MarketEvent]:
    """A trade and then a book at each point of the bar's path, in order of time; nothing for a bar without volume.

    `last_id` is the id of the last book before, 0 for none; `after` the last price before (None: unknown), which tells
    whose trade the open was. A bar with too little volume for one step on each level's side counts as one without.
    """
    with localcontext(ARITHMETIC):
        quantity = instrument.floor_step(bar.volume / POINTS)
        side_steps = Scale(instrument).steps(bar.volume * participation_bps / _BPS / POINTS)
        if quantity <= 0 or side_steps <= 0:
            return []
        sizes = [side_steps * i * i // LEVELS**2 for i in range(LEVELS + 1)]
        offsets = _offsets(bar, instrument, sizes, impact_y)
        low_first = bar.open - bar.low <= bar.high - bar.open
        middle = (bar.low, bar.high) if low_first else (bar.high, bar.low)
        path = (bar.open, *middle, bar.close)
        sides = _sides(path, after, first="sell" if low_first else "buy")
        number = to_ms(bar.open_at) // (interval_s * 1000) * POINTS
        third = timedelta(milliseconds=interval_s * 1000 // 3)
        made: list[MarketEvent] = []
        for i, price in enumerate(path):
            at = bar.open_at + i * third
            half = max(price * half_spread_bps / _BPS, instrument.tick / 2)
            bids, asks = (
                _levels(price, half, sign, offsets, sizes=sizes, instrument=instrument)
                for sign in (-1, 1)
            )
            made.append(Print(bar.symbol, number + i, at, price, quantity, sides[i], "bar"))
            made.append(DepthSnapshot(bar.symbol, at, last_id + 1 + i, bids, asks, "bar"))
        return made


def _sides(path: tuple[Decimal, ...], after: Decimal | None, *, first: Side) -> list[Side]:
    """The taker bought where the path came from below; where it did not move, as before."""
    before = path[0] if after is None else after
    sides: list[Side] = []
    for here, there in pairwise((before, *path)):
        if here == there:
            sides.append(sides[-1] if sides else first)
        else:
            sides.append("buy" if there > here else "sell")
    return sides


def _offsets(
    bar: Candle, instrument: Instrument, sizes: list[int], impact_y: Decimal
) -> list[Decimal]:
    """How far each level lies beyond the half spread, as a fraction of the price.

    A level that holds the units from q1 to q2 lies at the mean of 1.5·c·sqrt(q/V) over them, which is
    c·(q2^1.5 − q1^1.5)/((q2 − q1)·sqrt(V)): so whole levels cost just what the law says.
    """
    scale = impact_y * (bar.high - bar.low) / bar.open * (instrument.step / bar.volume).sqrt()
    costs = [size * Decimal(size).sqrt() for size in sizes]
    return [
        scale * (costs[i] - costs[i - 1]) / (sizes[i] - sizes[i - 1] or 1)
        for i in range(1, len(sizes))
    ]


def _levels(
    price: Decimal,
    half: Decimal,
    sign: int,
    offsets: list[Decimal],
    *,
    sizes: list[int],
    instrument: Instrument,
) -> Levels:
    """One side, best first: asks for `sign` 1, bids for -1; prices rounded against the taker, at least one tick."""
    scale, rounded = Scale(instrument), instrument.ceil_tick if sign > 0 else instrument.floor_tick
    found: dict[int, int] = {}
    for i, offset in enumerate(offsets):
        ticks = max(scale.ticks(rounded(price + sign * (half + price * offset))), 1)
        steps = sizes[i + 1] - sizes[i]
        if steps:
            found[ticks] = found.get(ticks, 0) + steps
    return tuple(found.items())
