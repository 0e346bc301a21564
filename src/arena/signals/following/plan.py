"""The orders a signal and its fills lead to (record.md, section 7), as intents with their ids. Pure.

Following and the recomputation of a record build their orders here, so they cannot disagree.
"""

from collections.abc import Sequence
from decimal import Decimal

from arena.kit.ids import derived
from arena.signals.feeds import Terms
from arena.signals.following.model import Sized
from arena.trading.market import Instrument
from arena.trading.orders import NewOrder
from arena.trading.venues import TicketType


def entry_order(terms: Terms, account_id: str, sized: Sized, *, cash: Decimal) -> NewOrder:
    """Rule 6: a market order, or a limit order that expires with the signal. A buy may spend all cash."""
    limited = terms.limit_price is not None
    return NewOrder(
        account_id=account_id,
        client_order_id=terms.id,
        symbol=terms.instrument,
        side=sized.side,
        type="limit" if limited else "market",
        quantity=sized.quantity,
        limit_price=terms.limit_price,
        expires_at=terms.valid_until if limited else None,
        budget=cash if sized.side == "buy" else None,
        signal_id=terms.id,
    )


def protective_orders(
    terms: Terms, account_id: str, number: int, *, held: Decimal, instrument: Instrument
) -> Sequence[NewOrder]:
    """Rule 7: the stop-loss and take-profit sells that follow fill `number` of the signal's order."""
    quantity = instrument.floor_step(held)
    if quantity <= 0:
        return ()
    guards: tuple[tuple[TicketType, Decimal | None], ...] = (
        ("stop_loss", terms.stop_price),
        ("take_profit", terms.take_profit_price),
    )
    return [
        NewOrder(
            account_id=account_id,
            client_order_id=f"{terms.id}:{kind}:{number}",
            symbol=terms.instrument,
            side="sell",
            type=kind,
            quantity=quantity,
            stop_price=price,
            group_id=derived("grp", account_id, terms.id, number),
            signal_id=terms.id,
        )
        for kind, price in guards
        if price is not None
    ]


def guarded(terms: Terms) -> bool:
    """Whether the signal has a stop or a take-profit price."""
    return terms.stop_price is not None or terms.take_profit_price is not None
