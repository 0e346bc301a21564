"""What holds of every decision, whatever the limits, holdings, prices and order: the guards of risk itself."""

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from arena.kit.errors import ArenaError
from arena.trading.portfolio import Account, Portfolio, Position
from arena.trading.risk import (
    BelowNotionalMin,
    Limits,
    OffStep,
    Proposal,
    Watch,
    decide,
    tighter,
)
from tests.trading.tape import BTC, ETH, D, at

ACCOUNT = Account("acc_1", "collective", "col_1", "USD", D(1000), at(0))
TYPES = ("market", "limit", "limit_maker", "stop_loss", "stop_loss_limit", "take_profit")


@dataclass(frozen=True)
class Asked:
    """All that a decision looks at but the limits."""

    portfolio: Portfolio
    order: Proposal
    prices: dict[str, Decimal]
    watch: Watch

    def accepted(self, limits: Limits) -> bool:
        return self.refusal(limits) is None

    def refusal(self, limits: Limits) -> ArenaError | None:
        return decide(limits, self.portfolio, self.order, self.prices, self.watch).refusal


fractions = st.integers(1, 100).map(lambda n: D(n) / 100)
near = st.integers(80, 125).map(lambda n: D(n))  # prices about the last one, which is about 100
whole = st.integers(0, 50).map(D)
few = st.integers(0, 3)
MOST_STEPS = 5_000_000


@st.composite
def asked(draw: st.DrawFn, sides: tuple[str, ...] = ("buy", "buy", "sell")) -> Asked:
    """An order that might be taken, of an account that may have lost or won a little."""
    prices = {BTC.symbol: draw(near), ETH.symbol: draw(near)}
    held = {BTC.symbol: draw(whole), ETH.symbol: draw(whole)}
    cash = draw(st.integers(1_000, 9_000).map(D))
    side: Any = draw(st.sampled_from(sides))
    kind: Any = draw(st.sampled_from(TYPES))
    order = Proposal(
        BTC,
        side,
        kind,
        BTC.step * draw(st.integers(1, MOST_STEPS)),
        limit_price=draw(near) if "limit" in kind else None,
        stop_price=draw(near) if kind.startswith(("stop_loss", "take_profit")) else None,
        free_cash=cash,
        free_quantity=held[BTC.symbol],
        pending=draw(st.dictionaries(st.sampled_from([BTC.symbol, ETH.symbol]), few.map(D))),
        estimate=draw(st.none() | near) if kind == "market" else None,
    )
    equity = cash + sum(held[s] * prices[s] for s in held)
    watch = Watch(
        equity * draw(near) / 100, equity * draw(near) / 100, draw(few), draw(few), draw(few)
    )
    positions = {symbol: Position(symbol, quantity, D(1)) for symbol, quantity in held.items()}
    balances = {"USD": cash, "BTC": held[BTC.symbol], "ETH": held[ETH.symbol]}
    return Asked(Portfolio(ACCOUNT, balances, positions), order, prices, watch)


BOUNDS: dict[str, st.SearchStrategy[Any]] = {
    "position_weight_max": fractions,
    "exposure_max": fractions,
    "daily_drawdown_max": st.integers(1, 25).map(lambda n: D(n) / 100),
    "drawdown_max": st.integers(1, 25).map(lambda n: D(n) / 100),
    "order_notional_max": st.integers(5, 5_000).map(D),
    "position_quantity_max": st.dictionaries(st.sampled_from([BTC.symbol, ETH.symbol]), whole),
    "orders_10s_max": st.integers(1, 4),
    "orders_day_max": st.integers(1, 4),
    "open_orders_max": st.integers(1, 4),
    "price_collar_bps": st.integers(1, 3_000),
    "symbols": st.frozensets(st.sampled_from([BTC.symbol, ETH.symbol])),
    "liquidation_drawdown": st.integers(1, 25).map(lambda n: D(n) / 100),
    "liquidation_exposure": fractions,
    "liquidating_since": st.just(at(0)),
}


@st.composite
def limits_of(draw: st.DrawFn, most: int = len(BOUNDS)) -> Limits:
    """At most so many bounds; what is bounded by everything takes nothing, and shows little."""
    names = draw(st.lists(st.sampled_from(sorted(BOUNDS)), unique=True, min_size=1, max_size=most))
    return Limits(**{name: draw(BOUNDS[name]) for name in names})


limits = limits_of()
loose = limits_of(2)


@settings(max_examples=800)
@given(asked(), loose)
def test_no_accepted_order_violates_a_limit_when_it_is_checked_again(
    case: Asked, limits: Limits
) -> None:
    """By an oracle of its own, in fractions: the account as it is once this order and all open buys are filled."""
    accepted = _what_is_accepted(case, limits)
    if accepted is None:
        return
    case, order, watch = accepted, accepted.order, accepted.watch
    price = Fraction(
        order.limit_price or order.stop_price or order.estimate or case.prices[BTC.symbol]
    )
    quantity, last = Fraction(order.quantity), Fraction(case.prices[BTC.symbol])
    if limits.order_notional_max is not None:
        assert quantity * price <= limits.order_notional_max
    for count, most in (
        (watch.orders_10s, limits.orders_10s_max), (watch.orders_day, limits.orders_day_max),
        (watch.open_orders, limits.open_orders_max),
    ):  # fmt: skip
        assert most is None or count + 1 <= most
    if limits.price_collar_bps is not None and (order.limit_price or not order.stop_price):
        reference = Fraction(order.stop_price) if order.stop_price else last
        traded = Fraction(order.limit_price or order.estimate or case.prices[BTC.symbol])
        beyond = traded / reference - 1 if order.side == "buy" else 1 - traded / reference
        assert beyond * 10_000 <= limits.price_collar_bps
    if order.side == "sell":
        assert order.quantity <= order.free_quantity
        return
    assert quantity * price <= order.free_cash
    assert limits.symbols is None or BTC.symbol in limits.symbols
    assert limits.liquidating_since is None
    _expect_within_when_filled(case, limits, price)


def _what_is_accepted(case: Asked, limits: Limits) -> Asked | None:
    """The case itself, or with about the largest quantity that passes: where a check is wrong, it is wrong there."""
    if case.accepted(limits):
        return case
    least, most = 0, MOST_STEPS
    found = None
    for _ in range(24):
        steps = (least + most) // 2
        smaller = replace(case, order=replace(case.order, quantity=BTC.step * steps))
        if smaller.accepted(limits):
            least, found = steps, smaller
        elif isinstance(smaller.refusal(limits), BelowNotionalMin | OffStep):
            least = steps
        else:
            most = steps
    return found


def _expect_within_when_filled(case: Asked, limits: Limits, price: Fraction) -> None:
    held = {s: Fraction(p.quantity) for s, p in case.portfolio.positions.items()}
    after = {s: q + Fraction(case.order.pending.get(s, D(0))) for s, q in held.items()}
    after[BTC.symbol] += Fraction(case.order.quantity)
    last = {s: Fraction(p) for s, p in case.prices.items()}
    cash = Fraction(case.portfolio.cash)
    equity = cash + sum(held[s] * last[s] for s in held)
    if limits.daily_drawdown_max < 1:
        assert equity > (1 - Fraction(limits.daily_drawdown_max)) * Fraction(
            case.watch.day_start_equity
        )
    for most in (limits.drawdown_max, limits.liquidation_drawdown):
        if most is not None and most < 1:
            assert equity > (1 - Fraction(most)) * Fraction(case.watch.peak_equity)
    for symbol, most in limits.position_quantity_max.items():
        if symbol == BTC.symbol:
            assert after[symbol] <= most
    valued = {**last, BTC.symbol: price}
    equity = cash + sum(held[s] * valued[s] for s in held)
    assert after[BTC.symbol] * price <= Fraction(limits.position_weight_max) * equity
    exposed = sum(after[s] * valued[s] for s in after)
    assert exposed <= Fraction(limits.exposure_max) * equity


@given(asked(), limits | loose, limits | loose)
def test_tightening_a_limit_never_turns_a_refusal_into_an_acceptance(
    case: Asked, one: Limits, other: Limits
) -> None:
    if case.accepted(tighter(one, other)):
        assert case.accepted(one)
        assert case.accepted(other)


@given(asked(("sell",)), limits)
def test_what_reduces_passes_every_halt_that_is_about_losses_or_weights(
    case: Asked, limits: Limits
) -> None:
    free = replace(
        limits, daily_drawdown_max=D(1), drawdown_max=D(1), liquidation_drawdown=None, exposure_max=D(1),
        position_weight_max=D(1), position_quantity_max={}, symbols=None, liquidating_since=None,
    )  # fmt: skip
    assert case.accepted(limits) == case.accepted(free)


@given(asked(), limits | loose, st.sampled_from(["killed_at", "barred_at"]))
def test_of_a_stopped_account_nothing_is_taken_whatever_it_asks(
    case: Asked, limits: Limits, switch: str
) -> None:
    stopped: dict[str, Any] = {switch: at(0)}
    assert not case.accepted(replace(limits, **stopped))


@given(asked(), limits | loose)
def test_the_same_case_is_decided_the_same_way_again(case: Asked, limits: Limits) -> None:
    first = decide(limits, case.portfolio, case.order, case.prices, case.watch)
    again = decide(limits, case.portfolio, case.order, case.prices, case.watch)
    assert type(first.refusal) is type(again.refusal)
    assert str(first.refusal) == str(again.refusal)
