"""Compare payees' names with the lists that hold: when a payee gives a name, and all when a list is loaded.

A name that looks like one of a list makes a case for an operator; nothing else does, and the payee is told of it.
"""

import asyncio
from collections.abc import Sequence

from arena.evidence import audit
from arena.kit.canonical import canonical_json, sha256_hex
from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.money.due_diligence import store
from arena.money.due_diligence.model import (
    Case,
    Hit,
    Party,
    PartyNamed,
    SanctionsCaseMoved,
    SanctionsListLoaded,
    Standing,
)
from arena.money.due_diligence.names import Index, words_of


async def name_party(tx: Tx, party: Party) -> None:
    """The name that a payee gives of himself from now on; it is compared after the commit."""
    await store.name_party(tx, party)
    await tx.record(PartyNamed(party.person_id))


async def screen_named(tx: Tx, fact: PartyNamed, *, score_min: int) -> None:
    party = await store.party(tx, fact.person_id)
    await _screen(tx, [party] if party else [], score_min)


async def screen_all(tx: Tx, _fact: SanctionsListLoaded, *, score_min: int) -> None:
    await _screen(tx, await store.parties(tx), score_min)


async def standing_of(tx: Tx, person_id: str) -> tuple[Standing, Case | None]:
    """How a payee stands to the lists, and the case that is in the way. `unlisted`: there is no list to compare with;
    `waiting`: the name has not been compared with all that hold."""
    cases = await store.cases(tx, ("confirmed", "open"), person_id=person_id)
    confirmed = [each for each in cases if each.state == "confirmed"]
    if confirmed:
        return "confirmed", confirmed[0]
    if cases:
        return "looked_into", cases[0]
    held = {each.id for each in await store.lists(tx)}
    if not held:
        return "unlisted", None
    done = await store.screened_lists(tx, person_id)
    return ("clear" if done is not None and held <= set(done) else "waiting"), None


async def hits_for(tx: Tx, party: Party, *, score_min: int) -> list[Hit]:
    """What a name would be taken for, the most alike first; nothing is kept."""
    return sorted(
        (await _hits(tx, [party], score_min))[0], key=lambda hit: (-hit.score, hit.matched)
    )


async def _screen(tx: Tx, parties: Sequence[Party], score_min: int) -> None:
    lists = await store.lists(tx)
    found = await _hits(tx, parties, score_min)
    for party, hits in zip(parties, found, strict=True):
        # Comparing takes its time, and locks nobody out: who has another name by now is compared for that one.
        if await store.party(tx, party.person_id, lock=True) == party:
            await _note(tx, party, hits)
            await store.set_screened(tx, party.person_id, [each.id for each in lists])


async def _hits(tx: Tx, parties: Sequence[Party], score_min: int) -> list[list[Hit]]:
    """In the order of the parties. Comparing is work for the processor, and does not keep others waiting."""
    found: list[list[Hit]] = [[] for _ in parties]
    if not parties:
        return found
    for each in await store.lists(tx):
        index = await asyncio.to_thread(Index, each.name, await store.entries(tx, each.id))
        for number, party in enumerate(parties):
            found[number] += await asyncio.to_thread(_of, index, party, score_min)
    return found


def _of(index: Index, party: Party, score_min: int) -> list[Hit]:
    return list(index.hits(party, score_min))


async def _note(tx: Tx, party: Party, hits: Sequence[Hit]) -> None:
    known = await store.fingerprints(tx, party.person_id)
    now = {_fingerprint(party, hit): hit for hit in hits}
    for fingerprint, hit in now.items():
        if fingerprint not in known:
            case_id = derived("scs", party.person_id, fingerprint)
            await store.insert_case(
                tx, Case(case_id, party, hit, "open", tx.now, None, None, None), fingerprint
            )
            await _tell(tx, case_id, party, "open", {"list": hit.list_name, "score": hit.score})
        elif known[fingerprint][1] == "lapsed":
            await store.move_case(tx, known[fingerprint][0], "open", by=None, reason=None)
            await _tell(tx, known[fingerprint][0], party, "open", {"list": hit.list_name})
    for fingerprint, (case_id, state) in known.items():
        if state == "open" and fingerprint not in now:
            reason = "Neither the list nor the payee has this name any more."
            await store.move_case(tx, case_id, "lapsed", by=None, reason=reason)
            await _tell(tx, case_id, party, "lapsed", {})


async def _tell(tx: Tx, case_id: str, party: Party, state: str, detail: dict[str, object]) -> None:
    await tx.record(SanctionsCaseMoved(case_id, party.person_id, state))
    await audit.record(
        tx, actor="system", actor_kind="system", action=f"due_diligence.case_{state}", object=case_id,
        detail={"person": party.person_id, **detail},
    )  # fmt: skip


def _fingerprint(party: Party, hit: Hit) -> str:
    """Of both sides as they are compared: who has been cleared is not asked again for the same words."""
    return sha256_hex(
        canonical_json(
            {
                "party": sorted(words_of(party.name)), "born": party.born, "country": party.country,
                "list": hit.list_name, "entry": store.entry_json(hit.entry),
            }
        )
    )  # fmt: skip
