"""An account's balances and positions, kept fill by fill and flow by flow in memory. Pure but for its own state.

Whoever writes holdings and whoever computes profits from the fills again share it, so the two cannot differ; and what
is held of an instrument is always what the account has of its base asset.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext

from arena.trading.market import ARITHMETIC, Instrument
from arena.trading.portfolio.book import Holding, apply_fill
from arena.trading.portfolio.fees import Charge
from arena.trading.portfolio.model import Flow, InsufficientFunds, Portfolio, Position
from arena.trading.venues import Fill


@dataclass(frozen=True, slots=True)
class Realised:
    """What one fill or flow realised, in quote units after fees, by symbol: its own instrument's, and that of an asset
    given away for the fee."""

    by_symbol: Mapping[str, Decimal]
    fees: Decimal


class AccountBook:
    """`balances` by asset, `positions` by symbol, both as they are after what was booked."""

    def __init__(self, held: Portfolio, instruments: Iterable[Instrument]) -> None:
        self.quote = held.account.quote
        self.balances = dict(held.balances)
        self.positions = dict(held.positions)
        # An account keeps its books in one currency: an asset has one instrument in it.
        self._symbol_of = {i.base: i.symbol for i in instruments if i.quote == self.quote}
        self._instruments = {i.symbol: i for i in instruments}

    def book_fill(self, fill: Fill, charge: Charge) -> Realised:
        """Raises InsufficientFunds where a balance would go below zero; nothing is booked then."""
        instrument = self._instruments[fill.symbol]
        before = self.positions.get(fill.symbol) or _flat(fill.symbol)
        after = apply_fill(
            Holding(
                self.balances.get(self.quote, Decimal(0)), before.quantity, before.average_cost,
                before.realised_pnl, before.fees,
            ),
            fill,
            charge,
        )  # fmt: skip
        gains = {fill.symbol: after.realised_pnl - before.realised_pnl}
        if charge.taken_from == "other" and charge.quantity:
            gains |= self._give_away(charge)
        self.balances[self.quote] = after.cash
        self.balances[instrument.base] = after.quantity
        self.positions[fill.symbol] = Position(
            fill.symbol, after.quantity, after.average_cost, after.realised_pnl, after.fees
        )
        return Realised(gains, charge.worth)

    def book_flow(self, flow: Flow) -> str | None:
        """Money comes or goes: units put in cost what they were worth then, units taken out leave the average cost.

        Returns the symbol whose position that changes. Raises InsufficientFunds.
        """
        with localcontext(ARITHMETIC):
            held = self.balances.get(flow.asset, Decimal(0)) + flow.quantity
            if held < 0:
                raise InsufficientFunds(
                    needed=-flow.quantity, asset=flow.asset, free=held - flow.quantity
                )
            self.balances[flow.asset] = held
            symbol = self._symbol_of.get(flow.asset)
            if symbol is None:
                return None
            before = self.positions.get(symbol) or _flat(symbol)
            cost = before.average_cost
            if flow.quantity > 0:
                cost = (before.quantity * before.average_cost + flow.value_quote) / held
            self.positions[symbol] = replace(before, quantity=held, average_cost=cost)
            return symbol

    def _give_away(self, charge: Charge) -> dict[str, Decimal]:
        """A third asset pays the fee: it is sold for what the fee is worth, as a tax office sees it."""
        with localcontext(ARITHMETIC):
            held = self.balances.get(charge.asset, Decimal(0))
            if held < charge.quantity:
                raise InsufficientFunds(needed=charge.quantity, asset=charge.asset, free=held)
            self.balances[charge.asset] = held - charge.quantity
            symbol = self._symbol_of.get(charge.asset)
            if symbol is None:
                return {}
            before = self.positions.get(symbol) or _flat(symbol)
            gain = charge.worth - charge.quantity * before.average_cost
            self.positions[symbol] = replace(
                before,
                quantity=held - charge.quantity,
                realised_pnl=before.realised_pnl + gain,
            )
        return {symbol: gain}


def _flat(symbol: str) -> Position:
    return Position(symbol, Decimal(0), Decimal(0))
