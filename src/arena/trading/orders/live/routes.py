"""Live trading over HTTP: the operator's switch, consent, keys, orders and dry runs, differences."""

from typing import Annotated

from fastapi import Depends, Path, Query, Request

from arena.kit.clock import from_ms, to_ms
from arena.kit.page import LIMIT_MAX, BadCursor, Page, decode_cursor, encode_cursor, page_of
from arena.people.access import CallDep, Routes, needs
from arena.trading import risk
from arena.trading.orders.limits import limits_in_use
from arena.trading.orders.limits.views import LimitsDraft, RiskView, risk_view
from arena.trading.orders.live import store
from arena.trading.orders.live.desk import LiveDesk
from arena.trading.orders.live.differences import book_difference, close_difference
from arena.trading.orders.live.keys import add_key, live_account_id, revoke_key
from arena.trading.orders.live.model import NoSuchLiveOrder
from arena.trading.orders.live.places import Secret
from arena.trading.orders.live.switch import allow, consent, turn
from arena.trading.orders.live.views import (
    ConsentDraft,
    ConsentView,
    DispatchView,
    KeyDraft,
    LiveAccountView,
    LiveDifferenceView,
    LiveKeyView,
    LiveOrderDraft,
    LiveOrderView,
    LiveSwitchDraft,
    LiveSwitchView,
    StopDraft,
    StopView,
    VenueName,
    WhyDraft,
    request_of,
    show_difference,
    show_key,
    show_order,
)
from arena.trading.portfolio import account

routes = Routes("live trading")
OPERATES = needs("operate", kinds=["person"])
WRITES = needs("orders:write", kinds=["collective"])
READS = needs("portfolio:read", kinds=["collective"])
KEYS = needs("keys:write", kinds=["collective"])
OrderId = Annotated[str, Path(pattern="^ord_[0-9a-z]{26}$", description="An order's id.")]
KeyId = Annotated[str, Path(pattern="^vky_[0-9a-z]{26}$", description="A key's id.")]
DifferenceId = Annotated[str, Path(pattern="^dif_[0-9a-z]{26}$", description="A difference's id.")]


async def _desk(request: Request) -> LiveDesk:
    desk: LiveDesk = request.app.state.arena.live
    return desk


DeskDep = Annotated[LiveDesk, Depends(_desk)]


@routes.add("GET", "/live-trading", gate=needs("portfolio:read"))
async def get_switch(call: CallDep, desk: DeskDep) -> LiveSwitchView:
    """Whether live trading is on, who said so and why."""
    found = await store.switch(call.tx)
    return LiveSwitchView(
        configured=call.settings.live_trading, allowed=found.allowed, by=found.by, reason=found.reason,
        at=found.at, venues=list(desk.places.served),
    )  # fmt: skip


@routes.add("PUT", "/live-trading", gate=OPERATES)
async def put_switch(call: CallDep, desk: DeskDep, body: LiveSwitchDraft) -> LiveSwitchView:
    """Turns live trading on or off for everybody. Off, no new order goes out; cancels and comparisons go on."""
    await turn(call.tx, body.allowed, body.reason, actor=call.actor, request_id=call.request_id)
    view: LiveSwitchView = await get_switch(call, desk)
    return view


@routes.add("PUT", "/live-trading/consent", gate=WRITES)
async def put_consent(call: CallDep, body: ConsentDraft) -> ConsentView:
    """The collective asks for live trading, or withdraws. Its money stays at the exchange: nothing is held here."""
    await consent(call.tx, call.actor.id, body.agreed, actor=call.actor, request_id=call.request_id)
    return ConsentView(agreed=body.agreed)


@routes.add("POST", "/live-trading/keys", gate=KEYS, status_code=201, conducts=True)
async def post_key(call: CallDep, desk: DeskDep, body: KeyDraft) -> LiveKeyView:
    """Adds a key in place of the one in use at this exchange, after asking the exchange what it may.

    A key that may withdraw is refused. The first key of an exchange opens the account with what it holds there.
    """
    async with call.db.transaction(readonly=True) as tx:
        await allow(tx, call.db, call.settings, call.actor.id)
    phrase = body.passphrase
    secret = Secret(
        body.api_key.get_secret_value(), body.secret.get_secret_value(), body.kind,
        None if phrase is None else phrase.get_secret_value(),
    )  # fmt: skip
    key = await add_key(
        call.db, call.settings.vault, desk.places, call.actor.id, venue=body.venue, secret=secret,
        quote=body.quote, actor=call.actor, request_id=call.request_id,
    )  # fmt: skip
    return show_key(key)


@routes.add("GET", "/live-trading/keys", gate=READS)
async def list_keys(call: CallDep) -> list[LiveKeyView]:
    """The collective's keys at exchanges, revoked ones too, without their secrets."""
    return [show_key(key) for key in await store.keys(call.tx, call.actor.id)]


@routes.add("POST", "/live-trading/keys/{key_id}/revoke", gate=KEYS)
async def revoke(call: CallDep, key_id: KeyId, body: WhyDraft) -> LiveKeyView:
    """Forgets the secret at once. Orders that are open at the exchange stay open there: cancel them first."""
    return show_key(
        await revoke_key(
            call.tx,
            call.actor.id,
            key_id,
            body.reason,
            actor=call.actor,
            request_id=call.request_id,
        )
    )


@routes.add("GET", "/live-trading/accounts", gate=READS)
async def list_accounts(call: CallDep) -> list[LiveAccountView]:
    """The collective's accounts at exchanges that have a key in use, and how they compare."""
    keys = [key for key in await store.keys(call.tx, call.actor.id) if key.revoked_at is None]
    ids = [key.account_id for key in keys]
    checks = await store.checks(call.tx, ids)
    open_ = await store.open_differences(call.tx, ids)
    return [
        LiveAccountView(
            account_id=key.account_id, venue=key.venue, key_id=key.id,
            compared_at=checks[key.account_id]["compared_at"] if key.account_id in checks else None,
            outcome=checks[key.account_id]["outcome"] if key.account_id in checks else None,
            differences=[show_difference(one) for one in open_ if one.account_id == key.account_id],
        )
        for key in keys
    ]  # fmt: skip


@routes.add("GET", "/live-trading/limits", gate=READS)
async def get_live_limits(call: CallDep, venue: Annotated[VenueName, Query()]) -> RiskView:
    """The limits of the collective's account at an exchange, who set them, and how much of each is used."""
    held = await account(call.tx, live_account_id(call.actor.id, venue))
    return risk_view(await limits_in_use(call.tx, held.id, call.settings))


@routes.add("PUT", "/live-trading/limits", gate=WRITES)
async def put_live_limits(
    call: CallDep, venue: Annotated[VenueName, Query()], body: LimitsDraft
) -> RiskView:
    """Replaces the owner's limits of the account at an exchange. They bind from the next order on, where they are
    tighter than the operator's; a limit named looser than those is refused."""
    held = await account(call.tx, live_account_id(call.actor.id, venue))
    await risk.set_limits(
        call.tx, held.id, body.limits(), default=risk.defaults(call.settings), wished=body.wished(),
        actor=call.actor, request_id=call.request_id,
    )  # fmt: skip
    view: RiskView = await get_live_limits(call, venue)
    return view


@routes.add("POST", "/live-trading/halt", gate=WRITES)
async def halt(call: CallDep, body: StopDraft) -> StopView:
    """The kill switch of an account at an exchange: nothing more goes out, and what is open there is cancelled."""
    held = await account(call.tx, live_account_id(call.actor.id, body.venue))
    await risk.kill(call.tx, held.id, body.reason, actor=call.actor, request_id=call.request_id)
    return StopView(account_id=held.id, killed=True)


@routes.add("POST", "/live-trading/resume", gate=WRITES)
async def resume(call: CallDep, body: StopDraft) -> StopView:
    """Lifts the collective's own switch; the operator's stays."""
    held = await account(call.tx, live_account_id(call.actor.id, body.venue))
    await risk.revive(call.tx, held.id, body.reason, actor=call.actor, request_id=call.request_id)
    return StopView(account_id=held.id, killed=False)


@routes.add("POST", "/live-trading/orders", gate=WRITES, status_code=201, conducts=True)
async def post_order(call: CallDep, desk: DeskDep, body: LiveOrderDraft) -> LiveOrderView:
    """Sends an order to the exchange. It is written down before; without an answer from there it is `unknown`, nothing
    more is sent of its symbol, and the exchange is asked until it says what became of it."""
    account_id = live_account_id(call.actor.id, body.venue)
    order = await desk.place(
        account_id, request_of(body, call.intent), actor=call.actor, request_id=call.request_id
    )
    return show_order(order)


@routes.add("POST", "/live-trading/orders/dry-run", gate=WRITES, conducts=True)
async def dry_run(call: CallDep, desk: DeskDep, body: LiveOrderDraft) -> DispatchView:
    """What the same call to POST /live-trading/orders would send now; nothing is sent, nothing is written down."""
    shown = await desk.dry_run(
        live_account_id(call.actor.id, body.venue),
        request_of(body, call.intent),
        actor=call.actor,
        request_id=call.request_id,
    )
    return DispatchView(method=shown.method, url=shown.url, parameters=dict(shown.parameters))


@routes.add("GET", "/live-trading/orders/{order_id}", gate=READS)
async def get_order(call: CallDep, order_id: OrderId) -> LiveOrderView:
    """One of the collective's live orders, as our books have it."""
    order = await store.order(call.tx, order_id)
    if order is None or order.account_id != live_account_id(call.actor.id, order.venue):
        raise NoSuchLiveOrder(order_id=order_id)
    return show_order(order)


@routes.add("DELETE", "/live-trading/orders/{order_id}", gate=WRITES, conducts=True)
async def delete_order(call: CallDep, desk: DeskDep, order_id: OrderId) -> LiveOrderView:
    """Cancels what is left of the order at the exchange. It works while live trading is off, too."""
    async with call.db.transaction(readonly=True) as tx:
        there = await store.order(tx, order_id)
    if there is None or there.account_id != live_account_id(call.actor.id, there.venue):
        raise NoSuchLiveOrder(order_id=order_id)
    return show_order(await desk.cancel(order_id, actor=call.actor, request_id=call.request_id))


@routes.add("GET", "/live-trading/differences", gate=OPERATES)
async def list_differences(
    call: CallDep,
    after: Annotated[str | None, Query(max_length=500, description="`next` of a page.")] = None,
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = 50,
) -> Page[LiveDifferenceView]:
    """Where exchanges and our books differed, newest first, those that have ended included."""
    before = None
    if after is not None:
        at_ms, difference_id = decode_cursor(after, (int, str))
        if not 0 <= at_ms < 2**43 or "\x00" in difference_id:
            raise BadCursor
        before = (from_ms(at_ms), difference_id)
    found = await store.differences(call.tx, before=before, limit=limit + 1)
    return page_of(
        [show_difference(one) for one in found],
        limit,
        lambda view: encode_cursor(to_ms(view.at), view.id),
    )


@routes.add("POST", "/live-trading/differences/{difference_id}/book", gate=OPERATES)
async def book(call: CallDep, difference_id: DifferenceId, body: WhyDraft) -> LiveDifferenceView:
    """Books a difference of balances as money put in or taken out, which never counts as return."""
    await book_difference(
        call.tx, difference_id, body.reason, actor=call.actor, request_id=call.request_id
    )
    return await _seen(call, difference_id)


@routes.add("POST", "/live-trading/differences/{difference_id}/close", gate=OPERATES)
async def close(call: CallDep, difference_id: DifferenceId, body: WhyDraft) -> LiveDifferenceView:
    """Ends a difference that somebody has looked into, without booking anything."""
    await close_difference(
        call.tx, difference_id, body.reason, actor=call.actor, request_id=call.request_id
    )
    return await _seen(call, difference_id)


async def _seen(call: CallDep, difference_id: str) -> LiveDifferenceView:
    found = await store.difference(call.tx, difference_id)
    assert found is not None, "differences are never deleted"
    return show_difference(found)
