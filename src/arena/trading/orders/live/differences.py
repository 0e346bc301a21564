"""Differences between an exchange and our books: opened as facts, kept up to date, ended when both agree again."""

from collections.abc import Collection
from decimal import Decimal

from arena.evidence import audit
from arena.kit.db import Tx
from arena.kit.ids import fresh
from arena.people.access import SYSTEM, Actor
from arena.trading.market import ARITHMETIC
from arena.trading.orders.live import store
from arena.trading.orders.live.model import (
    Difference,
    DifferenceKind,
    DifferenceNotBookable,
    NoSuchDifference,
    VenueDiffered,
)
from arena.trading.portfolio import Flow, record_flow
from arena.trading.venues import whole_ms

AGREES = "both agree again"


async def note_difference(
    tx: Tx,
    account_id: str,
    venue: str,
    kind: DifferenceKind,
    subject: str,
    *,
    ours: str,
    theirs: str,
) -> None:
    """Opens the difference, or brings the one that is open up to date. Only its opening is a fact."""
    for known in await store.open_differences(tx, [account_id]):
        if (known.kind, known.subject) == (kind, subject):
            if (known.ours, known.theirs) != (ours, theirs):
                await store.move_difference(tx, known.id, ours, theirs)
            return
    at = whole_ms(tx.now)
    found = Difference(fresh("dif"), account_id, venue, kind, subject, ours, theirs, at)
    await store.insert_difference(tx, found)
    await tx.record(
        VenueDiffered(
            difference_id=found.id, account_id=account_id, venue=venue, kind=kind, subject=subject
        )
    )


async def end_agreed(tx: Tx, account_id: str, kind: DifferenceKind, still: Collection[str]) -> None:
    """Ends the open differences of this kind whose subject is not among those that still differ."""
    for known in await store.open_differences(tx, [account_id]):
        if known.kind == kind and known.subject not in still:
            await store.end_difference(tx, known.id, tx.now, SYSTEM.id, AGREES)


async def book_difference(
    tx: Tx, difference_id: str, note: str, *, actor: Actor, request_id: str | None = None
) -> Flow:
    """An operator says that a balance differs because money came in or went out: it is booked as such, which is no
    return. Raises NoSuchDifference, DifferenceNotBookable, InsufficientFunds."""
    found = await _open(tx, difference_id)
    if found.kind != "balance":
        raise DifferenceNotBookable(kind=found.kind)
    quantity = ARITHMETIC.subtract(Decimal(found.theirs), Decimal(found.ours))
    flow = await record_flow(
        tx, found.account_id, found.subject, quantity, note=note, actor=actor, request_id=request_id
    )
    await store.end_difference(tx, found.id, tx.now, actor.id, note)
    tx.tell(f"account:{found.account_id}")
    return flow


async def close_difference(
    tx: Tx, difference_id: str, note: str, *, actor: Actor, request_id: str | None = None
) -> None:
    """An operator has looked into it and says why nothing needs to be booked. It opens again where it is found again.

    Raises NoSuchDifference.
    """
    found = await _open(tx, difference_id)
    await store.end_difference(tx, found.id, tx.now, actor.id, note)
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="live.close_difference", object=found.id,
        reason=note, request_id=request_id,
    )  # fmt: skip


async def _open(tx: Tx, difference_id: str) -> Difference:
    found = await store.difference(tx, difference_id)
    if found is None or found.ended_at is not None:
        raise NoSuchDifference(difference_id=difference_id)
    return found
