"""A creator's statements over HTTP, and as files."""

from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel, Field
from starlette.responses import Response

from arena.evidence.log import log_key
from arena.money.statements.files import signed, statement_csv, statement_pdf
from arena.money.statements.model import Statement
from arena.money.statements.read import first_of, statement, statements, yearly
from arena.people.access import CallDep, Routes, needs

routes = Routes("earnings")
GATE = needs("payouts:write", kinds=("person",))
MonthName = Annotated[str, Path(pattern=r"^20\d{2}-(0[1-9]|1[0-2])$", examples=["2024-01"])]


class StatementLine(BaseModel):
    """A closed month at a glance; whole cents."""

    id: str = Field(examples=["stm_0123456789abcdefghjkmnpqrs"])
    month: str = Field(examples=["2024-01"])
    opening: int
    closing: int
    sha: str
    log_index: int


class SignedStatement(BaseModel):
    """A statement with its digest, its place in the evidence log, and a C2SP note over both."""

    statement: dict[str, Any] = Field(
        description="Amounts are whole cents as strings; the digest is taken over its canonical JSON (RFC 8785)."
    )
    sha256: str
    log_index: int
    note: str
    verifier_key: str


class YearView(BaseModel):
    """The sums of a year's closed months by kind of movement; whole cents."""

    year: int
    months: int = Field(description="How many of them are closed.")
    opening: int
    kinds: dict[str, int]
    closing: int


@routes.add("GET", "/earnings/statements", gate=GATE)
async def show_all(call: CallDep) -> list[StatementLine]:
    """The caller's closed months, newest first (at most 120)."""
    return [_line(each) for each in await statements(call.tx, call.actor.id, limit=120)]


@routes.add("GET", "/earnings/statements/{month}", gate=GATE)
async def show_one(call: CallDep, month: MonthName) -> SignedStatement:
    """One month, signed by the arena."""
    found = await statement(call.tx, call.actor.id, first_of(month))
    return SignedStatement(**signed(found, log_key(call.settings.vault)))


@routes.add("GET", "/earnings/statements/{month}/csv", gate=GATE, response_class=Response)
async def show_csv(call: CallDep, month: MonthName) -> Response:
    """One month as CSV (RFC 4180); amounts in dollars as decimal strings."""
    found = await statement(call.tx, call.actor.id, first_of(month))
    return Response(statement_csv(found), media_type="text/csv; charset=utf-8")


@routes.add("GET", "/earnings/statements/{month}/pdf", gate=GATE, response_class=Response)
async def show_pdf(call: CallDep, month: MonthName) -> Response:
    """One month on paper."""
    found = await statement(call.tx, call.actor.id, first_of(month))
    return Response(statement_pdf(found), media_type="application/pdf")


@routes.add("GET", "/earnings/years/{year}", gate=GATE)
async def show_year(
    call: CallDep, year: Annotated[int, Path(ge=2000, le=2200, examples=[2024])]
) -> YearView:
    """A year's closed months, summed: for taxes."""
    found = await yearly(call.tx, call.actor.id, year)
    return YearView(
        year=found.year, months=found.months, opening=found.opening, kinds=dict(found.kinds),
        closing=found.closing,
    )  # fmt: skip


def _line(found: Statement) -> StatementLine:
    document = found.document
    return StatementLine(
        id=found.id, month=f"{found.month:%Y-%m}", opening=int(document["opening"]["total"]),
        closing=int(document["closing"]["total"]), sha=found.sha, log_index=found.log_index,
    )  # fmt: skip
