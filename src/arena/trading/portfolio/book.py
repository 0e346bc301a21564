"""Holdings from fills (record.md, rule 6). Pure: the recomputation of a record uses the same code."""

from collections.abc import Mapping
from decimal import Decimal, localcontext

import msgspec

from arena.trading.market import ARITHMETIC
from arena.trading.portfolio.fees import Charge
from arena.trading.portfolio.model import InsufficientFunds, Portfolio
from arena.trading.venues import BarFill, Fill

_NOTHING = Decimal(0)


class Holding(msgspec.Struct, frozen=True, gc=False):
    """Cash and one instrument's position of one account: `cash`, `realised_pnl`, `fees` in quote units,
    `quantity` in base units, `average_cost` in quote units per base unit."""

    cash: Decimal
    quantity: Decimal = Decimal(0)
    average_cost: Decimal = Decimal(0)
    realised_pnl: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)


def apply_fill(holding: Holding, fill: Fill, charge: Charge | None = None) -> Holding:
    """The holding after the fill. Without a `charge`, buys pay their fee in the base asset, sells in the quote asset.

    A fee is a cost wherever it is taken from: a buy's goes into the average cost, a sell's off what is realised. One
    in a third asset changes neither cash nor quantity here; `AccountBook` takes it from that asset.
    Raises InsufficientFunds where cash or position would go below zero.
    """
    with localcontext(ARITHMETIC):
        return book_fill(holding, fill, charge)


def book_fill(holding: Holding, fill: Fill | BarFill, charge: Charge | None = None) -> Holding:
    """As `apply_fill`; decimal arithmetic is the caller's context, which whoever books many enters once."""
    in_base, in_quote, worth = _fee(fill, charge)
    value = fill.quantity * fill.price
    if fill.side == "buy":
        cash = holding.cash - value - in_quote
        if cash < 0:
            raise InsufficientFunds(needed=value + in_quote, asset="quote units", free=holding.cash)
        quantity = holding.quantity + fill.quantity - in_base
        # What is paid in the base asset is in the cost already: fewer units have cost as much.
        cost = holding.quantity * holding.average_cost + value + (0 if in_base else worth)
        return Holding(
            cash=cash,
            quantity=quantity,
            average_cost=cost / quantity if quantity else holding.average_cost,
            realised_pnl=holding.realised_pnl,
            fees=holding.fees + worth,
        )
    quantity = holding.quantity - fill.quantity - in_base
    if quantity < 0:
        raise InsufficientFunds(
            needed=fill.quantity + in_base, asset=f"{fill.symbol} units", free=holding.quantity
        )
    # Units that pay the fee are given away for nothing: what they have cost is lost.
    lost = in_base * holding.average_cost if in_base else worth
    gain = (fill.price - holding.average_cost) * fill.quantity - lost
    return Holding(
        cash=holding.cash + value - in_quote,
        quantity=quantity,
        average_cost=holding.average_cost,
        realised_pnl=holding.realised_pnl + gain,
        fees=holding.fees + worth,
    )


def _fee(fill: Fill | BarFill, charge: Charge | None) -> tuple[Decimal, Decimal, Decimal]:
    """What the fee takes of the position, of the cash, and what it is worth in quote units."""
    if charge is None:
        if fill.side == "buy":
            return fill.fee, _NOTHING, fill.fee * fill.price
        return _NOTHING, fill.fee, fill.fee
    in_base = charge.quantity if charge.taken_from == "base" else _NOTHING
    in_quote = charge.quantity if charge.taken_from == "quote" else _NOTHING
    return in_base, in_quote, charge.worth


def equity(portfolio: Portfolio, closes: Mapping[str, Decimal]) -> Decimal:
    """Rule 8: cash plus each position at the last close, in quote units. Every held symbol needs a close."""
    with localcontext(ARITHMETIC):
        return portfolio.cash + exposure(portfolio, closes)


def exposure(portfolio: Portfolio, closes: Mapping[str, Decimal]) -> Decimal:
    """The value of the open positions at the last closes, in quote units."""
    with localcontext(ARITHMETIC):
        return sum(
            (
                position.quantity * closes[position.symbol]
                for position in portfolio.positions.values()
                if position.quantity
            ),
            Decimal(0),
        )
