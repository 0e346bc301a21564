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

    @operation
    def keep_card(self, card: Json) -> Plan[Json]:
        """Has the arena keep a model card, as `arena lab card` writes it; its trials are registered with it. Nothing is
        removed; the same card again is the same card."""
        answer: Json = yield from change("POST", "/lab/cards", card)
        return answer

    @operation
    def card(self, sha: str) -> Plan[Json]:
        """A kept card, word for word."""
        answer: Json = yield from fetch(f"/lab/cards/{sha}")
        return answer

    @operation
    def card_standing(self, sha: str) -> Plan[Json]:
        """Whose a card is, and whether the arena came to the same figures."""
        answer: Json = yield from fetch(f"/lab/cards/{sha}/standing")
        return answer

    @paged
    def cards(self, owner: str, *, limit: int = 100) -> Turn[Json]:
        """The cards of a person or of a collective's owner, newest first."""
        return list_of("/lab/cards", owner=owner, limit=limit)

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

    @operation
    def send_strategy(
        self, text: str, class_name: str, *, file_name: str = "strategy.py"
    ) -> Plan[Json]:
        """Sends a strategy's file to an arena that hosts strategies: kept sealed, shown to its owner alone, checked in
        the sandbox, and used to compute cards again that name it. The same file again is the same file. Raises
        ArenaProblem `hosting_off` where the arena takes none."""
        body = {"text": text, "class_name": class_name, "file_name": file_name}
        answer: Json = yield from change("POST", "/lab/sources", body)
        return answer

    @operation
    def strategy(self, sha: str) -> Plan[Json]:
        """What the arena found out about a strategy of one's own: its state, and each check with its words."""
        answer: Json = yield from fetch(f"/lab/sources/{sha}")
        return answer

    @paged
    def strategies(self, *, limit: int = 20) -> Turn[Json]:
        """One's own strategies that the arena keeps, newest first."""
        return list_of("/lab/sources", limit=limit)

    @operation
    def delete_strategy(self, sha: str) -> Plan[Json]:
        """Deletes a strategy's text for good; cards that were reproduced with it are self-reported again."""
        answer: Json = yield from change("DELETE", f"/lab/sources/{sha}")
        return answer

    @operation
    def host_feed(self, feed_id: str) -> Plan[Json]:
        """Lets the arena decide for a feed by the code its lineage names; the arena makes a key of its own for that."""
        answer: Json = yield from change("POST", f"/feeds/{feed_id}/hosting")
        return answer

    @operation
    def hosting(self, feed_id: str) -> Plan[Json]:
        """Whether the arena decides for a feed, since when, and what went wrong."""
        answer: Json = yield from fetch(f"/feeds/{feed_id}/hosting")
        return answer

    @operation
    def stop_hosting(self, feed_id: str, *, reason: str = "") -> Plan[Json]:
        """Ends it, and the arena's key with it; the feed keeps its last target."""
        answer: Json = yield from change(
            "POST", f"/feeds/{feed_id}/hosting/stop", {"reason": reason}
        )
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
