"""The audit trail, searched; and what was found, as a file."""

import csv
import io
import json
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query
from pydantic import Field, ValidationError
from starlette.responses import Response, StreamingResponse

from arena.evidence import audit
from arena.kit.clock import iso_ms
from arena.kit.db import Database
from arena.kit.errors import Refused
from arena.kit.page import decode_cursor, encode_cursor, page_of
from arena.web.page import Filled, Form, Pages, VisitDep, _
from arena.web.page.answer import HEADERS
from arena.web.pages.operator.room import OPERATOR, PAGE
from arena.web.pages.operator.trail import lines_of
from arena.web.views.desk import queues

routes = Pages()
EXPORT_MAX, EXPORT_STEP = 10_000, 500
COLUMNS = ("id", "at", "recorded_at", "actor", "actor_kind", "action", "object", "detail", "reason",
           "request_id")  # fmt: skip
Word = Annotated[str | None, Field(max_length=100, pattern=r"^[!-~]*$")]
Asked = Annotated[str, Query(max_length=200)]


class Wanted(Form):
    """What is looked for; what is left empty is not asked for."""

    object: Word = None
    actor: Word = None
    action: Annotated[str | None, Field(max_length=100, pattern=r"^[a-z_.*]*$")] = None


class FilterUnreadable(Refused):
    """These filters cannot be read: ids are letters, digits and signs without spaces, actions look like
    `listings.update` or `listings.*`."""


@routes.get("/operator/audit", gate=OPERATOR)
async def search(
    visit: VisitDep,
    object: Asked = "",
    actor: Asked = "",
    action: Asked = "",
    after: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    form = _read(object=object, actor=actor, action=action)
    events: list[audit.AuditEvent] = []
    if form.model is not None:
        last = None if after is None else decode_cursor(after, [int])[0]
        events = await audit.search(visit.tx, **form.model.model_dump(), after=last, limit=PAGE + 1)
    page = page_of(events, PAGE, lambda event: encode_cursor(event.id))
    return visit.page(
        "operator/audit.html", status=form.status, form=form, page=page, first=after is None,
        trail=await lines_of(visit.tx, page.data), query=urlencode(_asked(form)),
        waiting=(await queues(visit.tx)).counts, export_max=EXPORT_MAX,
    )  # fmt: skip


@routes.get("/operator/audit.jsonl", gate=OPERATOR, conducts=True)
async def as_lines(
    visit: VisitDep, object: Asked = "", actor: Asked = "", action: Asked = ""
) -> Response:
    """The newest 10,000 lines that fit, each a JSON object."""
    wanted = _require(_read(object=object, actor=actor, action=action))
    lines = _export(
        visit.call.db, wanted, lambda event: json.dumps(event, ensure_ascii=False) + "\n"
    )
    return _file(lines, "application/jsonl; charset=utf-8", "audit.jsonl")


@routes.get("/operator/audit.csv", gate=OPERATOR, conducts=True)
async def as_table(
    visit: VisitDep, object: Asked = "", actor: Asked = "", action: Asked = ""
) -> Response:
    """The same as a table for spreadsheets."""
    wanted = _require(_read(object=object, actor=actor, action=action))
    lines = _export(visit.call.db, wanted, _row, head=_csv(COLUMNS))
    return _file(lines, "text/csv; charset=utf-8", "audit.csv")


def _read(**asked: str) -> Filled[Wanted]:
    """The filters as a form, whose fields tell what is wrong with them."""
    try:
        return Filled(asked, model=Wanted(**{k: v for k, v in asked.items() if v.strip()}))
    except ValidationError as wrong:
        says = _("No spaces; ids as they are shown, actions like listings.update or listings.*")
        return Filled(asked, {str(error["loc"][0]): says for error in wrong.errors()})


def _asked(form: Filled[Wanted]) -> dict[str, str]:
    return {name: value for name, value in form.values.items() if value.strip()}


def _require(form: Filled[Wanted]) -> Wanted:
    """Raises FilterUnreadable."""
    if form.model is None:
        raise FilterUnreadable
    return form.model


def _file(lines: AsyncIterator[bytes], kind: str, name: str) -> Response:
    return StreamingResponse(
        lines, 200,
        {**HEADERS, "Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'},
        kind,
    )  # fmt: skip


async def _export(
    db: Database, wanted: Wanted, line: Callable[[dict[str, Any]], str], *, head: str = ""
) -> AsyncIterator[bytes]:
    """Page after page, each in a transaction of its own: a slow reader holds no connection, and the trail only
    grows at its other end."""
    if head:
        yield head.encode()
    last: int | None = None
    for _page in range(EXPORT_MAX // EXPORT_STEP):
        async with db.transaction(readonly=True) as tx:
            events = await audit.search(tx, **wanted.model_dump(), after=last, limit=EXPORT_STEP)
        if events:
            yield "".join(line(_plain(event)) for event in events).encode()
            last = events[-1].id
        if len(events) < EXPORT_STEP:
            return


def _plain(event: audit.AuditEvent) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(event, name) for name in COLUMNS}
    values |= {"at": iso_ms(event.at), "recorded_at": iso_ms(event.recorded_at)}
    values["detail"] = dict(event.detail)
    return values


def _row(event: dict[str, Any]) -> str:
    event["detail"] = json.dumps(event["detail"], ensure_ascii=False)
    return _csv([_cell(event[name]) for name in COLUMNS])


def _cell(value: object) -> str:
    """Spreadsheets run what begins like a formula, and reasons are written by anybody."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _csv(cells: Any) -> str:
    written = io.StringIO()
    csv.writer(written).writerow(cells)
    return written.getvalue()
