"""One back-test of a moving-average cross by backtesting.py.

Run by a Python that has backtesting.py, with a file of JSON: `bars` (a .npz file of opens, highs, lows, closes and
volumes), `fast`, `slow`, `fee`. For each line it reads it runs once and answers with a line of JSON.
"""

import json
import sys
import time

import backtesting
import numpy as np
import pandas as pd


def _average(values: np.ndarray, bars: int) -> np.ndarray:
    return pd.Series(values).rolling(bars).mean().to_numpy()


class Crossing(backtesting.Strategy):
    fast, slow = 20, 80

    def init(self) -> None:
        self.quick = self.I(_average, self.data.Close, self.fast)
        self.steady = self.I(_average, self.data.Close, self.slow)

    def next(self) -> None:
        if not self.position and self.quick[-1] > self.steady[-1]:
            self.buy(size=0.99)
        elif self.position and self.quick[-1] < self.steady[-1]:
            self.position.close()


def main() -> None:
    with open(sys.argv[1]) as file:
        asked = json.load(file)
    arrays = np.load(asked["bars"])
    columns = ("Open", "High", "Low", "Close", "Volume")
    names = ("opens", "highs", "lows", "closes", "volumes")
    frame = pd.DataFrame({c: arrays[n] for c, n in zip(columns, names, strict=True)})
    frame.index = pd.date_range("2017-08-17 04:00", periods=len(frame), freq="h")
    Crossing.fast, Crossing.slow = asked["fast"], asked["slow"]
    for _ in sys.stdin:
        began = time.perf_counter()
        test = backtesting.Backtest(
            frame, Crossing, cash=100_000_000, commission=asked["fee"], finalize_trades=True
        )
        trades = int(test.run()["# Trades"])
        answer = {"seconds": time.perf_counter() - began, "trades": trades}
        print(json.dumps({**answer, "version": backtesting.__version__}), flush=True)


if __name__ == "__main__":
    main()
