"""Everybody's trading accounts, for the operator: read, stopped, and given money."""

from typing import Annotated, Literal

from fastapi import Query
from starlette.responses import Response

from arena.web.page import Filled, Pages, VisitDep
from arena.web.pages.trading import acts, show
from arena.web.pages.trading.exports import export
from arena.web.pages.trading.keep_up import live_desk
from arena.web.pages.trading.room import OPERATOR, OVERSEER, AccountId, OrderId

routes = Pages()
After = Annotated[str | None, Query(max_length=500)]
Year = Annotated[int | None, Query(ge=1970, le=2200)]
Table = Literal["fills", "lots", "days"]


@routes.get("/operator/trading", gate=OPERATOR)
async def accounts(visit: VisitDep, after: After = None) -> Response:
    return await show.accounts_page(visit, OVERSEER, after)


@routes.get("/operator/trading/{account_id}", gate=OPERATOR)
async def account(visit: VisitDep, account_id: AccountId) -> Response:
    return await show.account_page(visit, visit.tx, OVERSEER, account_id, form=Filled())


@routes.get("/live/operator/trading/{account_id}", gate=OPERATOR, conducts=True)
async def live(visit: VisitDep, account_id: AccountId) -> Response:
    return await live_desk(visit, OVERSEER, account_id)


@routes.get("/operator/trading/{account_id}/orders", gate=OPERATOR)
async def order_history(visit: VisitDep, account_id: AccountId, after: After = None) -> Response:
    return await show.orders_page(visit, OVERSEER, account_id, after)


@routes.get("/operator/trading/{account_id}/fills", gate=OPERATOR)
async def fills(
    visit: VisitDep,
    account_id: AccountId,
    after: After = None,
    order: Annotated[str | None, Query(pattern=r"^ord_[0-9a-z]{26}$")] = None,
) -> Response:
    return await show.fills_page(visit, OVERSEER, account_id, after=after, order_id=order)


@routes.get("/operator/trading/{account_id}/pnl", gate=OPERATOR)
async def profit_and_loss(visit: VisitDep, account_id: AccountId) -> Response:
    return await show.pnl_page(visit, visit.tx, OVERSEER, account_id, form=Filled())


@routes.get("/operator/trading/{account_id}/limits", gate=OPERATOR)
async def limits(visit: VisitDep, account_id: AccountId) -> Response:
    return await show.limits_page(visit, visit.tx, OVERSEER, account_id, form=Filled())


@routes.get("/operator/trading/{account_id}/exports/{table}", gate=OPERATOR)
async def exported(
    visit: VisitDep, account_id: AccountId, table: Table, year: Year = None
) -> Response:
    return await export(visit, OVERSEER, account_id, table=table, year=year)


@routes.post(
    "/operator/trading/{account_id}/orders/{order_id}/cancel", gate=OPERATOR, conducts=True
)
async def cancel(visit: VisitDep, account_id: AccountId, order_id: OrderId) -> Response:
    return await acts.cancel(visit, OVERSEER, account_id, order_id)


@routes.post("/operator/trading/{account_id}/stop", gate=OPERATOR, conducts=True)
async def stop(visit: VisitDep, account_id: AccountId) -> Response:
    return await acts.stop(visit, OVERSEER, account_id)


@routes.post("/operator/trading/{account_id}/resume", gate=OPERATOR)
async def resume(visit: VisitDep, account_id: AccountId) -> Response:
    return await acts.go_on(visit, OVERSEER, account_id)


@routes.post("/operator/trading/{account_id}/flows", gate=OPERATOR, conducts=True)
async def move(visit: VisitDep, account_id: AccountId) -> Response:
    return await acts.move(visit, OVERSEER, account_id)
