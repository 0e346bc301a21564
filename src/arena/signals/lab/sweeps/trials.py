"""The configurations of a sweep as trials: the documents of each, made from the strategy, and registered."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Literal

from arena.kit.db import Tx
from arena.people.access import SYSTEM, Actor
from arena.signals.feeds import Lineage
from arena.signals.lab.documents import model_document
from arena.signals.lab.indicators import indicator_document
from arena.signals.lab.model import ENGINE_VERSION
from arena.signals.lab.register import register_document, register_documents
from arena.signals.lab.strategy import Parameters, Strategy
from arena.signals.lab.sweeps.model import Asked
from arena.signals.lab.trials import Configuration, register_trials

ENGINE = f"lab-{ENGINE_VERSION}"
AT_ONCE = 500
"""Configurations whose documents are made in one go: the others of the process wait that long."""


def member_documents(
    strategy: Strategy,
    parameters: Parameters,
    *,
    kind: Literal["rule", "own"],
    code_version: str,
) -> dict[str, dict[str, Any]]:
    """What one configuration has for itself in its lineage: `indicator_set` and `model_config`. It runs without chance,
    so its seed is 0 whichever draw it came from."""
    model = model_document(strategy.name, parameters, kind=kind, code_version=code_version)
    return {
        "indicator_set": indicator_document(strategy.indicators(parameters)),
        "model_config": model,
    }


async def register_members(
    tx: Tx,
    registrant: str,
    asked: Asked,
    strategy: Strategy,
    configurations: Sequence[Parameters],
    *,
    actor: Actor = SYSTEM,
    request_id: str | None = None,
) -> None:
    """All of these configurations of the sweep as trials of its family, before they run.

    Raises TooManyTrials, BadDocument, NoSuchCollective.
    """
    pack, policy = dict(asked.pack), dict(asked.policy)
    pack_sha = await register_document(tx, "pack", pack, actor=actor, request_id=request_id)
    policy_sha = await register_document(tx, "policy", policy, actor=actor, request_id=request_id)
    trials: list[Configuration] = []
    for some in _batches(configurations, AT_ONCE):
        made = [
            member_documents(strategy, one, kind=asked.kind, code_version=asked.code_version)
            for one in some
        ]
        sets = await register_documents(
            tx, "indicator_set", [one["indicator_set"] for one in made], actor=actor,
            request_id=request_id,
        )  # fmt: skip
        models = await register_documents(
            tx, "model_config", [one["model_config"] for one in made], actor=actor,
            request_id=request_id,
        )  # fmt: skip
        trials += [
            Configuration(Lineage(pack_sha, indicators, model, policy_sha), ENGINE)
            for indicators, model in zip(sets, models, strict=True)
        ]
        await asyncio.sleep(0)
    await register_trials(
        tx, registrant, trials, kind="sweep_member", actor=actor, request_id=request_id
    )


def _batches(given: Iterable[Parameters], size: int) -> Iterator[list[Parameters]]:
    rest = iter(given)
    while some := list(islice(rest, size)):
        yield some
