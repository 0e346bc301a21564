"""When an account is sold out of its positions, and that the slices are neither too large nor too many."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.trading.risk import Alarm, Limits, Sellable, Shares, Slice, Watch, alarm, over, plan
from tests.trading.tape import BTC, ETH, D

FLAT = Watch(D(1000), D(1000))
WHOLE = Shares(D(1), D(1))


def btc(
    quantity: object, price: object = 100, visible: object = 1000, start: object = 0
) -> Sellable:
    return Sellable(BTC, D(quantity), D(price), D(visible), D(start))


def eth(quantity: object, price: object = 10, visible: object = 1000) -> Sellable:
    return Sellable(ETH, D(quantity), D(price), D(visible), D(quantity))


@pytest.mark.parametrize(
    ("limits", "equity", "held", "found"),
    [
        (Limits(), 1, [btc(1)], None),
        (Limits(liquidation_drawdown=D("0.2")), 801, [btc(1)], None),
        (Limits(liquidation_drawdown=D("0.2")), 800, [btc(1)], Alarm("drawdown", D("0.2"), D("0.2"))),
        (Limits(liquidation_drawdown=D("0.2")), 100, [], None),
        (Limits(liquidation_drawdown=D("0.2")), 100, [btc("0.000009")], None),
        (Limits(liquidation_exposure=D("0.5")), 1000, [btc(5)], None),
        (Limits(liquidation_exposure=D("0.5")), 1000, [btc(5), eth(1)],
         Alarm("exposure", D("0.51"), D("0.5"))),
        (Limits(liquidation_exposure=D(1)), 500, [btc(5)], None),
        (Limits(liquidation_exposure=D("0.5"), liquidation_drawdown=D("0.5")), 500, [btc(5)],
         Alarm("drawdown", D("0.5"), D("0.5"))),
    ],
)  # fmt: skip
def test_a_trigger_that_is_passed_while_something_can_be_sold_is_an_alarm(
    limits: Limits, equity: int, held: list[Sellable], found: Alarm | None
) -> None:
    assert alarm(limits, FLAT, D(equity), held) == found


def test_after_a_drawdown_all_is_sold_the_largest_position_first() -> None:
    slices = plan("drawdown", Limits(), D(1000), [eth(10), btc(5)], WHOLE)
    assert slices == (Slice(BTC.symbol, D(5)), Slice(ETH.symbol, D(10)))


def test_a_slice_is_a_share_of_the_position_as_it_was_at_the_beginning() -> None:
    shares = Shares(D(1), D("0.25"))
    whole = plan("drawdown", Limits(), D(1000), [btc(4)], shares)
    assert [s.quantity for s in whole] == [D(1)] * 4
    later = plan("drawdown", Limits(), D(1000), [btc(2, start=4)], shares)
    assert [s.quantity for s in later] == [D(1)] * 2


def test_a_slice_is_a_share_of_what_the_bids_show() -> None:
    slices = plan("drawdown", Limits(), D(1000), [btc(2, visible=2)], Shares(D("0.25"), D(1)))
    assert [s.quantity for s in slices] == [D("0.5")] * 4


def test_a_slice_is_never_too_small_to_be_an_order_and_a_rest_goes_along() -> None:
    # The market takes orders worth 5: 0.05 units. A thousandth of the bids would be 0.001.
    slices = plan("drawdown", Limits(), D(1000), [btc("0.12", visible=1)], Shares(D("0.001"), D(1)))
    assert [s.quantity for s in slices] == [D("0.05001"), D("0.06999")]


def test_nothing_is_planned_where_nobody_bids_and_the_others_go_on() -> None:
    slices = plan("drawdown", Limits(), D(1000), [btc(5, visible=0), eth(10)], WHOLE)
    assert slices == (Slice(ETH.symbol, D(10)),)
    assert not over("drawdown", Limits(), D(1000), [btc(5, visible=0)])


def test_too_much_exposure_is_sold_down_to_the_limit_and_no_further() -> None:
    limits = Limits(exposure_max=D("0.4"), liquidation_exposure=D("0.6"))
    held = [btc(6), eth(10)]
    assert plan("exposure", limits, D(1000), held, WHOLE) == (Slice(BTC.symbol, D(3)),)
    assert not over("exposure", limits, D(1000), held)
    assert over("exposure", limits, D(1000), [btc(3), eth(10)])


positions = st.tuples(
    st.integers(1, 10**6), st.integers(1, 10**6), st.integers(0, 10**6), st.integers(1, 10**6)
).map(lambda n: (BTC.step * n[0], D(n[1]) / 100, D(n[2]) / 1000, BTC.step * n[3]))
shares = st.builds(Shares, *(st.integers(1, 100).map(lambda n: D(n) / 100) for _ in range(2)))


@given(positions, shares)
def test_slices_never_sell_more_than_is_held_nor_more_at_once_than_is_meant(
    position: tuple[Decimal, Decimal, Decimal, Decimal], share: Shares
) -> None:
    quantity, price, visible, start = position
    held = Sellable(BTC, quantity, price, visible, start)
    slices = plan("drawdown", Limits(), D(1000), [held], share)
    assert bool(slices) == (visible > 0)
    total = sum((s.quantity for s in slices), D(0))
    assert total <= quantity
    least = BTC.floor_step(BTC.notional_min / price) + BTC.step
    most = min(share.of_depth * visible, share.of_position * max(start, quantity))
    for one in slices:
        assert one.quantity > 0
        assert one.quantity % BTC.step == 0
        assert one.quantity <= max(most, least) + least
    if 0 < len(slices) < 100:
        assert total == quantity


@given(positions, st.integers(1, 99), st.integers(0, 10**5))
def test_what_stays_after_too_much_exposure_keeps_the_limit_by_a_step(
    position: tuple[Decimal, Decimal, Decimal, Decimal], percent: int, cash: int
) -> None:
    quantity, price, _, _ = position
    limits = Limits(liquidation_exposure=D(percent) / 100)
    equity = cash + quantity * price
    held = Sellable(BTC, quantity, price, D(10**9), quantity)
    slices = plan("exposure", limits, equity, [held], WHOLE)
    rest = quantity - sum((s.quantity for s in slices), D(0))
    allowed = D(percent) / 100 * equity
    assert rest * price <= allowed
    if slices and rest:
        # No more than was needed, but for one step and what the market takes as an order at least.
        spare = BTC.notional_min + 2 * BTC.step * price
        assert rest * price >= allowed - spare
