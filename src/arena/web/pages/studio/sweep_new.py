"""A sweep that the arena is to run: which model, which candles, from where to where, and how many that is."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from arena.kit.errors import ArenaError
from arena.people import identity
from arena.signals import strategists
from arena.signals.lab.strategy import Range
from arena.web.page import Filled, Form, Line, Pages, Visit, VisitDep, _
from arena.web.page.numbers import count
from arena.web.pages.studio.own import CREATOR, own_collective

routes = Pages()
DEFAULT_MODEL = "moving_average_cross"
COLLECTIVES_MAX = 50
VARIED = 2
"""So many parameters are varied where nothing is said: a map has two sides."""
SPAN_STEPS = 4
WHOLE_MAX = 1_000_000
Whole = Annotated[int, Field(ge=0, le=WHOLE_MAX)]


class SweepForm(Form):
    """What all sweeps are asked with; low, high and step of each parameter stand beside, see `_wish`."""

    collective: Annotated[str, Field(pattern=r"^col_[0-9a-z]{26}$")]
    name: Annotated[Line, Field(min_length=1, max_length=80)]
    candles: Annotated[str, Field(max_length=80)]
    less: Annotated[str, Field(max_length=200)] = ""
    method: Literal["grid", "random"] = "grid"
    count: Annotated[int, Field(ge=1, le=WHOLE_MAX)] = 200
    seed: Whole = 0


@dataclass(frozen=True, slots=True)
class Varied:
    """A parameter as the form shows it, with what it may be."""

    name: str
    allowed: Range
    low: int
    high: int
    step: int


@dataclass(frozen=True, slots=True)
class Counted:
    """How many configurations that is, or why it cannot be swept."""

    words: str
    refusal: ArenaError | None = None


@routes.get("/studio/lab/sweeps/new", gate=CREATOR)
async def begin(
    visit: VisitDep, model: Annotated[str, Query(max_length=80)] = DEFAULT_MODEL
) -> Response:
    """Raises NoSuchStrategy."""
    return await _page(visit, model, Filled())


@routes.get("/studio/lab/sweeps/count", gate=CREATOR)
async def counting(visit: VisitDep) -> Response:
    """The number alone, of a form that is being filled in: asked for with every pause in typing."""
    typed: Filled[SweepForm] = Filled(dict(visit.request.query_params))
    return visit.page("studio/part-count.html", counted=_counted(visit, typed))


@routes.post("/studio/lab/sweeps/new", gate=CREATOR)
async def ask(visit: VisitDep) -> Response:
    form = await visit.form(SweepForm)
    model = form.value("model", DEFAULT_MODEL)
    if form.value("do") == "count":
        return await _page(visit, model, Filled(form.values))
    wish = _wish(form, strategists.strategist(model))
    if form.model is not None and wish is not None and not form.errors:
        async with visit.trying(form):
            mine = await own_collective(visit, form.model.collective)
            # Counted before candles are read: what cannot be swept is said at once.
            strategists.configurations_of(wish, visit.settings)
            candles = await _chosen(visit, form.model.candles)
            bars = await asyncio.to_thread(
                strategists.bars_here, candles.document(), visit.settings.data
            )
            asked = await strategists.ask_sweep(
                visit.tx, mine.id, wish, (candles, bars), settings=visit.settings, actor=visit.actor,
                request_id=visit.call.request_id,
            )  # fmt: skip
            return visit.go(
                f"/studio/lab/sweeps/{asked.id}",
                said=_(
                    "%(count)s trials are registered; the sweep is on its way.",
                    count=count(asked.asked.configurations),
                ),
            )
    return await _page(visit, model, form)


async def _chosen(visit: Visit, key: str) -> strategists.CandlesHere:
    """Raises NoSuchCandles."""
    found = await asyncio.to_thread(strategists.candles_here, visit.settings.data)
    for one in found:
        if one.key == key:
            return one
    _place, _colon, rest = key.partition(":")
    symbol, _colon, interval = rest.partition(":")
    raise strategists.NoSuchCandles(symbol=symbol or "?", interval=interval or "?")


async def _page(visit: Visit, model: str, form: Filled[SweepForm]) -> Response:
    strategy = strategists.strategist(model)
    varied = [
        _varied(name, allowed, place)
        for place, (name, allowed) in enumerate(strategy.ranges.items())
    ]
    return visit.page(
        "studio/sweep_new.html", status=form.status, form=form, model=strategy, varied=varied,
        models=[(one.name, one.about) for one in strategists.STRATEGISTS.values() if one.ranges],
        collectives=await identity.collectives(visit.tx, owner_id=visit.actor.id, limit=COLLECTIVES_MAX),
        candles=await asyncio.to_thread(strategists.candles_here, visit.settings.data),
        pairs=_pairs(list(strategy.ranges)), pair=_natural(list(strategy.ranges)),
        counted=_counted(visit, form) if form.values else _counted(visit, _defaults(model, varied)),
        runs_here=visit.settings.run_sweeps, most=visit.settings.sweep_configurations_max,
    )  # fmt: skip


def _defaults(model: str, varied: Sequence[Varied]) -> Filled[SweepForm]:
    """The form as it is shown first."""
    values = {"model": model, "less": _natural([one.name for one in varied])}
    for one in varied:
        for part in ("low", "high", "step"):
            values[f"{one.name}.{part}"] = str(getattr(one, part))
    return Filled(values)


def _varied(name: str, allowed: Range, place: int) -> Varied:
    """Around its default, where it is one of the first; else it stays there."""
    default = allowed.default
    step = max(1, default // SPAN_STEPS)
    if place >= VARIED:
        return Varied(name, allowed, default, default, step)
    low, high = max(allowed.low, default - 2 * step), min(allowed.high, default + 4 * step)
    return Varied(name, allowed, low, high, step)


def _pairs(names: Sequence[str]) -> list[tuple[str, str]]:
    """Ordered pairs of parameters that count the same thing, as a form names them and in words."""
    unit = {name: name.rpartition("_")[2] for name in names}
    return [
        (f"{a},{b}", f"{a} < {b}") for a in names for b in names if a != b and unit[a] == unit[b]
    ]


def _natural(names: Sequence[str]) -> str:
    """The pair that goes without saying: fast before slow."""
    return "fast_bars,slow_bars" if {"fast_bars", "slow_bars"} <= set(names) else ""


def _counted(visit: Visit, form: Filled[SweepForm]) -> Counted:
    try:
        strategy = strategists.strategist(form.value("model", DEFAULT_MODEL))
        wish = _wish(Filled(dict(form.values)), strategy)
        if wish is None:
            return Counted(_("Fill in whole numbers to see how many that is."))
        found = len(strategists.configurations_of(wish, visit.settings)[1])
    except ArenaError as refused:
        return Counted("", refused)
    return Counted(_("%(count)s configurations", count=count(found)))


def _wish(form: Filled[SweepForm], strategy: strategists.BuiltIn) -> strategists.Wish | None:
    """What the form asks for; None with words beside the fields where they are no whole numbers."""
    ranges: dict[str, tuple[int, int, int]] = {}
    fixed: dict[str, int] = {}
    for name, allowed in strategy.ranges.items():
        given = _range(form, name, allowed)
        if given is None:
            continue
        if given[0] == given[1]:
            fixed[name] = given[0]
        else:
            ranges[name] = given
    drawn, chance = _whole(form, "count", 200), _whole(form, "seed", 0)
    if form.errors or drawn is None or chance is None:
        return None
    low, _comma, high = form.value("less").partition(",")
    return strategists.Wish(
        name=form.value("name").strip(), model=strategy.name, ranges=ranges, fixed=fixed,
        less=[(low, high)] if low and high else [],
        method="random" if form.value("method") == "random" else "grid",
        count=drawn, seed=chance,
    )  # fmt: skip


def _range(form: Filled[SweepForm], name: str, allowed: Range) -> tuple[int, int, int] | None:
    """Low, high and step; None, with a word beside the field, where they cannot be."""
    values: dict[str, int] = {}
    for part in ("low", "high", "step"):
        text = form.value(f"{name}.{part}").strip()
        if not (text.isascii() and text.isdecimal() and len(text) <= 7 and int(text) <= WHOLE_MAX):
            form.errors[name] = _("Whole numbers, please: from, to and step.")
            return None
        values[part] = int(text)
    if values["step"] < 1:
        form.errors[name] = _("A step is 1 or more.")
    elif values["low"] > values["high"]:
        form.errors[name] = _("From must not be above to.")
    elif values["low"] < allowed.low or values["high"] > allowed.high:
        form.errors[name] = _(
            "It may be %(low)s to %(high)s.", low=count(allowed.low), high=count(allowed.high)
        )
    return None if name in form.errors else (values["low"], values["high"], values["step"])


def _whole(form: Filled[SweepForm], name: str, otherwise: int) -> int | None:
    text = form.value(name, otherwise).strip() or str(otherwise)
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 7 else None
