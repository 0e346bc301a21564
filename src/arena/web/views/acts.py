"""What operators do with the machinery, each act with its audit line: the same for pages and for programs."""

from datetime import datetime

from arena.evidence import audit
from arena.kit import outbox
from arena.kit.db import Tx
from arena.people.access import Actor
from arena.trading import market

REPLAY_MAX = 500


async def replay(tx: Tx, fact_id: int, handler: str, *, actor: Actor, request_id: str) -> None:
    """Puts a dead letter back in line; it is tried again at once. Raises NoSuchDeadLetter."""
    await outbox.replay(tx, fact_id, handler)
    await _note_replay(tx, fact_id, handler, actor=actor, request_id=request_id)


async def replay_all(tx: Tx, handler: str, *, actor: Actor, request_id: str) -> int:
    """Puts up to 500 dead letters of a handler back in line, the oldest first; how many there were."""
    replayed = await outbox.replay_all(tx, handler, limit=REPLAY_MAX)
    for fact_id in replayed:
        await _note_replay(tx, fact_id, handler, actor=actor, request_id=request_id)
    return len(replayed)


async def drive(
    tx: Tx, speed: str, until: datetime | None, *, actor: Actor, request_id: str
) -> market.Tape:
    """Changes the pace of the tape, or lets it go on until a product time. Raises BadSpeed, NoTape."""
    await market.set_speed(tx, speed, until)
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="tape.drive", object="tape",
        detail={"speed": speed, "until": until and until.isoformat()}, request_id=request_id,
    )  # fmt: skip
    return await market.tape(tx)


async def _note_replay(
    tx: Tx, fact_id: int, handler: str, *, actor: Actor, request_id: str
) -> None:
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="reactions.replay",
        object=f"{fact_id}/{handler}", request_id=request_id,
    )  # fmt: skip
