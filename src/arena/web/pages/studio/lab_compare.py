"""Two model cards side by side: what was tested, on what, what came out, and the days both were tested on."""

from collections.abc import Callable, Mapping, Sequence
from datetime import time
from typing import Annotated, Any

from fastapi import Query
from markupsafe import Markup
from starlette.responses import Response

from arena.signals.lab import cards
from arena.signals.lab.trials import family
from arena.web.draw import pair_figure, pair_label
from arena.web.page import Pages, VisitDep, _
from arena.web.page.numbers import count, percent, ratio, signed_percent
from arena.web.pages.studio.own import CREATOR
from arena.web.views.model_card import ModelCard, amount_of, model_card

routes = Pages()
Sha = Annotated[str, Query(pattern=r"^([0-9a-f]{64})?$")]
Row = tuple[str, str, str]
DAYS_MIN = 2
MIDNIGHT = time()


@routes.get("/studio/lab/compare", gate=CREATOR)
async def compare(visit: VisitDep, one: Sha = "", other: Sha = "") -> Response:
    """Without two cards it says how to choose them. Raises NoSuchCard."""
    offered = await cards.cards_of(visit.tx, visit.actor.id)
    if not one or not other:
        return visit.page(
            "studio/lab_compare.html", pair=None, rows=(), figure=Markup(""), offered=offered,
            one=one, other=other, days=0,
        )  # fmt: skip
    pair = [model_card(await cards.card(visit.tx, sha)) for sha in (one, other)]
    trials = [(await family(visit.tx, card.kept.family_id)).trials for card in pair]
    figure, days = _figure(pair)
    return visit.page(
        "studio/lab_compare.html", pair=pair, rows=_rows(pair, trials), figure=figure, days=days,
        offered=offered, one=one, other=other,
    )  # fmt: skip


def _rows(pair: Sequence[ModelCard], trials: Sequence[int]) -> list[Row]:
    """Names with what each card says."""

    def row(name: str, said: Callable[[Mapping[str, Any]], str]) -> Row:
        return name, said(pair[0].body), said(pair[1].body)

    def net(name: str, key: str, said: Callable[[Any], str]) -> Row:
        return row(name, lambda body: said(body["figures"]["walk_forward"]["net"][key]))

    def luck(name: str, key: str, said: Callable[[Any], str]) -> Row:
        return row(name, lambda body: said(body["figures"]["luck"][key]))

    return [
        row(_("Model"), lambda body: body["study"]["model"]),
        row(_("Instrument"), lambda body: body["figures"]["data"]["instrument"]),
        row(_("Tested"), _span),
        net(_("Net return"), "total_return", signed_percent),
        net(_("Net Sharpe"), "sharpe", ratio),
        row(_("95 % interval"), _interval),
        net(_("Worst drawdown"), "max_drawdown", percent),
        net(_("Turnover a year, times equity"), "turnover", ratio),
        row(_("Sharpe without costs"), lambda body: ratio(body["figures"]["walk_forward"]["gross"]["sharpe"])),
        luck(_("Above luck (DSR)"), "deflated_sharpe", percent),
        luck(_("Chance of overfitting (PBO)"), "overfitting_probability", percent),
        row(_("Better than null twins"), lambda body: percent(body["figures"]["twins"]["percentile"], 0)),
        luck(_("Trials in the study"), "trials", count),
        (_("Trials of the family"), count(trials[0]), count(trials[1])),
        row(_("Money it bears"), _borne),
    ]  # fmt: skip


def _span(body: Mapping[str, Any]) -> str:
    net = body["figures"]["walk_forward"]["net"]
    return f"{net['since'][:10]} – {net['until'][:10]}"


def _interval(body: Mapping[str, Any]) -> str:
    net = body["figures"]["walk_forward"]["net"]
    return f"{ratio(net['sharpe_low'])} … {ratio(net['sharpe_high'])}"


def _borne(body: Mapping[str, Any]) -> str:
    cash = body["figures"]["capacity"]["cash"]
    return "–" if cash is None else amount_of(cash)


def _figure(pair: Sequence[ModelCard]) -> tuple[Markup, int]:
    """Both curves over the days both were tested on, and how many days that is."""
    curves = [
        {level.at: level for level in card.levels if level.at.time() == MIDNIGHT} for card in pair
    ]
    days = sorted(set(curves[0]) & set(curves[1]))
    if len(days) < DAYS_MIN:
        return Markup(""), 0
    levels = [[curve[day].equity / curve[days[0]].equity for day in days] for curve in curves]
    names = (pair[0].body["name"], pair[1].body["name"])
    drawn = pair_figure(*levels, since=days[0], until=days[-1], label=pair_label(names, *levels))
    return drawn, len(days) - 1
