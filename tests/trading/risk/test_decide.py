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
    DrawdownReached,
    ExposureTooLarge,
    InstrumentHalted,
    Limits,
    LiquidationUnderWay,
    NoPriceYet,
    OffStep,
    OffTick,
    OrdersTooFast,
    OrderTooLarge,
    PositionQuantityTooLarge,
    PositionTooLarge,
    PriceOutsideCollar,
    Proposal,
    SymbolNotAllowed,
    TooManyOpenOrders,
    TradingBarred,
    TradingKilled,
    Watch,
    decide,
)
from tests.trading.tape import BTC, ETH, D, at

PRICES = {BTC.symbol: D(100), ETH.symbol: D(10)}
WATCH = Watch(D(1000), D(1000))
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
        (DrawdownReached, Limits(drawdown_max=D("0.05")), ask(), held(950)),
        (DrawdownReached, Limits(drawdown_max=D("0.5"), liquidation_drawdown=D("0.05")), ask(), held(950)),
        (TradingBarred, Limits(barred_at=at(0)), ask(), held()),
        (TradingBarred, Limits(barred_at=at(0), killed_at=at(0)), ask("sell", free_quantity=D(1)), held(0, 1)),
        (TradingBarred, Limits(barred_at=at(0)), ask("sell", free_quantity=D(1), liquidates=True), held(0, 1)),
        (SymbolNotAllowed, Limits(symbols=frozenset({ETH.symbol})), ask(), held()),
        (PositionQuantityTooLarge, Limits(position_quantity_max={BTC.symbol: D(3)}), ask(quantity="3.00001"), held()),
        (PositionQuantityTooLarge, Limits(position_quantity_max={BTC.symbol: D(3)}),
         ask(quantity=1, pending={BTC.symbol: D(1)}), held(800, 2)),
        (PositionQuantityTooLarge, Limits(position_quantity_max={BTC.symbol: D(0)}), ask(), held()),
        (LiquidationUnderWay, Limits(liquidating_since=at(0)), ask(), held()),
        (PriceOutsideCollar, Limits(price_collar_bps=100), ask(type="limit", limit_price=D("101.01")), held()),
        (PriceOutsideCollar, Limits(price_collar_bps=100),
         ask("sell", type="limit", limit_price=D("98.99"), free_quantity=D(1)), held(0, 1)),
        (PriceOutsideCollar, Limits(price_collar_bps=100), ask(estimate=D("101.01")), held()),
        (PriceOutsideCollar, Limits(price_collar_bps=100),
         ask(type="stop_loss_limit", stop_price=D(120), limit_price=D("121.21")), held()),
        (OrderTooLarge, Limits(order_notional_max=D(99)), ask(quote_quantity=D(100)), held()),
        (OrderTooLarge, Limits(order_notional_max=D(100)), ask(estimate=D("100.01")), held()),
        (InsufficientFunds, Limits(), ask(quote_quantity=D("1000.01")), held()),
        (BelowNotionalMin, Limits(), ask(quote_quantity=D("4.99")), held()),
        (OffStep, Limits(), ask(quantity=0, quote_quantity=D(10)), held()),
        (NoPriceYet, Limits(), ask(pending={"X-USD": D(1)}), held()),
    ],
)  # fmt: skip
def test_each_limit_refuses_by_name(
    refusal: type[ArenaError], limits: Limits, order: Proposal, portfolio: Portfolio
) -> None:
    decision = decide(limits, portfolio, order, PRICES, WATCH)
    assert type(decision.refusal) is refusal
    assert not decision.accepted
    assert "{" not in decision.refusal.detail


@pytest.mark.parametrize(
    ("refusal", "limits", "watch"),
    [
        (OrdersTooFast, Limits(orders_10s_max=5), Watch(D(1000), D(1000), orders_10s=5)),
        (OrdersTooFast, Limits(orders_day_max=50), Watch(D(1000), D(1000), orders_day=50)),
        (TooManyOpenOrders, Limits(open_orders_max=2), Watch(D(1000), D(1000), open_orders=2)),
        (DrawdownReached, Limits(drawdown_max=D("0.2")), Watch(D(1000), D(1250))),
        (DailyDrawdownReached, Limits(daily_drawdown_max=D("0.2")), Watch(D(1250), D(1250))),
        (DrawdownReached, Limits(drawdown_max=D("0.2")), Watch(D(1000))),
    ],
)  # fmt: skip
def test_what_was_counted_before_the_order_binds_it(
    refusal: type[ArenaError], limits: Limits, watch: Watch
) -> None:
    assert type(decide(limits, held(), ask(), PRICES, watch).refusal) is refusal


def test_one_below_each_count_goes() -> None:
    limits = Limits(orders_10s_max=5, orders_day_max=50, open_orders_max=2)
    assert decide(limits, held(), ask(), PRICES, Watch(D(1000), D(1000), 4, 49, 1)).accepted


@pytest.mark.parametrize(
    "order",
    [
        ask(type="limit", limit_price=D(101)),
        ask(type="limit", limit_price=D(1)),
        ask("sell", type="limit", limit_price=D(99), free_quantity=D(1)),
        ask("sell", type="limit", limit_price=D(5000), free_quantity=D(1)),
        ask(type="stop_loss_limit", stop_price=D(120), limit_price=D("121.20")),
        ask(type="stop_loss", stop_price=D(200)),
        ask(),
    ],
)
def test_the_collar_leaves_alone_what_is_on_the_good_side_or_within_it(order: Proposal) -> None:
    assert decide(Limits(price_collar_bps=100), held(1000, 1), order, PRICES, WATCH).accepted


def test_the_arenas_own_sale_passes_what_is_the_owners_and_what_is_a_matter_of_size() -> None:
    limits = Limits(
        killed_at=at(0), order_notional_max=D(1), orders_10s_max=1, orders_day_max=1, open_orders_max=1,
        price_collar_bps=1, symbols=frozenset(), liquidating_since=at(0), drawdown_max=D("0.01"),
    )  # fmt: skip
    sale = ask("sell", "0.001", free_quantity=D(1), estimate=D(50), liquidates=True)
    assert decide(limits, held(0, 1), sale, PRICES, Watch(D(9000), D(9000), 9, 9, 9)).accepted


def test_what_stays_within_every_limit_goes() -> None:
    limits = Limits(D("0.5"), D("0.6"), D("0.05"), D(500))
    assert decide(limits, held(), ask(quantity=5), PRICES, WATCH).accepted


def test_reducing_passes_the_drawdown_halt_and_the_weights() -> None:
    limits = Limits(D("0.1"), D("0.1"), D("0.05"))
    sell = ask("sell", 1, free_quantity=D(5))
    assert decide(limits, held(0, 5), sell, PRICES, WATCH).accepted


def test_the_default_limits_know_no_drawdown_halt() -> None:
    assert decide(Limits(), held(10), ask(quantity="0.1"), PRICES, WATCH).accepted


def test_a_protective_order_may_close_a_rest_below_the_minimum_notional() -> None:
    stop = ask("sell", "0.001", type="stop_loss", stop_price=D(90), free_quantity=D("0.001"))
    assert decide(Limits(), held(0, "0.001"), stop, PRICES, WATCH).accepted


def test_a_resting_buy_is_weighed_at_the_price_it_may_trade_at() -> None:
    # All the cash at a limit of half the price: twice the coins, yet no more than the equity.
    order = ask(quantity=20, type="limit", limit_price=D(50))
    assert decide(Limits(), held(), order, PRICES, WATCH).accepted


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
    decision = decide(limits, before, order, PRICES, WATCH)
    assert decision.accepted == decide(limits, before, order, PRICES, WATCH).accepted
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
    big = decide(limits, held(), ask(quantity=BTC.step * large), PRICES, WATCH)
    if big.accepted:
        less = decide(limits, held(), ask(quantity=BTC.step * small), PRICES, WATCH)
        assert less.accepted or type(less.refusal) is BelowNotionalMin
