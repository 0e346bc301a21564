"""How much to trade for a target weight."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.signals.following import size
from arena.trading.market import Instrument
from arena.trading.portfolio import Holding
from arena.trading.venues import Rules

BTC = Instrument("BTC-USD", "BTC", "USD", Decimal("0.01"), Decimal("0.00001"), Decimal(5))
RULES = Rules()
D = Decimal


@pytest.mark.parametrize(
    ("weight", "limit", "cash", "held", "mark", "expected"),
    [
        ("1", None, "100000", "0", "50000", ("ordered", "buy", "1.99000")),  # the reserve binds
        ("0.5", None, "100000", "0", "50000", ("ordered", "buy", "1.00000")),
        ("0.5", "40000", "100000", "0", "50000", ("ordered", "buy", "1.25000")),  # sized by the limit
        ("0.5", None, "0", "2", "50000", ("ordered", "sell", "1.00000")),
        ("0.5", None, "50000", "1", "50000", ("too_small", "buy", "0")),
        ("0.503", None, "50000", "1", "50000", ("too_small", "buy", "0")),  # under 50 bps of equity
        ("0.506", None, "50000", "1", "50000", ("ordered", "buy", "0.01200")),
        ("0", None, "50000", "1.234567891", "50000", ("ordered", "sell", "1.23456")),
        ("0", None, "50000", "0.00000999", "50000", ("unchanged", "buy", "0")),
        ("0", None, "50000", "0.00009", "50000", ("too_small", "buy", "0")),  # under the minimum notional
        ("1", None, "4", "0", "50000", ("too_small", "buy", "0")),
        ("1", None, "100000", "0", None, ("no_price", "buy", "0")),
    ],
)  # fmt: skip
def test_a_target_becomes_a_quantity(
    weight: str,
    limit: str | None,
    cash: str,
    held: str,
    mark: str | None,
    expected: tuple[str, str, str],
) -> None:
    sized = size(
        D(weight), D(limit) if limit else None, holding=Holding(D(cash), D(held)),
        mark=D(mark) if mark else None, instrument=BTC, rules=RULES,
    )  # fmt: skip
    assert (sized.outcome, sized.side, sized.quantity) == (expected[0], expected[1], D(expected[2]))


amounts = st.decimals(0, 10**7, places=8)
prices = st.decimals(D("0.01"), 10**6, places=2)
weights = st.decimals(0, 1, places=6)


@given(weight=weights, cash=amounts, held=amounts, mark=prices)
def test_what_is_ordered_can_be_had(weight: D, cash: D, held: D, mark: D) -> None:
    sized = size(weight, None, holding=Holding(cash, held), mark=mark, instrument=BTC, rules=RULES)
    if sized.outcome != "ordered":
        assert sized.quantity == 0
        return
    assert sized.quantity > 0
    assert sized.quantity % BTC.step == 0
    assert sized.quantity * mark >= BTC.notional_min
    if sized.side == "buy":
        assert sized.quantity * mark <= cash * D("0.995")
    else:
        assert sized.quantity <= held


@given(weight=weights, cash=amounts, held=amounts, mark=prices)
def test_a_target_once_reached_asks_for_nothing_more(weight: D, cash: D, held: D, mark: D) -> None:
    first = size(weight, None, holding=Holding(cash, held), mark=mark, instrument=BTC, rules=RULES)
    if first.outcome != "ordered" or weight > D("0.99"):
        return
    sign = 1 if first.side == "buy" else -1
    after = Holding(cash - sign * first.quantity * mark, held + sign * first.quantity)
    again = size(weight, None, holding=after, mark=mark, instrument=BTC, rules=RULES)
    assert again.outcome in ("too_small", "unchanged")
