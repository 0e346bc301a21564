"""Which kept cards wait for being computed again, and what came of it."""

from collections.abc import Sequence

from arena.evidence import audit
from arena.kit.db import Tx
from arena.people.access import SYSTEM
from arena.signals.lab.cards import store
from arena.signals.lab.cards.model import DIFFERENCES_MAX, Kept, Outcome
from arena.signals.lab.cards.read import card


async def next_waiting(tx: Tx, engine_version: str) -> Kept | None:
    """The oldest card of a built-in model that this version of the engine has not tried yet."""
    sha = await store.waiting(tx, engine_version)
    return None if sha is None else await card(tx, sha)


async def note_reproduction(
    tx: Tx, sha: str, outcome: Outcome, *, engine_version: str, differences: Sequence[str] = ()
) -> None:
    """Kept for good beside what was found before; only the first differences are. Raises NoSuchCard."""
    await card(tx, sha)
    await store.insert_reproduction(
        tx, sha, outcome, engine_version=engine_version, differences=differences[:DIFFERENCES_MAX]
    )
    await audit.record(
        tx, actor=SYSTEM.id, actor_kind=SYSTEM.kind, action="lab.reproduce_card", object=sha, reason=None,
        request_id=None, detail={"outcome": outcome, "differences": len(differences)},
    )  # fmt: skip
