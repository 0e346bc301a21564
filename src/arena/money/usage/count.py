"""Count units into months: once an event, with alerts as a cap comes near; leases keep bursts below it."""

from collections.abc import Sequence
from datetime import datetime

from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.money.usage import store
from arena.money.usage.model import ALERTS, CapReached, Plan, UsageAlerted, month_of
from arena.money.usage.store import Event
from arena.people.access import Actor

NEWS = "usage"
LEASE_MAX = 5_000
"""Calls below a cap that a process takes at a time: a process that dies may withhold so many for a while."""


async def add(tx: Tx, events: Sequence[Event]) -> int:
    """How many units were new. Raises nothing where they pass a cap: what was served is counted."""
    moved = await store.add(tx, events)
    capped = await store.plans_by_id(tx, [plan_id for plan_id, _, _ in moved])
    for plan_id, counted, added in moved:
        plan, before = capped[plan_id], counted.units - added
        await alert(tx, plan, counted.month, known=share_used(plan, before), units=counted.units)
    return sum(added for _, _, added in moved)


async def check_room(tx: Tx, plan: Plan, month: datetime, units: int = 1) -> None:
    """Locks the month. Raises CapReached where the units do not fit under the cap beside what others hold."""
    if plan.cap_units is None:
        return
    counted = await store.lock_month(tx, plan.id, month)
    if counted + await store.leased(tx, plan.id, month) + units > plan.cap_units:
        raise cap_reached(plan)


async def take_lease(tx: Tx, plan: Plan, month: datetime, new: tuple[str, int]) -> int:
    """The right to let some calls through before they are counted; how many. Raises CapReached.

    Less and less at a time as the cap comes near, so that several processes share what is left. `new` is the lease's id
    and the number of the process's newest batch.
    """
    assert plan.cap_units is not None
    counted = await store.lock_month(tx, plan.id, month)
    room = plan.cap_units - counted - await store.leased(tx, plan.id, month)
    if room <= 0:
        raise cap_reached(plan)
    units = min(LEASE_MAX, max(1, room // 4))
    await store.lease(tx, new, plan.id, month, units)
    return units


def call_event(plan: Plan, actor: Actor, intent: str, at: datetime) -> Event:
    """One call by its intent, which is the same however often it is repeated."""
    return Event(derived("uev", "call", intent), plan.id, actor.key_id or "", month_of(at), at, 1)


def cap_reached(plan: Plan) -> CapReached:
    cap = plan.terms.cap or 0
    return CapReached(cap=f"{cap // 100:,}.{cap % 100:02d}")


async def alert(tx: Tx, plan: Plan, month: datetime, *, known: int, units: int) -> None:
    """Tells of the highest share that so many units have reached, where it is above what is `known`."""
    reached = share_used(plan, units)
    told = [percent for percent in ALERTS if known < percent <= reached]
    new = [percent for percent in told if await store.insert_alert(tx, plan, month, percent)]
    if new and plan.terms.cap is not None:
        await tx.record(
            UsageAlerted(
                plan.id, plan.terms.subject, month, new[-1], plan.terms.cap, plan.cap_number
            )
        )


def share_used(plan: Plan, units: int) -> int:
    """The highest of the shares that are told of which so many units have reached; 0 where there is none."""
    cap = plan.cap_units
    return max((percent for percent in ALERTS if cap and units * 100 >= cap * percent), default=0)
