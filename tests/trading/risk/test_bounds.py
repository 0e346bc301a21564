"""Limits on limits: the tighter binds, a looser one is refused by name, and nothing senseless is taken."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from arena.kit.settings import Settings
from arena.trading.risk import BadLimits, Bounds, Limits, LooserThanBound, defaults, tighter
from arena.trading.risk.bounds import expect_sound, expect_within
from tests.trading.risk.test_properties import limits
from tests.trading.tape import BTC, ETH, D, at

OPERATOR = Limits(
    position_weight_max=D("0.5"), drawdown_max=D("0.2"), order_notional_max=D(1000),
    position_quantity_max={BTC.symbol: D(2)}, orders_10s_max=10, price_collar_bps=100,
    symbols=frozenset({BTC.symbol, ETH.symbol}), liquidation_drawdown=D("0.3"), barred_at=at(3),
)  # fmt: skip
OWNER = Limits(
    position_weight_max=D("0.6"), exposure_max=D("0.4"), order_notional_max=D(500),
    position_quantity_max={BTC.symbol: D(3), ETH.symbol: D(9)}, orders_day_max=50,
    symbols=frozenset({BTC.symbol}), liquidation_drawdown=D("0.25"), killed_at=at(1),
)  # fmt: skip


def test_of_two_limits_the_tighter_binds_one_by_one() -> None:
    assert Bounds(OPERATOR, OWNER).effective == Limits(
        position_weight_max=D("0.5"), exposure_max=D("0.4"), drawdown_max=D("0.2"), order_notional_max=D(500),
        position_quantity_max={BTC.symbol: D(2), ETH.symbol: D(9)}, orders_10s_max=10, orders_day_max=50,
        price_collar_bps=100, symbols=frozenset({BTC.symbol}), liquidation_drawdown=D("0.25"), killed_at=at(1),
        barred_at=at(3),
    )  # fmt: skip


def test_symbols_are_those_that_both_allow() -> None:
    one, other = Limits(symbols=frozenset({"A", "B"})), Limits(symbols=frozenset({"B", "C"}))
    assert tighter(one, other).symbols == {"B"}
    assert tighter(one, Limits()).symbols == tighter(Limits(), one).symbols == one.symbols


@given(limits, limits)
def test_it_does_not_matter_who_is_asked_first(one: Limits, other: Limits) -> None:
    assert tighter(one, other) == tighter(other, one)
    assert tighter(one, one) == one
    assert tighter(tighter(one, other), other) == tighter(one, other)


@pytest.mark.parametrize(
    ("wish", "named"),
    [
        ({"position_weight_max": D("0.51")}, "position_weight_max"),
        ({"drawdown_max": D(1)}, "drawdown_max"),
        ({"order_notional_max": D("1000.01")}, "order_notional_max"),
        ({"orders_10s_max": 11}, "orders_10s_max"),
        ({"price_collar_bps": 101}, "price_collar_bps"),
        ({"liquidation_drawdown": D("0.31")}, "liquidation_drawdown"),
        ({"position_quantity_max": {BTC.symbol: D("2.1")}}, f"position_quantity_max of {BTC.symbol}"),
        ({"symbols": frozenset({"DOGE-USD"})}, "symbols"),
    ],
)  # fmt: skip
def test_a_wish_that_is_looser_than_the_operators_bound_is_refused_by_its_name(
    wish: dict[str, Any], named: str
) -> None:
    with pytest.raises(LooserThanBound) as refused:
        expect_within(OPERATOR, wish)
    assert refused.value.facts["limit"] == named


def test_what_is_as_tight_or_tighter_or_not_bounded_is_no_matter() -> None:
    expect_within(OPERATOR, {
        "position_weight_max": D("0.5"), "orders_day_max": 10**6, "exposure_max": D(1), "orders_10s_max": None,
        "symbols": frozenset({ETH.symbol}), "position_quantity_max": {ETH.symbol: D(10**9), BTC.symbol: D(0)},
    })  # fmt: skip


@pytest.mark.parametrize(
    "new",
    [
        Limits(exposure_max=D(0)),
        Limits(exposure_max=D("1.01")),
        Limits(order_notional_max=D("-1")),
        Limits(order_notional_max=D("NaN")),
        Limits(order_notional_max=D("Infinity")),
        Limits(orders_10s_max=0),
        Limits(open_orders_max=-1),
        Limits(liquidation_exposure=D(2)),
        Limits(position_quantity_max={BTC.symbol: D(-1)}),
        Limits(position_quantity_max={BTC.symbol: D("NaN")}),
    ],
)
def test_a_limit_that_makes_no_sense_is_no_limit(new: Limits) -> None:
    with pytest.raises(BadLimits):
        expect_sound(new)


def test_the_settings_bound_every_collective(settings: Settings) -> None:
    assert defaults(settings) == replace(Limits(), open_orders_max=200)
    settings.risk_exposure_max, settings.risk_liquidation_drawdown = D("0.8"), D("0.5")
    assert defaults(settings).exposure_max == D("0.8")
    assert defaults(settings).liquidation_drawdown == D("0.5")
