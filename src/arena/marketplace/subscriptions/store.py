"""Subscription table <-> model. Every change counts `revision` up, by which caches tell decisions apart."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from arena.kit.db import Row, Tx
from arena.kit.money import Money
from arena.marketplace.subscriptions.model import GRACE_DAYS, Status, Subscription


async def by_id(tx: Tx, subscription_id: str, *, lock: bool = False) -> Subscription | None:
    row = await tx.fetchrow(
        "select * from subscription where id = $1" + (" for update" if lock else ""),
        subscription_id,
    )
    return None if row is None else _subscription(row)


async def live_of(tx: Tx, person_id: str, listing_id: str) -> Subscription | None:
    row = await tx.fetchrow(
        """select * from subscription where person_id = $1 and listing_id = $2
           and status in ('incomplete', 'active', 'past_due')""",
        person_id, listing_id,
    )  # fmt: skip
    return None if row is None else _subscription(row)


async def page(
    tx: Tx, person_id: str, *, after: tuple[datetime, str] | None, limit: int
) -> list[Subscription]:
    """Newest first."""
    at, last_id = after or (None, "")
    rows = await tx.fetch(
        """select * from subscription where person_id = $1
             and ($2::timestamptz is null or (created_at, id) < ($2, $3))
           order by created_at desc, id desc limit $4""",
        person_id, at, last_id, limit,
    )  # fmt: skip
    return [_subscription(row) for row in rows]


async def live_first(
    tx: Tx, person_id: str, *, after: tuple[bool, datetime, str] | None, limit: int
) -> list[Subscription]:
    """Those that have not ended before those that have, each newest first."""
    ended, at, last_id = after or (None, None, "")
    rows = await tx.fetch(
        """select * from subscription where person_id = $1
             and ($2::bool is null or (status = 'ended') > $2
                  or ((status = 'ended') = $2 and (created_at, id) < ($3, $4)))
           order by status = 'ended', created_at desc, id desc limit $5""",
        person_id, ended, at, last_id, limit,
    )  # fmt: skip
    return [_subscription(row) for row in rows]


async def live_of_listing(tx: Tx, listing_id: str, *, lock: bool = True) -> list[Subscription]:
    """All live ones, locked unless said otherwise, in the order of their ids."""
    rows = await tx.fetch(
        """select * from subscription where listing_id = $1
           and status in ('incomplete', 'active', 'past_due') order by id"""
        + (" for update" if lock else ""),
        listing_id,
    )
    return [_subscription(row) for row in rows]


async def seats_taken(tx: Tx, listing_id: str, tier: str) -> int:
    count: int = await tx.fetchval(
        """select count(*) from subscription where listing_id = $1 and tier = $2
           and status in ('incomplete', 'active', 'past_due')""",
        listing_id, tier,
    )  # fmt: skip
    return count


async def seats_taken_by_tier(tx: Tx, listing_ids: Sequence[str]) -> dict[tuple[str, str], int]:
    rows = await tx.fetch(
        """select listing_id, tier, count(*) as n from subscription where listing_id = any($1::text[])
           and status in ('incomplete', 'active', 'past_due') group by listing_id, tier""",
        list(listing_ids),
    )
    return {(row["listing_id"], row["tier"]): row["n"] for row in rows}


async def insert(tx: Tx, new: Subscription) -> bool:
    """False where the person has a live subscription to the listing."""
    made = await tx.fetchval(
        """insert into subscription (id, listing_id, feed_id, person_id, tier, amount, currency, platform_bps,
             payment_method_id, status, anchor_day, period_start, period_end, created_at, updated_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)
           on conflict do nothing returning id""",
        new.id, new.listing_id, new.feed_id, new.person_id, new.tier, new.amount.minor,
        new.amount.currency, new.platform_bps, new.payment_method_id, new.status.value, new.anchor_day,
        new.period_start, new.period_end, new.created_at,
    )  # fmt: skip
    return made is not None


async def set_paid(tx: Tx, subscription_id: str, *, start: datetime, end: datetime) -> None:
    """Active for the period; access goes on through the days of grace unless it is to be canceled."""
    await tx.execute(
        """update subscription set status = 'active', period_start = $2::timestamptz, period_end = $3::timestamptz,
             anchor_day = case when status = 'incomplete' then $4::smallint else anchor_day end,
             charge_at = case when cancel_at_period_end then null else $3::timestamptz end,
             access_until = case when cancel_at_period_end then $3 else $5::timestamptz end,
             updated_at = $6, revision = revision + 1 where id = $1""",
        subscription_id, start, end, start.day, end + timedelta(days=GRACE_DAYS), tx.now,
    )  # fmt: skip


async def set_past_due(tx: Tx, subscription_id: str) -> None:
    await tx.execute(
        "update subscription set status = 'past_due', updated_at = $2, revision = revision + 1 where id = $1",
        subscription_id,
        tx.now,
    )


async def set_payment_method(tx: Tx, subscription_id: str, payment_method_id: str) -> None:
    """A past due one is due for a charge at once."""
    await tx.execute(
        """update subscription set payment_method_id = $2, updated_at = $3,
             charge_at = case when status = 'past_due' then $3 else charge_at end where id = $1""",
        subscription_id, payment_method_id, tx.now,
    )  # fmt: skip


async def set_charge_at(tx: Tx, subscription_id: str, at: datetime) -> None:
    await tx.execute("update subscription set charge_at = $2 where id = $1", subscription_id, at)


async def set_cancel(tx: Tx, subscription_id: str) -> None:
    """Access then ends with the paid period, and nothing is charged any more."""
    await tx.execute(
        """update subscription set cancel_at_period_end = true, charge_at = null, access_until = period_end,
             updated_at = $2, revision = revision + 1 where id = $1""",
        subscription_id, tx.now,
    )  # fmt: skip


async def set_ended(tx: Tx, subscription_id: str, reason: str) -> None:
    await tx.execute(
        """update subscription set status = 'ended', ended_at = $2, end_reason = $3, charge_at = null,
             access_until = least(access_until, $2), updated_at = $2, revision = revision + 1 where id = $1""",
        subscription_id, tx.now, reason,
    )  # fmt: skip


async def claim_due(tx: Tx, only: str | None = None) -> Subscription | None:
    """One subscription whose next charge is due, locked; those another process has claimed are skipped."""
    row = await tx.fetchrow(
        """select * from subscription where status in ('active', 'past_due') and charge_at <= $1
             and ($2::text is null or id = $2)
           order by charge_at, id limit 1 for update skip locked""",
        tx.now, only,
    )  # fmt: skip
    return None if row is None else _subscription(row)


async def canceled_and_over(tx: Tx, limit: int) -> list[Subscription]:
    rows = await tx.fetch(
        """select * from subscription where status in ('active', 'past_due') and cancel_at_period_end
           and period_end <= $1 order by id limit $2 for update skip locked""",
        tx.now, limit,
    )  # fmt: skip
    return [_subscription(row) for row in rows]


def _subscription(row: Row) -> Subscription:
    return Subscription(
        id=row["id"], listing_id=row["listing_id"], feed_id=row["feed_id"], person_id=row["person_id"],
        tier=row["tier"], amount=Money(row["amount"], row["currency"]), platform_bps=row["platform_bps"],
        payment_method_id=row["payment_method_id"], status=Status(row["status"]),
        anchor_day=row["anchor_day"], period_start=row["period_start"], period_end=row["period_end"],
        charge_at=row["charge_at"], access_until=row["access_until"],
        cancel_at_period_end=row["cancel_at_period_end"], created_at=row["created_at"],
        updated_at=row["updated_at"], ended_at=row["ended_at"], end_reason=row["end_reason"],
    )  # fmt: skip
