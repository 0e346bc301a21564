"""Decide on a sanctions case: it is somebody else, or it is he."""

from arena.evidence import audit
from arena.kit.db import Tx
from arena.money.due_diligence import store
from arena.money.due_diligence.model import (
    CASE_MOVES,
    Case,
    CaseMovedOn,
    CaseState,
    NoSuchCase,
    NotYourOwnCase,
    SanctionsCaseMoved,
)
from arena.people.access import Actor


async def decide_case(
    tx: Tx, case_id: str, *, same: bool, reason: str, actor: Actor, request_id: str | None = None
) -> Case:
    """`same`: the payee is who is on the list, and nothing is paid to him. Raises NoSuchCase, CaseMovedOn,
    NotYourOwnCase."""
    found = await store.case(tx, case_id, lock=True)
    if found is None:
        raise NoSuchCase(case_id=case_id)
    wanted: CaseState = "confirmed" if same else "cleared"
    if wanted not in CASE_MOVES[found.state]:
        raise CaseMovedOn(state=found.state, wanted=wanted)
    if found.party.person_id == actor.id:
        raise NotYourOwnCase
    await store.move_case(tx, case_id, wanted, by=actor.id, reason=reason)
    await tx.record(SanctionsCaseMoved(case_id, found.party.person_id, wanted))
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action=f"due_diligence.case_{wanted}", object=case_id,
        detail={"person": found.party.person_id, "list": found.hit.list_name, "score": found.hit.score},
        reason=reason, request_id=request_id,
    )  # fmt: skip
    moved = await store.case(tx, case_id)
    assert moved is not None, f"no case {case_id}"
    return moved


async def open_cases(tx: Tx) -> list[Case]:
    """Those that wait for an operator, the oldest first."""
    return await store.cases(tx, ("open",))


async def decided_cases(tx: Tx, *, limit: int = 50) -> list[Case]:
    """The newest decisions first."""
    return await store.decided(tx, limit)
