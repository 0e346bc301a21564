"""Other futures for the same past: cut off, shuffled, replaced."""

from collections.abc import Iterator

import numpy as np

from arena.signals.lab.bars import Bars, Floats

_SWING = 0.03


def other_futures(bars: Bars, cut: int, seed: int) -> Iterator[tuple[str, Bars]]:
    """The bars with what comes from bar `cut` on changed, and words for how. Times and the past stay as they are."""
    chance = np.random.default_rng((seed, cut))
    order = np.concatenate((np.arange(cut), cut + chance.permutation(len(bars) - cut)))
    yield "the future was shuffled", _with(bars, [column[order] for column in _columns(bars)])
    yield "the future was replaced", _with(bars, _replaced(bars, cut, chance))


def cuts(first: int, count: int, many: int, seed: int) -> list[int]:
    """So many bars, rising, after which the future is changed: some past and some future on both sides of each."""
    chance = np.random.default_rng(seed)
    low, high = first + (count - first) // 4, count - max(2, (count - first) // 20)
    return sorted({int(cut) for cut in chance.integers(low, max(high, low + 1), many)})


def _replaced(bars: Bars, cut: int, chance: np.random.Generator) -> list[Floats]:
    """A walk of its own from the last close, rougher than most, with other volumes."""
    count = len(bars) - cut
    closes = bars.closes[cut - 1] * np.exp(np.cumsum(chance.normal(0, _SWING, count)))
    opens = np.concatenate((bars.closes[cut - 1 : cut], closes[:-1]))
    highs = np.maximum(opens, closes) * (1 + chance.random(count) * _SWING)
    lows = np.minimum(opens, closes) / (1 + chance.random(count) * _SWING)
    volumes = (1 + bars.volumes[:cut].mean()) * chance.lognormal(0, 1, count)
    future = (opens, highs, lows, closes, volumes)
    return [
        np.concatenate((past[:cut], later))
        for past, later in zip(_columns(bars), future, strict=True)
    ]


def _columns(bars: Bars) -> tuple[Floats, ...]:
    return bars.opens, bars.highs, bars.lows, bars.closes, bars.volumes


def _with(bars: Bars, columns: list[Floats]) -> Bars:
    names = ("open", "high", "low", "close", "volume")
    return Bars.of(
        bars.instrument,
        bars.interval_s,
        {"open_ms": bars.open_ms, **dict(zip(names, columns, strict=True))},
    )
