"""What is done from the pages of an account: an order cancelled, trading stopped and let go on, money moved.

Those that meet the floor run transactions of their own: it answers after a commit of its own.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field
from starlette.responses import Response

from arena.evidence import audit
from arena.kit.db import Tx
from arena.trading import orders, portfolio, risk
from arena.trading.orders import live
from arena.trading.venues import OrderRef
from arena.web.page import Form, Line, Visit, _
from arena.web.pages.trading import show
from arena.web.pages.trading.room import Door, account_of

REASON_MAX = 500
CANCELED = "cancelled on its page"
Reason = Annotated[Line, Field(min_length=3, max_length=REASON_MAX)]
Page = Callable[[Tx], Awaitable[Response]]


class Cancel(Form):
    """Nothing but the button."""


class Switch(Form):
    """Why trading is stopped or goes on; `sure` says that it is meant."""

    reason: Reason
    sure: bool = False


class Move(Form):
    """Money put in, or with a minus taken out."""

    asset: Annotated[str, Field(pattern="^[A-Z0-9]{1,20}$")]
    quantity: Annotated[Decimal, Field(max_digits=27, decimal_places=12)]
    note: Reason


def floor_of(visit: Visit) -> orders.Floor:
    floor: orders.Floor = visit.request.app.state.arena.floor
    return floor


async def cancel(visit: Visit, door: Door, account_id: str, order_id: str) -> Response:
    form = await visit.form(Cancel)
    if form.model is not None:
        async with visit.trying(form):
            async with visit.call.db.transaction(readonly=True) as tx:
                account = await account_of(tx, door, visit.actor, account_id)
                order = await orders.order(tx, order_id)
            if order is None or order.account_id != account.id:
                raise orders.NoSuchOrder(order_id=order_id)
            await _cancel(visit, account, order)
            return visit.go(
                door.path(account_id), said=_("Cancelled. What was filled before stays filled.")
            )
    return await _again(visit, lambda tx: show.account_page(visit, tx, door, account_id, form=form))


async def stop(visit: Visit, door: Door, account_id: str) -> Response:
    """The kill switch: the owner's, or the operator's, which the owner cannot lift. Sent twice it is pulled once."""
    form = await visit.form(Switch)
    if form.model is not None and not form.model.sure:
        form.errors["sure"] = _("Tick this, too: nothing is taken any more once you do it.")
    elif form.model is not None:
        async with visit.trying(form):
            async with visit.call.db.transaction(readonly=True) as tx:
                account = await account_of(tx, door, visit.actor, account_id)
                pulled = await _pulled(tx, door, account)
            if pulled is None:
                await _pull(visit, door, account, form.model.reason)
            return visit.go(
                door.path(account_id, "/limits"),
                said=_("Trading is stopped: nothing is taken any more, and what was open is cancelled."),
            )  # fmt: skip
    return await _again(visit, lambda tx: show.limits_page(visit, tx, door, account_id, form=form))


async def go_on(visit: Visit, door: Door, account_id: str) -> Response:
    form = await visit.form(Switch)
    if form.model is not None:
        async with visit.trying(form):
            account = await account_of(visit.tx, door, visit.actor, account_id)
            lift = risk.unbar if door.operates else risk.revive
            await lift(visit.tx, account.id, form.model.reason, **_by(visit))
            return visit.go(
                door.path(account_id, "/limits"), said=_("Orders of this account are taken again.")
            )
    return await show.limits_page(visit, visit.tx, door, account_id, form=form)


async def move(visit: Visit, door: Door, account_id: str) -> Response:
    form = await visit.form(Move)
    if form.model is not None:
        async with visit.trying(form):
            await orders.fund(
                visit.call.db, account_id, form.model.asset, form.model.quantity, floor=floor_of(visit),
                intent=visit.call.intent, note=form.model.note, **_by(visit),
            )  # fmt: skip
            return visit.go(
                door.path(account_id, "/pnl#flows"), said=_("Done. It counts neither as gain nor as loss.")
            )  # fmt: skip
    return await _again(visit, lambda tx: show.pnl_page(visit, tx, door, account_id, form=form))


def _by(visit: Visit) -> dict[str, Any]:
    """Who does it, as the audit trail keeps it."""
    return {"actor": visit.actor, "request_id": visit.call.request_id}


async def _pull(visit: Visit, door: Door, account: portfolio.Account, reason: str) -> None:
    if account.venue == "paper":
        await orders.stop(
            visit.call.db, floor_of(visit), account.id, reason, operator=door.operates, **_by(visit)
        )
        return
    pull = risk.bar if door.operates else risk.kill
    async with visit.call.db.transaction() as tx:
        # Whoever speaks to the exchange hears of it, and cancels what is open there.
        await pull(tx, account.id, reason, **_by(visit))


async def _pulled(tx: Tx, door: Door, account: portfolio.Account) -> datetime | None:
    """Since when this side's switch is pulled."""
    bounds = (await risk.bounds(tx, [account.id]))[account.id]
    return bounds.operator.barred_at if door.operates else bounds.own.killed_at


async def _cancel(visit: Visit, account: portfolio.Account, order: orders.Order) -> None:
    """Where it rests: on the floor, at an exchange, or at the venue of bars. One that is cancelled stays so.

    Raises OrderNotOpen, OrderEnded, and what the exchange refuses by.
    """
    if order.status == "canceled":
        return
    if account.venue != "paper":
        desk: live.LiveDesk = visit.request.app.state.arena.live
        await desk.cancel(order.id, **_by(visit))
        return
    if order.number is None:
        async with visit.call.db.transaction() as tx:
            await orders.cancel(tx, order.id, CANCELED, **_by(visit))
        return
    which = OrderRef(order.symbol, number=order.number)
    await floor_of(visit).cancel(order.account_id, which, by=visit.actor)
    async with visit.call.db.transaction() as tx:
        await audit.record(
            tx, actor=visit.actor.id, actor_kind=visit.actor.kind, action="orders.cancel",
            object=order.id, reason=CANCELED, request_id=visit.call.request_id,
        )  # fmt: skip


async def _again(visit: Visit, page: Page) -> Response:
    """The page the form stands on, with the reason why it was not done."""
    async with visit.call.db.transaction(readonly=True) as tx:
        return await page(tx)
