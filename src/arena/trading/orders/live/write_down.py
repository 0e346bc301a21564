"""Writes a live order down before it is sent: asks who may, what is unresolved, and risk."""

from datetime import datetime
from decimal import Decimal, localcontext

from arena.evidence import audit
from arena.kit.db import Tx
from arena.people.access import Actor
from arena.trading import risk
from arena.trading.market import ARITHMETIC, Instrument, instrument
from arena.trading.orders.live import store
from arena.trading.orders.live.model import LiveOrder, SymbolUnresolved
from arena.trading.orders.model import WrongQuote
from arena.trading.portfolio import (
    AccountClosed,
    NoSuchAccount,
    Portfolio,
    lock_accounts,
    portfolio,
)
from arena.trading.venues import (
    BadOrderRequest,
    DuplicateOrder,
    NothingToTrade,
    OrderRequest,
    order_id_of,
)

MARGIN = Decimal("1.1")
"""How much more than its worth at the last close an open market or stop buy is counted at."""


async def write_down(
    tx: Tx,
    account_id: str,
    asked: OrderRequest,
    *,
    limits: risk.Limits,
    settles_at: datetime,
    written_at: datetime,
    actor: Actor,
    request_id: str | None = None,
) -> tuple[LiveOrder, bool]:
    """The order, `pending`, and whether it is new: the same client order id with the same content gives the one that is
    there. `limits` are the installation's.

    Raises NoSuchAccount, AccountClosed, DuplicateOrder, SymbolUnresolved, WrongQuote, BadOrderRequest, or what risk
    refuses by.
    """
    account = (await lock_accounts(tx, [account_id])).get(account_id)
    if account is None:
        raise NoSuchAccount(account_id=account_id)
    order_id = order_id_of(account_id, asked.client_order_id)
    there = await store.order(tx, order_id)
    if there is not None:
        if there.request != asked:
            raise DuplicateOrder(client_order_id=asked.client_order_id)
        return there, False
    if account.closed_at is not None:
        raise AccountClosed(account_id=account_id)
    traded = await weigh(tx, account_id, asked, limits=limits)
    order = LiveOrder(
        id=order_id, account_id=account_id, venue=account.venue, request=asked, status="pending",
        filled_quantity=Decimal(0), filled_quote=Decimal(0), venue_order_id=None, reason=None,
        written_at=written_at, settles_at=settles_at, updated_at=tx.now,
    )  # fmt: skip
    await store.insert_order(tx, order, quantity=asked.quantity or Decimal(0), placed_at=tx.now)
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="live.place", object=order.id,
        detail={"account_id": account_id, "venue": account.venue, "symbol": traded.symbol,
                "side": asked.side, "type": asked.type, "quantity": _text(asked.quantity),
                "quote_quantity": _text(asked.quote_quantity), "limit_price": _text(asked.limit_price)},
        request_id=request_id,
    )  # fmt: skip
    return order, True


async def weigh(tx: Tx, account_id: str, asked: OrderRequest, *, limits: risk.Limits) -> Instrument:
    """Raises what stands in the way of the order now, and writes nothing."""
    traded = await instrument(tx, asked.symbol)
    held = await portfolio(tx, account_id)
    if traded.quote != held.account.quote:
        raise WrongQuote(symbol=traded.symbol, quote=traded.quote, account_quote=held.account.quote)
    _hold_together(asked)
    open_ = await store.open_orders(tx, account_id)
    for order in open_:
        if order.request.symbol == asked.symbol and order.status in ("pending", "unknown"):
            raise SymbolUnresolved(order_id=order.id, symbol=asked.symbol, venue=order.venue)
    symbols = {asked.symbol, *held.positions, *(order.request.symbol for order in open_)}
    prices = await risk.last_closes(tx, symbols)
    bound = await risk.limits(tx, account_id, limits)
    watch = await _watch(tx, held, bound, len(open_))
    proposal = _proposal(asked, traded, held, open_, prices)
    decision = risk.decide(bound, held, proposal, prices, watch)
    if decision.refusal is not None:
        raise decision.refusal
    return traded


async def _watch(tx: Tx, held: Portfolio, bound: risk.Limits, open_orders: int) -> risk.Watch:
    """Asks only for what the limits are measured against."""
    account = held.account
    start = peak = account.opening_cash
    if bound.daily_drawdown_max < 1 or risk.drawdown_halt(bound) < 1:
        meter = (await risk.standing(tx, [account.id], tx.now))[account.id]
        start, peak = meter.day_start_equity, meter.peak_equity
    in_10s = in_day = 0
    if bound.orders_10s_max is not None or bound.orders_day_max is not None:
        in_10s, in_day = await store.pace(tx, account.id, tx.now)
    return risk.Watch(start, peak, in_10s, in_day, open_orders)


def _hold_together(asked: OrderRequest) -> None:
    if (asked.quantity is None) is (asked.quote_quantity is None):
        raise BadOrderRequest(why="say a quantity, or what to spend or receive, and not both")
    if asked.quote_quantity is not None and asked.type != "market":
        raise BadOrderRequest(why="only a market order goes by what to spend or receive")
    limited = asked.type in ("limit", "limit_maker", "stop_loss_limit", "take_profit_limit")
    if (asked.limit_price is not None) is not limited:
        raise BadOrderRequest(why="a limit price belongs to limit orders, and to no others")
    stops = asked.type.startswith(("stop", "take"))
    if (asked.stop_price is not None or asked.trailing_bps is not None) is not stops:
        raise BadOrderRequest(
            why="a stop price or a trail belongs to stop and take-profit orders, and to no others"
        )


def _proposal(
    asked: OrderRequest,
    traded: Instrument,
    held: Portfolio,
    open_: list[LiveOrder],
    prices: dict[str, Decimal],
) -> risk.Proposal:
    """What open orders leave free: a buy is counted at its limit, others with a margin over the last close."""
    cash, pending, sells = held.cash, dict[str, Decimal](), Decimal(0)
    with localcontext(ARITHMETIC):
        for order in open_:
            request = order.request
            left = (request.quantity or Decimal(0)) - order.filled_quantity
            if request.side == "sell":
                sells += left if request.symbol == asked.symbol else Decimal(0)
                continue
            price = request.limit_price or prices.get(request.symbol, Decimal(0)) * MARGIN
            worth = (
                request.quote_quantity - order.filled_quote
                if request.quote_quantity
                else left * price
            )
            cash -= max(worth, Decimal(0))
            pending[request.symbol] = pending.get(request.symbol, Decimal(0)) + left
        quantity = asked.quantity
        if quantity is None:
            assert asked.quote_quantity is not None, "one of the two is given"
            if not prices.get(asked.symbol):
                raise NothingToTrade(symbol=asked.symbol)
            # Only what risk weighs; what the exchange fills is up to it, and no step of ours binds it.
            quantity = traded.floor_step(asked.quote_quantity / prices[asked.symbol])
        return risk.Proposal(
            instrument=traded, side=asked.side, type=asked.type, quantity=quantity,
            limit_price=asked.limit_price, stop_price=asked.stop_price, free_cash=cash,
            free_quantity=held.quantity(asked.symbol) - sells, pending=pending,
            quote_quantity=asked.quote_quantity,
        )  # fmt: skip


def _text(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")
