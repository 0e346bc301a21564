"""Limits over HTTP: a collective bounds its own account, and stops it; an operator bounds and stops any."""

from typing import Annotated

from fastapi import Path, Request

from arena.kit.db import Tx
from arena.people.access import Call, CallDep, Routes, needs
from arena.trading import risk
from arena.trading.orders.halt import resume, stop
from arena.trading.orders.limits.show import limits_in_use
from arena.trading.orders.limits.views import (
    BoundsDraft,
    LimitsDraft,
    LiquidationsView,
    Reason,
    RiskView,
    liquidation_view,
    risk_view,
)
from arena.trading.orders.liquidation import liquidations, steps
from arena.trading.orders.own import current_account_id, own_account
from arena.trading.portfolio import account

routes = Routes("orders")
READS = needs("portfolio:read", kinds=("collective",))
WRITES = needs("orders:write", kinds=("collective",))
OPERATOR = needs("operate", kinds=("person",))
AccountId = Annotated[str, Path(pattern="^acc_[0-9a-z]{26}$", description="An account's id.")]


@routes.add("GET", "/risk", gate=READS)
async def get_risk(call: CallDep) -> RiskView:
    """The limits of the collective's own account, who set them, and how much of each is used."""
    return await _risk(call.tx, call, await current_account_id(call.tx, call.actor.id))


@routes.add("PUT", "/risk/limits", gate=WRITES)
async def put_limits(call: CallDep, body: LimitsDraft) -> RiskView:
    """Replaces the owner's limits of the collective's own account. They bind from the next order on, where they are
    tighter than the operator's; a limit named looser than those is refused."""
    own = await own_account(call.tx, call.actor.id, call.settings.collective_cash)
    await risk.set_limits(
        call.tx, own.id, body.limits(), default=risk.defaults(call.settings), wished=body.wished(),
        actor=call.actor, request_id=call.request_id,
    )  # fmt: skip
    return await _risk(call.tx, call, own.id)


@routes.add("POST", "/risk/halt", gate=WRITES, conducts=True)
async def halt_trading(call: CallDep, body: Reason, request: Request) -> RiskView:
    """The kill switch of the collective's own account: open orders are cancelled, none is taken any more."""
    async with call.db.transaction() as tx:
        own = await own_account(tx, call.actor.id, call.settings.collective_cash)
    await stop(
        call.db, request.app.state.arena.floor, own.id, body.reason, actor=call.actor,
        request_id=call.request_id,
    )  # fmt: skip
    return await _risk_now(call, own.id)


@routes.add("POST", "/risk/resume", gate=WRITES)
async def resume_trading(call: CallDep, body: Reason) -> RiskView:
    """Lets orders of the collective's own account be taken again. It does not lift the operator's stop."""
    own = await own_account(call.tx, call.actor.id, call.settings.collective_cash)
    await resume(call.tx, own.id, body.reason, actor=call.actor, request_id=call.request_id)
    return await _risk(call.tx, call, own.id)


@routes.add("GET", "/risk/liquidations", gate=READS)
async def list_liquidations(call: CallDep) -> LiquidationsView:
    """The last fifty liquidations of the collective's own account, newest first, with their slices."""
    return await _liquidations(call.tx, await current_account_id(call.tx, call.actor.id))


@routes.add("GET", "/risk/accounts/{account_id}", gate=OPERATOR)
async def get_risk_of(call: CallDep, account_id: AccountId) -> RiskView:
    """The limits of any account, who set them, and how much of each is used."""
    await account(call.tx, account_id)
    return await _risk(call.tx, call, account_id)


@routes.add("PUT", "/risk/accounts/{account_id}/bounds", gate=OPERATOR)
async def put_bounds(call: CallDep, account_id: AccountId, body: BoundsDraft) -> RiskView:
    """Replaces the operator's bounds of an account. The owner's limits stay; of both the tighter binds."""
    await account(call.tx, account_id)
    await risk.set_bounds(
        call.tx,
        account_id,
        body.limits(),
        body.reason,
        actor=call.actor,
        request_id=call.request_id,
    )
    return await _risk(call.tx, call, account_id)


@routes.add("POST", "/risk/accounts/{account_id}/stop", gate=OPERATOR, conducts=True)
async def stop_account(
    call: CallDep, account_id: AccountId, body: Reason, request: Request
) -> RiskView:
    """The operator's stop: open orders are cancelled, nothing is taken, and the owner cannot lift it."""
    async with call.db.transaction(readonly=True) as tx:
        await account(tx, account_id)
    await stop(
        call.db, request.app.state.arena.floor, account_id, body.reason, actor=call.actor,
        request_id=call.request_id, operator=True,
    )  # fmt: skip
    return await _risk_now(call, account_id)


@routes.add("POST", "/risk/accounts/{account_id}/lift", gate=OPERATOR)
async def lift_stop(call: CallDep, account_id: AccountId, body: Reason) -> RiskView:
    """Lifts the operator's stop; the owner's own stays where it is pulled."""
    await account(call.tx, account_id)
    await risk.unbar(call.tx, account_id, body.reason, actor=call.actor, request_id=call.request_id)
    return await _risk(call.tx, call, account_id)


@routes.add("POST", "/risk/accounts/{account_id}/forgive-drawdown", gate=OPERATOR)
async def forgive_drawdown(call: CallDep, account_id: AccountId, body: Reason) -> RiskView:
    """Total drawdown is counted anew from the equity of now, so that an account halted by it may trade again."""
    await account(call.tx, account_id)
    await risk.forgive(
        call.tx, account_id, body.reason, actor=call.actor, request_id=call.request_id
    )
    return await _risk(call.tx, call, account_id)


@routes.add("GET", "/risk/accounts/{account_id}/liquidations", gate=OPERATOR)
async def list_liquidations_of(call: CallDep, account_id: AccountId) -> LiquidationsView:
    """The last fifty liquidations of any account, newest first, with their slices."""
    await account(call.tx, account_id)
    return await _liquidations(call.tx, account_id)


async def _risk_now(call: Call, account_id: str) -> RiskView:
    async with call.db.transaction(readonly=True) as tx:
        return await _risk(tx, call, account_id)


async def _risk(tx: Tx, call: Call, account_id: str) -> RiskView:
    return risk_view(await limits_in_use(tx, account_id, call.settings))


async def _liquidations(tx: Tx, account_id: str) -> LiquidationsView:
    found = await liquidations(tx, [account_id])
    return LiquidationsView(data=[liquidation_view(one, await steps(tx, one.id)) for one in found])
