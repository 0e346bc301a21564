"""A sweep of a moving-average cross by vectorbt: return, drawdown and orders of each pair of windows.

Run by a Python that has vectorbt, with a file of JSON: `closes` (a .npy file), `pairs` (fast, slow), `batch`, `fee`.
For each line it reads it sweeps once and answers with a line of JSON; the first one it answers after compiling.
"""

import json
import sys
import time

import numpy as np
import pandas as pd
import vectorbt as vbt


def main() -> None:
    with open(sys.argv[1]) as file:
        asked = json.load(file)
    index = pd.date_range("2017-08-17 04:00", periods=len(np.load(asked["closes"])), freq="h")
    closes = pd.Series(np.load(asked["closes"]), index=index)
    began = time.perf_counter()
    _sweep(closes, asked["pairs"][: asked["batch"]], asked)
    compiled = time.perf_counter() - began
    for _ in sys.stdin:
        began = time.perf_counter()
        figures = _sweep(closes, asked["pairs"], asked)
        answer = {"seconds": time.perf_counter() - began, "compiled": compiled, "figures": figures}
        print(json.dumps({**answer, "version": vbt.__version__}), flush=True)


def _sweep(closes: pd.Series, pairs: list[list[int]], asked: dict) -> list[list[float]]:
    found: list[list[float]] = []
    for start in range(0, len(pairs), asked["batch"]):
        batch = pairs[start : start + asked["batch"]]
        fast = vbt.MA.run(closes, [pair[0] for pair in batch], short_name="fast")
        slow = vbt.MA.run(closes, [pair[1] for pair in batch], short_name="slow")
        above, below = fast.ma_above(slow), fast.ma_below(slow)
        portfolio = vbt.Portfolio.from_signals(
            closes, above, below, init_cash=100_000, fees=asked["fee"], freq="1h"
        )
        figures = (portfolio.total_return(), portfolio.max_drawdown(), portfolio.orders.count())
        found += np.stack([np.asarray(each, float) for each in figures], axis=1).tolist()
    return found


if __name__ == "__main__":
    main()
