"""How many bars smoothing takes to forget: the seed's weight fades by a constant factor a bar."""

import math

FORGOTTEN = 1e-15
ROUNDS = 8  # the bound of two stages settles within a few


def exponential_share(bars: int) -> float:
    """The weight of the newest value in an exponential average of `bars` bars."""
    return 2 / (bars + 1)


def wilder_share(bars: int) -> float:
    """The weight of the newest value in Wilder's smoothing over `bars` bars."""
    return 1 / bars


def fading_bars(share: float) -> int:
    """The least m with (1 - share)^m <= 1e-15."""
    return 0 if share >= 1 else math.ceil(math.log(FORGOTTEN) / math.log1p(-share))


def fading_bars_twice(share: float, slowest: float) -> int:
    """The same where what is smoothed by `share` was itself smoothed, `slowest` being the smallest share of all.

    The seed of the first stage reaches the end by every way through the second, so that its weight after m bars is
    at most (1 + m * share) * (1 - slowest)^m.
    """
    if slowest >= 1:
        return 1
    bars = 0.0
    for _ in range(ROUNDS):
        bars = (math.log(FORGOTTEN) - math.log1p(bars * share)) / math.log1p(-slowest)
    return math.ceil(bars)
