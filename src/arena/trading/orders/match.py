"""A step of the tape meets the open orders: fills, order states, portfolios, facts, in one transaction."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, localcontext

from arena.kit.db import Tx
from arena.trading.market import ARITHMETIC, Bars, instruments
from arena.trading.orders import store
from arena.trading.orders.model import OrderFilled, Status
from arena.trading.portfolio import apply_all
from arena.trading.venues import BarVenue, Fill, Matched, Reason

_ENDS: Mapping[Reason, tuple[Status, str | None]] = {
    "filled": ("filled", None),
    "expired": ("expired", "its time ran out"),
    "budget": ("expired", "its budget was used up"),
    "group": ("canceled", "another order of its group was filled"),
    "canceled": ("canceled", "the venue cancelled it"),
}


async def match(tx: Tx, bars: Bars, *, venue: BarVenue) -> list[Fill]:
    """Matches the bars, which just closed; returns the fills in their order. One query where nothing rests."""
    waiting = await store.lock_waiting(tx, [candle.symbol for candle in bars.candles])
    if not waiting:
        return []
    matched = await venue.match(tx, bars, accounts=waiting)
    if not matched.fills and not matched.closed:
        return []
    signals = await store.settle(tx, _moves(matched), bars.close_at)
    if matched.fills:
        await store.insert_fills(tx, matched.fills)
        known = {instrument.symbol: instrument for instrument in await instruments(tx)}
        await apply_all(tx, matched.fills, known)
        for fill in matched.fills:
            await tx.record(
                OrderFilled(
                    order_id=fill.order_id,
                    account_id=fill.account_id,
                    symbol=fill.symbol,
                    signal_id=signals[fill.order_id],
                    fill_id=fill.id,
                    at=fill.at,
                )
            )
    return list(matched.fills)


def _moves(matched: Matched) -> Sequence[tuple[str, Decimal, Decimal, Status, str | None]]:
    """Per order: base units filled, their worth in quote units, new status, reason."""
    filled: dict[str, tuple[Decimal, Decimal]] = {}
    with localcontext(ARITHMETIC):
        for fill in matched.fills:
            quantity, worth = filled.get(fill.order_id, (Decimal(0), Decimal(0)))
            filled[fill.order_id] = (quantity + fill.quantity, worth + fill.quantity * fill.price)
    ends = dict(matched.closed)
    nothing = (Decimal(0), Decimal(0))
    return [
        (order_id, *filled.get(order_id, nothing),
         *(_ENDS[ends[order_id]] if order_id in ends else ("partially_filled", None)))
        for order_id in {**filled, **ends}
    ]  # fmt: skip
