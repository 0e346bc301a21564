"""Compares an account with its exchange: open orders, fills, balances. What does not agree is a fact, and looked into.

Orders come first, because each that has moved brings fills; then fills, because each brings balances; then balances,
which may only differ by what nobody told us of.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

import structlog

from arena.kit.clock import wall_now
from arena.kit.db import Database
from arena.kit.errors import ArenaError
from arena.trading.market import ARITHMETIC, instruments
from arena.trading.orders.live import store
from arena.trading.orders.live.differences import end_agreed, note_difference
from arena.trading.orders.live.fate import ask, learn
from arena.trading.orders.live.model import LiveOrder
from arena.trading.portfolio import portfolio
from arena.trading.venues import Balance, OrderRef, Venue, VenueOrder

DUST = Decimal("0.00000001")
"""Exchanges show eight decimals; what differs by less than the last of them does not differ."""
OVERLAP = timedelta(minutes=2)
SYMBOLS_MAX = 50
FILLS_MAX = 500
log = structlog.get_logger()


async def reconcile(db: Database, venue: Venue, account_id: str) -> str:
    """Compares once; returns `agrees`, `differs`, or why it could not be done. Repeated it finds nothing new."""
    began = wall_now()
    async with db.transaction(readonly=True) as tx:
        since = await store.fills_since(tx, account_id) or began
    try:
        await _orders(db, venue, account_id)
        await _fills(db, venue, account_id, since)
        differing = await _balances(db, venue, account_id)
    except ArenaError as broken:
        outcome = f"could not be compared: {broken.detail}"[:300]
        log.warning("account not compared", account=account_id, venue=venue.name, why=outcome)
    else:
        outcome = "differs" if differing else "agrees"
        since = began - OVERLAP if began - OVERLAP > since else since
    async with db.transaction() as tx:
        if outcome == "agrees" and await store.open_differences(tx, [account_id]):
            outcome = "differs"
        await store.keep_check(tx, account_id, began, since, outcome)
    return outcome


async def _orders(db: Database, venue: Venue, account_id: str) -> None:
    """Ours that are open are asked about unless the exchange shows them unmoved; open ones there that are not ours are
    noted."""
    theirs = {order.id: order for order in await venue.open_orders()}
    async with db.transaction(readonly=True) as tx:
        mine = await store.open_orders(tx, account_id)
        known = await store.ours(tx, list(theirs))
    for order in mine:
        seen = theirs.get(order.id)
        if seen is None or _moved(order, seen):
            await ask(db, venue, order)
    strangers = {o.venue_order_id or str(o.number): o for o in theirs.values() if o.id not in known}
    async with db.transaction() as tx:
        for subject, stranger in strangers.items():
            await note_difference(
                tx, account_id, venue.name, "order_not_ours", subject, ours="none",
                theirs=f"{stranger.request.side} {stranger.request.symbol} {stranger.status}",
            )  # fmt: skip
        await end_agreed(tx, account_id, "order_not_ours", set(strangers))


async def _fills(db: Database, venue: Venue, account_id: str, since: datetime) -> None:
    for symbol in await _symbols(db, account_id):
        found = await venue.get_fills(symbol, since=since, limit=FILLS_MAX)
        async with db.transaction(readonly=True) as tx:
            ours = await store.known_venue_ids(tx, account_id, [one for one, _ in found])
            booked = await store.booked(tx, account_id, [fill.id for _, fill in found])
        lost = {one: fill for one, fill in found if fill.id not in booked}
        for venue_order_id, fill in lost.items():
            order_id = ours.get(venue_order_id)
            if order_id is None:
                await _stranger(
                    db, venue, account_id, venue_order_id, str(fill.evidence.get("venue_trade"))
                )
                continue
            whole = await venue.get_order(OrderRef(symbol, venue_order_id=venue_order_id))
            await learn(db, venue, order_id, whole)


async def _stranger(
    db: Database, venue: Venue, account_id: str, venue_order_id: str, trade: str
) -> None:
    """A fill of an order we do not know by the exchange's name: perhaps one whose answer was lost and was found by its
    fill before it was asked about; else somebody trades this account by other ways."""
    async with db.transaction() as tx:
        if await store.known_venue_ids(tx, account_id, [venue_order_id]):
            return  # its answer was booked since the fills were asked for
        for order in await store.open_orders(tx, account_id):
            if order.venue_order_id is None:
                return  # it will be asked about by its client order id, and brings its fills
        await note_difference(
            tx, account_id, venue.name, "fill_not_ours", trade, ours="none",
            theirs=f"of order {venue_order_id}",
        )  # fmt: skip


async def _balances(db: Database, venue: Venue, account_id: str) -> bool:
    """Whether any balance differs. What an order does between the two readings is no difference, so only what differs
    by the same amount twice is one."""
    first = await _gaps(db, venue, account_id)
    if first:
        await _orders(db, venue, account_id)
        again = await _gaps(db, venue, account_id)
        first = {asset: gap for asset, gap in again.items() if _gap(first.get(asset)) == _gap(gap)}
    async with db.transaction() as tx:
        for asset, (ours, theirs) in first.items():
            await note_difference(
                tx, account_id, venue.name, "balance", asset,
                ours=format(ours, "f"), theirs=format(theirs, "f"),
            )  # fmt: skip
        await end_agreed(tx, account_id, "balance", set(first))
    return bool(first)


async def _gaps(db: Database, venue: Venue, account_id: str) -> dict[str, tuple[Decimal, Decimal]]:
    theirs = await venue.get_account_balance()
    async with db.transaction(readonly=True) as tx:
        ours = (await portfolio(tx, account_id)).balances
    return compare(ours, theirs)


def compare(
    ours: Mapping[str, Decimal], theirs: Mapping[str, Balance]
) -> dict[str, tuple[Decimal, Decimal]]:
    """(ours, theirs) of each asset that differs by a unit of the eighth decimal or more. Pure."""
    found = {}
    for asset in {*ours, *theirs}:
        mine, there = ours.get(asset, Decimal(0)), theirs.get(asset, Balance()).total
        if abs(ARITHMETIC.subtract(there, mine)) >= DUST:
            found[asset] = mine, there
    return found


def _gap(both: tuple[Decimal, Decimal] | None) -> Decimal | None:
    return None if both is None else ARITHMETIC.subtract(both[1], both[0])


def _moved(order: LiveOrder, seen: VenueOrder) -> bool:
    return (order.status, order.filled_quantity) != (seen.status, seen.filled_quantity)


async def _symbols(db: Database, account_id: str) -> list[str]:
    """Instruments this account has to do with: those it holds or has ordered, in its own currency."""
    async with db.transaction(readonly=True) as tx:
        held = await portfolio(tx, account_id)
        known = [i for i in await instruments(tx) if i.quote == held.account.quote]
        ordered = await store.ordered_symbols(tx, account_id)
    mine = [i.symbol for i in known if i.symbol in ordered or held.balances.get(i.base)]
    return mine[:SYMBOLS_MAX]
