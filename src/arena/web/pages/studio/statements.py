"""A creator's closed months: a list, each one in full, as files, and years summed for taxes."""

import json
from typing import Annotated, Literal

from fastapi import Path
from starlette.responses import Response

from arena.evidence.log import log_key
from arena.kit.money import Money
from arena.money import statements
from arena.web.page import Pages, VisitDep
from arena.web.page.answer import HEADERS, PRIVATE
from arena.web.pages.studio.earnings import EARNER, KINDS
from arena.web.views.earned import earned_with

routes = Pages()
HERE = "/studio/statements"
LINES = 200
MonthName = Annotated[str, Path(pattern=r"^20\d{2}-(0[1-9]|1[0-2])$")]


@routes.get(HERE, gate=EARNER)
async def show_all(visit: VisitDep) -> Response:
    found = await statements.statements(visit.tx, visit.actor.id, limit=120)
    years = [
        await statements.yearly(visit.tx, visit.actor.id, year)
        for year in sorted({each.month.year for each in found}, reverse=True)
    ]
    return visit.page(
        "studio/statements.html", months=found, years=years, kinds=KINDS, cents=_cents
    )


@routes.get(f"{HERE}/{{month}}", gate=EARNER)
async def show(visit: VisitDep, month: MonthName) -> Response:
    found = await statements.statement(visit.tx, visit.actor.id, statements.first_of(month))
    lines = found.document["lines"][:LINES]
    return visit.page(
        "studio/statement.html", found=found, document=found.document, kinds=KINDS, cents=_cents,
        lines=lines, of=await earned_with(visit.tx, [line["reference"] for line in lines]),
        more=max(len(found.document["lines"]) - LINES, 0),
        accounts=("pending", "available", "disputed", "owed", "total"),
    )  # fmt: skip


@routes.get(f"{HERE}/{{month}}/{{table}}", gate=EARNER)
async def export(
    visit: VisitDep, month: MonthName, table: Literal["csv", "json", "pdf"]
) -> Response:
    """The month as a file."""
    found = await statements.statement(visit.tx, visit.actor.id, statements.first_of(month))
    if table == "csv":
        content, kind = statements.statement_csv(found).encode(), "text/csv; charset=utf-8"
    elif table == "json":
        told = statements.signed(found, log_key(visit.settings.vault))
        content, kind = json.dumps(told, indent=2).encode(), "application/json"
    else:
        content, kind = statements.statement_pdf(found), "application/pdf"
    headers = {
        **HEADERS, "Cache-Control": PRIVATE,
        "Content-Disposition": f'attachment; filename="statement-{month}.{table}"',
    }  # fmt: skip
    return Response(content, 200, headers, media_type=kind)


def _cents(text: str | int) -> Money:
    """Whole cents as a statement spells them."""
    return Money(int(text))
