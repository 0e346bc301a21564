"""Money put into an account on the floor, or taken out: booked in memory with all else, written with the next batch."""

from collections.abc import Iterable
from decimal import Decimal

from arena.people.access import Actor
from arena.trading.market import Instrument
from arena.trading.orders.floor.purse import Purse
from arena.trading.orders.floor.state import State
from arena.trading.portfolio import AccountBook, Flow, InsufficientFunds, Rate, make_flow


def move_funds(
    state: State,
    purse: Purse,
    asset: str,
    quantity: Decimal,
    *,
    id: str,
    rate: Rate,
    known: Iterable[Instrument],
    note: str,
    by: Actor,
    request_id: str | None,
) -> Flow:
    """In memory and at once. What open orders hold cannot be taken out.

    Raises AccountClosed, NoFlow, InsufficientFunds; a refusal leaves nothing behind.
    """
    flow = make_flow(
        purse.portfolio, asset, quantity, id=id, rate=rate, prices=state.prices(), at=state.now(), note=note,
        by=by.id,
    )  # fmt: skip
    if quantity < 0 and purse.free(asset) + quantity < 0:
        raise InsufficientFunds(needed=-quantity, asset=asset, free=purse.free(asset))
    book = AccountBook(purse.portfolio, known)
    moved = book.book_flow(flow)
    purse.balances, purse.positions = book.balances, book.positions
    purse.meter.flow(flow.value_quote)
    state.batch.move(purse, flow, moved, (by, request_id))
    state.tell_balances(purse, [asset], flow.at, by=by, changes={asset: quantity})
    return flow
