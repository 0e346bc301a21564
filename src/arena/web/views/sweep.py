"""What pages show of a sweep: where it stands in words, and what came of it drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup

from arena.signals.lab.sweeps import Status, Sweep
from arena.web.draw import (
    HeatMap,
    Steadiness,
    heat_map,
    heat_scale,
    regions,
    span_words,
    steadiness_figure,
    steady_cells,
)
from arena.web.page import N_, _
from arena.web.page.numbers import ratio

SILENT_S = 30
"""After so long without a word a sweep may have ended without saying so."""
STATES: dict[Status, tuple[str, str]] = {
    Status.QUEUED: (N_("waits"), "plain"),
    Status.RUNNING: (N_("runs"), "accent"),
    Status.DONE: (N_("done"), "good"),
    Status.INTERRUPTED: (N_("interrupted"), "warn"),
    Status.FAILED: (N_("failed"), "bad"),
    Status.CANCELLED: (N_("cancelled"), "plain"),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a sweep is, in words. `silent_s`: since when nothing was heard of one that should run, else None."""

    sweep: Sweep
    state: str
    tone: str
    left: str
    best: str
    silent_s: int | None
    ahead: int = 0


@dataclass(frozen=True, slots=True)
class Drawn:
    """One heat map with its scale; `best` and `steady` say what is marked in it."""

    x: str
    y: str
    figure: Markup
    scale: Markup
    best: str
    steady: str


@dataclass(frozen=True, slots=True)
class Along:
    """How a figure goes along one parameter."""

    parameter: str
    figure: Markup
    words: str


def standing(sweep: Sweep, now: datetime, *, ahead: int = 0) -> Standing:
    """`now` is the wall's time; `ahead` sweeps are run before it."""
    state, tone = STATES[sweep.status]
    silent = (now - sweep.updated_at).total_seconds()
    runs = sweep.status is Status.RUNNING
    return Standing(
        sweep, _(state), tone, "" if sweep.seconds_left is None else duration(sweep.seconds_left),
        parameters_in_words((sweep.reached.best or {}).get("parameters", {}), sweep.asked.varied),
        int(silent) if runs and silent > SILENT_S else None, ahead,
    )  # fmt: skip


def duration(seconds: float) -> str:
    """40 s, 12 min, 3 h."""
    if seconds < 90:
        return _("%(count)s s", count=max(round(seconds), 1))
    if seconds < 5_400:
        return _("%(count)s min", count=round(seconds / 60))
    return _("%(count)s h", count=round(seconds / 3600))


def parameters_in_words(parameters: Mapping[str, int], varied: Sequence[str]) -> str:
    """fast_bars 20, slow_bars 80: those that were varied, or all where none was."""
    names = [name for name in varied if name in parameters] or list(parameters)
    return ", ".join(f"{name} {parameters[name]}" for name in names)


def pairs_of(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The pairs of parameters there are maps of."""
    return [(one["x"], one["y"]) for one in summary["maps"]]


def map_of(summary: Mapping[str, Any], x: str, y: str) -> Mapping[str, Any] | None:
    """The map of that pair, else the first; None where there is none."""
    maps: list[Mapping[str, Any]] = summary["maps"]
    found = [one for one in maps if (one["x"], one["y"]) == (x, y)] or maps
    return found[0] if found else None


def drawn_map(told: Mapping[str, Any]) -> Drawn:
    """The map with what is marked in it said in words."""
    shown = HeatMap(told["x"], told["y"], told["xs"], told["ys"], told["cells"])
    column, row = shown.best
    value = shown.cells[row][column]
    best = _(
        "%(x)s %(at)s, %(y)s %(on)s: Sharpe %(value)s", x=shown.x, at=span_words(shown.xs[column]), y=shown.y,
        on=span_words(shown.ys[row]), value=ratio(value),
    )  # fmt: skip
    found = regions(steady_cells(shown))
    words = _("no region: good cells stand alone, which is how luck looks")
    if found:
        columns, rows = {cell[0] for cell in found[0]}, {cell[1] for cell in found[0]}
        words = _(
            "the largest has %(count)s of %(all)s cells, %(x)s from %(left)s to %(right)s,"
            " %(y)s from %(low)s to %(high)s",
            count=len(found[0]), all=len(shown.known), x=shown.x, left=shown.xs[min(columns)][0],
            right=shown.xs[max(columns)][1], y=shown.y, low=shown.ys[min(rows)][0],
            high=shown.ys[max(rows)][1],
        )  # fmt: skip
    known = shown.known
    label = _(
        "Heat map of the median Sharpe ratio by %(x)s and %(y)s, from %(low)s to %(high)s. Best: %(best)s.",
        x=shown.x, y=shown.y, low=ratio(min(known)), high=ratio(max(known)), best=best,
    )  # fmt: skip
    return Drawn(
        shown.x, shown.y, heat_map(shown, label), heat_scale(min(known), max(known)), best, words
    )


def drawn_along(told: Mapping[str, Any]) -> Along:
    """One parameter's curve."""
    values = [span[0] for span in told["values"]]
    first, last = told["plateau"]
    inside = sum(first <= span[0] <= last for span in told["values"])
    words = _(
        "near its best from %(first)s to %(last)s: %(inside)s of %(all)s values", first=first, last=last,
        inside=inside, all=len(values),
    )  # fmt: skip
    curve = Steadiness(
        told["parameter"], values, told["low"], told["middle"], told["high"],
        (first, max(value for value in values if value <= last)),
    )  # fmt: skip
    label = _(
        "Median Sharpe ratio along %(parameter)s, with quartiles: %(words)s.",
        parameter=told["parameter"], words=words,
    )  # fmt: skip
    return Along(told["parameter"], steadiness_figure(curve, label), words)
