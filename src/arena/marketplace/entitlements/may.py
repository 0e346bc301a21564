"""May this subject receive this feed? The one answer that pull, stream and evidence all ask for."""

from datetime import datetime

from arena.kit.clock import to_ms
from arena.kit.db import Row, Tx
from arena.marketplace.entitlements import store
from arena.marketplace.entitlements.model import (
    NOT_ENTITLED,
    Covered,
    Decision,
    NotEntitled,
    PaymentRequired,
)
from arena.marketplace.listings import TIERS


async def may(tx: Tx, subject_id: str, feed_id: str, at: datetime | None = None) -> Decision:
    """The best ground the subject has at that product time (default: now); denied where it has none.

    Owners (the feed's collective, and the person who owns it) are served as enterprise. Subscribers are
    while active, and past due within the days of grace: period_start <= at < access_until.
    """
    rows = await store.grounds(tx, subject_id, feed_id, at or tx.now)
    return max((_decision(row) for row in rows), key=_strength, default=NOT_ENTITLED)


async def covering(tx: Tx, subject_id: str) -> list[Covered]:
    """All feeds the subject may receive now, each with its decision, ordered by feed id."""
    best: dict[str, Decision] = {}
    for row in await store.all_grounds(tx, subject_id, tx.now):
        decision = _decision(row)
        held = best.get(row["feed_id"])
        if held is None or _strength(decision) > _strength(held):
            best[row["feed_id"]] = decision
    return [Covered(feed_id, decision) for feed_id, decision in best.items()]


async def require(tx: Tx, subject_id: str, feed_id: str) -> Decision:
    """The decision, which allows. Raises PaymentRequired where the feed can be bought, else NotEntitled."""
    decision = await may(tx, subject_id, feed_id)
    if decision.allowed:
        return decision
    offer = await store.offer(tx, feed_id)
    if offer is None:
        raise NotEntitled(feed_id=feed_id)
    raise PaymentRequired(
        listing_id=offer["id"], listing_url=f"/market/listings/{offer['id']}",
        subscribe_url="/market/subscribe", tiers=offer["tiers"], feed_id=feed_id,
    )  # fmt: skip


def _decision(row: Row) -> Decision:
    return Decision(True, row["reason"], row["tier"], row["until"], row["revision"])


def _strength(decision: Decision) -> tuple[int, bool, float]:
    """Higher tiers first; of equal ones that which lasts longer."""
    assert decision.tier is not None
    lasts = decision.until is None
    return (
        TIERS.index(decision.tier),
        lasts,
        0.0 if decision.until is None else to_ms(decision.until),
    )
