"""A model card as pages show it: its figures in words, its drawings, and what each test of luck says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

from markupsafe import Markup

from arena.kit.clock import from_iso
from arena.signals.lab.cards import Kept
from arena.web.draw import (
    Level,
    Phase,
    Window,
    equity_figure,
    equity_label,
    histogram,
    size_figure,
    window_strip,
)
from arena.web.page import N_, _
from arena.web.page.numbers import count, percent, ratio, signed_percent
from arena.web.views.card_luck import Question, questions_of

DOCUMENTS = {
    "pack_sha": N_("Data pack"), "indicator_set_sha": N_("Indicators"),
    "model_config_sha": N_("Model"), "policy_sha": N_("Policy"),
}  # fmt: skip
WEATHER = {
    "trend": N_("In a trend"), "range": N_("In a range"), "high volatility": N_("Wild markets"),
    "low volatility": N_("Quiet markets"),
}  # fmt: skip
Line = tuple[str, str, str]
"""A name, the figure net of costs, the same without costs."""


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A kept card, ready for a template. Drawings are empty where there is too little to draw."""

    kept: Kept
    equity: Markup
    levels: Sequence[Level]
    windows: Markup
    twins: Markup
    sizes: Markup
    lines: Sequence[Line]
    questions: Sequence[Question]
    weather: Sequence[tuple[str, Mapping[str, Any]]]
    lineage: Sequence[tuple[str, str]]

    @property
    def body(self) -> Mapping[str, Any]:
        return self.kept.body

    @property
    def figures(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.kept.body["figures"]
        return found

    @property
    def net(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.figures["walk_forward"]["net"]
        return found

    @property
    def since(self) -> datetime:
        return from_iso(self.net["since"])

    @property
    def until(self) -> datetime:
        return from_iso(self.net["until"])


def model_card(kept: Kept) -> ModelCard:
    """With all that the page of a card shows."""
    figures = kept.body["figures"]
    walked = figures["walk_forward"]
    levels = levels_of(walked["net"], walked["daily_returns"])
    return ModelCard(
        kept=kept, levels=levels, equity=_equity(levels),
        windows=_windows(walked["windows"]), twins=_twins(figures), sizes=_sizes(figures["capacity"]),
        lines=lines_of(walked), questions=questions_of(figures),
        weather=[(_(WEATHER.get(one["name"], one["name"])), one) for one in figures["regimes"]],
        lineage=[(_(DOCUMENTS[name]), sha) for name, sha in kept.lineage.as_dict().items()],
    )  # fmt: skip


def levels_of(net: Mapping[str, Any], daily_returns: Sequence[float]) -> list[Level]:
    """What 100 became: at the beginning, at each midnight UTC, and at the end."""
    since, until = from_iso(net["since"]), from_iso(net["until"])
    midnight = since.replace(hour=0, minute=0, second=0, microsecond=0)
    equities = accumulate(daily_returns, lambda level, change: level * (1 + change), initial=100.0)
    levels = [
        Level(min(max(midnight + timedelta(days=number), since), until), equity)
        for number, equity in enumerate(equities)
    ]
    if levels[-1].at < until:  # the last day is not over
        levels.append(Level(until, 100 * (1 + net["total_return"])))
    return levels


def lines_of(walked: Mapping[str, Any]) -> list[Line]:
    """The figures of the joined tests, net beside gross."""
    net, gross = walked["net"], walked["gross"]
    rows = (
        (_("Return"), "total_return", signed_percent), (_("Return a year"), "cagr", signed_percent),
        (_("Sharpe ratio"), "sharpe", ratio), (_("Sortino ratio"), "sortino", ratio),
        (_("Worst drawdown"), "max_drawdown", percent), (_("Volatility a year"), "volatility", percent),
        (_("Winning days"), "hit_rate", percent), (_("Turnover a year, times equity"), "turnover", ratio),
        (_("Fills"), "fills", count),
    )  # fmt: skip
    return [(name, said(net[key]), said(gross[key])) for name, key, said in rows]


def _equity(levels: Sequence[Level]) -> Markup:
    if len(levels) < 2 or levels[0].at == levels[-1].at:
        return Markup("")
    phase = Phase("backtest", levels[0].at, levels[-1].at)
    return equity_figure(levels, [phase], equity_label(levels, _("of 100")))


def _windows(found: Sequence[Mapping[str, Any]]) -> Markup:
    gains = sum(one["total_return"] > 0 for one in found)
    shown = [
        Window(
            one["total_return"],
            f"{one['tested'][0][:10]} – {one['tested'][1][:10]}: {signed_percent(one['total_return'])}",
        )
        for one in found
    ]
    label = _(
        "Hypothetical: %(gains)s of %(all)s tested windows gained; from %(low)s to %(high)s.",
        gains=count(gains), all=count(len(found)),
        low=signed_percent(min(one["total_return"] for one in found)),
        high=signed_percent(max(one["total_return"] for one in found)),
    )  # fmt: skip
    return window_strip(
        shown, label, first=found[0]["tested"][0][:10], last=found[-1]["tested"][1][:10]
    )


def _twins(figures: Mapping[str, Any]) -> Markup:
    twins, own = figures["twins"], figures["walk_forward"]["net"]["total_return"]
    label = _(
        "Hypothetical net returns of %(count)s random traders; the model's %(own)s is above %(share)s of them.",
        count=count(len(twins["returns"])), own=signed_percent(own),
        share=percent(twins["percentile"], 0),
    )  # fmt: skip
    return histogram(twins["returns"], own, label, name=_("the model"))


def _sizes(capacity: Mapping[str, Any]) -> Markup:
    curve = capacity["curve"]
    label = _("Hypothetical net return by the size of the account.")
    places = [n for n, one in enumerate(curve) if one["cash"] == capacity["cash"]]
    return size_figure(
        [(amount_of(one["cash"]), one["total_return"]) for one in curve], label,
        borne=places[0] if places else None,
    )  # fmt: skip


def amount_of(cash: str) -> str:
    """A round amount, short: 10 k, 1 M."""
    for unit, size in ((" M", 1_000_000), (" k", 1_000)):
        whole, rest = divmod(float(cash), size)
        if whole and not rest:
            return f"{int(whole):,}{unit}"
    return f"{float(cash):,.0f}"
