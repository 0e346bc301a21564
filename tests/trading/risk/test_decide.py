"""The decision on an order: each refusal by name, and what an accepted order never does."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.kit.errors import ArenaError
from arena.trading.portfolio import Account, InsufficientFunds, Portfolio, Position
from arena.trading.risk import (
    BelowNotionalMin,
    DailyDrawdownReached,
    ExposureTooLarge,
    InstrumentHalted,
    Limits,
    NoPriceYet,
    OffStep,
    OffTick,
    OrderTooLarge,
    PositionTooLarge,
    Proposal,
    TradingKilled,
    decide,
)
from tests.trading.tape import BTC, ETH, D, at

PRICES = {BTC.symbol: D(100), ETH.symbol: D(10)}
ACCOUNT = Account("acc_1", "collective", "col_1", "USD", D(1000), at(0))


def held(cash: object = 1000, btc: object = 0, eth: object = 0) -> Portfolio:
    return Portfolio(
        ACCOUNT,
        {"USD": D(cash), "BTC": D(btc), "ETH": D(eth)},
        {s: Position(s, D(q), D(1)) for s, q in ((BTC.symbol, btc), (ETH.symbol, eth))},
    )


def ask(side: str = "buy", quantity: object = 1, **how: Any) -> Proposal:
    how.setdefault("free_cash", D(1000))
    return Proposal(BTC, side, how.pop("type", "market"), D(quantity), **how)  # type: ignore[arg-type]  # as given


@pytest.mark.parametrize(
    ("refusal", "limits", "order", "portfolio"),
    [
        (TradingKilled, Limits(killed_at=at(0)), ask(), held()),
        (TradingKilled, Limits(killed_at=at(0)), ask("sell", free_quantity=D(1)), held(0, 1)),
        (InstrumentHalted, Limits(), replace(ask(), instrument=replace(BTC, status="halted")), held()),
        (OffStep, Limits(), ask(quantity="0.123456"), held()),
        (OffStep, Limits(), ask(quantity=0), held()),
        (OffStep, Limits(), ask(quantity=-1), held()),
        (OffTick, Limits(), ask(type="limit", limit_price=D("99.999")), held()),
        (OffTick, Limits(), ask(type="limit", limit_price=D(0)), held()),
        (OffTick, Limits(), ask(type="stop_loss", stop_price=D("0.001")), held()),
        (NoPriceYet, Limits(), replace(ask(), instrument=replace(BTC, symbol="X-USD")), held()),
        (BelowNotionalMin, Limits(), ask(quantity="0.04999"), held()),
        (OrderTooLarge, Limits(order_notional_max=D(99)), ask(), held()),
        (OrderTooLarge, Limits(order_notional_max=D(100)), ask(type="limit", limit_price=D(101)), held()),
        (InsufficientFunds, Limits(), ask(quantity=10, free_cash=D(999)), held()),
        (InsufficientFunds, Limits(), ask("sell", 2, free_quantity=D(1)), held(0, 2)),
        (PositionTooLarge, Limits(position_weight_max=D("0.5")), ask(quantity="5.00001"), held()),
        (PositionTooLarge, Limits(position_weight_max=D("0.5")), ask(quantity=3), held(700, 3)),
        (PositionTooLarge, Limits(position_weight_max=D("0.5")),
         ask(quantity=3, pending={BTC.symbol: D(3)}), held()),
        (ExposureTooLarge, Limits(exposure_max=D("0.5")), ask(quantity=2), held(600, 0, 40)),
        (ExposureTooLarge, Limits(exposure_max=D("0.5")),
         ask(quantity=2, pending={ETH.symbol: D(40)}), held()),
        (DailyDrawdownReached, Limits(daily_drawdown_max=D("0.05")), ask(), held(950)),
    ],
)  # fmt: skip
def test_each_limit_refuses_by_name(
    refusal: type[ArenaError], limits: Limits, order: Proposal, portfolio: Portfolio
) -> None:
    decision = decide(limits, portfolio, order, PRICES, D(1000))
    assert type(decision.refusal) is refusal
    assert not decision.accepted
    assert "{" not in decision.refusal.detail


def test_what_stays_within_every_limit_goes() -> None:
    limits = Limits(D("0.5"), D("0.6"), D("0.05"), D(500))
    assert decide(limits, held(), ask(quantity=5), PRICES, D(1000)).accepted


def test_reducing_passes_the_drawdown_halt_and_the_weights() -> None:
    limits = Limits(D("0.1"), D("0.1"), D("0.05"))
    sell = ask("sell", 1, free_quantity=D(5))
    assert decide(limits, held(0, 5), sell, PRICES, D(1000)).accepted


def test_the_default_limits_know_no_drawdown_halt() -> None:
    assert decide(Limits(), held(10), ask(quantity="0.1"), PRICES, D(1000)).accepted


def test_a_protective_order_may_close_a_rest_below_the_minimum_notional() -> None:
    stop = ask("sell", "0.001", type="stop_loss", stop_price=D(90), free_quantity=D("0.001"))
    assert decide(Limits(), held(0, "0.001"), stop, PRICES, D(1000)).accepted


def test_a_resting_buy_is_weighed_at_the_price_it_may_trade_at() -> None:
    # All the cash at a limit of half the price: twice the coins, yet no more than the equity.
    order = ask(quantity=20, type="limit", limit_price=D(50))
    assert decide(Limits(), held(), order, PRICES, D(1000)).accepted


weights = st.integers(1, 100).map(lambda n: D(n) / 100)


@given(
    position_max=weights, exposure_max=weights, cash=st.integers(0, 5000), btc=st.integers(0, 20),
    eth=st.integers(0, 200), steps=st.integers(1, 3_000_000), limit=st.one_of(st.none(), st.integers(1, 20_000)),
    pending=st.integers(0, 20),
)  # fmt: skip
def test_an_accepted_buy_never_violates_a_limit_when_checked_again_after_it(
    position_max: Decimal, exposure_max: Decimal, cash: int, btc: int, eth: int, steps: int,
    limit: int | None, pending: int,
) -> None:  # fmt: skip
    limits = Limits(position_max, exposure_max)
    price = D(100) if limit is None else D(limit) / 100
    order = ask(
        quantity=BTC.step * steps, type="market" if limit is None else "limit",
        limit_price=None if limit is None else price, free_cash=D(cash), pending={ETH.symbol: D(pending)},
    )  # fmt: skip
    before = held(cash, btc, eth)
    decision = decide(limits, before, order, PRICES, D(1000))
    assert decision.accepted == decide(limits, before, order, PRICES, D(1000)).accepted
    if not decision.accepted:
        return
    # The oracle: the portfolio after this buy and every pending one, each at the price it may trade at.
    worth = {"BTC": (btc + order.quantity) * price, "ETH": (eth + D(pending)) * 10}
    equity = cash + btc * price + eth * 10
    assert order.quantity * price <= cash
    assert worth["BTC"] <= position_max * equity
    assert worth["BTC"] + worth["ETH"] <= exposure_max * equity


@given(st.integers(1, 3_000_000), st.integers(1, 3_000_000))
def test_of_two_buys_the_smaller_is_never_refused_for_size_where_the_larger_goes(
    one: int, other: int
) -> None:
    limits = Limits(D("0.5"), D("0.6"), order_notional_max=D(400))
    small, large = sorted((one, other))
    big = decide(limits, held(), ask(quantity=BTC.step * large), PRICES, D(1000))
    if big.accepted:
        less = decide(limits, held(), ask(quantity=BTC.step * small), PRICES, D(1000))
        assert less.accepted or type(less.refusal) is BelowNotionalMin
