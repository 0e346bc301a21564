"""The ledger for operators: the proof sums, every account, one account's moves, journals by business id, heads."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from arena.kit.errors import ArenaError
from arena.kit.money import Money
from arena.money import ledger
from arena.web.page import Filled, Form, Pages, VisitDep
from arena.web.pages.operator.room import OPERATOR
from arena.web.views.desk import queues
from arena.web.views.journals import journals_named

routes = Pages()
ACCOUNTS, LINES = 300, 300
Text = Annotated[str, Query(max_length=80, pattern=r"^[^\x00]*$")]
After = Annotated[str | None, Query(pattern=r"^jrn_[0-9a-z]{1,40}$")]


@routes.get("/operator/ledger", gate=OPERATOR)
async def show(
    visit: VisitDep, find: Text = "", after: After = None, account: Text = "", month: Text = ""
) -> Response:
    """`find` is a business id of any sort; `account` with a month shows what moved it."""
    tx, find, account = visit.tx, find.strip(), account.strip()
    form: Filled[Form] = Filled()
    start = _month(month, tx.now)
    moved = None
    if account:
        try:
            moved = await ledger.statement(
                tx, account, start, (start + timedelta(days=31)).replace(day=1)
            )
        except ArenaError as refused:  # a code that the chart does not have
            form.refusal = refused
    journals, more = await journals_named(tx, find, after) if find else ([], False)
    trial = await ledger.trial_balance(tx)
    found = await ledger.heads(tx, limit=10)
    return visit.page(
        "operator/ledger.html", status=form.status, form=form, trial=trial, find=find, account=account,
        month=f"{start:%Y-%m}", moved=moved, lines=(moved.lines if moved else [])[:LINES], journals=journals, more=more,
        shown=trial.accounts[:ACCOUNTS], heads=found, money=Money,
        broken=await ledger.broken_heads(tx, since=found[-1].number) if found else (),
        waiting=(await queues(tx)).counts,
    )  # fmt: skip


def _month(text: str, now: datetime) -> datetime:
    """The month that is named, else the one that runs."""
    try:
        first = date.fromisoformat(text + "-01")
    except ValueError:
        first = now.date().replace(day=1)
    return datetime(first.year, first.month, 1, tzinfo=UTC)
