"""The Lab's register: configurations are registered before they are run, and counted by everybody."""

import json
from collections.abc import Iterator, Sequence

from sigma_sdk.exchange import Plan, change, fetch
from sigma_sdk.operation import Turn, operation, paged
from sigma_sdk.pages import Json, list_of

BODY_BYTES_MAX = 200_000  # the arena takes 256 KiB
BATCH_MAX = 1000


class Lab:
    """For creators who run back-tests on their own machine, and for buyers who ask how many there were."""

    @operation
    def register_trials(
        self,
        trials: Sequence[Json],
        *,
        engine_version: str,
        shared: Json | None = None,
        kind: str = "backtest",
        seed: int = 0,
        windows: Json | None = None,
    ) -> Plan[list[str]]:
        """Registers configurations, however many, before the first of them runs; the SHA-256 of each, in order.

        Each of `trials` has, for pack, indicator_set, model_config and policy, what `shared` does not have: the
        document itself, or the SHA-256 of one the arena knows under `<name>_sha`. `kind` is backtest, walk_forward or
        sweep_member. The same configuration again is the same trial. Raises ArenaProblem.
        """
        common = {
            "kind": kind,
            "engine_version": engine_version,
            "seed": seed,
            "windows": windows,
            "shared": shared or {},
        }
        shas: list[str] = []
        for batch in _batches(trials, BODY_BYTES_MAX - len(json.dumps(common))):
            answer = yield from change("POST", "/lab/trials", {**common, "trials": batch})
            shas += answer["trials"]
        return shas

    @operation
    def report_trial(self, sha: str, figures: Json) -> Plan[Json]:
        """Reports what came of a trial, once: net_return, sharpe, max_drawdown, trades, periods. It is labelled
        self-reported."""
        answer: Json = yield from change("POST", f"/lab/trials/{sha}/result", figures)
        return answer

    @paged
    def trials(
        self, family: str, *, registration: str | None = None, limit: int = 100
    ) -> Turn[Json]:
        """All trials of a family, in the order they were registered."""
        return list_of("/lab/trials", family=family, registration=registration, limit=limit)

    @operation
    def trial_family(self, family: str) -> Plan[Json]:
        """How many trials a family took, and how many of them the arena has run itself."""
        answer: Json = yield from fetch(f"/lab/families/{family}")
        return answer


def _batches(trials: Sequence[Json], bytes_max: int) -> Iterator[list[Json]]:
    """As many at a time as one call takes."""
    batch: list[Json] = []
    size = 0
    for one in trials:
        length = len(json.dumps(one)) + 1
        if batch and (size + length > bytes_max or len(batch) == BATCH_MAX):
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += length
    if batch:
        yield batch
