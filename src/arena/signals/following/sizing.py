"""How much to trade for a target weight (record.md, section 7). Pure."""

from decimal import Decimal, localcontext

from arena.signals.following.model import Sized
from arena.trading.market import ARITHMETIC, Instrument
from arena.trading.portfolio import Holding
from arena.trading.venues import Rules

_BPS = Decimal(10_000)


def size(
    weight: Decimal,
    limit_price: Decimal | None,
    *,
    holding: Holding,
    mark: Decimal | None,
    instrument: Instrument,
    rules: Rules,
) -> Sized:
    """What the target asks for, given what is held and the last close `mark` (None before the first).

    `weight` is the share of equity in [0, 1]; the limit price, where given, is the price to size by.
    """
    if mark is None:
        return Sized("no_price")
    with localcontext(ARITHMETIC):
        return size_at(
            weight, limit_price, holding=holding, mark=mark, instrument=instrument, rules=rules
        )


def size_at(
    weight: Decimal,
    limit_price: Decimal | None,
    *,
    holding: Holding,
    mark: Decimal,
    instrument: Instrument,
    rules: Rules,
) -> Sized:
    """As `size`; decimal arithmetic is the caller's context."""
    if not weight:
        return _leave(holding.quantity, mark, instrument)
    return _move(weight, limit_price or mark, holding, mark, instrument=instrument, rules=rules)


def _leave(held: Decimal, mark: Decimal, instrument: Instrument) -> Sized:
    """Rule 4: sell all there is."""
    quantity = instrument.floor_step(held)
    if quantity == 0:
        return Sized("unchanged")
    if quantity * mark < instrument.notional_min:
        return Sized("too_small")
    return Sized("ordered", "sell", quantity)


def _move(
    weight: Decimal,
    price: Decimal,
    holding: Holding,
    mark: Decimal,
    *,
    instrument: Instrument,
    rules: Rules,
) -> Sized:
    """Rule 5: buy or sell the difference, unless it is too small to be worth its costs."""
    equity = holding.cash + holding.quantity * mark
    difference = instrument.floor_step(equity * weight / price) - holding.quantity
    worth_it = max(instrument.notional_min, equity * rules.rebalance_bps / _BPS)
    if abs(difference) * mark < worth_it:
        return Sized("too_small")
    if difference > 0:
        spendable = holding.cash * (1 - rules.reserve_bps / _BPS)
        affordable = instrument.floor_step(spendable / price)
        quantity = min(instrument.floor_step(difference), affordable)
    else:
        quantity = instrument.floor_step(-difference)
    if quantity < instrument.step or quantity * mark < instrument.notional_min:
        return Sized("too_small")
    return Sized("ordered", "buy" if difference > 0 else "sell", quantity)
