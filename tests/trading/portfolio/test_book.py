"""Holdings from fills: cases by hand, and what holds for any sequence of fills."""

from datetime import timedelta
from decimal import ROUND_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.trading.portfolio import (
    Account,
    Holding,
    InsufficientFunds,
    Portfolio,
    Position,
    apply_fill,
    equity,
)
from arena.trading.venues import Fill
from tests.trading.tape import BTC, D, at


def fill(side: str, quantity: object, price: object, fee: object = 0, number: int = 1) -> Fill:
    return Fill(
        f"fil_{number}", f"ord_{number}", "acc_1", 1, BTC.symbol, side, D(quantity), D(price), D(fee),
        "BTC" if side == "buy" else "USD", "taker", {}, at(0) + timedelta(minutes=number),
    )  # type: ignore[arg-type]  # fmt: skip


def test_a_buy_adds_what_is_left_after_the_fee_at_a_cost_that_includes_it() -> None:
    held = apply_fill(Holding(D(1000)), fill("buy", 2, 100, "0.002"))
    assert (held.cash, held.quantity, held.fees) == (800, D("1.998"), D("0.2"))
    assert held.average_cost == D(200) / D("1.998") or abs(
        held.average_cost - D(200) / D("1.998")
    ) < D("1e-24")
    more = apply_fill(held, fill("buy", 1, 130, "0.001"))
    assert more.quantity == D("2.997")
    assert abs(more.average_cost * more.quantity - 330) < D("1e-28")


def test_a_sell_realises_the_gain_over_average_cost_less_its_fee_and_leaves_the_cost() -> None:
    held = Holding(D(0), quantity=D(2), average_cost=D(100))
    after = apply_fill(held, fill("sell", 1, 120, "0.12"))
    assert after == Holding(D("119.88"), D(1), D(100), realised_pnl=D("19.88"), fees=D("0.12"))


def test_more_than_is_there_is_refused() -> None:
    with pytest.raises(InsufficientFunds):
        apply_fill(Holding(D(100)), fill("buy", 2, 100))
    with pytest.raises(InsufficientFunds):
        apply_fill(Holding(D(100), quantity=D(1)), fill("sell", 2, 100))


def test_equity_is_cash_and_positions_at_the_last_close() -> None:
    account = Account("acc_1", "reference", "fd_1", "USD", D(1000), at(0))
    held = Portfolio(
        account, {"USD": D(500), "BTC": D(2)}, {BTC.symbol: Position(BTC.symbol, D(2), D(100))}
    )
    assert equity(held, {BTC.symbol: D(150)}) == 800


@st.composite
def trades(draw: st.DrawFn) -> list[tuple[str, Decimal, Decimal]]:
    return [
        (
            draw(st.sampled_from(["buy", "sell"])),
            BTC.step * draw(st.integers(1, 10**6)),
            D(draw(st.integers(100, 10**6))) / 100,
        )
        for _ in range(draw(st.integers(1, 30)))
    ]


@given(trades(), st.integers(0, 100))
def test_value_is_conserved_but_for_fees_and_nothing_ever_goes_below_zero(
    wanted: list[tuple[str, Decimal, Decimal]], fee_bps: int
) -> None:
    held = Holding(D(10_000))
    for number, (side, quantity, price) in enumerate(wanted):
        received = quantity if side == "buy" else quantity * price
        fee = (received * fee_bps / 10_000).quantize(D("1e-8"), ROUND_UP)
        worth = held.cash + held.quantity * price
        trade = fill(side, quantity, price, fee, number)
        if (side == "buy" and quantity * price > held.cash) or (
            side == "sell" and quantity > held.quantity
        ):
            with pytest.raises(InsufficientFunds):
                apply_fill(held, trade)
            continue
        after = apply_fill(held, trade)
        cost = fee * price if side == "buy" else fee
        assert after.cash + after.quantity * price == worth - cost
        assert after.fees == held.fees + cost
        assert after.cash >= 0
        assert after.quantity >= 0
        held = after
    # Realised and unrealised gains together are what became of the opening cash.
    price = wanted[-1][2]
    unrealised = (price - held.average_cost) * held.quantity
    total = held.cash + held.quantity * price - 10_000
    assert abs(held.realised_pnl + unrealised - total) < D("1e-15")
