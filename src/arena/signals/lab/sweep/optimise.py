"""A search led by what came before: the tree-structured Parzen estimator of optuna, in batches.

Source: J. Bergstra, R. Bardenet, Y. Bengio and B. Kegl, Algorithms for Hyper-Parameter Optimization, NIPS 2011. Each
batch is drawn with a seed of its own from all that was found before it, and kept as a part of the sweep. So the search
goes on after an interruption as if there had been none, and is the same whatever the number of workers.
"""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from arena.signals.lab.sweep.files import finished, held, lay, results, write_part
from arena.signals.lab.sweep.model import CONFIGURATIONS_MAX, BadStudy, TooManyConfigurations
from arena.signals.lab.sweep.run import Meter, Watch, make_task
from arena.signals.lab.sweep.space import Space, fitting
from arena.signals.lab.sweep.study import Study
from arena.signals.lab.sweep.workers import work

if TYPE_CHECKING:
    import optuna
    import polars as pl

Goal = Literal["sharpe", "total_return"]
BATCH = 8
_ASKS_MAX = 100
"""For one configuration, until one keeps to the pairs; then one is drawn evenly."""


def optimise(
    study: Study,
    folder: Path,
    *,
    trials: int,
    seed: int,
    goal: Goal = "sharpe",
    progress: Watch | None = None,
    workers: int | None = None,
    before: Callable[[list[dict[str, int]]], None] | None = None,
) -> "pl.DataFrame":
    """Searches the study's space for the highest `goal` and returns `results(folder)`, in the order of the search.

    `before` is called with each batch before it runs, to register its trials; what it raises ends the search.
    A folder with fewer trials of the same search is gone on with. Raises BadStudy where the study has no space, and
    what `sweep` raises.
    """
    space = study.configurations
    if not isinstance(space, Space):
        raise BadStudy(why="a search needs a space of configurations, not a list of them")
    if not 1 <= trials <= CONFIGURATIONS_MAX:
        raise TooManyConfigurations(count=f"{trials:,}", most=f"{CONFIGURATIONS_MAX:,}")
    document = study.document({
        "space": {name: list(values) for name, values in space.values.items()},
        "less": [list(pair) for pair in space.less], "goal": goal, "seed": seed, "batch": BATCH,
    })  # fmt: skip
    trials = whole_batches(trials)
    with held(folder):
        sha = lay(folder, document, study.bars)
        done = len(finished(folder))
        meter = Meter(progress, trials, folder, done * BATCH)
        search = _Search(space, goal, seed)
        if done:
            search.learn(results(folder))
        for batch in range(done, trials // BATCH):
            rows = search.ask(batch)
            if before is not None:
                before([dict(zip(space.names, row, strict=True)) for row in rows.tolist()])
            numbers = np.arange(batch * BATCH, (batch + 1) * BATCH)
            tasks = [
                make_task(folder, sha, batch, numbers[[place]], (space.names, rows[[place]]))
                for place in range(BATCH)
            ]
            tried = sorted(
                work(tasks, study.strategy, workers=workers, cluster=None),
                key=lambda each: int(each.task.numbers[0]),
            )
            write_part(folder, tried)
            search.learn(results(folder).tail(BATCH))
            meter.add(tried)
    return results(folder)


def whole_batches(trials: int) -> int:
    """How many a search for so many tries: batches are not cut."""
    return -(-trials // BATCH) * BATCH


class _Search:
    """What optuna knows: finished trials only, so that it knows the same after an interruption."""

    def __init__(self, space: Space, goal: Goal, seed: int) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._space, self._goal, self._seed = space, goal, seed
        # Ranks and not values: the search takes values next to each other in the list for neighbours.
        self._ranks: dict[str, Any] = {
            name: optuna.distributions.IntDistribution(0, len(values) - 1)
            for name, values in space.values.items()
            if len(values) > 1
        }
        self._past: list[optuna.trial.FrozenTrial] = []

    def learn(self, frame: "pl.DataFrame") -> None:
        """Takes in finished configurations; those that failed, or have no such figure, teach nothing."""
        import optuna

        for row in frame.iter_rows(named=True):
            if row[self._goal] is not None:
                ranks = {name: self._space.values[name].index(row[name]) for name in self._ranks}
                self._past.append(
                    optuna.trial.create_trial(
                        params=ranks, distributions=self._ranks, value=row[self._goal]
                    )
                )

    def ask(self, batch: int) -> np.ndarray[Any, np.dtype[np.int64]]:
        """The next configurations, a row each."""
        import optuna

        seed = int.from_bytes(hashlib.sha256(f"{self._seed}:{batch}".encode()).digest()[:4], "big")
        sampler = optuna.samplers.TPESampler(seed=seed, constant_liar=True)
        study = optuna.create_study(direction="maximize", sampler=sampler)
        study.add_trials(self._past)
        chance = np.random.default_rng(seed)
        return np.concatenate([self._one(study, chance) for _ in range(BATCH)])

    def _one(
        self, study: "optuna.Study", chance: np.random.Generator
    ) -> np.ndarray[Any, np.dtype[np.int64]]:
        import optuna

        for _ in range(_ASKS_MAX):
            trial = study.ask(self._ranks)
            row = self._row([trial.params.get(name, 0) for name in self._space.names])
            if fitting(self._space, row)[0]:
                return row
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
        while True:
            sizes = [len(values) for values in self._space.values.values()]
            row = self._row([int(chance.integers(size)) for size in sizes])
            if fitting(self._space, row)[0]:
                return row

    def _row(self, ranks: Sequence[int]) -> np.ndarray[Any, np.dtype[np.int64]]:
        values = self._space.values.values()
        return np.array([[each[rank] for each, rank in zip(values, ranks, strict=True)]], np.int64)
