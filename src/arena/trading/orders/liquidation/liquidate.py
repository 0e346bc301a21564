"""Guards accounts at every step of the tape: stops are carried through, what has passed a trigger is sold in slices.

One slice a step and account. What is to be done is written down before it is done, and what came of it after; a crash
in between leaves a step that is planned, and the same order is asked for again, which gives the one that is there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import structlog

from arena.evidence import audit
from arena.kit.db import Database
from arena.kit.errors import ArenaError, Unavailable
from arena.kit.ids import derived
from arena.kit.settings import Settings
from arena.people.access import SYSTEM
from arena.trading import risk
from arena.trading.orders.liquidation import store
from arena.trading.orders.liquidation.model import (
    Liquidation,
    LiquidationBegan,
    LiquidationEnded,
    LiquidationStep,
    Step,
)
from arena.trading.portfolio import Account, Portfolio, equity, portfolios
from arena.trading.venues import Exchange, OrderRequest, VenueOrder

DEPTH_LEVELS = 20
"""How much of the book counts as visible."""
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class View:
    """One account at one moment: what it holds and may, what it is measured against, and what is being done to it."""

    portfolio: Portfolio
    limits: risk.Limits
    watch: risk.Watch
    running: Liquidation | None
    steps: tuple[Step, ...]
    prices: Mapping[str, Decimal]

    @property
    def account_id(self) -> str:
        return self.portfolio.account.id

    @property
    def equity(self) -> Decimal:
        return equity(self.portfolio, self.prices)


async def guard(db: Database, exchange: Exchange, settings: Settings) -> int:
    """Looks at every account once; returns how many slices were sold. An account that fails holds up no other one."""
    default = risk.defaults(settings)
    shares = risk.Shares(settings.risk_slice_depth_share, settings.risk_slice_position_share)
    for_all = default.liquidation_drawdown is not None or default.liquidation_exposure is not None
    async with db.transaction() as tx:
        stopped = await store.stopped_with_orders(tx)
        watched = await store.watched(tx, all_have_triggers=for_all)
        if watched:
            await risk.keep_peaks(tx, [account.id for account in watched])
    for account_id in stopped:
        # Whoever pulled the switch may have gone before this was done, or the exchange was elsewhere.
        await exchange.cancel_open(account_id, None, by=SYSTEM)
    sold = 0
    for view in await _views(db, exchange, watched, default):
        try:
            sold += await _look_after(db, exchange, view, shares)
        except Unavailable:
            raise
        except ArenaError as refused:
            log.error("liquidation failed", account=view.account_id, error=refused.detail)
    return sold


async def _views(
    db: Database, exchange: Exchange, accounts: list[Account], default: risk.Limits
) -> list[View]:
    """Those whose positions all have a price."""
    if not accounts:
        return []
    account_ids = [account.id for account in accounts]
    prices = {
        symbol: price
        for symbol in exchange.symbols()
        if (price := exchange.market(symbol).last_price) is not None
    }
    async with db.transaction(readonly=True) as tx:
        held = await portfolios(tx, accounts)
        bounds = await risk.bounds(tx, account_ids, default)
        meters = await risk.standing(tx, account_ids, tx.now)
        running = await store.running(tx, account_ids)
        steps = {one.id: tuple(await store.steps(tx, one.id)) for one in running.values()}
    views = []
    for account_id in account_ids:
        now = running.get(account_id)
        if all(s in prices for s, p in held[account_id].positions.items() if p.quantity):
            views.append(View(
                held[account_id], bounds[account_id].effective,
                meters[account_id].watch(exchange.now(), 0), now, steps[now.id] if now else (), prices,
            ))  # fmt: skip
    return views


async def _look_after(db: Database, exchange: Exchange, view: View, shares: risk.Shares) -> int:
    """The next thing to do for this account; 1 where a slice was sold."""
    running, steps = view.running, view.steps
    if running is None:
        running = await _begin(db, exchange, view)
        if running is None:
            return 0
        steps = ()
    if view.limits.barred_at is not None:
        return 0  # the operator's stop holds this, too
    if steps and steps[-1].status == "planned":
        return await _carry_out(db, exchange, running, steps[-1])
    held = sellables(exchange, view, running)
    if risk.over(running.cause, view.limits, view.equity, held):
        await _end(db, running)
        return 0
    slices = risk.plan(running.cause, view.limits, view.equity, held, shares)
    if not slices:
        return 0  # nobody bids: at the next step perhaps somebody does
    step = await _write_down(db, running, len(steps) + 1, slices[0])
    await exchange.cancel_open(running.account_id, None, by=risk.LIQUIDATOR)
    return await _carry_out(db, exchange, running, step)


def sellables(
    exchange: Exchange, view: View, running: Liquidation | None
) -> tuple[risk.Sellable, ...]:
    """What the account holds, with what the books show for it. A halted instrument shows nothing."""
    found = []
    for symbol, position in sorted(view.portfolio.positions.items()):
        if not position.quantity:
            continue
        market = exchange.market(symbol)
        traded = market.instrument
        shown = market.depth(DEPTH_LEVELS).bids if traded.status == "trading" else ()
        at_start = None if running is None else running.holdings.get(symbol)
        found.append(
            risk.Sellable(
                instrument=traded,
                quantity=position.quantity,
                price=view.prices[symbol],
                visible=sum(steps for _, steps in shown) * traded.step,
                at_start=position.quantity if at_start is None else at_start,
            )
        )
    return tuple(found)


async def _begin(db: Database, exchange: Exchange, view: View) -> Liquidation | None:
    """Where a trigger is passed: written down, told, and the account's orders cancelled. None where none is."""
    held = sellables(exchange, view, None)
    alarm = risk.alarm(view.limits, view.watch, view.equity, held)
    if alarm is None or view.limits.barred_at is not None:
        return None
    async with db.transaction() as tx:
        new = Liquidation(
            id=derived("liq", view.account_id, tx.now.isoformat()),
            account_id=view.account_id,
            cause=alarm.cause,
            level=alarm.level,
            trigger=alarm.trigger,
            holdings={position.instrument.symbol: position.quantity for position in held},
            status="running",
            began_at=tx.now,
        )
        if not await store.insert(tx, new):
            return None
        await tx.record(LiquidationBegan(new.id, new.account_id, tx.now))
        await audit.record(
            tx, actor=risk.LIQUIDATOR.id, actor_kind=risk.LIQUIDATOR.kind, action="liquidations.begin",
            object=new.account_id,
            detail={"liquidation_id": new.id, "cause": new.cause, "level": format(round(new.level, 6), "f"),
                    "trigger": format(new.trigger, "f")},
        )  # fmt: skip
        # From now on the exchange takes only what reduces.
        tx.tell(f"{risk.NEWS}:{new.account_id}")
    return new


async def _write_down(db: Database, running: Liquidation, number: int, chosen: risk.Slice) -> Step:
    async with db.transaction() as tx:
        step = Step(
            liquidation_id=running.id,
            number=number,
            symbol=chosen.symbol,
            quantity=chosen.quantity,
            client_order_id=f"{running.id}-{number}",
            status="planned",
            planned_at=tx.now,
        )
        await store.insert_step(tx, step)
    return step


async def _carry_out(db: Database, exchange: Exchange, running: Liquidation, step: Step) -> int:
    """Places the slice, or finds it placed; 1 where it sold something. Raises Unavailable, and it stays planned."""
    asked = OrderRequest(
        step.client_order_id, step.symbol, "sell", "market", quantity=step.quantity
    )
    try:
        order = await exchange.place(running.account_id, asked, by=risk.LIQUIDATOR)
    except Unavailable:
        raise
    except ArenaError as refused:
        await _settle(db, running, step, None, f"{refused.code()}: {refused.detail}")
        return 0
    if order.open:
        return 0  # on its way; the next step of the tape asks again
    await _settle(db, running, step, order, order.reason)
    return 1 if order.filled_quantity else 0


async def _settle(
    db: Database, running: Liquidation, step: Step, order: VenueOrder | None, why: str | None
) -> None:
    """What came of the step, and the fact that tells of it, in one transaction."""
    async with db.transaction() as tx:
        if order is None:
            settled = await store.settle_step(tx, step, "refused", why=why)
        else:
            whole = order.filled_quantity >= step.quantity
            settled = await store.settle_step(
                tx, step, "sold" if whole else "partial", order_id=order.id, sold=order.filled_quantity,
                proceeds=order.filled_quote, why=None if whole else why,
            )  # fmt: skip
        if settled:
            await tx.record(LiquidationStep(running.id, running.account_id, step.number, tx.now))


async def _end(db: Database, running: Liquidation) -> None:
    async with db.transaction() as tx:
        if not await store.finish(tx, running.id):
            return
        await tx.record(LiquidationEnded(running.id, running.account_id, tx.now))
        await audit.record(
            tx, actor=risk.LIQUIDATOR.id, actor_kind=risk.LIQUIDATOR.kind, action="liquidations.end",
            object=running.account_id, detail={"liquidation_id": running.id},
        )  # fmt: skip
        tx.tell(f"{risk.NEWS}:{running.account_id}")
