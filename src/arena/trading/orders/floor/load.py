"""Reads the floor from the database: at the start, after a commit that failed, and an account when it is first used."""

from collections import OrderedDict
from datetime import datetime, timedelta
from decimal import Decimal

from arena.kit.db import Row, Tx
from arena.trading import risk
from arena.trading.market import candles, instruments, tape
from arena.trading.orders.floor.market import FloorMarket
from arena.trading.orders.floor.purse import Purse
from arena.trading.orders.floor.read import order_of
from arena.trading.orders.floor.resting import Resting
from arena.trading.orders.floor.state import State
from arena.trading.portfolio import account, portfolio
from arena.trading.venues import OPEN

_KNOWN = 1_000
_HISTORY = timedelta(days=1)


async def take_seat(tx: Tx, url: str) -> int:
    """From now on this process is the floor; whoever was it before cannot commit any more. Returns the epoch."""
    epoch: int = await tx.fetchval(
        """insert into exchange_seat (epoch, url) values (1, $1)
           on conflict (one) do update set epoch = exchange_seat.epoch + 1, url = $1 returning epoch""",
        url,
    )
    return epoch


async def load_counters(tx: Tx, state: State) -> None:
    """Numbers go on where the last process left them, and so does the tape."""
    state.orders = await tx.fetchval(
        """select greatest((select coalesce(max(number), 0) from trade_order),
                           (select coalesce(max(number), 0) from order_list))"""
    )
    rows = await tx.fetch(
        "select symbol, max(trade_number) as last from fill where trade_number > 0 group by symbol"
    )
    state.trades = {row["symbol"]: row["last"] for row in rows}
    state.played_until = await tx.fetchval("select played_until from exchange_seat")
    state.resumed_at = state.resumed_at or state.played_until


async def load_markets(tx: Tx, state: State) -> None:
    """Instruments that are not known yet, with the last day of bars for their statistics."""
    for instrument in await instruments(tx):
        known = state.markets.get(instrument.symbol)
        if known is not None:
            known.instrument = instrument
            continue
        market = state.markets[instrument.symbol] = FloorMarket(instrument, tx.now)
        own = await tape(tx)
        limit = _HISTORY // timedelta(seconds=own.interval_s)
        for bar in await candles(tx, instrument.symbol, until=own.product_now, limit=limit):
            market.tally.take_bar(bar, own.interval_s)


async def load_resting(tx: Tx, state: State) -> list[Resting]:
    """The open orders of all accounts by number, their purses with them; to be handed to the engines."""
    rows = await tx.fetch(
        """select distinct account_id from trade_order where number is not null and status = any($1)""",
        list(OPEN),
    )
    found: list[Resting] = []
    for row in rows:
        purse = state.purses[row["account_id"]] = await load_purse(tx, state, row["account_id"])
        found += purse.open.values()
    return sorted(found, key=lambda order: order.number)


async def load_purse(tx: Tx, state: State, account_id: str) -> Purse:
    """Raises NoSuchAccount. Events are counted first: while the count is right, so is all that is read after it."""
    whose = await account(tx, account_id)
    terms = await tx.one(
        """select a.number, coalesce(a.latency_ms, $2) as latency_ms,
             (select coalesce(max(number), 0) from account_event where account_id = a.id) as events
           from account a where a.id = $1""",
        account_id, state.terms.latency_ms,
    )  # fmt: skip
    held = await portfolio(tx, account_id)
    meter = (await risk.standing(tx, [account_id], tx.now))[account_id]
    midnight = tx.now.replace(hour=0, minute=0, second=0, microsecond=0)
    placed = await tx.fetch(
        """select max(placed_at) as at, count(*) as orders from trade_order
           where account_id = $1 and number is not null and placed_at >= $2
           group by date_bin('10 seconds', placed_at, $2) order by 1""",
        account_id, midnight,
    )  # fmt: skip
    for row in placed:  # a window of the pace each
        meter.pace.add(row["at"], row["orders"])
    purse = Purse(
        account=whose,
        number=terms["number"],
        latency_ms=terms["latency_ms"],
        balances=dict(held.balances),
        positions=dict(held.positions),
        limits=await risk.limits(tx, account_id, state.limits),
        meter=meter,
        events=terms["events"],
    )
    await _load_open(tx, purse)
    await _load_known(tx, purse)
    return purse


async def _load_open(tx: Tx, purse: Purse) -> None:
    rows = await tx.fetch(
        """select o.*, l.client_order_id as list_client_order_id from trade_order o
           left join order_list l on l.number = o.list_number
           where o.account_id = $1 and o.number is not null and o.status = any($2) order by o.number""",
        purse.account.id, list(OPEN),
    )  # fmt: skip
    orders = [_resting(row, tx.now) for row in rows]
    for order in orders:
        purse.open[order.id] = order
        siblings = [o for o in orders if o is not order and o.list_number == order.list_number]
        if order.list_number is not None and siblings:
            order.sibling = siblings[0]
    for order in orders:
        if order.sibling is None or order.number < order.sibling.number:
            purse.hold(order, _held(order))
            if order.request.side == "buy":
                left = order.request.quantity or Decimal(0)
                order.expected = max(left - order.filled_quantity, Decimal(0))


def _held(order: Resting) -> Decimal:
    """What the order held before the restart, as it was written down with it."""
    return max(
        (leg.written_hold for leg in (order, order.sibling) if leg is not None), default=Decimal(0)
    )


def _resting(row: Row, now: datetime) -> Resting:
    seen = order_of(row)
    resume = row["resume"] or {}
    return Resting(
        id=seen.id,
        account_id=seen.account_id,
        number=seen.number,
        request=seen.request,
        status=seen.status,
        placed_at=seen.placed_at,
        updated_at=seen.updated_at,
        effective_at=row["effective_at"],
        hold_asset=resume["asset"],
        filled_quantity=seen.filled_quantity,
        filled_quote=seen.filled_quote,
        working=seen.working,
        working_at=seen.working_at,
        list_number=seen.list_number,
        list_client_order_id=seen.list_client_order_id,
        resume={name: value for name, value in resume.items() if name not in ("asset", "hold")},
        written_hold=Decimal(str(resume["hold"])),
        taken_up=row["effective_at"] <= now,
    )


async def _load_known(tx: Tx, purse: Purse) -> None:
    rows = await tx.fetch(
        """select client_order_id, id from trade_order where account_id = $1 and number is not null
           order by number desc limit $2""",
        purse.account.id, _KNOWN,
    )  # fmt: skip
    purse.all_known = len(rows) < _KNOWN
    purse.known = OrderedDict((row["client_order_id"], row["id"]) for row in reversed(rows))
    for order in purse.open.values():
        purse.known.setdefault(order.request.client_order_id, order.id)
