"""That calls are counted from events, never beyond the caps that held, told of as caps are reached, and invoiced."""

from arena.kit.db import Tx
from arena.money import usage
from tests.simulation.cast import Cast


async def usage_is_right(tx: Tx, cast: Cast) -> None:
    await _months_are_their_events(tx)
    for person_id in cast.capped:
        plan = await usage.live_plan(tx, person_id)
        await _below_its_caps(tx, plan)
        await _told_of(tx, plan)


async def _months_are_their_events(tx: Tx) -> None:
    apart = await tx.fetch(
        """select plan_id, month, m.units, coalesce(e.units, 0) as events from usage_month m
           full join (select plan_id, month, sum(units) as units from usage_event group by 1, 2) e
             using (plan_id, month)
           where coalesce(m.units, 0) <> coalesce(e.units, 0) limit 3"""
    )
    assert not apart, f"months that are not their events: {[dict(row) for row in apart]}"


async def _below_its_caps(tx: Tx, plan: usage.Plan) -> None:
    """A cap that is lowered leaves what was counted before: so the highest of those that held in a month bounds it."""
    set_at = await tx.fetch(
        """select at, (detail ->> 'cap')::bigint as cap from audit_event
           where action = 'usage.set_cap' and object = $1 order by id""",
        plan.id,
    )
    months = await tx.fetch(
        """select month, coalesce(sum(units) filter (where reason is null), 0) as calls from usage_event
           where plan_id = $1 group by 1""",
        plan.id,
    )
    for row in months:
        end = usage.month_after(row["month"])
        before = [one["cap"] for one in set_at if one["at"] < row["month"]]
        held = before[-1:] + [one["cap"] for one in set_at if row["month"] <= one["at"] < end]
        assert held, f"{plan.id} had no cap in {row['month']}"
        # Corrections make room below the cap again, so that calls may come to more than it, and the month may not.
        off = await tx.fetchval(
            """select coalesce(-sum(units), 0)::bigint from usage_event
               where plan_id = $1 and month = $2 and reason is not null""",
            plan.id, row["month"],
        )  # fmt: skip
        assert row["calls"] <= max(held) + off, (
            f"{plan.id} called {row['calls']} times in {row['month']:%Y-%m} below a cap of {max(held)}, {off} taken off"
        )


async def _told_of(tx: Tx, plan: usage.Plan) -> None:
    """Who has reached the cap that holds was told so."""
    month = usage.month_of(tx.now)
    units = await tx.fetchval(
        "select units from usage_month where plan_id = $1 and month = $2", plan.id, month
    )
    assert plan.cap_units is not None
    if (units or 0) >= plan.cap_units:
        told = await tx.fetchval(
            """select count(*) from usage_alert
               where plan_id = $1 and month = $2 and cap_number = $3 and percent = 100""",
            plan.id, month, plan.cap_number,
        )  # fmt: skip
        assert told == 1, f"{plan.id} has used {units} of {plan.cap_units}, and nobody was told"
