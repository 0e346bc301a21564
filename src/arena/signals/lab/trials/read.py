"""How many trials a family took, and which."""

from collections.abc import Sequence

from arena.kit.db import Tx
from arena.signals.lab.model import NoSuchDocument
from arena.signals.lab.trials import store
from arena.signals.lab.trials.model import (
    Family,
    NoSuchFamily,
    Trial,
    TrialNotRegistered,
    family_id,
)
from arena.signals.lab.trials.register import owner_of


async def family_of(tx: Tx, registrant: str, model_config_sha: str) -> Family:
    """The family a collective's (or person's) model belongs to, also where nothing of it is registered.

    Raises NoSuchDocument, NoSuchCollective.
    """
    found = await store.documents(tx, [model_config_sha])
    _, model = found.get(model_config_sha, (None, None))
    if model is None:
        raise NoSuchDocument(sha=model_config_sha)
    return await _family(tx, await owner_of(tx, registrant), model)


async def family(tx: Tx, family_id: str) -> Family:
    """Raises NoSuchFamily."""
    found = await store.registered(tx, family_id)
    if found is None:
        raise NoSuchFamily(family_id=family_id)
    return await _family(tx, found["owner_id"], found["model"])


async def families_of(tx: Tx, registrant: str, shas: Sequence[str]) -> dict[str, str]:
    """The family of each of these trials that the registrant's owner has registered."""
    return await store.families_of(tx, await owner_of(tx, registrant), shas)


async def models_tried(
    tx: Tx, registrant: str, shas: Sequence[str], *, pack_sha: str, policy_sha: str
) -> set[str]:
    """Those of these model configurations that the registrant's owner has tried on this pack at these costs."""
    owner_id = await owner_of(tx, registrant)
    return await store.models_tried(tx, owner_id, shas, pack_sha=pack_sha, policy_sha=policy_sha)


async def count_trials(tx: Tx, family_id: str) -> int:
    """How many distinct configurations were registered; 0 for a family nobody has heard of."""
    return await store.count(tx, family_id)


async def sharpe_ratios(tx: Tx, family_id: str) -> list[float]:
    """The annual Sharpe ratios of the family's trials, in the order of registration: of each the reproduced one, else
    the self-reported one; trials without any are left out. What a deflated ratio is deflated by."""
    return await store.sharpe_ratios(tx, family_id)


async def trials(
    tx: Tx, family_id: str, *, registration_id: str | None = None, after: int = 0, limit: int = 100
) -> list[Trial]:
    """In the order they were registered, behind the one with the number `after`."""
    return await store.page(
        tx, family_id, registration_id=registration_id, after=after, limit=limit
    )


async def trial(tx: Tx, registrant: str, sha: str) -> Trial:
    """One of the registrant's own. Raises TrialNotRegistered."""
    found = await store.by_sha(tx, await owner_of(tx, registrant), sha)
    if found is None:
        raise TrialNotRegistered(sha=sha)
    return found


async def _family(tx: Tx, owner_id: str, model: str) -> Family:
    name = family_id(owner_id, model)
    count = await store.count(tx, name)
    return Family(name, owner_id, model, count, *await store.tally(tx, name, owner_id))
