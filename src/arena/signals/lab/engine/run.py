"""What a back-test leaves: the account at every bar's close, and its fills. The same from both engines."""

from dataclasses import dataclass, field, replace
from datetime import datetime

import msgspec
import numpy as np
from numpy.typing import NDArray

from arena.kit.clock import from_ms
from arena.signals.lab.bars import Bars, Floats, Whole
from arena.trading.market import Side
from arena.trading.venues import Rules

DAY_MS = 86_400_000


class Trade(msgspec.Struct, frozen=True, gc=False):
    """A fill as both engines tell it: the bar it happened in, whole steps and ticks."""

    bar: int
    side: Side
    steps: int
    ticks: int
    maker: bool


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """`equity` at each bar's close in quote units, open positions at the close, everything net of fees, spread and
    impact; `weights` is the target that stood at each close, in the strategy's words and not the account's."""

    bars: Bars
    rules: Rules
    cash: float
    equity: Floats
    weights: NDArray[np.float32]
    exposure: Floats
    """What the position is worth at each close, quote units."""
    trades: tuple[Trade, ...]
    fees: float
    """All fees in quote units, those in the base asset at their fill's price."""
    traded: float
    """The worth of all fills, quote units."""
    costs: float = 0.0
    """What spread and impact took beside the fees, quote units: fills against the path's price."""
    notes: tuple[str, ...] = field(default=())

    @property
    def since(self) -> datetime:
        return from_ms(int(self.bars.open_ms[0]))

    @property
    def until(self) -> datetime:
        return from_ms(int(self.bars.open_ms[-1]) + self.bars.interval_s * 1000)

    @property
    def total_return(self) -> float:
        return float(self.equity[-1]) / self.cash - 1

    @property
    def max_drawdown(self) -> float:
        levels = np.concatenate(([self.cash], self.equity))
        return float((1 - levels / np.maximum.accumulate(levels)).max())

    def since_bar(self, first: int) -> "Run":
        """The same from that bar on; nothing may have happened before it. Fees and the like are those of the whole."""
        assert not self.trades or self.trades[0].bar >= first, "a cut must not lose a fill"
        return replace(
            self,
            bars=self.bars.between(first, len(self.bars)),
            equity=self.equity[first:],
            weights=self.weights[first:],
            exposure=self.exposure[first:],
            trades=tuple(
                msgspec.structs.replace(trade, bar=trade.bar - first) for trade in self.trades
            ),
        )

    def daily_returns(self) -> Floats:
        """From one UTC midnight to the next, over the days that end within the run."""
        return daily_returns(self.bars.open_ms, self.bars.interval_s, self.equity, self.cash)


def daily_returns(open_ms: Whole, interval_s: int, equity: Floats, cash: float) -> Floats:
    """Returns between the last closes at or before successive UTC midnights; the first day starts with the cash."""
    ends = day_ends(open_ms, interval_s)
    levels = np.concatenate(([cash], equity[ends]))
    return levels[1:] / levels[:-1] - 1


def day_ends(open_ms: Whole, interval_s: int) -> NDArray[np.intp]:
    """The index of the last bar that closes at or before each midnight reached; days without a bar have none."""
    close_ms = open_ms + interval_s * 1000
    days = (close_ms - 1) // DAY_MS
    last = np.nonzero(np.diff(days, append=days[-1]) != 0)[0]
    if close_ms[-1] % DAY_MS == 0:
        last = np.append(last, len(open_ms) - 1)
    return last
