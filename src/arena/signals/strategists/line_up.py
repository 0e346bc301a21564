"""The built-in strategies, and which collective runs which of them on which instrument."""

import inspect
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from arena.kit.canonical import sha256_hex
from arena.signals.lab.strategy import Parameters, Planned, Strategy, complete
from arena.signals.strategists.bollinger_reversion import BollingerReversion
from arena.signals.strategists.buy_and_hold import BuyAndHold
from arena.signals.strategists.dip_buying import DipBuying
from arena.signals.strategists.donchian_breakout import DonchianBreakout
from arena.signals.strategists.model import NoSuchStrategy, Post
from arena.signals.strategists.momentum import Momentum
from arena.signals.strategists.moving_average_cross import MovingAverageCross
from arena.signals.strategists.rsi_reversion import RsiReversion


class BuiltIn(Strategy, Planned, Protocol):
    """Every built-in strategy can be swept."""


STRATEGISTS: dict[str, BuiltIn] = {
    strategist.name: strategist
    for strategist in (
        MovingAverageCross(), DonchianBreakout(), RsiReversion(), Momentum(), BollingerReversion(),
        DipBuying(), BuyAndHold(),
    )
}  # fmt: skip

POSTS_MAX = 12
FIRST_INSTRUMENT_POSTS = 8

# Collective, strategy, changes to its default parameters. On a single instrument the first eight work; the
# others join on further instruments, where the first three strategies are worth seeing again.
_ROSTER: tuple[tuple[str, str, Parameters], ...] = (
    ("Northwind Crossing", "moving_average_cross", {}),
    ("Turtle Bay", "donchian_breakout", {}),
    ("Coiled Spring", "rsi_reversion", {}),
    ("Steady Tide", "momentum", {}),
    ("Rubber Band Society", "bollinger_reversion", {}),
    ("Dip and Ladle", "dip_buying", {}),
    ("Quick Heron", "moving_average_cross", {"fast_bars": 12, "slow_bars": 48}),
    ("Patience Limited", "buy_and_hold", {}),
)
_ELSEWHERE: tuple[tuple[str, str, Parameters], ...] = (
    ("Southern Crossing", "moving_average_cross", {}),
    ("Harbour Breakout", "donchian_breakout", {}),
    ("Long Swell", "momentum", {}),
    ("Pendulum Works", "rsi_reversion", {}),
)


def strategist(name: str) -> BuiltIn:
    """Raises NoSuchStrategy."""
    if name not in STRATEGISTS:
        raise NoSuchStrategy(name=name, known=", ".join(STRATEGISTS))
    return STRATEGISTS[name]


def code_version(name: str) -> str:
    """SHA-256 (hex) of the built-in's source file. Raises NoSuchStrategy."""
    return sha256_hex(Path(inspect.getfile(type(strategist(name)))).read_bytes())


def line_up(instruments: Sequence[str], interval_s: int) -> list[Post]:
    """Eight posts on the first instrument, and up to four spread over the others; twelve at most."""
    if not instruments:
        return []
    first, others = instruments[0], instruments[1:]
    posts = [_post(entry, first, interval_s) for entry in _ROSTER[:FIRST_INSTRUMENT_POSTS]]
    if others:
        posts += [
            _post(entry, others[place % len(others)], interval_s)
            for place, entry in enumerate(_ELSEWHERE)
        ]
    return posts[:POSTS_MAX]


def scaled(parameters: Parameters, interval_s: int) -> dict[str, int]:
    """The parameters for another bar interval than fifteen minutes.

    Windows (`bars`, `…_bars`) are longer on short bars, where noise would churn the account away, and
    shorter on long ones, where thirty days hold few. An index swings less about 50 over a longer window, by
    the square root of it, so its levels (`…_level`) move with that. Nothing else changes.
    """
    if interval_s <= 60:
        over, under = 5, 1
    elif interval_s <= 300:
        over, under = 3, 1
    elif interval_s <= 1_800:
        over, under = 1, 1
    else:
        over, under = 1, 3

    def scale(name: str, value: int) -> int:
        if name == "bars" or name.endswith("_bars"):
            return max(2, value * over // under)
        if name.endswith("_level"):
            return round(50 + (value - 50) / math.sqrt(over))
        return value

    return {name: scale(name, value) for name, value in parameters.items()}


def _post(entry: tuple[str, str, Parameters], instrument: str, interval_s: int) -> Post:
    collective, name, changes = entry
    strategy = STRATEGISTS[name]
    return Post(
        collective=collective,
        about=f"{strategy.about} A built-in strategy of the arena, run by its own collective.",
        strategy=name,
        parameters=scaled(complete(strategy, changes), interval_s),
        instrument=instrument,
        feed_name=f"{collective} {instrument}",
    )
