"""The account that follows a feed: what a signal makes it order, what a fill makes of it
(record, sections 6 and 7)."""

from dataclasses import dataclass
from decimal import Decimal

from sigma_sdk.verify.arithmetic import BPS, floor_to
from sigma_sdk.verify.terms import Ask, Fill, Instrument, Resting, Rules


@dataclass(slots=True)
class Account:
    """Cash in quote units, holding in base units, and the orders that rest at the venue."""

    cash: Decimal
    holding: Decimal = Decimal(0)

    def apply(self, fill: Fill) -> None:
        """Books a fill: the fee comes off what is received."""
        if fill.side == "buy":
            self.holding += fill.quantity - fill.fee
            self.cash -= fill.quantity * fill.price
        else:
            self.holding -= fill.quantity
            self.cash += fill.quantity * fill.price - fill.fee

    def equity(self, close: Decimal) -> Decimal:
        return self.cash + self.holding * close


@dataclass(frozen=True, slots=True)
class Decided:
    """What following makes of a signal: why nothing is ordered, or the side and quantity ordered."""

    outcome: str
    side: str = ""
    quantity: Decimal = Decimal(0)


def decide(
    ask: Ask, account: Account, close: Decimal | None, instrument: Instrument, rules: Rules
) -> Decided:
    """Sizes the order a signal asks for, at the close of the last bar. No effects."""
    if ask.arrived_ms > ask.valid_until_ms:
        return Decided("stale")
    if close is None:
        return Decided("no_price")
    step, held = instrument.step, account.holding
    if ask.weight == 0:
        quantity = floor_to(held, step)
        if quantity == 0:
            return Decided("unchanged")
        if quantity * close < instrument.notional_min:
            return Decided("too_small")
        return Decided("ordered", "sell", quantity)
    sizing_price = close if ask.limit_price is None else ask.limit_price
    equity = account.equity(close)
    change = floor_to(equity * ask.weight / sizing_price, step) - held
    smallest = max(instrument.notional_min, equity * rules.rebalance_bps / BPS)
    if abs(change) * close < smallest:
        return Decided("too_small")
    if change > 0:
        spendable = account.cash * (1 - rules.reserve_bps / BPS)
        quantity = min(floor_to(change, step), floor_to(spendable / sizing_price, step))
        side = "buy"
    else:
        quantity, side = floor_to(-change, step), "sell"
    if quantity < step or quantity * close < instrument.notional_min:
        return Decided("too_small")
    return Decided("ordered", side, quantity)


def order_of(ask: Ask, decided: Decided, account: Account, arrival: int) -> Resting:
    """The order a decision becomes at the signal's arrival."""
    limited = ask.limit_price is not None
    return Resting(
        arrival=arrival,
        side=decided.side,
        type="limit" if limited else "market",
        remaining=decided.quantity,
        accepted_ms=ask.arrived_ms,
        limit_price=ask.limit_price,
        budget=account.cash if decided.side == "buy" else None,
        expires_ms=ask.valid_until_ms if limited else None,
        sequence=ask.sequence,
    )


def protection_of(ask: Ask, holding: Decimal, at_ms: int, arrival: int) -> list[Resting]:
    """The stop-loss and take-profit sells that guard a position, one group, accepted at a bar's close."""
    wanted = [("stop_loss", ask.stop_price), ("take_profit", ask.take_profit_price)]
    return [
        Resting(
            arrival=arrival + place,
            side="sell",
            type=type_,
            remaining=holding,
            accepted_ms=at_ms,
            stop_price=price,
            group=f"guard-{arrival}",
        )
        for place, (type_, price) in enumerate(each for each in wanted if each[1] is not None)
    ]
