"""Which strategies wait for the arena to look at them, which cards for their code, and what came of it."""

from collections.abc import Sequence
from dataclasses import replace

from arena.evidence import audit
from arena.kit.db import Tx
from arena.people.access import SYSTEM
from arena.signals.lab.model import ENGINE_VERSION
from arena.signals.lab.sources import store
from arena.signals.lab.sources.model import LINES_MAX, WORDS_MAX, KeptSource, Line, ReportKind
from arena.signals.lab.sources.read import source_by_id


async def next_unchecked(tx: Tx) -> KeptSource | None:
    """The oldest that was not looked at yet."""
    source_id = await store.unchecked(tx)
    return None if source_id is None else await source_by_id(tx, source_id)


async def next_card(tx: Tx, engine_version: str) -> tuple[str, KeptSource] | None:
    """The sha of a card of its owner's own model that this version of the engine has not tried, and its code, which is
    here and has passed the checks. One owner's code is never run for another's card: figures would tell of it."""
    found = await store.card_waiting(tx, engine_version)
    return None if found is None else (found[0], await source_by_id(tx, found[1]))


async def note_report(
    tx: Tx,
    found: KeptSource,
    kind: ReportKind,
    outcome: str,
    lines: Sequence[Line],
    *,
    about: str | None = None,
) -> None:
    """Kept for good, for the owner to read; the audit trail has the outcome without its words."""
    told = [
        replace(one, words=one.words.replace("\0", "")[:WORDS_MAX]) for one in lines[:LINES_MAX]
    ]
    await store.insert_report(
        tx, found.id, kind, outcome=outcome, lines=told, engine_version=ENGINE_VERSION, about=about
    )
    if kind == "checks":
        await audit.record(
            tx, actor=SYSTEM.id, actor_kind=SYSTEM.kind, action="sources.check", object=found.sha, reason=None,
            request_id=None, detail={"source": found.id, "outcome": outcome},
        )  # fmt: skip
