"""Tables of an account as files: fills, lots that were sold, days."""

from typing import Literal

from starlette.responses import Response

from arena.trading import performance
from arena.web.page import Visit
from arena.web.page.answer import HEADERS, PRIVATE
from arena.web.pages.trading.room import Door, account_of


async def export(
    visit: Visit, door: Door, account_id: str, *, table: Literal["fills", "lots", "days"], year: int | None
) -> Response:  # fmt: skip
    """CSV, the whole of it; lots of one year where that is named."""
    account = await account_of(visit.tx, door, visit.actor, account_id)
    name = f"{account.id}-{table}" + (f"-{year}" if year else "")
    if table == "fills":
        text = performance.fills_csv(
            await performance.charged(visit.tx, account.id), quote=account.quote
        )
    elif table == "lots":
        found = await performance.account_lots(visit.tx, account.id)
        text = performance.lots_csv(found.realised, quote=account.quote, year=year)
    else:
        days = (await performance.pnl(visit.tx, account.id)).days
        text = performance.days_csv(days, quote=account.quote)
    headers = {
        **HEADERS, "Cache-Control": PRIVATE, "Content-Disposition": f'attachment; filename="{name}.csv"',
    }  # fmt: skip
    return Response(text, 200, headers, media_type="text/csv; charset=utf-8")
