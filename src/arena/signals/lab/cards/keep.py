"""Keeps a card for good: its documents and trials are registered with it, and the transparency log names it."""

from collections.abc import Mapping
from typing import Any

from arena.evidence import audit, log
from arena.kit.canonical import canonical_json, sha256_hex
from arena.kit.clock import iso_ms
from arena.kit.db import Tx
from arena.people.access import SYSTEM, Actor
from arena.signals.feeds import Lineage
from arena.signals.lab.cards import store
from arena.signals.lab.cards.configurations import configurations_of
from arena.signals.lab.cards.model import CardOfAnother, Kept
from arena.signals.lab.cards.read import card
from arena.signals.lab.cards.shape import canonical_card
from arena.signals.lab.model import KINDS
from arena.signals.lab.register import register_documents
from arena.signals.lab.trials import (
    Configuration,
    family_of,
    models_tried,
    owner_of,
    register_trials,
)


async def keep_card(
    tx: Tx,
    registrant: str,
    body: dict[str, Any],
    *,
    actor: Actor = SYSTEM,
    request_id: str | None = None,
) -> Kept:
    """The card as it is kept; the same again changes nothing. `registrant` is a collective or a person.

    Configurations of its study that are not registered as trials yet are registered now. Call it late: it ends with
    the log, whose lock is everybody's. Raises MalformedCard, BadDocument, WrongKindOfDocument, CardOfAnother,
    NoSuchCollective.
    """
    canonical = canonical_card(body)
    sha, owner_id = sha256_hex(canonical), await owner_of(tx, registrant)
    await store.hold(tx, sha)
    there = await store.by_sha(tx, sha)
    if there is not None:
        if there.owner_id != owner_id:
            raise CardOfAnother(sha=sha)
        return there
    for kind in KINDS:
        await register_documents(
            tx, kind, [body["documents"][kind]], actor=actor, request_id=request_id
        )
    lineage = Lineage(**body["lineage"])
    await _register(tx, registrant, body, actor=actor, request_id=request_id)
    family = await family_of(tx, registrant, lineage.model_config_sha)
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="lab.keep_card", object=sha, reason=None,
        request_id=request_id, detail={"name": body["name"], "family": family.id},
    )  # fmt: skip
    entry = {"type": "model_card/v1", "sha": sha, "owner": owner_id, "at": iso_ms(tx.now)}
    index = await log.append(tx, kind="model_card", reference=sha, entry=canonical_json(entry))
    await store.insert(
        tx, sha, canonical, of=(owner_id, registrant, family.id), lineage=lineage,
        kind=body["documents"]["model_config"]["kind"], log_index=index,
    )  # fmt: skip
    return await card(tx, sha)


async def _register(
    tx: Tx, registrant: str, body: Mapping[str, Any], *, actor: Actor, request_id: str | None
) -> None:
    """The trials of the study that the owner has not registered on these data and at these costs.

    Only the strategy's code knows the indicators of each; the set of the last training stands for all.
    """
    study, model, lineage = body["study"], body["documents"]["model_config"], body["lineage"]
    tried = configurations_of(study, model["parameters"])
    shas = await register_documents(
        tx, "model_config", [{**model, "parameters": one} for one in tried], actor=actor,
        request_id=request_id,
    )  # fmt: skip
    known = await models_tried(
        tx, registrant, shas, pack_sha=lineage["pack_sha"], policy_sha=lineage["policy_sha"]
    )
    new = [
        Configuration(
            Lineage(**{**lineage, "model_config_sha": sha}),
            f"lab-{body['reproduction']['engine_version']}", study["seed"], study["walk"],
        )
        for sha in shas
        if sha not in known
    ]  # fmt: skip
    await register_trials(
        tx, registrant, new, kind="walk_forward", actor=actor, request_id=request_id
    )
