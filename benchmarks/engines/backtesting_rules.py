"""What each built-in strategy wants at a bar's close, from its description, with indicators by pandas.

Prices are whole ticks, weights ten-thousandths of the equity.
"""

import math

import numpy as np
import pandas as pd

FULL = 10_000
HOURS_A_YEAR = 365 * 24


class Rule:
    """`wants` says the weight asked for at the close of bar t, None for no change; `prices` an entry's limit, stop and
    target."""

    valid_bars = 4
    bids = False
    """Whether it enters by a limit order."""

    def __init__(self, arrays: dict[str, np.ndarray], parameters: dict[str, int]) -> None:
        self.open_ms = arrays["open_ms"]
        self.frame = pd.DataFrame({n: arrays[n] for n in ("opens", "highs", "lows", "closes")})
        self.close = self.frame.closes.to_numpy()
        self.p = parameters
        self.prepare()

    def prepare(self) -> None:
        pass

    def wants(self, t: int, weight: int) -> int | None:
        if not weight:
            return FULL if self.enters(t) else None
        return 0 if self.leaves(t) else None

    def enters(self, t: int) -> bool:
        raise NotImplementedError

    def leaves(self, t: int) -> bool:
        raise NotImplementedError

    def prices(self, t: int) -> tuple[float | None, float | None, float | None]:
        return None, None, None

    def average(self, bars: int) -> np.ndarray:
        return self.frame.closes.rolling(bars).mean().to_numpy()

    def strength(self, bars: int) -> np.ndarray:
        """Wilder's index: averages of rises and falls that begin with a plain mean and fade by 1/bars."""
        moves = self.frame.closes.diff()
        return 100 / (1 + self._faded(-moves, bars) / self._faded(moves, bars))

    def _faded(self, moves: pd.Series, bars: int) -> np.ndarray:
        part = moves.clip(lower=0)
        seeded = part[bars:].copy()
        seeded.iloc[0] = part[1 : bars + 1].mean()
        faded = seeded.ewm(alpha=1 / bars, adjust=False).mean()
        return faded.reindex(self.frame.index).to_numpy()


class MovingAverageCross(Rule):
    def prepare(self) -> None:
        self.fast, self.slow = self.average(self.p["fast_bars"]), self.average(self.p["slow_bars"])
        self.band = self.slow * self.p["band_bps"] / 10_000

    def enters(self, t: int) -> bool:
        return self.fast[t] > self.slow[t] + self.band[t]

    def leaves(self, t: int) -> bool:
        return self.fast[t] < self.slow[t] - self.band[t]


class DonchianBreakout(Rule):
    def prepare(self) -> None:
        bars = self.frame
        before = bars.closes.shift()
        reach = np.maximum(bars.highs, before) - np.minimum(bars.lows, before)
        self.top = bars.highs.rolling(self.p["entry_bars"]).max().shift().to_numpy()
        self.bottom = bars.lows.rolling(self.p["exit_bars"]).min().shift().to_numpy()
        self.range = reach.rolling(self.p["range_bars"]).mean().to_numpy()

    def enters(self, t: int) -> bool:
        return self.close[t] > self.top[t]

    def leaves(self, t: int) -> bool:
        return self.close[t] < self.bottom[t]

    def prices(self, t: int) -> tuple[float | None, float | None, float | None]:
        stop = math.floor(self.close[t] - self.range[t] * self.p["stop_ranges_pct"] / 100)
        return None, stop if stop > 0 else None, None


class RsiReversion(Rule):
    def prepare(self) -> None:
        self.index = self.strength(self.p["bars"])

    def enters(self, t: int) -> bool:
        return self.index[t] < self.p["oversold_level"]

    def leaves(self, t: int) -> bool:
        return self.index[t] > self.p["exit_level"]

    def prices(self, t: int) -> tuple[float | None, float | None, float | None]:
        return None, int(self.close[t]) * (100 - self.p["stop_pct"]) // 100, None


class Momentum(Rule):
    def prepare(self) -> None:
        closes = self.frame.closes
        squares = closes.pct_change() ** 2
        self.past = closes.pct_change(self.p["return_bars"]).to_numpy()
        mean = squares.rolling(self.p["volatility_bars"]).mean()
        self.swing = np.sqrt(mean * HOURS_A_YEAR).to_numpy()

    def wants(self, t: int, weight: int) -> int | None:
        past, swing = self.past[t], self.swing[t]
        if not abs(past) * 10_000 > self.p["still_bps"]:
            return None
        if past < 0:
            return 0 if weight else None
        wanted = min(round(self.p["volatility_target_pct"] / 100 / swing * FULL), FULL)
        if weight and abs(wanted - weight) < self.p["band_pct"] * 100:
            return None
        return wanted


class BollingerReversion(Rule):
    bids = True

    def prepare(self) -> None:
        self.valid_bars = self.p["valid_bars"]
        self.middle = self.average(self.p["bars"])
        self.spread = self.frame.closes.rolling(self.p["bars"]).std(ddof=0).to_numpy()
        self.lower = self.middle - self.spread * self.p["band_pct"] / 100

    def enters(self, t: int) -> bool:
        return self.close[t] < self.lower[t]

    def leaves(self, t: int) -> bool:
        return self.close[t] >= self.middle[t]

    def prices(self, t: int) -> tuple[float | None, float | None, float | None]:
        close = self.close[t]
        stop = max(close - self.spread[t] * self.p["stop_pct"] / 100, close / 2)
        return close, math.floor(stop), math.floor(self.middle[t])


class DipBuying(Rule):
    def prepare(self) -> None:
        self.index = self.strength(self.p["bars"])
        self.trend = self.average(self.p["trend_bars"])
        self.recent = self.average(self.p["exit_bars"])

    def wants(self, t: int, weight: int) -> int | None:
        close, trend = self.close[t], self.trend[t]
        if not weight:
            return 8_000 if close > trend and self.index[t] < self.p["dip_level"] else None
        strong = close > self.recent[t] * (1 + self.p["strength_bps"] / 10_000)
        return 0 if strong or close < trend * (1 - self.p["failure_bps"] / 10_000) else None

    def prices(self, t: int) -> tuple[float | None, float | None, float | None]:
        return None, None, int(self.close[t]) * (10_000 + self.p["profit_bps"]) // 10_000


class BuyAndHold(Rule):
    def enters(self, t: int) -> bool:
        return True

    def leaves(self, t: int) -> bool:
        return False


RULES = {
    "moving_average_cross": MovingAverageCross,
    "donchian_breakout": DonchianBreakout,
    "rsi_reversion": RsiReversion,
    "momentum": Momentum,
    "bollinger_reversion": BollingerReversion,
    "dip_buying": DipBuying,
    "buy_and_hold": BuyAndHold,
}
