"""Subscription table <-> model. Every change counts `revision` up, by which caches tell decisions apart."""

from collections.abc import Sequence
from datetime import datetime

from arena.kit.db import Row, Tx
from arena.kit.money import Money
from arena.marketplace.listings import Period
from arena.marketplace.subscriptions.model import Status, Subscription


async def by_id(tx: Tx, subscription_id: str, *, lock: bool = False) -> Subscription | None:
    row = await tx.fetchrow(
        "select * from subscription where id = $1" + (" for update" if lock else ""),
        subscription_id,
    )
    return None if row is None else _subscription(row)


async def live_of(tx: Tx, person_id: str, listing_id: str) -> Subscription | None:
    row = await tx.fetchrow(
        """select * from subscription where person_id = $1 and listing_id = $2
           and status in ('incomplete', 'active', 'past_due', 'paused')""",
        person_id, listing_id,
    )  # fmt: skip
    return None if row is None else _subscription(row)


async def page(
    tx: Tx, person_id: str, *, after: tuple[datetime, str] | None, limit: int
) -> list[Subscription]:
    """A person's, newest first."""
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
           and status in ('incomplete', 'active', 'past_due', 'paused') order by id"""
        + (" for update" if lock else ""),
        listing_id,
    )
    return [_subscription(row) for row in rows]


# Whoever is about to have a tier holds a seat of it: an upgrade under way, a change that comes with the next period. So
# does whoever has it for nothing. $1 is now, product time.
_SEATS = """select listing_id, tier from subscription where status in ('incomplete', 'active', 'past_due', 'paused')
  union all select listing_id, tier from subscription_change where state in ('charging', 'scheduled')
    and tier <> from_tier
  union all select listing_id, tier from complimentary where state = 'claimed' and until > $1"""


async def seats_taken(tx: Tx, listing_id: str, tier: str) -> int:
    count: int = await tx.fetchval(
        f"select count(*) from ({_SEATS}) s where listing_id = $2 and tier = $3",
        tx.now, listing_id, tier,
    )  # fmt: skip
    return count


async def seats_taken_by_tier(tx: Tx, listing_ids: Sequence[str]) -> dict[tuple[str, str], int]:
    rows = await tx.fetch(
        f"""select listing_id, tier, count(*) as n from ({_SEATS}) s where listing_id = any($2::text[])
            group by listing_id, tier""",
        tx.now,
        list(listing_ids),
    )
    return {(row["listing_id"], row["tier"]): row["n"] for row in rows}


async def insert(tx: Tx, new: Subscription) -> bool:
    """False where the person has a live subscription to the listing."""
    made = await tx.fetchval(
        """insert into subscription (id, listing_id, feed_id, person_id, tier, amount, currency, platform_bps,
             payment_method_id, status, anchor_day, period_start, period_end, charge_at, access_until, created_at,
             updated_at, period, paid, agreed_at, grace_days, trial, coupon_id, coupon_left, team_seats)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16, $17, $18, $16, $19,
             $20, $21, $22, $23)
           on conflict do nothing returning id""",
        new.id, new.listing_id, new.feed_id, new.person_id, new.tier, new.amount.minor,
        new.amount.currency, new.platform_bps, new.payment_method_id, new.status.value, new.anchor_day,
        new.period_start, new.period_end, new.charge_at, new.access_until, new.created_at, new.period,
        new.paid.minor, new.grace_days, new.trial, new.coupon_id, new.coupon_left,
        new.team_seats,
    )  # fmt: skip
    return made is not None


async def set_paid(
    tx: Tx, subscription_id: str, *, start: datetime, end: datetime, paid: Money
) -> None:
    """Active for the period; access goes on through the days of grace unless it is to be canceled. The first paid
    period sets the day of all that follow, as does one that does not begin where the last one ended; each takes a
    charge off the coupon."""
    await tx.execute(
        """update subscription set status = 'active', period_start = $2::timestamptz, period_end = $3::timestamptz,
             anchor_day = case when trial or period_end is distinct from $2::timestamptz then $4::smallint
               else anchor_day end,
             charge_at = case when cancel_at_period_end then null else $3::timestamptz end,
             access_until = case when cancel_at_period_end then $3
               else $3::timestamptz + make_interval(days => grace_days) end,
             paid = $5, trial = false, past_due_since = null, coupon_left = greatest(coupon_left - 1, 0),
             pause_months = null, resume_told_at = null,
             updated_at = $6, revision = revision + 1 where id = $1""",
        subscription_id, start, end, start.day, paid.minor, tx.now,
    )  # fmt: skip


async def set_past_due(tx: Tx, subscription_id: str, *, retry_at: datetime) -> None:
    """A trial has no days of grace: nothing was ever paid. A pause has none either: its period is over."""
    await tx.execute(
        """update subscription set status = 'past_due', past_due_since = $2, charge_at = $3, updated_at = $2,
             access_until = case when trial then least(access_until, $2) else access_until end,
             pause_months = null, revision = revision + 1 where id = $1""",
        subscription_id, tx.now, retry_at,
    )  # fmt: skip


async def declined_first(tx: Tx, subscription_id: str, attempt_id: str) -> bool:
    """False where it is known of this charge that it was declined, or waits for its person."""
    new = await tx.fetchval(
        """insert into subscription_decline (attempt_id, subscription_id, at) values ($1, $2, $3)
           on conflict do nothing returning attempt_id""",
        attempt_id, subscription_id, tx.now,
    )  # fmt: skip
    return new is not None


async def set_terms(
    tx: Tx, subscription_id: str, *, tier: str, price: Money, period: Period, agreed_at: datetime
) -> None:
    """What is received and what a period costs from now on, as its person agreed to it then."""
    await tx.execute(
        """update subscription set tier = $2, amount = $3, currency = $4, period = $5, agreed_at = $6,
             updated_at = $7, revision = revision + 1 where id = $1""",
        subscription_id, tier, price.minor, price.currency, period, agreed_at, tx.now,
    )  # fmt: skip


async def set_team_seats(tx: Tx, subscription_id: str, seats: int) -> None:
    await tx.execute(
        "update subscription set team_seats = $2 where id = $1", subscription_id, seats
    )


async def set_pausing(tx: Tx, subscription_id: str, months: int | None) -> None:
    """A pause comes with the period's end: nothing is charged then, and there are no days of grace. None: it goes
    on."""
    await tx.execute(
        """update subscription set pause_months = $2::smallint,
             charge_at = case when $2::smallint is null then period_end end,
             access_until = case when $2::smallint is null then period_end + make_interval(days => grace_days)
               else period_end end,
             updated_at = $3, revision = revision + 1 where id = $1""",
        subscription_id, months, tx.now,
    )  # fmt: skip


async def pausing_and_over(tx: Tx, limit: int) -> list[Subscription]:
    """Those whose period is over and whose pause begins, locked."""
    rows = await tx.fetch(
        """select * from subscription where status = 'active' and pause_months is not null
           and disputed_since is null and period_end <= $1 order by id limit $2 for update skip locked""",
        tx.now, limit,
    )  # fmt: skip
    return [_subscription(row) for row in rows]


async def set_paused(tx: Tx, subscription_id: str, *, start: datetime, end: datetime) -> None:
    """The pause is a period of its own, for which nothing was paid; its end is charged like any other's."""
    await tx.execute(
        """update subscription set status = 'paused', period_start = $2, period_end = $3::timestamptz,
             charge_at = $3::timestamptz, paid = 0,
             updated_at = $4, revision = revision + 1 where id = $1""",
        subscription_id, start, end, tx.now,
    )  # fmt: skip


async def cut_pause(tx: Tx, subscription_id: str) -> None:
    """The pause ends now, and the next period is due. Its day is the anchor from then on."""
    await tx.execute(
        """update subscription set period_end = $2::timestamptz, charge_at = $2::timestamptz, anchor_day = $3,
             updated_at = $2::timestamptz,
             revision = revision + 1 where id = $1 and status = 'paused'""",
        subscription_id, tx.now, tx.now.day,
    )  # fmt: skip


async def resuming_soon(tx: Tx, until: datetime, limit: int) -> list[Subscription]:
    """Paused ones that go on by then and whose person was not told yet; they count as told from now on."""
    rows = await tx.fetch(
        """update subscription set resume_told_at = $1 where id in (
             select id from subscription where status = 'paused' and resume_told_at is null and period_end <= $2
               and period_end > $1 and disputed_since is null order by id limit $3 for update skip locked)
           returning *""",
        tx.now, until, limit,
    )  # fmt: skip
    return [_subscription(row) for row in rows]


async def set_period_worth(tx: Tx, subscription_id: str, paid: Money) -> None:
    """What the whole running period costs at what was paid for the rest of it."""
    await tx.execute("update subscription set paid = $2 where id = $1", subscription_id, paid.minor)


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
        """update subscription set cancel_at_period_end = true, charge_at = null, pause_months = null,
             access_until = period_end, updated_at = $2, revision = revision + 1 where id = $1""",
        subscription_id, tx.now,
    )  # fmt: skip


async def set_kept(tx: Tx, subscription_id: str) -> None:
    """It goes on after the period, as if it had not been canceled."""
    await tx.execute(
        """update subscription set cancel_at_period_end = false, charge_at = period_end,
             access_until = period_end + make_interval(days => grace_days),
             updated_at = $2, revision = revision + 1 where id = $1""",
        subscription_id, tx.now,
    )  # fmt: skip


async def take_once(tx: Tx, found: Subscription, what: str) -> bool:
    """False where the person had this of the listing before."""
    made = await tx.fetchval(
        """insert into subscription_once (person_id, listing_id, what, subscription_id, at)
           values ($1, $2, $3, $4, $5) on conflict do nothing returning what""",
        found.person_id, found.listing_id, what, found.id, tx.now,
    )  # fmt: skip
    return made is not None


async def had(tx: Tx, person_id: str, listing_id: str, what: str) -> bool:
    found: bool = await tx.fetchval(
        """select exists (select from subscription_once where person_id = $1 and listing_id = $2
             and what = $3)""",
        person_id, listing_id, what,
    )  # fmt: skip
    return found


async def was_given(tx: Tx, subscription_id: str) -> bool:
    """Whether a signal was handed over at once since a real-time tier was had, by the subscription or a seat of it."""
    given: bool = await tx.fetchval(
        """select exists (select from first_delivery f join access_right r on r.id = f.right_id
             where r.id = $1 or r.parent_id = $1)""",
        subscription_id,
    )
    return given


async def began_on_trial(tx: Tx, subscription_id: str) -> bool:
    found: bool = await tx.fetchval(
        "select exists (select from subscription_once where subscription_id = $1 and what = 'trial')",
        subscription_id,
    )
    return found


async def set_ended(tx: Tx, subscription_id: str, reason: str) -> None:
    """What never began has no end of access."""
    await tx.execute(
        """update subscription set status = 'ended', ended_at = $2, end_reason = $3, charge_at = null,
             access_until = case when access_until is not null then least(access_until, $2) end, updated_at = $2,
             revision = revision + 1 where id = $1""",
        subscription_id, tx.now, reason,
    )  # fmt: skip


_DUE = """from subscription where status in ('active', 'past_due', 'paused') and charge_at <= $1
  and disputed_since is null"""


async def due(tx: Tx, limit: int, *, but: Sequence[str] = ()) -> list[str]:
    """The ids of those whose next charge is due, the longest first."""
    rows = await tx.fetch(
        f"select id {_DUE} and id <> all($2::text[]) order by charge_at, id limit $3", tx.now, list(but), limit
    )  # fmt: skip
    return [row["id"] for row in rows]


async def claim_due(tx: Tx, subscription_id: str) -> Subscription | None:
    """Locked; None where its next charge is not due, or another process has claimed it."""
    row = await tx.fetchrow(
        f"select * {_DUE} and id = $2 for update skip locked", tx.now, subscription_id
    )
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
        period=row["period"], paid=Money(row["paid"], row["currency"]), agreed_at=row["agreed_at"],
        grace_days=row["grace_days"], past_due_since=row["past_due_since"], trial=row["trial"],
        coupon_id=row["coupon_id"], coupon_left=row["coupon_left"],
        pause_months=row["pause_months"], team_seats=row["team_seats"],
        disputed_since=row["disputed_since"], resumed_at=row["resumed_at"],
    )  # fmt: skip
