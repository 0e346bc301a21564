"""A model card as pages show it: its figures in words, its drawings, and what each test of luck says."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
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
    dates_drift: bool
    own_return: float | None
    """Of its own positions, traded as the twins' are; None where the card does not say."""

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
    levels = levels_of(
        walked["net"], walked["daily_returns"], walked.get("days_without_candles", ())
    )
    return ModelCard(
        kept=kept, levels=levels, equity=_equity(levels),
        windows=_windows(walked["windows"]), twins=_twins(figures), sizes=_sizes(figures["capacity"]),
        lines=lines_of(walked), questions=questions_of(figures),
        weather=[(_(WEATHER.get(one["name"], one["name"])), one) for one in figures["regimes"]],
        lineage=[(_(DOCUMENTS[name]), sha) for name, sha in kept.lineage.as_dict().items()],
        dates_drift=dates_drift(figures), own_return=figures["twins"].get("own"),
    )  # fmt: skip


def levels_of(
    net: Mapping[str, Any], daily_returns: Sequence[float], without_candles: Collection[str] = ()
) -> list[Level]:
    """What 100 became: at the beginning, at each midnight UTC that ends a day with candles, and at the end.

    `without_candles` are the days that have no return. Cards from before these were named are drawn day after day; then
    dates come too early by the days that are missing.
    """
    since, until = from_iso(net["since"]), from_iso(net["until"])
    levels, equity, day = [Level(since, 100.0)], 100.0, since.date()
    missing = {date.fromisoformat(text) for text in without_candles}
    for change in daily_returns:
        while day in missing:
            day += timedelta(days=1)
        day += timedelta(days=1)
        equity *= 1 + change
        levels.append(Level(min(datetime.combine(day, time(), UTC), until), equity))
    if levels[-1].at < until:  # the last day is not over
        levels.append(Level(until, 100 * (1 + net["total_return"])))
    return levels


def dates_drift(figures: Mapping[str, Any]) -> bool:
    """Whether whole days may be missing in a drawing that cannot know which: a day between the tests' ends has neither
    a return nor a name."""
    walked = figures["walk_forward"]
    if "days_without_candles" in walked:
        return False
    span = from_iso(walked["net"]["until"]).date() - from_iso(walked["net"]["since"]).date()
    return bool(walked["daily_returns"]) and len(walked["daily_returns"]) < span.days


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
    """The twins, and the model's own positions traded as theirs are."""
    twins = figures["twins"]
    if twins["percentile"] is None or len(twins["returns"]) < 2:
        return Markup("")
    own = own_among_twins(twins)
    label = _(
        "Hypothetical net returns of %(count)s random traders; the model's positions, traded as theirs, come to"
        " %(own)s, above %(share)s of them.",
        count=count(len(twins["returns"])), own=signed_percent(own),
        share=percent(twins["percentile"], 0),
    )  # fmt: skip
    return histogram(twins["returns"], own, label, name=_("the model"))


def own_among_twins(twins: Mapping[str, Any]) -> float:
    """What the model's own positions return when traded as the twins' are. Cards from before this was kept tell its
    place only: then the middle of the two twins it stands between."""
    if "own" in twins:
        return float(twins["own"])
    returns = sorted(twins["returns"])
    above = min(max(round(twins["percentile"] * len(returns)), 0), len(returns))
    low, high = returns[max(above - 1, 0)], returns[min(above, len(returns) - 1)]
    return float((low + high) / 2)


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
