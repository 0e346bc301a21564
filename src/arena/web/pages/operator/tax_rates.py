"""Tax rates for operators: which country's hold now and from when, set for a day to come, and what was collected."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field
from starlette.responses import Response

from arena.kit.money import Money
from arena.money import buyers, ledger
from arena.money.buyers import TaxRate
from arena.web.page import Filled, Form, Line, Pages, Visit, VisitDep, _
from arena.web.pages.operator.room import OPERATOR
from arena.web.views.desk import names_of, queues

routes = Pages()
HERE = "/operator/tax-rates"


def _day(stated: str) -> str:
    try:
        date.fromisoformat(stated)
    except ValueError:
        raise ValueError(_("A day looks like 2024-01-31.")) from None
    return stated


class RateForm(Form):
    """`per_cent` as people write it; `from_day` is that day's first moment, UTC."""

    country: Annotated[Line, Field(pattern=r"^[A-Za-z]{2}$")]
    per_cent: Annotated[str, Field(pattern=r"^[0-9]{1,2}(\.[0-9]{1,2})?$")]
    from_day: Annotated[str, AfterValidator(_day)]
    reverse_charge: bool = False


@routes.get("/operator/tax-rates", gate=OPERATOR)
async def tax_rates_page(visit: VisitDep) -> Response:
    return await _page(visit, Filled[RateForm]())


@routes.post("/operator/tax-rates", gate=OPERATOR)
async def add_rate(visit: VisitDep) -> Response:
    form = await visit.form(RateForm)
    if form.model is not None:
        wanted, first = form.model, date.fromisoformat(form.model.from_day)
        rate = TaxRate(
            wanted.country.upper(), datetime(first.year, first.month, first.day, tzinfo=UTC),
            int(Decimal(wanted.per_cent) * 100), wanted.reverse_charge, visit.actor.id,
        )  # fmt: skip
        async with visit.trying(form):
            await buyers.set_rate(
                visit.tx, rate, actor=visit.actor, request_id=visit.call.request_id
            )
            return visit.go(HERE, _("Set. What is charged before that day stays as it is."))
    return await _page(visit, form)


async def _page(visit: Visit, form: Filled[RateForm]) -> Response:
    tx = visit.tx
    rates = await buyers.rates(tx)
    now = await buyers.rates_now(tx)
    collected = [
        (one.code.rpartition(":")[2].upper(), Money(one.balance, one.currency))
        for one in await ledger.balances(tx, "tax_payable:")
        if one.balance
    ]
    return visit.page(
        "operator/tax_rates.html", status=form.status, form=form, collected=collected,
        rates=[(one, _standing(one, now.get(one.country), tx.now)) for one in rates],
        tomorrow=f"{tx.now + timedelta(days=1):%Y-%m-%d}",
        names=await names_of(tx, [one.by_id for one in rates]), waiting=(await queues(tx)).counts,
    )  # fmt: skip


def _standing(one: TaxRate, holds: TaxRate | None, now: datetime) -> str:
    """coming, holds or over."""
    if one.from_at > now:
        return "coming"
    return "holds" if one == holds and one.rate_bps else "over"
