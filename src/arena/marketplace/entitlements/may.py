"""May this subject receive this feed? The one answer that every route and channel asks for."""

from datetime import datetime, timedelta

from arena.kit.clock import to_ms
from arena.kit.db import Row, Tx
from arena.marketplace.entitlements import store
from arena.marketplace.entitlements.model import (
    NOT_ENTITLED,
    RANKS,
    Covered,
    Decided,
    Decision,
    NotEntitled,
    PaymentRequired,
    effective,
)

HISTORY_MAX = 500


async def may(
    tx: Tx,
    subject_id: str,
    feed_id: str,
    at: datetime | None = None,
    *,
    tier: str | None = None,
) -> Decision:
    """The best right the subject has at that product time (default: now); denied where it has none, or where what it
    has is of a lower tier than `tier`.

    Owners (the feed's collective, and the person who owns it) are served as enterprise, on no row but their ownership.
    Everybody else is served by what was decided: the newest row that covers the moment, valid_from <= at < valid_until.
    """
    rows = await store.grounds(tx, subject_id, feed_id, at or tx.now)
    best = max((_decision(row) for row in rows), key=_strength, default=NOT_ENTITLED)
    if tier is not None and best.allowed and not best.reaches(tier):
        return Decision(False, "lower_tier", best.tier, best.until, best.version, best.right_id)
    return best


async def covering(tx: Tx, subject_id: str) -> list[Covered]:
    """All feeds the subject may receive now, each with its decision, ordered by feed id."""
    best: dict[str, Decision] = {}
    for row in await store.all_grounds(tx, subject_id, tx.now):
        decision = _decision(row)
        held = best.get(row["feed_id"])
        if decision.allowed and (held is None or _strength(decision) > _strength(held)):
            best[row["feed_id"]] = decision
    return [Covered(feed_id, decision) for feed_id, decision in best.items()]


async def require(tx: Tx, subject_id: str, feed_id: str) -> Decision:
    """The decision, which allows. Raises PaymentRequired where the feed can be bought, else NotEntitled; both say
    the reason."""
    decision = await may(tx, subject_id, feed_id)
    if decision.allowed:
        return decision
    offer = await store.offer(tx, feed_id)
    if offer is None:
        raise NotEntitled(feed_id=feed_id, reason=decision.reason)
    raise PaymentRequired(
        listing_id=offer["id"], listing_url=f"/market/listings/{offer['id']}",
        subscribe_url="/market/subscribe", tiers=offer["tiers"], feed_id=feed_id, reason=decision.reason,
    )  # fmt: skip


async def history(tx: Tx, person_id: str, listing_id: str) -> list[Decided]:
    """What held for a person and a listing, newest first: past, present, and what comes of itself. Reaches back
    `HISTORY_MAX` rows."""
    return effective(await store.decided(tx, person_id, listing_id, HISTORY_MAX))


def _decision(row: Row) -> Decision:
    delay = None if row["delay_s"] is None else timedelta(seconds=row["delay_s"])
    if not row["can_access"]:
        return Decision(
            False, row["reason"], version=row["version"], right_id=row["right_id"],
            can_bill=row["can_bill"],
        )  # fmt: skip
    return Decision(
        True, row["reason"], row["tier"], row["until"], row["version"], row["right_id"], delay,
        row["can_change"], row["can_bill"], row["can_deliver"],
    )  # fmt: skip


def _strength(decision: Decision) -> tuple[bool, int, bool, float]:
    """What allows before what denies; higher tiers first; of equal ones that which lasts longer. Of those that deny,
    the newest word."""
    if not decision.allowed:
        return False, 0, False, decision.version
    assert decision.tier is not None
    lasts = decision.until is None
    return (
        True,
        RANKS.index(decision.tier),
        lasts,
        0.0 if decision.until is None else to_ms(decision.until),
    )
