"""That whoever paid for now has access, by his own right or a seat, who has not has none, and free means late."""

from collections import defaultdict
from datetime import datetime, timedelta

from arena.kit.clock import from_iso
from arena.kit.db import Row, Tx
from arena.marketplace import delivery, entitlements, subscriptions
from arena.people.access import Actor, scopes_of
from tests.simulation.cast import TEAM_SEATS

Grounds = dict[tuple[str, str], list[tuple[bool | None, str]]]
"""By person and feed, for each right: whether it must give access, must not, or may (None); and its id."""


async def access_is_right(tx: Tx, gave_up: frozenset[str]) -> None:
    """For each person and feed: what `may` says against the periods that were paid, by the captured journals."""
    rights: Grounds = defaultdict(list)
    of_subscription: dict[str, bool | None] = {}
    captured, attempts = await _paid(tx)
    for row in await tx.fetch("select * from subscription order by created_at, id"):
        starts = [
            captured[one["id"]] if place == 0 and not _began_on_trial(row, one) else one["period_start"]
            for place, one in enumerate(attempts[row["id"]])
        ]  # fmt: skip
        right = await _right(tx, row, starts, gave_up)
        of_subscription[row["id"]] = right
        rights[row["person_id"], row["feed_id"]].append((right, row["id"]))
    await _seats(tx, rights, of_subscription)
    await _follows(tx, rights)
    for (person_id, feed_id), grounds in rights.items():
        decision = await entitlements.may(tx, person_id, feed_id)
        wanted = [right for right, _ in grounds]
        if True in wanted:
            assert decision.allowed, f"paid and shut out: {grounds}"
        elif None not in wanted:
            assert not decision.allowed, f"access without right: {grounds}, {decision}"
        if decision.allowed:
            assert decision.right_id in [name for right, name in grounds if right is not False], (
                f"let in by another right: {grounds}, {decision}"
            )
            await _given_in_time(tx, person_id, feed_id, decision)


async def _paid(tx: Tx) -> tuple[dict[str, datetime], dict[str, list[Row]]]:
    """When each charge was captured, and the charges of each subscription."""
    journals = await tx.fetch("select idem, at from journal where kind = 'payment.captured'")
    attempts: dict[str, list[Row]] = defaultdict(list)
    for row in await tx.fetch(
        """select id, reference, period_start from payment_attempt where state = 'succeeded'
           order by period_start, attempt"""
    ):
        attempts[row["reference"]].append(row)
    return {row["idem"]: row["at"] for row in journals}, attempts


async def _seats(tx: Tx, rights: Grounds, of_subscription: dict[str, bool | None]) -> None:
    """One holds as long as its subscription does, while that is of the tier; never more than there are."""
    rows = await tx.fetch(
        """select t.*, s.tier, s.person_id as owner
           from subscription_seat t join subscription s on s.id = t.subscription_id
           where t.person_id is not null order by t.id"""
    )
    held: dict[str, int] = defaultdict(int)
    for row in rows:
        claimed = row["state"] == "claimed"
        held[row["subscription_id"]] += claimed
        assert row["person_id"] != row["owner"], f"{row['id']} is its own subscriber's"
        assert not claimed or row["tier"] == "enterprise", f"{row['id']} of the tier {row['tier']}"
        right = of_subscription[row["subscription_id"]] if claimed else False
        rights[row["person_id"], row["feed_id"]].append((right, row["id"]))
    assert max(held.values(), default=0) <= TEAM_SEATS, f"more seats than there are: {dict(held)}"


async def _follows(tx: Tx, rights: Grounds) -> None:
    """While the listing is on the market and its free tier open."""
    rows = await tx.fetch(
        """select f.*, l.status = 'listed' and o.delay_s is not null as open from free_follow f
             join listing l on l.id = f.listing_id left join free_offer o on o.listing_id = f.listing_id
           order by f.id"""
    )
    for row in rows:
        right = row["ended_at"] is None and row["open"]
        rights[row["person_id"], row["feed_id"]].append((right, row["id"]))


async def _given_in_time(
    tx: Tx, person_id: str, feed_id: str, decision: entitlements.Decision
) -> None:
    """All signals at once, or those that are old enough: a follower's by the delay that was decided, and bare."""
    actor = Actor("person", person_id, scopes_of(()))
    grant = await delivery.entitled(tx, actor, feed_id)
    newest = await tx.fetchval("select last_sequence from feed where id = $1", feed_id)
    reached = await delivery.last_sequence(tx, grant)
    if decision.reaches("pro"):
        assert reached == newest, f"{decision.right_id} was given {reached} of {newest}"
        return
    if decision.reason != "free":
        return
    delay = await tx.fetchval(
        """select o.delay_s from free_follow f join free_offer o on o.listing_id = f.listing_id where f.id = $1""",
        decision.right_id,
    )
    assert decision.delay == timedelta(seconds=delay), f"{decision} and the offer says {delay} s"
    for item in await delivery.items(tx, grant, after=max(0, reached - 5), limit=100):
        age = tx.now - from_iso(item["issued_at"])
        assert age >= decision.delay, f"{decision.right_id} was given a signal {age} old"
        bare = item["salt"] is None and item["signal"]["rationale"] is None
        assert bare, f"{decision.right_id} was given why: {item}"


def _began_on_trial(row: Row, first: Row) -> bool:
    """A trial's first charge is for the period that begins where the trial ends."""
    return bool(first["period_start"] > row["created_at"])


async def _right(tx: Tx, row: Row, starts: list[datetime], gave_up: frozenset[str]) -> bool | None:
    """True: access must be; False: it must not; None: both are right (days of grace, a day of the janitor)."""
    if await tx.fetchval(
        """select exists (select from dispute d join payment_attempt a on a.id = d.attempt_id
             left join subscription_change c on c.id = a.reference
           where coalesce(c.subscription_id, a.reference) = $1 and d.state <> 'won')""",
        row["id"],
    ):
        return False
    if row["status"] == "ended":
        paid = bool(starts) and row["period_end"] is not None and tx.now < row["period_end"]
        if paid and row["end_reason"] == "canceled":
            assert row["id"] in gave_up, f"{row['id']} ended early and nobody wanted that"
        fair = ("canceled", "cooling_off", "disputed", "listing_taken_down", "listing_delisted")
        if paid:
            assert row["end_reason"] in fair, f"{row['id']} is paid and ended: {row['end_reason']}"
        return False
    if row["status"] == "incomplete":
        return False
    if row["trial"]:
        assert not starts, f"{row['id']} is on trial and was charged"
        return True if tx.now < row["period_end"] else None
    if not row["paid"] and row["status"] in ("paused", "past_due"):
        return False  # a pause, or the charge that ends it
    assert starts, f"{row['id']} is {row['status']} and nothing was paid"
    if len(starts) == 1:  # the first begins as the charge is heard of: nobody loses time by a crash
        late = row["period_start"] - starts[0]
        assert timedelta(0) <= late < timedelta(days=3), (
            f"{row['id']} began {late} after it was paid"
        )
        starts = [row["period_start"]]
    assert starts[-1] == row["period_start"], f"{row['id']} runs from another day than was paid"
    end = subscriptions.period_end(starts[-1], row["anchor_day"], row["period"])
    assert end == row["period_end"], f"{row['id']} ends {row['period_end']}, paid to {end}"
    if tx.now < end:
        return True
    grace = timedelta(days=0 if row["cancel_at_period_end"] else row["grace_days"])
    return None if tx.now < end + grace else False
