"""Keeps the account of given fills by vectorbt: what they leave at each bar's close.

Run by a Python that has vectorbt, with a file of JSON: `bars` (a .npz file with closes, quote units), `cash`, `fills`
(a .npz file with an array for each name: rows of bar, side, steps, ticks, maker), `tick` and `step` as decimals,
`maker_bps` and `taker_bps`, `equity` (the .npz file to write). Answers with a line of JSON. Fees are computed here,
by the text of section 5 of the record's rules.
"""

import json
import sys
from decimal import ROUND_UP, Decimal

import numpy as np
import pandas as pd
import vectorbt as vbt
from numba import njit
from vectorbt.portfolio.enums import NoOrder
from vectorbt.portfolio.nb import order_nb

UNIT = Decimal("0.00000001")


@njit
def _next_fill(c, first, size, price, fees):  # type: ignore[no-untyped-def]  # compiled
    """Fills of bar i are those from first[i] up to first[i + 1], each an order of its own, in their order."""
    k = first[c.i] + c.call_idx
    if k == first[c.i + 1]:
        return -1, NoOrder
    return c.from_col, order_nb(
        size=size[k], price=price[k], fixed_fees=fees[k], allow_partial=False, raise_reject=True
    )


def _orders(fills: np.ndarray, asked: dict) -> np.ndarray:
    """Size (what a buy leaves after its fee; below zero for a sell), price and fee in quote units of each fill."""
    tick, step = Decimal(asked["tick"]), Decimal(asked["step"])
    found = []
    for _, side, steps, ticks, maker in fills.tolist():
        quantity, price = steps * step, ticks * tick
        share = Decimal(asked["maker_bps"] if maker else asked["taker_bps"]) / 10_000
        if side > 0:
            fee = (quantity * share).quantize(UNIT, ROUND_UP)
            found.append((quantity - fee, price, fee * price))
        else:
            fee = (quantity * price * share).quantize(UNIT, ROUND_UP)
            found.append((-quantity, price, fee))
    return np.array(found, dtype=np.float64).reshape(-1, 3)


def _account(closes: pd.Series, fills: np.ndarray, asked: dict) -> vbt.Portfolio:
    first = np.searchsorted(fills[:, 0], np.arange(len(closes) + 1))
    size, price, fees = np.ascontiguousarray(_orders(fills, asked).T)
    return vbt.Portfolio.from_order_func(
        closes, _next_fill, first, size, price, fees, flexible=True, init_cash=asked["cash"],
        max_orders=len(fills) + 1, freq="1h",
    )  # fmt: skip


def main() -> None:
    with open(sys.argv[1]) as file:
        asked = json.load(file)
    values = np.load(asked["bars"])["closes"]
    closes = pd.Series(
        values, index=pd.date_range("2017-08-17 04:00", periods=len(values), freq="h")
    )
    figures, equity = {}, {}
    for name, fills in np.load(asked["fills"]).items():
        portfolio = _account(closes, fills, asked)
        equity[name] = portfolio.value().to_numpy()
        figures[name] = {
            "fills": int(portfolio.orders.count()),
            "fees": float(portfolio.orders.fees.sum()),
            "total_return": float(portfolio.total_return()),
            "max_drawdown": -float(portfolio.max_drawdown()),
        }
    np.savez(asked["equity"], **equity)
    print(json.dumps({"figures": figures, "version": vbt.__version__}), flush=True)


if __name__ == "__main__":
    main()
