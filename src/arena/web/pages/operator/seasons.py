"""Seasons as the operator announces them: a name, two midnights, and whom they are for."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from fastapi import Path
from pydantic import Field
from starlette.responses import Response

from arena.people import identity
from arena.trading import market, performance
from arena.trading.performance import NewSeason, VenueKind
from arena.web.page import N_, Filled, Form, Line, Pages, Visit, VisitDep, _
from arena.web.pages.operator.reason import LENGTH_MAX, LENGTH_MIN, Reason
from arena.web.pages.operator.room import OPERATOR
from arena.web.views.desk import queues

routes = Pages()
HERE = "/operator/seasons"
SHOWN_MAX = 100
SeasonId = Annotated[str, Path(pattern=r"^sea_[0-9a-hjkmnp-tv-z]{26}$")]
# By phase: its words, and the tone of its badge.
PHASES = {
    "announced": (N_("announced"), "plain"), "running": (N_("running"), "accent"),
    "over": (N_("being worked out"), "warn"), "frozen": (N_("frozen"), "good"),
    "withdrawn": (N_("withdrawn"), "bad"),
}  # fmt: skip
VENUES = {"all": N_("Paper and live"), "paper": N_("Paper"), "live": N_("Live")}


class SeasonForm(Form):
    name: Annotated[Line, Field(min_length=3, max_length=60)]
    note: Annotated[str, Field(max_length=2000)] = ""
    starts_on: date
    ends_on: date
    venue: VenueKind = "all"
    symbol: Annotated[str, Field(pattern="^[A-Z0-9_-]{0,30}$")] = ""


class WithdrawForm(Form):
    reason: Reason


@routes.get(HERE, gate=OPERATOR)
async def seasons_page(visit: VisitDep) -> Response:
    return await _page(visit, Filled())


@routes.post(HERE, gate=OPERATOR)
async def announce(visit: VisitDep) -> Response:
    form = await visit.form(SeasonForm)
    if form.model is not None:
        wanted = form.model
        async with visit.trying(form):
            made = await performance.open_season(
                visit.tx,
                NewSeason(
                    wanted.name, wanted.note, _midnight(wanted.starts_on), _midnight(wanted.ends_on),
                    wanted.venue, wanted.symbol or None,
                ),
                actor=visit.actor, request_id=visit.call.request_id,
            )  # fmt: skip
            return visit.go(HERE, _("%(name)s is announced.", name=made.name))
    return await _page(visit, form)


@routes.post(f"{HERE}/{{season_id}}/withdraw", gate=OPERATOR)
async def withdraw(visit: VisitDep, season_id: SeasonId) -> Response:
    form = await visit.form(WithdrawForm)
    if form.model is not None:
        async with visit.trying(form):
            gone = await performance.withdraw_season(
                visit.tx, season_id, reason=form.model.reason, actor=visit.actor,
                request_id=visit.call.request_id,
            )  # fmt: skip
            return visit.go(HERE, _("%(name)s is withdrawn.", name=gone.name))
    return await _page(visit, Filled(), withdrawal=form, about=season_id)


async def _page(
    visit: Visit,
    form: Filled[SeasonForm],
    *,
    withdrawal: Filled[WithdrawForm] | None = None,
    about: str = "",
) -> Response:
    """The page, with the form that was refused on it, if one was; `about` is the season it was about."""
    tx = visit.tx
    found = await performance.seasons(tx, limit=SHOWN_MAX, withdrawn=True)
    midnight = await performance.last_board_at(tx)
    first = midnight if midnight >= tx.now else midnight + timedelta(days=1)
    refused = withdrawal or form
    return visit.page(
        "operator/seasons.html", status=refused.status, form=form, seasons=found, now=tx.now,
        withdrawal=withdrawal or Filled(), about=about, phases=PHASES, venues=VENUES,
        persons=await identity.persons(tx, [one.opened_by for one in found]),
        symbols=[one.symbol for one in await market.instruments(tx)], first=first,
        end=first + timedelta(days=90), days_min=performance.DAYS_MIN, days_max=performance.SEASON_DAYS_MAX,
        reason_min=LENGTH_MIN, reason_max=LENGTH_MAX, waiting=(await queues(tx)).counts,
    )  # fmt: skip


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
