"""Places an order: asks risk, writes it down, hands the ticket to the venue."""

from decimal import Decimal, localcontext

from arena.evidence import audit
from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.people.access import SYSTEM, Actor
from arena.trading import risk
from arena.trading.market import ARITHMETIC, Instrument, instrument
from arena.trading.orders import store
from arena.trading.orders.model import (
    BadOrder,
    ClientOrderIdReused,
    NewOrder,
    Order,
    WrongQuote,
)
from arena.trading.portfolio import (
    AccountClosed,
    NoSuchAccount,
    Portfolio,
    lock_accounts,
    portfolios,
)
from arena.trading.venues import BarVenue, Ticket, whole_ms

OPEN_ORDERS_MAX = 200  # of one account: each is looked at by every bar, and by every order placed
MARGIN = Decimal("1.1")
"""How much more than its worth at the last close a market or stop buy reserves, where cash allows."""


async def place(
    tx: Tx,
    new: NewOrder,
    *,
    venue: BarVenue,
    actor: Actor = SYSTEM,
    request_id: str | None = None,
) -> Order:
    """Places the order, or returns the one already placed under its client_order_id.

    Raises ClientOrderIdReused where that one differs, NoSuchAccount, AccountClosed, UnknownInstrument,
    WrongQuote, BadOrder, TooManyOpenOrders, or the refusal risk decides on.
    """
    account = (await lock_accounts(tx, [new.account_id])).get(new.account_id)
    if account is None:
        raise NoSuchAccount(account_id=new.account_id)
    there = await store.order_by_client_id(tx, new.account_id, new.client_order_id)
    if there is not None:
        return _same(there, new)
    _hold_together(new)
    traded = await instrument(tx, new.symbol)
    if account.closed_at is not None:
        raise AccountClosed(account_id=account.id)
    if traded.quote != account.quote:
        raise WrongQuote(symbol=new.symbol, quote=traded.quote, account_quote=account.quote)
    held = (await portfolios(tx, [account]))[account.id]
    proposal = await _proposal(tx, new, traded, held)
    await risk.check(tx, held, proposal)
    budget = new.budget
    if new.side == "buy" and budget is None:
        budget = await _reserve(tx, proposal)
    order = _order(tx, new)
    await store.insert(tx, order)
    await venue.submit(
        tx,
        Ticket(
            order_id=order.id,
            account_id=order.account_id,
            symbol=order.symbol,
            side=order.side,
            type=new.type,
            remaining=order.quantity,
            effective_at=order.placed_at + venue.latency,
            limit_price=order.limit_price,
            stop_price=order.stop_price,
            group_id=order.group_id,
            budget=budget,
            expires_at=order.expires_at,
        ),
    )
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="orders.place", object=order.id,
        detail={"account_id": order.account_id, "symbol": order.symbol, "side": order.side,
                "type": order.type, "quantity": format(order.quantity, "f"), "signal_id": order.signal_id},
        request_id=request_id,
    )  # fmt: skip
    return order


def _same(there: Order, new: NewOrder) -> Order:
    expires_at = whole_ms(new.expires_at) if new.expires_at else None
    if (
        there.symbol, there.side, there.type, there.quantity, there.limit_price, there.stop_price,
        there.group_id, there.signal_id, there.expires_at,
    ) != (
        new.symbol, new.side, new.type, new.quantity, new.limit_price, new.stop_price,
        new.group_id, new.signal_id, expires_at,
    ):  # fmt: skip
        raise ClientOrderIdReused(client_order_id=new.client_order_id, order_id=there.id)
    return there


def _hold_together(new: NewOrder) -> None:
    numbers = (new.quantity, new.limit_price, new.stop_price, new.budget)
    if any(number is not None and not number.is_finite() for number in numbers):
        raise BadOrder(why="quantities and prices are finite numbers")
    if (new.limit_price is not None) is not (new.type == "limit"):
        raise BadOrder(why="a limit price belongs to a limit order, and to no other")
    if (new.stop_price is not None) is not (new.type in ("stop_loss", "take_profit")):
        raise BadOrder(
            why="a stop price belongs to a stop-loss or take-profit order, and to no other"
        )


async def _proposal(tx: Tx, new: NewOrder, traded: Instrument, held: Portfolio) -> risk.Proposal:
    """What open orders leave free. Of sells in one group only one can fill, so the largest counts."""
    reserved = await store.reserved(tx, held.account.id)
    if len(reserved) >= OPEN_ORDERS_MAX:
        raise risk.TooManyOpenOrders(limit=OPEN_ORDERS_MAX)
    cash, pending = held.cash, dict[str, Decimal]()
    groups: dict[str, Decimal] = {}
    with localcontext(ARITHMETIC):
        for row in reserved:
            if row["side"] == "buy":
                cash -= row["budget"] or Decimal(0)
                pending[row["symbol"]] = pending.get(row["symbol"], Decimal(0)) + row["remaining"]
            elif row["symbol"] == new.symbol and (
                row["group_id"] is None or row["group_id"] != new.group_id
            ):
                key = row["group_id"] or f"alone {len(groups)}"
                groups[key] = max(groups.get(key, Decimal(0)), row["remaining"])
        free_quantity = held.quantity(new.symbol) - sum(groups.values(), Decimal(0))
    return risk.Proposal(
        instrument=traded,
        side=new.side,
        type=new.type,
        quantity=new.quantity,
        limit_price=new.limit_price,
        stop_price=new.stop_price,
        free_cash=cash,
        free_quantity=free_quantity,
        pending=pending,
    )


async def _reserve(tx: Tx, order: risk.Proposal) -> Decimal:
    """What a buy may spend: a limit order never costs more than its limit; others get a margin."""
    prices = await risk.last_closes(tx, [order.instrument.symbol])
    with localcontext(ARITHMETIC):
        worth = order.quantity * risk.reference_price(order, prices)
        return min(order.free_cash, worth if order.type == "limit" else worth * MARGIN)


def _order(tx: Tx, new: NewOrder) -> Order:
    placed_at = whole_ms(tx.now)
    return Order(
        id=derived("ord", new.account_id, new.client_order_id),
        account_id=new.account_id,
        client_order_id=new.client_order_id,
        symbol=new.symbol,
        side=new.side,
        type=new.type,
        quantity=new.quantity,
        limit_price=new.limit_price,
        stop_price=new.stop_price,
        status="accepted",
        filled_quantity=Decimal(0),
        filled_quote=Decimal(0),
        group_id=new.group_id,
        signal_id=new.signal_id,
        reason=None,
        placed_at=placed_at,
        updated_at=placed_at,
        expires_at=whole_ms(new.expires_at) if new.expires_at else None,
    )
