"""The pages of an account that trades by itself: at a glance, its orders, fills, profit and loss, limits."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from starlette.responses import Response

from arena.kit.clock import from_iso, iso_ms
from arena.kit.db import Tx
from arena.kit.page import BadCursor, decode_cursor, encode_cursor, page_of
from arena.trading import market, orders, performance, portfolio
from arena.web.draw import Level, equity_figure
from arena.web.page import Filled, Visit, _
from arena.web.page.numbers import signed_percent, worth
from arena.web.pages.trading.room import Door, account_of, owners_of
from arena.web.views.pnl import drawn_days
from arena.web.views.trading import desk, lines
from arena.web.views.use import uses_of
from arena.web.views.why import why

PAGE = 25
CURVE_POINTS = 400
DAYS_SHOWN = 60
LOTS_SHOWN = 100
LOTS_FILLS_MAX = 20_000  # of more, lots are worked out for the file alone


async def accounts_page(visit: Visit, door: Door, after: str | None) -> Response:
    owners = await owners_of(visit.tx, door, visit.actor)
    found = await portfolio.collective_accounts(
        visit.tx, owner_ids=owners, before=_place(after), limit=PAGE + 1
    )
    page = page_of(found, PAGE, lambda a: encode_cursor(iso_ms(a.opened_at), a.id))
    return visit.page(
        "trading/accounts.html", door=door, first=after is None, next=page.next,
        lines=await lines(visit.tx, page.data, visit.settings), collectives=owners,
    )  # fmt: skip


async def account_page(
    visit: Visit, tx: Tx, door: Door, account_id: str, *, form: Filled[Any]
) -> Response:
    account = await account_of(tx, door, visit.actor, account_id)
    view = await desk(tx, account, visit.settings)
    found = await performance.pnl(tx, account.id)
    levels = await _levels(tx, account, found.flows, (view.at, view.line.equity))
    change = performance.time_weighted_return(
        float(account.opening_cash), float(view.line.equity), found.flows
    )
    label = _(
        "Equity of the account since it was opened, net of costs, as if nobody had moved money: %(change)s, now"
        " %(equity)s.",
        change=signed_percent(change), equity=worth(view.line.equity, account.quote),
    )  # fmt: skip
    return visit.page(
        "trading/account.html", status=form.status, door=door, desk=view, pnl=found, form=form, change=change,
        curve=equity_figure(levels, (), label), days=drawn_days(found.days[-DAYS_SHOWN:], account.quote),
        days_shown=DAYS_SHOWN,
    )  # fmt: skip


async def orders_page(visit: Visit, door: Door, account_id: str, after: str | None) -> Response:
    account = await account_of(visit.tx, door, visit.actor, account_id)
    found = await orders.orders(visit.tx, [account.id], before=_place(after), limit=PAGE + 1)
    page = page_of(found, PAGE, lambda order: encode_cursor(iso_ms(order.placed_at), order.id))
    (line,) = await lines(visit.tx, [account], visit.settings)
    return visit.page(
        "trading/orders.html", door=door, line=line, orders=page.data, next=page.next, first=after is None,
    )  # fmt: skip


async def fills_page(
    visit: Visit, door: Door, account_id: str, *, after: str | None, order_id: str | None
) -> Response:
    account = await account_of(visit.tx, door, visit.actor, account_id)
    found = await performance.latest_charged(
        visit.tx, account.id, order_id=order_id, before=_place(after), limit=PAGE + 1
    )
    page = page_of(found, PAGE, lambda pair: encode_cursor(iso_ms(pair[0].at), pair[0].id))
    (line,) = await lines(visit.tx, [account], visit.settings)
    return visit.page(
        "trading/fills.html", door=door, line=line, next=page.next, first=after is None, order_id=order_id,
        fills=[(fill, charge, why(fill)) for fill, charge in page.data],
    )  # fmt: skip


async def pnl_page(
    visit: Visit, tx: Tx, door: Door, account_id: str, *, form: Filled[Any]
) -> Response:
    account = await account_of(tx, door, visit.actor, account_id)
    found = await performance.pnl(tx, account.id)
    (line,) = await lines(tx, [account], visit.settings)
    known = await market.instruments(tx)
    assets = [account.quote, *sorted({i.base for i in known if i.quote == account.quote})]
    fills = sum(each.traded.fills for each in found.symbols)
    lots = (
        (await performance.account_lots(tx, account.id)).open if fills <= LOTS_FILLS_MAX else None
    )
    return visit.page(
        "trading/pnl.html", status=form.status, door=door, line=line, pnl=found, form=form,
        lots=None if lots is None else lots[:LOTS_SHOWN], lots_count=len(lots or ()),
        years=range(tx.now.year, account.opened_at.year - 1, -1), days_count=len(found.days),
        days=list(reversed(found.days[-DAYS_SHOWN:])), choices=[(asset, asset) for asset in assets],
        drawing=drawn_days(found.days[-DAYS_SHOWN:], account.quote),
    )  # fmt: skip


async def limits_page(
    visit: Visit, tx: Tx, door: Door, account_id: str, *, form: Filled[Any]
) -> Response:
    account = await account_of(tx, door, visit.actor, account_id)
    (line,) = await lines(tx, [account], visit.settings)
    return visit.page(
        "trading/limits.html", status=form.status, door=door, line=line, form=form,
        uses=await uses_of(tx, account, visit.settings),
        liquidations=await orders.liquidations(tx, [account.id], limit=PAGE),
    )  # fmt: skip


async def _levels(
    tx: Tx, account: portfolio.Account, flows: Sequence[portfolio.Flow], now: tuple[datetime, Any]
) -> list[Level]:
    """The curve as it would be had nobody moved money, to this moment."""
    marks = await performance.curve(tx, account.id, points=CURVE_POINTS)
    times = [mark.at for mark in marks]
    equities = [float(mark.equity) for mark in marks]
    if not times or now[0] > times[-1]:
        # What was put in a moment ago is in the equity of now.
        times.append(now[0] + timedelta(microseconds=1))
        equities.append(float(now[1]))
    immune = performance.immune_levels(equities, times, flows)
    opening = Level(account.opened_at, float(account.opening_cash))
    return [opening, *(Level(*pair) for pair in zip(times, immune, strict=True))]


def _place(after: str | None) -> tuple[datetime, str] | None:
    """Raises BadCursor."""
    if after is None:
        return None
    at, last_id = decode_cursor(after, (str, str))
    try:
        return from_iso(at), last_id
    except (ValueError, OverflowError):
        raise BadCursor from None
