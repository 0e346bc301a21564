"""The indicators there are: what each means, its formula and source, its parameters, and how far it looks back."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from arena.signals.lab.indicators.fading import (
    exponential_share,
    fading_bars,
    fading_bars_twice,
    wilder_share,
)
from arena.signals.lab.indicators.model import Parameters, Range, Spec

BARS_MAX = 5_000
PERCENT_MAX = 1_000
DAY_S = 86_400
WILDER = "J. W. Wilder, New Concepts in Technical Trading Systems, 1978"
BOLLINGER = "J. Bollinger, Bollinger on Bollinger Bands, 2001"
MURPHY = "J. J. Murphy, Technical Analysis of the Financial Markets, 1999"
FAITH = "R. D. Donchian's channel as in C. M. Faith, Way of the Turtle, 2007, appendix"
TRUE_RANGE = "TR[t] = max(high[t], close[t-1]) - min(low[t], close[t-1])"
TYPICAL = "typical = (high + low + close) / 3"


def _bars(default: int, low: int = 1) -> Range:
    return Range(default, low, BARS_MAX)


def _window(more: int = 0) -> tuple[Callable[[Parameters], int], Callable[[Parameters, int], int]]:
    """Warm-up and memory of what looks at `bars` bars and `more` before them."""
    return (
        lambda given: given["bars"] - 1 + more,
        lambda given, _interval_s: given["bars"] + more,
    )


def _exponential_memory(bars: int) -> int:
    return bars + fading_bars(exponential_share(bars))


def _wilder_memory(bars: int) -> int:
    return bars + 1 + fading_bars(wilder_share(bars))


def _directional_memory(given: Parameters, _interval_s: int) -> int:
    share = wilder_share(given["bars"])
    return 2 * given["bars"] + fading_bars_twice(share, share)


def _convergence_memory(given: Parameters, _interval_s: int) -> int:
    shares = [exponential_share(bars) for bars in given.values()]
    longest = max(given["fast_bars"], given["slow_bars"])
    fading = fading_bars_twice(exponential_share(given["signal_bars"]), min(shares))
    return longest + given["signal_bars"] + fading


def _stochastic_span(given: Parameters) -> int:
    return given["bars"] + given["smooth_bars"] + given["signal_bars"] - 3


_SPECS = (
    Spec(
        "simple_average", "Simple moving average", "The mean close of the last bars.",
        "SMA[t] = (close[t-n+1] + ... + close[t]) / n, n = bars",
        f"{MURPHY}, chapter 9", {"bars": _bars(20)}, ("average",), *_window(),
    ),
    Spec(
        "exponential_average", "Exponential moving average",
        "An average of all closes so far in which weights fade with age.",
        "EMA[t] = EMA[t-1] + k * (close[t] - EMA[t-1]), k = 2 / (n + 1), n = bars; the first, at bar n, is the mean of"
        " n closes",
        "P. N. Haurlan, Measuring Trend Values, 1968", {"bars": _bars(20)}, ("average",),
        lambda given: given["bars"] - 1,
        lambda given, _interval_s: _exponential_memory(given["bars"]),
    ),
    Spec(
        "moving_average_convergence_divergence", "MACD",
        "The gap of a fast and a slow exponential average, its own average, and the gap of those two.",
        "line = EMA(close, fast_bars) - EMA(close, slow_bars); signal = EMA(line, signal_bars), its first the mean of"
        " as many; histogram = line - signal. All three begin with the signal",
        "G. Appel, The Moving Average Convergence-Divergence Trading Method, 1985",
        {"fast_bars": _bars(12), "slow_bars": _bars(26), "signal_bars": _bars(9)},
        ("line", "signal", "histogram"),
        lambda given: max(given["fast_bars"], given["slow_bars"]) + given["signal_bars"] - 2,
        _convergence_memory,
    ),
    Spec(
        "relative_strength_index", "RSI",
        "How much of the recent movement was upwards, in [0, 100]; 50 where nothing moved.",
        "gain = max(close[t] - close[t-1], 0), loss = max(close[t-1] - close[t], 0); G and L smooth them by Wilder:"
        " G[t] = G[t-1] + (gain - G[t-1]) / n, n = bars, the first the mean of n; RSI = 100 * G / (G + L)."
        " Where n * (G + L) is at most 1e-10 of the close, nothing has moved",
        f"{WILDER}, chapter VI", {"bars": _bars(14)}, ("index",),
        lambda given: given["bars"],
        lambda given, _interval_s: _wilder_memory(given["bars"]),
    ),
    Spec(
        "stochastic_oscillator", "Stochastic oscillator",
        "Where the close stands between the lowest low and the highest high of the last bars, in [0, 100].",
        "raw = 100 * (close - L) / (H - L), H the highest high and L the lowest low of `bars` bars, 50 where they are"
        " equal; k = SMA(raw, smooth_bars); d = SMA(k, signal_bars). Both begin with d",
        "G. C. Lane, Lane's Stochastics, Technical Analysis of Stocks & Commodities 2:3, 1984",
        {"bars": _bars(14), "smooth_bars": _bars(3), "signal_bars": _bars(3)}, ("k", "d"),
        _stochastic_span,
        lambda given, _interval_s: _stochastic_span(given) + 1,
    ),
    Spec(
        "past_return", "Rate of change", "The return over the last bars, as a fraction.",
        "close[t] / close[t-n] - 1, n = bars", f"{MURPHY}, chapter 10",
        {"bars": _bars(10)}, ("change",), *_window(1),
    ),
    Spec(
        "standard_deviation", "Standard deviation", "How far closes lie from their mean, in quote units.",
        "sqrt(sum of (close[t-i] - SMA[t])^2 over i = 0..n-1, divided by n), n = bars",
        f"{BOLLINGER}: the population deviation", {"bars": _bars(20, 2)}, ("deviation",), *_window(),
    ),
    Spec(
        "z_score", "z-score", "How many standard deviations the close lies above its mean; 0 where nothing moved.",
        "(close[t] - SMA[t]) / standard deviation[t], both of `bars` bars",
        "E. P. Chan, Algorithmic Trading, 2013, chapter 3", {"bars": _bars(20, 2)}, ("score",), *_window(),
    ),
    Spec(
        "bollinger_bands", "Bollinger bands", "A simple average and bands some deviations away.",
        "middle = SMA(close, bars); upper, lower = middle +- standard deviation * band_pct / 100",
        BOLLINGER, {"bars": _bars(20, 2), "band_pct": Range(200, 1, PERCENT_MAX, "percent")},
        ("middle", "upper", "lower"), *_window(),
    ),
    Spec(
        "realised_volatility", "Realised volatility",
        "The root mean square of simple returns from bar to bar, a year of 365 days; missing bars are not filled.",
        "sqrt(mean of (close / close before - 1)^2 over `bars` returns * 365 * 86400 / interval in seconds)",
        "T. G. Andersen, T. Bollerslev, F. X. Diebold and P. Labys, Modeling and Forecasting Realized Volatility,"
        " Econometrica 71, 2003; simple returns in place of logarithms",
        {"bars": _bars(96)}, ("volatility",), *_window(1),
    ),
    Spec(
        "average_true_range", "Average true range", "How far a bar reaches, gaps between bars included, smoothed.",
        f"{TRUE_RANGE}; ATR[t] = ATR[t-1] + (TR[t] - ATR[t-1]) / n, n = bars; the first, at bar n + 1, is the mean"
        " of n true ranges",
        f"{WILDER}, chapter III", {"bars": _bars(14)}, ("range",),
        lambda given: given["bars"],
        lambda given, _interval_s: _wilder_memory(given["bars"]),
    ),
    Spec(
        "mean_true_range", "Mean true range", "The plain mean of the last true ranges.",
        f"{TRUE_RANGE}; SMA(TR, bars)", f"{WILDER}, chapter III; a plain mean, which forgets",
        {"bars": _bars(14)}, ("range",), *_window(1),
    ),
    Spec(
        "highest_high", "Highest high", "The highest high of the last bars, this one included.",
        "max(high[t-n+1], ..., high[t]), n = bars", FAITH, {"bars": _bars(20)}, ("high",), *_window(),
    ),
    Spec(
        "lowest_low", "Lowest low", "The lowest low of the last bars, this one included.",
        "min(low[t-n+1], ..., low[t]), n = bars", FAITH, {"bars": _bars(20)}, ("low",), *_window(),
    ),
    Spec(
        "donchian_channel", "Donchian channel", "Highest high and lowest low of the last bars, this one included.",
        "upper = highest high, lower = lowest low of `bars` bars; middle = (upper + lower) / 2",
        FAITH, {"bars": _bars(20)}, ("upper", "lower", "middle"), *_window(),
    ),
    Spec(
        "keltner_channel", "Keltner channel", "An exponential average and bands some average true ranges away.",
        "middle = EMA(close, bars); upper, lower = middle +- ATR(range_bars) * band_pct / 100",
        "C. W. Keltner, How to Make Money in Commodities, 1960, in the form of L. B. Raschke (exponential average,"
        " average true range)",
        {"bars": _bars(20), "range_bars": _bars(10), "band_pct": Range(200, 1, PERCENT_MAX, "percent")},
        ("middle", "upper", "lower"),
        lambda given: max(given["bars"] - 1, given["range_bars"]),
        lambda given, _interval_s: max(
            _exponential_memory(given["bars"]), _wilder_memory(given["range_bars"])
        ),
    ),
    Spec(
        "average_directional_index", "ADX and directional indicators",
        "How much of the movement has a direction (index), and how much is up (plus) and down (minus), in [0, 100].",
        "up = high[t] - high[t-1], down = low[t-1] - low[t]; +DM = up where up > down and up > 0, else 0; -DM ="
        " down where down > up and down > 0, else 0; +DM, -DM and TR smoothed by Wilder over n = bars from the mean of"
        " the first n; plus, minus = 100 * DM / TR; DX = 100 * |plus - minus| / (plus + minus); index = DX smoothed"
        " by Wilder from the mean of its first n. Where n times TR, or n times the sum of both DM, is at most 1e-10 of"
        " the close, the quotient is 0. All three begin with the index",
        f"{WILDER}, chapter IV", {"bars": _bars(14, 2)}, ("index", "plus", "minus"),
        lambda given: 2 * given["bars"] - 1,
        _directional_memory,
    ),
    Spec(
        "on_balance_volume", "On-balance volume",
        "Volume of bars that closed higher less that of bars that closed lower, over the last bars. Granville counts"
        " from the first bar there is; where that lies says nothing, so here the window does.",
        "sum of sign(close[t-i] - close[t-i-1]) * volume[t-i] over i = 0..n-1, n = bars",
        "J. E. Granville, Granville's New Key to Stock Market Profits, 1963",
        {"bars": _bars(96)}, ("volume",), *_window(1),
    ),
    Spec(
        "volume_weighted_average_price", "VWAP over the last bars",
        "The mean typical price weighted by volume; the plain mean where nothing traded.",
        f"{TYPICAL}; sum of typical * volume / sum of volume over `bars` bars",
        "S. A. Berkowitz, D. E. Logue and E. A. Noser, The Total Cost of Transactions on the NYSE, J. Finance 43, 1988",
        {"bars": _bars(96)}, ("price",), *_window(),
    ),
    Spec(
        "daily_volume_weighted_average_price", "VWAP of the day",
        "The same since midnight UTC; of a day whose beginning is missing, since its first bar.",
        f"{TYPICAL}; sum of typical * volume / sum of volume over the bars that opened on the UTC day of this one",
        "S. A. Berkowitz, D. E. Logue and E. A. Noser, The Total Cost of Transactions on the NYSE, J. Finance 43, 1988",
        {}, ("price",),
        lambda _given: 0,
        lambda _given, interval_s: max(1, -(-DAY_S // interval_s)),
    ),
)  # fmt: skip

CATALOGUE: Mapping[str, Spec] = MappingProxyType({spec.name: spec for spec in _SPECS})
"""Every indicator by its name."""
