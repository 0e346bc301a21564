"""Registers configurations before they run: all of a sweep at once, for good, and in the transparency log."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from arena.evidence import audit, log
from arena.kit.canonical import canonical_json
from arena.kit.clock import iso_ms
from arena.kit.db import Tx
from arena.people import identity
from arena.people.access import SYSTEM, Actor
from arena.signals.feeds import LineageUnknown
from arena.signals.lab.model import KINDS, WrongKindOfDocument
from arena.signals.lab.trials import store
from arena.signals.lab.trials.model import (
    TRIALS_MAX,
    BadTrial,
    Batch,
    Configuration,
    TooManyTrials,
    TrialKind,
)

LOG_KIND = "trials"
SEED_MAX = 2**53 - 1
ENGINE_LENGTH_MAX = 80
WINDOWS_BYTES_MAX = 4096
_COLLECTIVE = "col_"


async def register_trials(
    tx: Tx,
    registrant: str,
    configurations: Sequence[Configuration],
    *,
    kind: TrialKind,
    actor: Actor = SYSTEM,
    request_id: str | None = None,
) -> list[str]:
    """The SHA-256 of each, in the order given. What its owner has registered before stays as it was and is not
    counted again, under whatever kind it comes.

    `registrant` is a collective (its trials are those of the person who owns it, if any) or a person. Call it late:
    it ends with the log, whose lock is everybody's. Raises BadTrial, TooManyTrials, LineageUnknown,
    WrongKindOfDocument.
    """
    if len(configurations) > TRIALS_MAX:
        raise TooManyTrials(count=len(configurations), most=TRIALS_MAX)
    shas = [_sha(place, one) for place, one in enumerate(configurations)]
    offered = dict(zip(shas, configurations, strict=True))
    models = await _models(tx, offered)
    owner_id = await owner_of(tx, registrant)
    await store.hold_owner(tx, owner_id)
    known = await store.known(tx, owner_id, list(offered))
    new: dict[str, dict[str, Configuration]] = {}
    for sha, one in offered.items():
        if sha not in known:
            new.setdefault(models[one.lineage.model_config_sha], {})[sha] = one
    batches = [Batch.of(owner_id, model, found, kind) for model, found in new.items()]
    for batch in batches:
        await store.insert_trials(tx, batch)
        await audit.record(
            tx, actor=actor.id, actor_kind=actor.kind, action="lab.register_trials",
            object=batch.family_id, reason=None, request_id=request_id,
            detail={"model": batch.model, "kind": kind, "trials": len(batch.new), "registration": batch.id},
        )  # fmt: skip
    entries = [log.NewEntry(LOG_KIND, batch.id, _entry(batch, tx.now)) for batch in batches]
    places = await log.append_many(tx, entries)
    for batch, index in zip(batches, places, strict=True):
        await store.insert_registration(tx, batch, by=registrant, log_index=index)
    return shas


async def owner_of(tx: Tx, registrant: str) -> str:
    """Who answers for the registrant's trials: of a collective the person who owns it, if any.

    So trials do not become fewer by being spread over several collectives. Raises NoSuchCollective.
    """
    if not registrant.startswith(_COLLECTIVE):
        return registrant
    return (await identity.collective(tx, registrant)).owner_id or registrant


def _sha(place: int, one: Configuration) -> str:
    """Raises BadTrial."""
    if not 0 <= one.seed <= SEED_MAX:
        raise BadTrial(place=place, why=f"a seed is a whole number from 0 to {SEED_MAX}")
    if not 0 < len(one.engine_version) <= ENGINE_LENGTH_MAX or not one.engine_version.isprintable():
        why = f"engine_version takes 1 to {ENGINE_LENGTH_MAX} printable characters"
        raise BadTrial(place=place, why=why)
    try:
        windows = b"" if one.windows is None else canonical_json(dict(one.windows))
        if len(windows) > WINDOWS_BYTES_MAX or b"\\u0000" in windows:
            why = f"windows take at most {WINDOWS_BYTES_MAX} bytes, without the character U+0000"
            raise BadTrial(place=place, why=why)
        return one.sha
    except (ValueError, RecursionError) as refused:
        raise BadTrial(place=place, why=str(refused)) from refused


async def _models(tx: Tx, offered: Mapping[str, Configuration]) -> dict[str, str]:
    """The model's name by the hash of its configuration; all four documents of each must be registered."""
    lineages = {one.lineage for one in offered.values()}
    wanted = {sha for lineage in lineages for sha in lineage.as_dict().values()}
    there = await store.documents(tx, sorted(wanted))
    for lineage in lineages:
        shas = lineage.as_dict()
        for kind in KINDS:
            field = f"{kind}_sha"
            got, _ = there.get(shas[field], (None, None))
            if got is None:
                raise LineageUnknown(field=field, sha=shas[field])
            if got != kind:
                raise WrongKindOfDocument(sha=shas[field], got=got, kind=kind)
    return {sha: model for sha, (_, model) in there.items() if model is not None}


def _entry(batch: Batch, at: datetime) -> bytes:
    return canonical_json(
        {
            "type": "trials/v1", "family": batch.family_id, "owner": batch.owner_id, "model": batch.model,
            "trials": str(len(batch.new)), "root": batch.root, "at": iso_ms(at),
        }
    )  # fmt: skip
