"""Asks the arena to sweep a built-in model: its configurations are registered as trials and wait for the worker."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from arena.kit.db import Tx
from arena.kit.errors import Refused
from arena.kit.settings import Settings
from arena.people.access import Actor
from arena.signals.lab import Bars
from arena.signals.lab.documents import Policy, bars_document
from arena.signals.lab.sweep import (
    Configurations,
    Space,
    TooManyConfigurations,
    grid,
)
from arena.signals.lab.sweep import random as drawn
from arena.signals.lab.sweeps import (
    Asked,
    Sweep,
    open_sweep,
    register_members,
    waiting_of,
)
from arena.signals.lab.trials import owner_of
from arena.signals.strategists.candles_here import CandlesHere
from arena.signals.strategists.line_up import BuiltIn, code_version, strategist


class SweepsOff(Refused):
    """This arena runs no sweeps itself. Run it on your machine: `arena lab sweep --arena … --key …` shows it here."""


class TooManyWaiting(Refused):
    """{waiting} of your sweeps wait for the arena already, {most} may. Cancel one, or run this one on your machine."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What to sweep: `ranges` are low, high and step of the parameters that are varied, `fixed` values of others. Of a
    random draw `count` configurations are tried, by the seed."""

    name: str
    model: str
    ranges: Mapping[str, tuple[int, int, int]]
    fixed: Mapping[str, int]
    less: Sequence[tuple[str, str]]
    method: Literal["grid", "random"]
    count: int | None
    seed: int


def configurations_of(wish: Wish, settings: Settings) -> tuple[Space, Configurations]:
    """Raises NoSuchStrategy, BadSpace, TooManyConfigurations."""
    strategy = strategist(wish.model)
    given: dict[str, Any] = {
        **{name: [value] for name, value in wish.fixed.items()}, **wish.ranges,
    }  # fmt: skip
    space, most = Space.of(strategy, given, wish.less), settings.sweep_configurations_max
    if wish.method == "random":
        if not 1 <= (wish.count or 0) <= most:
            raise TooManyConfigurations(count=f"{wish.count or 0:,}", most=f"{most:,}")
        return space, drawn(space, wish.count or 0, wish.seed)
    if not wish.less and space.combinations > most:
        raise TooManyConfigurations(count=f"{space.combinations:,}", most=f"{most:,}")
    found = grid(space)
    if len(found) > most:
        raise TooManyConfigurations(count=f"{len(found):,}", most=f"{most:,}")
    return space, found


async def ask_sweep(
    tx: Tx,
    collective_id: str,
    wish: Wish,
    candles: tuple[CandlesHere, Bars],
    *,
    settings: Settings,
    actor: Actor,
    request_id: str | None = None,
) -> Sweep:
    """The sweep, queued, with its configurations registered in the same transaction; the same asked again is the same
    sweep. Raises SweepsOff, TooManyWaiting, NoSuchStrategy, BadSpace, TooManyConfigurations, NoSuchCollective."""
    if not settings.run_sweeps:
        raise SweepsOff
    waiting = await waiting_of(tx, await owner_of(tx, collective_id))
    if waiting >= settings.sweeps_waiting_max:
        raise TooManyWaiting(waiting=waiting, most=settings.sweeps_waiting_max)
    space, configurations = configurations_of(wish, settings)
    where, bars = candles
    asked = Asked(
        name=wish.name, model=wish.model, kind="rule", code_version=code_version(wish.model), method=wish.method,
        space=space.values, less=space.less, configurations=len(configurations),
        seed=wish.seed if wish.method == "random" else 0, pack=bars_document(bars),
        policy=Policy().document(), where=where.document(),
    )  # fmt: skip
    strategy: BuiltIn = strategist(wish.model)
    await register_members(
        tx, collective_id, asked, strategy, list(configurations), actor=actor, request_id=request_id
    )
    return await open_sweep(
        tx, collective_id, asked, run_by="arena", actor=actor, request_id=request_id
    )
