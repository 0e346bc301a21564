"""Where an exchange says one thing and our books another, for the operator: looked into, booked or closed."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import Field
from starlette.responses import Response

from arena.kit.clock import from_iso, iso_ms
from arena.kit.db import Tx
from arena.kit.page import BadCursor, decode_cursor, encode_cursor, page_of
from arena.people import identity
from arena.trading import portfolio
from arena.trading.orders import live
from arena.web.page import N_, Filled, Form, Line, Pages, Visit, VisitDep, _
from arena.web.pages.trading.room import OPERATOR

routes = Pages()
PATH = "/operator/differences"
PAGE = 25
DifferenceId = Annotated[str, Path(pattern=r"^dif_[0-9a-z]{26}$")]
After = Annotated[str | None, Query(max_length=500)]
KINDS = {
    "balance": N_("A balance"),
    "order_missing": N_("An order of ours that the exchange does not know"),
    "order_not_ours": N_("An order at the exchange that is not ours"),
    "fill_not_ours": N_("A fill at the exchange that is not ours"),
}
_Verb = Callable[..., Awaitable[object]]


class Why(Form):
    """What was found out; it goes into the audit trail."""

    note: Annotated[Line, Field(min_length=3, max_length=500)]


@dataclass(frozen=True, slots=True)
class Shown:
    """A difference with the account it is about. `bookable`: money came in or went out, which can be booked."""

    difference: live.Difference
    kind: str
    collective: str
    account_path: str

    @property
    def bookable(self) -> bool:
        return self.difference.kind == "balance"


@dataclass(frozen=True, slots=True)
class Compared:
    """When an account at an exchange was compared last, and how that went."""

    account: portfolio.Account
    collective: str
    at: datetime | None
    outcome: str


@routes.get(PATH, gate=OPERATOR)
async def differences(visit: VisitDep, after: After = None) -> Response:
    return await _page(visit, Filled(), after=after)


@routes.post(PATH + "/{difference_id}/book", gate=OPERATOR)
async def book(visit: VisitDep, difference_id: DifferenceId) -> Response:
    said = _("Booked as money moved; it counts neither as gain nor as loss.")
    return await _act(visit, difference_id, live.book_difference, said)


@routes.post(PATH + "/{difference_id}/close", gate=OPERATOR)
async def close(visit: VisitDep, difference_id: DifferenceId) -> Response:
    said = _("Closed. It opens again where it is found again.")
    return await _act(visit, difference_id, live.close_difference, said)


async def _act(visit: Visit, difference_id: str, verb: _Verb, said: str) -> Response:
    form = await visit.form(Why)
    if form.model is not None:
        async with visit.trying(form):
            await verb(
                visit.tx, difference_id, form.model.note, actor=visit.actor,
                request_id=visit.call.request_id,
            )  # fmt: skip
            return visit.go(PATH, said=said)
    return await _page(visit, form, trying=difference_id)


async def _page(
    visit: Visit, form: Filled[Any], *, after: str | None = None, trying: str = ""
) -> Response:
    """`trying` names the difference whose form was refused."""
    found = await live.differences(visit.tx, before=_place(after), limit=PAGE + 1)
    page = page_of(found, PAGE, lambda d: encode_cursor(iso_ms(d.at), d.id))
    return visit.page(
        "trading/differences.html", status=form.status, form=form, trying=trying, next=page.next,
        first=after is None, shown=[await _shown(visit.tx, each) for each in page.data],
        compared=await _compared(visit.tx),
    )  # fmt: skip


async def _shown(tx: Tx, difference: live.Difference) -> Shown:
    whose = await portfolio.account(tx, difference.account_id)
    owner = await identity.collective(tx, whose.owner_id)
    return Shown(difference, _(KINDS[difference.kind]), owner.name, f"/operator/trading/{whose.id}")


async def _compared(tx: Tx) -> Sequence[Compared]:
    """The accounts that have a key of an exchange in use."""
    ids = await live.live_accounts(tx)
    checks = await live.checks(tx, ids)
    lines = []
    for account_id in ids:
        whose, check = await portfolio.account(tx, account_id), checks.get(account_id)
        owner = await identity.collective(tx, whose.owner_id)
        lines.append(
            Compared(
                whose, owner.name, check["compared_at"] if check else None,
                check["outcome"] if check else _("not compared yet"),
            )
        )  # fmt: skip
    return lines


def _place(after: str | None) -> tuple[datetime, str] | None:
    """Raises BadCursor."""
    if after is None:
        return None
    at, last_id = decode_cursor(after, (str, str))
    try:
        return from_iso(at), last_id
    except (ValueError, OverflowError):
        raise BadCursor from None
