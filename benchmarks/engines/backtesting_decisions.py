"""The built-in strategies as strategies of backtesting.py, written from their descriptions, indicators by pandas.

Run by a Python that has backtesting.py, with a file of JSON: `bars` (a .npz file: opens, highs, lows, closes in whole
ticks, open_ms), `cash` and `notional_min` in ticks x steps, `interval_ms`, `reserve_bps`, `rebalance_bps`, `runs` (a
list of name, strategy, parameters, path, attached, share, fee), `equity` (the .npz file to write). Answers with a
line of JSON.

Prices are ticks and sizes steps, so that its whole sizes are ours and its floats hold whole numbers. With `path` a
bar goes in as the three legs of its path, each a bar of its own, so that it cannot matter in which order an engine
takes a high and a low; where a rule bids, a leg that is only the open comes before them, and a bid not met there is
lowered by a hair, so that the price must go through it. Without `attached` stop and target are set when the bar that
filled the entry has closed, with it they go with the order. With `share` the size is a share of what is there at the
fill's price, else at the close.
"""

import json
import sys
import warnings

import backtesting
import numpy as np
import pandas as pd
from backtesting_rules import RULES, Rule

COLUMNS = ("Open", "High", "Low", "Close")
HAIR = 1e-6
"""Of a tick."""


class Following(backtesting.Strategy):
    """Turns what a rule wants at a bar's close into orders."""

    rule, asked, how = None, {}, {}

    def init(self) -> None:
        self.wanted, self.expires, self.bid, self.guards = 0, 0, None, (None, None)
        self.legs = _legs_of(self.rule, self.how)

    def next(self) -> None:
        t, leg = divmod(len(self.data) - 1, self.legs)
        if leg != self.legs - 1:
            if self.legs == 4 and not leg:
                self._insist()
            return
        close_ms = int(self.rule.open_ms[t]) + self.asked["interval_ms"]
        if not self.how["attached"]:
            self._guard()
        self._expire(close_ms)
        wanted = self.rule.wants(t, self.wanted)
        if wanted is not None and wanted != self.wanted:
            self._follow(t, wanted, close_ms)
            self.wanted = wanted

    def _insist(self) -> None:
        """From here on the price must go through the bid."""
        for order in list(self.orders):
            if order.limit == self.bid and not order.is_contingent:
                order.cancel()
                self.buy(size=order.size, limit=order.limit - HAIR, sl=order.sl, tp=order.tp)

    def _guard(self) -> None:
        for trade in self.trades:
            for name, price in zip(("sl", "tp"), self.guards, strict=True):
                if price is not None and getattr(trade, name) is None:
                    setattr(trade, name, price)

    def _expire(self, close_ms: int) -> None:
        for order in list(self.orders):
            if order.limit and not order.is_contingent and close_ms >= self.expires:
                order.cancel()

    def _follow(self, t: int, wanted: int, close_ms: int) -> None:
        for order in list(self.orders):
            order.cancel()
        limit, stop, profit = self.rule.prices(t) if not self.wanted else (None, None, None)
        self.bid, self.guards = limit, (stop, profit)
        self.expires = close_ms + self.rule.valid_bars * self.asked["interval_ms"]
        if not wanted:
            if self.position:
                self.sell(size=self.position.size)
            return
        size = self._size(wanted, limit)
        attached = {"sl": stop, "tp": profit} if self.how["attached"] else {}
        if size > 0:
            if self.how["share"] and not self.position:
                size = min(wanted, 10_000 - self.asked["reserve_bps"]) / 10_000
            self.buy(size=size, limit=limit, **attached)
        elif size < 0:
            self.sell(size=-size)

    def _size(self, wanted: int, limit: float | None) -> int:
        """Whole steps to buy, below zero to sell: the share of equity less what is held, within the cash."""
        mark, equity, held = int(self.data.Close[-1]), int(self.equity), int(self.position.size)
        price = int(limit or mark)
        cash = equity - held * mark
        change = equity * wanted // (price * 10_000) - held
        least = max(self.asked["notional_min"], equity * self.asked["rebalance_bps"] / 10_000)
        if abs(change) * mark < least:
            return 0
        return min(change, cash * (10_000 - self.asked["reserve_bps"]) // (price * 10_000))


def _legs_of(rule: Rule, how: dict) -> int:
    return 3 + rule.bids if how["path"] else 1


def _frame(arrays: dict[str, np.ndarray], legs: int) -> pd.DataFrame:
    """Bars as they are, or their legs: to the nearer extreme, to the other, to the close; the open before them where
    there are four."""
    o, h, l, c = (arrays[name] for name in ("opens", "highs", "lows", "closes"))  # noqa: E741 - the bar's low
    rows = np.stack([o, h, l, c], axis=1)
    if legs > 1:
        down = o - l <= h - o
        points = [o] * (legs - 2) + [np.where(down, l, h), np.where(down, h, l), c]
        begin, end = np.stack(points[:-1], axis=1).ravel(), np.stack(points[1:], axis=1).ravel()
        rows = np.stack([begin, np.maximum(begin, end), np.minimum(begin, end), end], axis=1)
    index = pd.date_range("2017-08-17", periods=len(rows), freq="15min")
    return pd.DataFrame(rows, columns=list(COLUMNS), index=index)


def _fills(strategy: backtesting.Strategy, legs: int) -> list[list[int]]:
    """Bar, side, steps, ticks of what was bought and sold, those of one bar, side and price together."""
    sums: dict[tuple[int, int, int, int], int] = {}
    for trade in (*strategy.closed_trades, *strategy.trades):
        size = abs(int(trade.size))
        for side, bar, price in (
            (1, trade.entry_bar, trade.entry_price), (-1, trade.exit_bar, trade.exit_price)
        ):  # fmt: skip
            if bar is not None:
                key = (int(bar) // legs, int(bar) % legs, side, round(price))
                sums[key] = sums.get(key, 0) + size
    return [
        [bar, side, sums[bar, leg, side, price], price] for bar, leg, side, price in sorted(sums)
    ]


def _run(arrays: dict[str, np.ndarray], asked: dict, how: dict) -> tuple[dict, np.ndarray]:
    Following.asked, Following.how = asked, how
    Following.rule = RULES[how["strategy"]](arrays, how["parameters"])
    legs = _legs_of(Following.rule, how)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        stats = backtesting.Backtest(
            _frame(arrays, legs), Following, cash=asked["cash"], commission=how["fee"],
            finalize_trades=False,
        ).run()  # fmt: skip
    equity = stats._equity_curve["Equity"].to_numpy()[legs - 1 :: legs]
    figures = {
        "fills": _fills(stats._strategy, legs),
        "total_return": float(equity[-1] / asked["cash"] - 1),
        "canceled": sum("insufficient margin" in str(warning.message) for warning in told),
    }
    return figures, equity


def main() -> None:
    with open(sys.argv[1]) as file:
        asked = json.load(file)
    arrays = dict(np.load(asked["bars"]))
    figures, equity = {}, {}
    for how in asked["runs"]:
        figures[how["name"]], equity[how["name"]] = _run(arrays, asked, how)
    np.savez(asked["equity"], **equity)
    print(json.dumps({"figures": figures, "version": backtesting.__version__}), flush=True)


if __name__ == "__main__":
    main()
