"""Holdings from fills (record.md, rule 6). Pure: the recomputation of a record uses the same code."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext

from arena.trading.market import ARITHMETIC
from arena.trading.portfolio.model import InsufficientFunds, Portfolio
from arena.trading.venues import Fill


@dataclass(frozen=True, slots=True)
class Holding:
    """Cash and one instrument's position of one account: `cash`, `realised_pnl`, `fees` in quote units,
    `quantity` in base units, `average_cost` in quote units per base unit."""

    cash: Decimal
    quantity: Decimal = Decimal(0)
    average_cost: Decimal = Decimal(0)
    realised_pnl: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)


def apply_fill(holding: Holding, fill: Fill) -> Holding:
    """The holding after the fill. Buys pay their fee in the base asset, sells in the quote asset.

    Raises InsufficientFunds where cash or position would go below zero.
    """
    with localcontext(ARITHMETIC):
        value = fill.quantity * fill.price
        if fill.side == "buy":
            if value > holding.cash:
                raise InsufficientFunds(needed=value, asset="quote units", free=holding.cash)
            quantity = holding.quantity + fill.quantity - fill.fee
            cost = holding.quantity * holding.average_cost + value
            return Holding(
                cash=holding.cash - value,
                quantity=quantity,
                average_cost=cost / quantity if quantity else holding.average_cost,
                realised_pnl=holding.realised_pnl,
                fees=holding.fees + fill.fee * fill.price,
            )
        if fill.quantity > holding.quantity:
            raise InsufficientFunds(
                needed=fill.quantity, asset=f"{fill.symbol} units", free=holding.quantity
            )
        gain = (fill.price - holding.average_cost) * fill.quantity - fill.fee
        return Holding(
            cash=holding.cash + value - fill.fee,
            quantity=holding.quantity - fill.quantity,
            average_cost=holding.average_cost,
            realised_pnl=holding.realised_pnl + gain,
            fees=holding.fees + fill.fee,
        )


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
