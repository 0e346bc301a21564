"""How the parameters of a card were chosen: out of how many, how much better than the rest, and how steadily."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from arena.kit.db import Tx
from arena.signals.lab import cards, sweeps
from arena.signals.lab.trials import family

SWEEPS_MAX = 50


@dataclass(frozen=True, slots=True)
class Swept:
    """The newest finished sweep of the card's family: annual Sharpe ratios in sample, and the share of configurations
    above zero. `steadiest` is the best of those that stand among good neighbours. `run_by` says who vouches for it."""

    id: str
    run_by: Literal["creator", "arena"]
    configurations: int
    best: float | None
    steadiest: float | None
    median: float | None
    above_zero: float | None


@dataclass(frozen=True, slots=True)
class Chosen:
    """From the card, and the register. Sharpe ratios are annual: `trained` the mean of training windows, `tested` over
    all tests joined. `windows_kept` of `windows` chose the parameters the model goes on with; `windows_gained` earned
    something in their test."""

    study_trials: int
    family_trials: int
    effective_trials: float | None
    overfitting_probability: float | None
    trained: float | None
    tested: float | None
    windows: int
    windows_gained: int
    windows_kept: int
    sweep: Swept | None


async def chosen(tx: Tx, card: cards.Kept) -> Chosen:
    """Of a kept card."""
    figures: Mapping[str, Any] = card.body["figures"]
    walked, luck = figures["walk_forward"], figures["luck"]
    goes_on = card.body["documents"]["model_config"]["parameters"]
    return Chosen(
        study_trials=luck["trials"],
        family_trials=(await family(tx, card.family_id)).trials,
        effective_trials=luck["effective_trials"],
        overfitting_probability=luck["overfitting_probability"],
        trained=walked["training_sharpe_mean"],
        tested=walked["net"]["sharpe"],
        windows=len(walked["windows"]),
        windows_gained=sum(one["total_return"] > 0 for one in walked["windows"]),
        windows_kept=sum(one["parameters"] == goes_on for one in walked["windows"]),
        sweep=await _swept(tx, card),
    )


async def _swept(tx: Tx, card: cards.Kept) -> Swept | None:
    for one in await sweeps.sweeps_of(tx, card.owner_id, limit=SWEEPS_MAX):
        if one.family_id == card.family_id and one.status is sweeps.Status.DONE:
            found = await sweeps.sweep_of(tx, one.id, card.owner_id)
            summary = found.summary or {}
            best, steadiest = summary.get("best") or (), summary.get("steadiest")
            return Swept(
                found.id, found.run_by, found.reached.done, best[0]["sharpe"] if best else None,
                steadiest["sharpe"] if steadiest else None, summary.get("median"), summary.get("above_zero"),
            )  # fmt: skip
    return None
