"""What an account holds, fill by fill: fees in any asset, money put in and taken out, lots beside average cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.trading.market import Instrument
from arena.trading.portfolio import (
    Account,
    AccountBook,
    Charge,
    Flow,
    InsufficientFunds,
    Portfolio,
    Rate,
    charge_of,
    lots,
    movements,
)
from arena.trading.venues import Fill
from tests.trading.tape import BTC, ETH, D, at

BNB = Instrument("BNB-USD", "BNB", "USD", D("0.01"), D("0.001"), D(5))
KNOWN = {i.symbol: i for i in (BTC, ETH, BNB)}
OPENING = D(100_000)


def fill(
    side: str, quantity: object, price: object, *, fee: object = 0, asset: str = "", number: int = 1,
    symbol: str = BTC.symbol,
) -> Fill:  # fmt: skip
    own = KNOWN[symbol]
    fee_asset = asset or (own.base if side == "buy" else own.quote)
    return Fill(
        f"fil_{number}", f"ord_{number}", "acc_1", 1, symbol, side, D(quantity), D(price), D(fee), fee_asset,
        "taker", {}, at(0) + timedelta(minutes=number),
    )  # type: ignore[arg-type]  # side is one of the two in every test  # fmt: skip


def flow(quantity: object, asset: str = "USD", rate: object = 1, number: int = 1) -> Flow:
    moved = D(quantity)
    return Flow(
        f"flw_{number}", "acc_1", at(0) + timedelta(minutes=number), asset, moved, moved * D(rate), D(rate),
        "a test says so", OPENING, "top up", "per_1",
    )  # fmt: skip


def opened() -> AccountBook:
    account = Account("acc_1", "collective", "col_1", "USD", OPENING, at(0))
    return AccountBook(Portfolio(account, {"USD": OPENING}), KNOWN.values())


def booked(book: AccountBook, trade: Fill, rate: object = 0) -> Charge:
    charge = charge_of(
        trade, KNOWN[trade.symbol], {"BNB": Rate(D(rate), "a test says so")} if rate else None
    )
    book.book_fill(trade, charge)
    return charge


def test_a_fee_in_the_quote_asset_is_paid_from_cash_and_belongs_to_the_cost_of_a_buy() -> None:
    book = opened()
    charge = booked(book, fill("buy", 2, 100, fee="0.5", asset="USD"))
    held = book.positions[BTC.symbol]
    assert (book.balances["USD"], held.quantity, held.average_cost) == (
        D("99799.5"),
        2,
        D("100.25"),
    )
    assert (charge.rate.rate, charge.worth, held.fees) == (1, D("0.5"), D("0.5"))


def test_a_fee_in_the_base_asset_of_a_sell_gives_units_away_for_nothing() -> None:
    book = opened()
    booked(book, fill("buy", 3, 100))
    charge = booked(book, fill("sell", 1, 120, fee="0.1", asset="BTC", number=2))
    held = book.positions[BTC.symbol]
    assert held.quantity == book.balances["BTC"] == D("1.9")
    assert (charge.worth, held.fees) == (12, 12)
    assert held.realised_pnl == 20 - 10, "a tenth of a unit that had cost 10 is gone"


def test_a_fee_in_a_third_asset_comes_from_its_balance_at_a_rate_that_is_kept() -> None:
    book = opened()
    booked(book, fill("buy", 1, 200, symbol=BNB.symbol))
    charge = booked(book, fill("buy", 2, 100, fee="0.01", asset="BNB", number=2), rate=300)
    assert (charge.taken_from, charge.worth) == ("other", 3)
    held, paid_with = book.positions[BTC.symbol], book.positions[BNB.symbol]
    assert held.average_cost == D("101.5"), "the fee belongs to what the position has cost"
    assert held.quantity == book.balances["BTC"] == 2
    assert paid_with.quantity == book.balances["BNB"] == D("0.99")
    assert paid_with.realised_pnl == 1, "bought at 200, given away at 300"
    assert book.balances["USD"] == OPENING - 200 - 200


def test_a_fee_that_nobody_can_price_is_taken_all_the_same_and_counts_at_nothing() -> None:
    book = opened()
    book.book_flow(flow(5, asset="XYZ", rate=0))
    charge = booked(book, fill("buy", 1, 100, fee=2, asset="XYZ"))
    assert (charge.worth, charge.rate.origin) == (0, "no price of it was known")
    assert book.balances["XYZ"] == 3


def test_more_than_is_there_is_never_taken() -> None:
    book = opened()
    with pytest.raises(InsufficientFunds):
        booked(book, fill("buy", 1, 100, fee=1, asset="BNB"), rate=300)
    assert book.balances == {"USD": OPENING}, "nothing was booked"
    with pytest.raises(InsufficientFunds):
        booked(book, fill("buy", 1, OPENING, fee=1, asset="USD"))
    with pytest.raises(InsufficientFunds):
        book.book_flow(flow(-OPENING - 1))


def test_units_put_in_cost_what_they_were_worth_and_units_taken_out_leave_the_average() -> None:
    book = opened()
    booked(book, fill("buy", 1, 100))
    book.book_flow(flow(1, asset="BTC", rate=140, number=2))
    held = book.positions[BTC.symbol]
    assert (held.quantity, held.average_cost, held.realised_pnl) == (2, 120, 0)
    book.book_flow(flow("-0.5", asset="BTC", rate=150, number=3))
    held = book.positions[BTC.symbol]
    assert (held.quantity, held.average_cost, held.realised_pnl) == (D("1.5"), 120, 0)
    assert book.balances["BTC"] == D("1.5")


def test_what_came_first_leaves_first() -> None:
    trades = [
        fill("buy", 1, 100, number=1), fill("buy", 2, 130, fee="0.002", number=2),
        fill("sell", "1.5", 150, fee="0.3", number=3),
    ]  # fmt: skip
    found = lots(movements([(t, charge_of(t, BTC)) for t in trades], [], KNOWN, "USD"))
    first, second = found.realised
    assert (first.quantity, first.acquired_by, first.sold_by) == (1, "fil_1", "fil_3")
    assert (first.proceeds, first.cost, first.fees) == (150, 100, D("0.2"))
    assert first.gain == D("49.8")
    assert (second.quantity, second.proceeds) == (D("0.5"), 75)
    # Units cost 130 each; half a unit bears 0.26 x 0.5 / 1.998 of the fee of buying, and a third of that of selling.
    assert (second.cost, second.fees) == (65, D("0.06506507") + D("0.1"))
    (left,) = found.open
    assert left.quantity == D("1.498")
    assert left.cost + left.fees == 260 - 65 - D("0.06506507")


def test_what_paid_a_fee_was_sold_and_what_was_taken_out_was_not() -> None:
    trades = [
        fill("buy", 1, 200, symbol=BNB.symbol), fill("buy", 2, 100, fee="0.01", asset="BNB", number=2),
    ]  # fmt: skip
    rates = {"BNB": Rate(D(300), "a test says so")}
    charges = [charge_of(t, KNOWN[t.symbol], rates) for t in trades]
    out = flow("-0.5", asset="BNB", rate=310, number=3)
    found = lots(movements(zip(trades, charges, strict=True), [out], KNOWN, "USD"))
    paid, taken = found.realised
    assert (paid.why, paid.quantity, paid.proceeds, paid.gain) == ("fee", D("0.01"), 3, 1)
    assert (taken.why, taken.quantity, taken.gain) == ("transfer", D("0.5"), 0)
    assert {(lot.asset, lot.quantity) for lot in found.open} == {("BNB", D("0.49")), ("BTC", D(2))}


@dataclass(frozen=True)
class Step:
    """A trade or a flow as hypothesis proposes it; quantities in steps, prices in cents."""

    kind: str
    symbol: str
    quantity: int
    price: int
    fee_in: str


STEPS = st.builds(
    Step,
    st.sampled_from(["buy", "sell", "buy", "sell", "in", "out"]),
    st.sampled_from(sorted(KNOWN)),
    st.integers(1, 10**6),
    st.integers(100, 10**5),
    st.sampled_from(["base", "quote", "BNB"]),
)


def do(book: AccountBook, step: Step, number: int) -> tuple[Fill, Charge] | Flow:
    """Raises InsufficientFunds."""
    own, price = KNOWN[step.symbol], D(step.price) / 100
    quantity = own.step * step.quantity
    if step.kind in ("in", "out"):
        sign = 1 if step.kind == "in" else -1
        asset, rate = (own.base, price) if step.fee_in == "base" else ("USD", D(1))
        moved = flow(sign * quantity, asset, rate, number)
        book.book_flow(moved)
        return moved
    asset = {"base": own.base, "quote": own.quote}.get(step.fee_in, step.fee_in)
    received = quantity if asset == own.base else quantity * price
    fee = (received / 1000).quantize(D("1e-8"), ROUND_UP)
    trade = fill(
        step.kind, quantity, price, fee=fee, asset=asset, number=number, symbol=step.symbol
    )
    charge = charge_of(trade, own, {"BNB": Rate(D("2.5"), "a test says so")})
    book.book_fill(trade, charge)
    return trade, charge


@given(st.lists(STEPS, min_size=1, max_size=40))
def test_positions_balances_lots_and_profits_agree_whatever_is_traded_and_however_it_is_paid(
    steps: Sequence[Step],
) -> None:
    book, done, moved = opened(), [], []
    for number, step in enumerate(steps, 1):
        try:
            what = do(book, step, number)
        except InsufficientFunds:
            continue
        (moved if isinstance(what, Flow) else done).append(what)  # type: ignore[attr-defined]  # either list takes its own
    assert all(quantity >= 0 for quantity in book.balances.values())
    for symbol, position in book.positions.items():
        assert position.quantity == book.balances[KNOWN[symbol].base]
    found = lots(movements(done, moved, KNOWN, "USD"))
    for instrument in KNOWN.values():
        held = sum((lot.quantity for lot in found.open if lot.asset == instrument.base), Decimal(0))
        assert held == book.balances.get(instrument.base, 0)
    # What went in is what is there at cost, less what was gained: by lots to the last digit.
    into = OPENING + sum((f.value_quote for f in moved if f.asset == "USD"), Decimal(0))
    units_in = sum(
        (f.value_quote for f in moved if f.asset != "USD" and f.quantity > 0), Decimal(0)
    )
    left_at_cost = sum((piece.proceeds for piece in found.realised if piece.why == "transfer"), Decimal(0))  # fmt: skip
    at_cost = sum((lot.cost + lot.fees for lot in found.open), Decimal(0))
    gains = sum((piece.gain for piece in found.realised), Decimal(0))
    assert book.balances["USD"] + at_cost + left_at_cost == into + units_in + gains
    if not any(f.asset != "USD" and f.quantity < 0 for f in moved):  # which leave at average cost
        average = sum((p.quantity * p.average_cost for p in book.positions.values()), Decimal(0))
        realised = sum((p.realised_pnl for p in book.positions.values()), Decimal(0))
        assert abs(book.balances["USD"] + average - into - units_in - realised) < D("1e-18")
