"""A performance fee contract as copier and creator see it: where it stands, its course, its statements."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Path
from starlette.responses import Response

from arena.kit.db import Tx
from arena.kit.money import Money
from arena.kit.signing import to_base64
from arena.money import collecting, invoices
from arena.money import performance_fees as fees
from arena.web.draw import mark_figure
from arena.web.page import N_, Visit, _
from arena.web.page.answer import HEADERS, PRIVATE
from arena.web.page.numbers import money
from arena.web.views.desk import names_of

ContractId = Annotated[str, Path(pattern=r"^pfc_[0-9a-z]{26}$")]
StatementId = Annotated[str, Path(pattern=r"^pfs_[0-9a-z]{26}$")]
POLICIES: dict[str, tuple[str, str]] = {
    "cumulative_profit": (
        N_("all profits together"),
        N_("All profits and losses of a copier with one creator count together: a loss is made good first."),
    ),
    "loss_carry": (
        N_("one mark an account"),
        N_("Each account has one mark; new money in it is shielded by old losses."),
    ),
    "lots": (
        N_("one mark a deposit"),
        N_("Each deposit has a mark of its own."),
    ),
}  # fmt: skip
PERIODS: dict[str, str] = {"month": N_("month"), "quarter": N_("quarter")}
# State: word, tone of its badge, what it means.
STATES: dict[str, tuple[str, str, str]] = {
    "active": (N_("running"), "good", N_("Readings are taken, some hours late, and a fee is due on new highs.")),
    "ending": (
        N_("leaving"), "warn", N_("The copier has left; what is due is held until the period ends."),
    ),
    "ended": (N_("ended"), "plain", N_("Its marks are kept should the copier come back.")),
    "stopped": (N_("stopped"), "bad", N_("Withdrawals had left less than the minimum for a whole period.")),
}  # fmt: skip
MODES: dict[str, tuple[str, str]] = {
    "off": (N_("off"), N_("Fees are off in this country now: nothing is charged.")),
    "shadow": (N_("only shown"), N_("Fees are computed and shown here, and not charged.")),
    "charged": (N_("charged"), N_("Fees are invoiced as a period closes.")),
}
OUTCOMES: dict[str, str] = {
    "due": "", "nothing": N_("no new high"), "warned": N_("warned: less than the minimum"),
    "stopped": N_("stopped"),
}  # fmt: skip
# State of a charged fee's bill: word, tone of its badge.
BILLS: dict[str, tuple[str, str]] = {
    "open": (N_("to be paid"), "plain"), "past_due": (N_("not paid yet"), "warn"), "paid": (N_("paid"), "good"),
    "written_off": (N_("written off"), "plain"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FeeView:
    """All that the page of a contract shows. Amounts are of the contract's currency."""

    now: fees.OpenPeriod
    copier: str
    creator: str
    drawing: str
    points: Sequence[fees.Point]
    statements: Sequence[fees.Statement]
    bills: Mapping[str, str]
    accounts: Sequence[str]
    command: str

    def cents(self, minor: int) -> Money:
        return Money(minor, self.now.contract.terms.currency)


async def fee_view(visit: Visit, contract_id: str) -> FeeView:
    """Raises NoSuchContract for those who are neither its copier nor its creator."""
    tx, me = visit.tx, visit.actor.id
    now = await fees.open_period(tx, contract_id, me)
    who = (now.contract.copier.person_id, now.contract.creator_id)
    names = await names_of(tx, who)
    points = await fees.course(tx, contract_id, me)
    key = to_base64(fees.reading_key(visit.settings.vault).public)
    made = await fees.statements(tx, contract_id, me)
    return FeeView(
        now, names.get(who[0], who[0]), names.get(who[1], who[1]), _drawing(now, points), points,
        made, await bills_of(tx, made), await fees.accounts(tx, contract_id),
        f"sigma verify-fee fee-*.json --key {key}",
    )  # fmt: skip


async def bills_of(tx: Tx, made: Sequence[fees.Statement]) -> dict[str, str]:
    """State of the bill of each statement that has one, by its id."""
    states: dict[str, str] = {}
    for one in made:
        invoice = await invoices.of_source(tx, one.id) if one.charged and one.fee else None
        bill = None if invoice is None else await collecting.bill_of(tx, invoice.id)
        if bill is not None:
            states[one.id] = bill.state.value
    return states


def _drawing(now: fees.OpenPeriod, points: Sequence[fees.Point]) -> str:
    if len(points) < 2:
        return ""
    currency = now.contract.terms.currency
    value, mark = (money(Money(minor, currency)) for minor in (points[-1].value, points[-1].mark))
    what = (
        _("Profit since the start")
        if now.contract.terms.policy == "cumulative_profit"
        else _("Worth of the accounts")
    )
    label = _(
        "%(what)s from %(first)s to %(last)s: %(value)s by the last reading, against a mark of %(mark)s",
        what=what, first=f"{points[0].at:%Y-%m-%d}", last=f"{points[-1].at:%Y-%m-%d}", value=value, mark=mark,
    )  # fmt: skip
    steps = [(point.at, point.value / 100, point.mark / 100) for point in points]
    return mark_figure(steps, label=label)


async def standings(
    tx: Tx, contracts: Sequence[fees.Contract], person_id: str
) -> Sequence[fees.OpenPeriod]:
    """Where each of a person's contracts stands."""
    return [await fees.open_period(tx, each.id, person_id) for each in contracts]


async def statement_answer(visit: Visit, statement_id: str) -> Response:
    """The file that `sigma verify-fee` reads. Raises NoSuchStatement."""
    key = fees.reading_key(visit.settings.vault)
    told = await fees.statement_file(visit.tx, statement_id, visit.actor.id, key)
    statement = told["statement"]
    name = f"fee-{statement['start'][:10]}-{statement_id[-6:]}.json"
    headers = {
        **HEADERS, "Cache-Control": PRIVATE, "Content-Disposition": f'attachment; filename="{name}"',
    }  # fmt: skip
    return Response(json.dumps(told, indent=2), 200, headers, media_type="application/json")
