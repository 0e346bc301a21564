"""Model cards side by side, two to four: what was tested, on what, what came out, and the days all were tested on."""

from collections.abc import Callable, Mapping, Sequence
from datetime import time
from typing import Annotated, Any

from fastapi import Query
from markupsafe import Markup
from starlette.responses import Response

from arena.signals.lab import cards
from arena.signals.lab.trials import family
from arena.web.draw import pair_figure, pair_label, several_figure, several_label
from arena.web.page import Pages, VisitDep, _
from arena.web.page.numbers import count, percent, ratio, signed_percent
from arena.web.pages.studio.own import CREATOR
from arena.web.views.model_card import ModelCard, amount_of, model_card

routes = Pages()
Sha = Annotated[str, Query(pattern=r"^([0-9a-f]{64})?$")]
Row = tuple[str, tuple[str, ...]]
CARDS_MAX = 4
DAYS_MIN = 2
MIDNIGHT = time()


@routes.get("/studio/lab/compare", gate=CREATOR)
async def compare(
    visit: VisitDep,
    one: Sha = "",
    other: Sha = "",
    card: Annotated[list[Sha] | None, Query(max_length=100)] = None,
) -> Response:
    """The first four that are ticked (`card`, again for others), or the two that are chosen. Without two it says how
    to choose them. Raises NoSuchCard."""
    wanted = [sha for sha in dict.fromkeys([one, other, *(card or ())]) if sha]
    offered = await cards.cards_of(visit.tx, visit.actor.id)
    if len(wanted) < 2:
        return visit.page(
            "studio/lab_compare.html", compared=None, rows=(), figure=Markup(""), offered=offered,
            ticked=wanted, days=0, left_out=0, most=CARDS_MAX, same_data=True,
        )  # fmt: skip
    compared = [model_card(await cards.card(visit.tx, sha)) for sha in wanted[:CARDS_MAX]]
    trials = [(await family(visit.tx, each.kept.family_id)).trials for each in compared]
    figure, days = _figure(compared)
    return visit.page(
        "studio/lab_compare.html", compared=compared, rows=_rows(compared, trials), figure=figure, days=days,
        offered=offered, ticked=wanted, left_out=max(0, len(wanted) - CARDS_MAX), most=CARDS_MAX,
        same_data=len({each.kept.lineage.pack_sha for each in compared}) == 1,
    )  # fmt: skip


def _rows(compared: Sequence[ModelCard], trials: Sequence[int]) -> list[Row]:
    """Names with what each card says."""

    def row(name: str, said: Callable[[Mapping[str, Any]], str]) -> Row:
        return name, tuple(said(each.body) for each in compared)

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
        (_("Trials of the family"), tuple(count(each) for each in trials)),
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


def _figure(compared: Sequence[ModelCard]) -> tuple[Markup, int]:
    """The curves over the days all were tested on, and how many days that is; of two also the lead of the first."""
    curves = [
        {level.at: level for level in each.levels if level.at.time() == MIDNIGHT}
        for each in compared
    ]
    days = sorted(set.intersection(*(set(curve) for curve in curves)))
    if len(days) < DAYS_MIN:
        return Markup(""), 0
    levels = [[curve[day].equity / curve[days[0]].equity for day in days] for curve in curves]
    names = [each.body["name"] for each in compared]
    span = {"since": days[0], "until": days[-1]}
    if len(compared) == 2:
        label = pair_label((names[0], names[1]), levels[0], levels[1])
        return pair_figure(levels[0], levels[1], **span, label=label), len(days) - 1
    return several_figure(levels, **span, label=several_label(names, levels)), len(days) - 1
