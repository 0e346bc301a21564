"""Decide: approve or reject a submission, take a listing down; each with a reason and an audit line."""

from arena.evidence import audit
from arena.kit.db import Tx
from arena.marketplace import listings
from arena.marketplace.moderation import store
from arena.marketplace.moderation.conflict import require_other
from arena.marketplace.moderation.model import (
    Case,
    CaseDecided,
    ListingTakenDown,
    NoSuchCase,
    State,
)
from arena.people.access import Actor


async def approve(
    tx: Tx, case_id: str, *, actor: Actor, reason: str, request_id: str | None = None
) -> Case:
    """The listing is on offer from now. Raises NoSuchCase, CaseDecided, and OwnCase where it is the actor's."""
    case = await _decide(tx, case_id, "approved", actor=actor, reason=reason, request_id=request_id)
    await listings.move(
        tx, case.listing_id, listings.Status.LISTED, actor=actor, reason=reason, request_id=request_id
    )  # fmt: skip
    # It is found at its place from the first moment, not from the next rescore on.
    await listings.score_one(tx, case.listing_id)
    return case


async def reject(
    tx: Tx, case_id: str, *, actor: Actor, reason: str, request_id: str | None = None
) -> Case:
    """The listing is a draft again, the reason stands in the case. Raises NoSuchCase, CaseDecided."""
    case = await _decide(tx, case_id, "rejected", actor=actor, reason=reason, request_id=request_id)
    await listings.move(
        tx, case.listing_id, listings.Status.DRAFT, actor=actor, reason=reason, request_id=request_id
    )  # fmt: skip
    return case


async def take_down(
    tx: Tx, listing_id: str, *, actor: Actor, reason: str, request_id: str | None = None
) -> listings.Listing:
    """Off the market at once; its subscriptions end by the fact. Raises NoSuchListing, ListingMoved."""
    taken = await listings.move(
        tx, listing_id, listings.Status.DELISTED, actor=actor, reason=reason, request_id=request_id
    )  # fmt: skip
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="moderation.take_down", object=listing_id,
        detail={"feed": taken.feed_id}, reason=reason, request_id=request_id,
    )  # fmt: skip
    await tx.record(ListingTakenDown(listing_id, taken.feed_id, reason))
    return taken


async def _decide(
    tx: Tx, case_id: str, state: State, *, actor: Actor, reason: str, request_id: str | None
) -> Case:
    case = await store.by_id(tx, case_id, lock=True)
    if case is None:
        raise NoSuchCase(case_id=case_id)
    if case.state != "open":
        raise CaseDecided(case_id=case_id, state=case.state)
    if state == "approved":  # giving one's own back harms nobody
        await require_other(tx, case.listing_id, actor, submitted_by=case.submitted_by)
    await store.decide(tx, case_id, state=state, by=actor.id, reason=reason)
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action=f"moderation.{state}", object=case_id,
        detail={"listing": case.listing_id, "version": case.version}, reason=reason, request_id=request_id,
    )  # fmt: skip
    decided = await store.by_id(tx, case_id)
    assert decided is not None
    return decided
