"""What is taken away from a sweep: all configurations as Parquet or CSV, heat maps as PNG, and a study for a card."""

import asyncio
import io
import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Path, Query
from starlette.responses import Response

from arena.kit.clock import from_iso
from arena.kit.errors import NotFound
from arena.signals.lab import sweeps
from arena.signals.lab.sweep import heat_map_png, map_frame
from arena.trading.market import interval_name
from arena.web.page import Pages, VisitDep
from arena.web.page.answer import HEADERS
from arena.web.pages.studio.own import CREATOR
from arena.web.views.sweep import map_of

routes = Pages()
SweepId = Annotated[str, Path(pattern=r"^swp_[0-9a-z]{26}$")]
Parameter = Annotated[str, Query(max_length=80)]
STUDY_MAX = 5_000
"""Configurations of a study whose card the arena keeps."""
TRAIN_DAYS, TEST_DAYS, PURGE_BARS = 365, 90, 24
WORDS = {
    "intended_use": "Say what this model is for, and for whom it is not.",
    "known_failures": "Say in which markets it loses, and what you have seen go wrong.",
    "risks": "Say what a follower can lose, and how fast.",
}
_drawing = asyncio.Semaphore(1)


class NoMap(NotFound):
    """There is no such heat map: a sweep has one for each two parameters it varies, when it is done."""


@routes.get("/studio/lab/sweeps/{sweep_id}/results.parquet", gate=CREATOR)
async def as_parquet(visit: VisitDep, sweep_id: SweepId) -> Response:
    """Raises NoSuchSweep, NoResult."""
    await sweeps.sweep_of(visit.tx, sweep_id, visit.actor.id)
    content = await sweeps.results_of(visit.tx, sweep_id)
    return _file(content, f"{sweep_id}.parquet", "application/vnd.apache.parquet")


@routes.get("/studio/lab/sweeps/{sweep_id}/results.csv", gate=CREATOR)
async def as_csv(visit: VisitDep, sweep_id: SweepId) -> Response:
    """Raises NoSuchSweep, NoResult."""
    await sweeps.sweep_of(visit.tx, sweep_id, visit.actor.id)
    content = await sweeps.results_of(visit.tx, sweep_id)
    async with _drawing:
        rows = await asyncio.to_thread(_csv, content)
    return _file(rows, f"{sweep_id}.csv", "text/csv; charset=utf-8")


@routes.get("/studio/lab/sweeps/{sweep_id}/heat-map.png", gate=CREATOR)
async def as_png(visit: VisitDep, sweep_id: SweepId, x: Parameter = "", y: Parameter = "") -> Response:  # fmt: skip
    """Raises NoSuchSweep, NoMap."""
    sweep = await sweeps.sweep_of(visit.tx, sweep_id, visit.actor.id)
    told = None if sweep.summary is None else map_of(sweep.summary, x, y)
    if told is None:
        raise NoMap
    async with _drawing:
        picture = await asyncio.to_thread(_png, told)
    return _file(picture, f"{sweep_id}-{told['x']}-{told['y']}.png", "image/png")


@routes.get("/studio/lab/sweeps/{sweep_id}/study.json", gate=CREATOR)
async def as_study(
    visit: VisitDep, sweep_id: SweepId, best: Annotated[int | None, Query(ge=0, le=19)] = None
) -> Response:
    """A study of all that was swept; of one of the best configurations alone where `best` names its place. Raises
    NoSuchSweep."""
    sweep = await sweeps.sweep_of(visit.tx, sweep_id, visit.actor.id)
    rows = [] if sweep.summary is None else sweep.summary["best"]
    chosen = rows[best]["parameters"] if best is not None and best < len(rows) else None
    text = json.dumps(study_of_sweep(sweep.asked, chosen), indent=2) + "\n"
    return _file(text.encode(), "study.json", "application/json")


def study_of_sweep(asked: sweeps.Asked, chosen: Mapping[str, int] | None = None) -> dict[str, Any]:
    """The study.json of the same model, candles and values; with `chosen`, of that configuration alone. A space that
    is too large for a card is thinned evenly. Windows are as long as the span allows."""
    span = asked.pack["span"]
    days = (from_iso(span["until"]) - from_iso(span["since"])).days
    space = {name: list(values) for name, values in asked.space.items()}
    if chosen is not None:
        space = {name: [value] for name, value in chosen.items()}
    while _count(space) > STUDY_MAX:
        longest = max(space, key=lambda name: len(space[name]))
        space[longest] = space[longest][::2]
    return {
        "version": "1", "name": asked.name, "model": asked.model,
        "data": {
            "path": "candles", "symbol": asked.pack["instruments"][0],
            "interval": interval_name(asked.pack["interval_s"]),
        },
        "space": space, "less": [list(pair) for pair in asked.less],
        "walk": {
            "train_days": max(1, min(TRAIN_DAYS, days // 3)), "test_days": max(1, min(TEST_DAYS, days // 12)),
            "purge_bars": PURGE_BARS,
        },
        "words": WORDS,
    }  # fmt: skip


def _count(space: Mapping[str, list[int]]) -> int:
    found = 1
    for values in space.values():
        found *= len(values)
    return found


def _csv(parquet: bytes) -> bytes:
    import polars as pl

    return pl.read_parquet(io.BytesIO(parquet)).write_csv().encode()


def _png(told: Mapping[str, Any]) -> bytes:
    return heat_map_png(map_frame(told), (told["x"], told["y"]), "sharpe")


def _file(content: bytes, name: str, kind: str) -> Response:
    headers = {
        **HEADERS, "Cache-Control": "private, no-cache", "Content-Disposition": f'attachment; filename="{name}"',
    }  # fmt: skip
    return Response(content, media_type=kind, headers=headers)
