"""A creator's own trading accounts; pages of others' look like nothing at all."""

from typing import Annotated, Literal

from fastapi import Query
from starlette.responses import Response

from arena.web.page import Filled, Pages, VisitDep
from arena.web.pages.trading import acts, show
from arena.web.pages.trading.exports import export
from arena.web.pages.trading.keep_up import live_desk
from arena.web.pages.trading.room import CREATOR, OWNER, AccountId, OrderId

routes = Pages()
After = Annotated[str | None, Query(max_length=500)]
Year = Annotated[int | None, Query(ge=1970, le=2200)]
Table = Literal["fills", "lots", "days"]


@routes.get("/studio/trading", gate=CREATOR)
async def accounts(visit: VisitDep, after: After = None) -> Response:
    return await show.accounts_page(visit, OWNER, after)


@routes.get("/studio/trading/{account_id}", gate=CREATOR)
async def account(visit: VisitDep, account_id: AccountId) -> Response:
    return await show.account_page(visit, visit.tx, OWNER, account_id, form=Filled())


@routes.get("/live/studio/trading/{account_id}", gate=CREATOR, conducts=True)
async def live(visit: VisitDep, account_id: AccountId) -> Response:
    return await live_desk(visit, OWNER, account_id)


@routes.get("/studio/trading/{account_id}/orders", gate=CREATOR)
async def order_history(visit: VisitDep, account_id: AccountId, after: After = None) -> Response:
    return await show.orders_page(visit, OWNER, account_id, after)


@routes.get("/studio/trading/{account_id}/fills", gate=CREATOR)
async def fills(
    visit: VisitDep,
    account_id: AccountId,
    after: After = None,
    order: Annotated[str | None, Query(pattern=r"^ord_[0-9a-z]{26}$")] = None,
) -> Response:
    return await show.fills_page(visit, OWNER, account_id, after=after, order_id=order)


@routes.get("/studio/trading/{account_id}/pnl", gate=CREATOR)
async def profit_and_loss(visit: VisitDep, account_id: AccountId) -> Response:
    return await show.pnl_page(visit, visit.tx, OWNER, account_id, form=Filled())


@routes.get("/studio/trading/{account_id}/limits", gate=CREATOR)
async def limits(visit: VisitDep, account_id: AccountId) -> Response:
    return await show.limits_page(visit, visit.tx, OWNER, account_id, form=Filled())


@routes.get("/studio/trading/{account_id}/exports/{table}", gate=CREATOR)
async def exported(
    visit: VisitDep, account_id: AccountId, table: Table, year: Year = None
) -> Response:
    return await export(visit, OWNER, account_id, table=table, year=year)


@routes.post("/studio/trading/{account_id}/orders/{order_id}/cancel", gate=CREATOR, conducts=True)
async def cancel(visit: VisitDep, account_id: AccountId, order_id: OrderId) -> Response:
    return await acts.cancel(visit, OWNER, account_id, order_id)


@routes.post("/studio/trading/{account_id}/stop", gate=CREATOR, conducts=True)
async def stop(visit: VisitDep, account_id: AccountId) -> Response:
    return await acts.stop(visit, OWNER, account_id)


@routes.post("/studio/trading/{account_id}/resume", gate=CREATOR)
async def resume(visit: VisitDep, account_id: AccountId) -> Response:
    return await acts.go_on(visit, OWNER, account_id)
