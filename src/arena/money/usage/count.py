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
        await _alert(
            tx, capped[plan_id], counted.month, before=counted.units - added, now=counted.units
        )
    return sum(added for _, _, added in moved)


async def check_room(tx: Tx, plan: Plan, month: datetime, units: int = 1) -> None:
    """Locks the month. Raises CapReached where the units do not fit under the cap beside what others hold."""
    if plan.cap_units is None:
        return
    counted = await store.lock_month(tx, plan.id, month)
    if counted + await store.leased(tx, plan.id, month) + units > plan.cap_units:
        raise cap_reached(plan)


async def take_lease(tx: Tx, plan: Plan, month: datetime, lease_id: str) -> int:
    """The right to let some calls through before they are counted; how many. Raises CapReached.

    Less and less at a time as the cap comes near, so that several processes share what is left.
    """
    assert plan.cap_units is not None
    counted = await store.lock_month(tx, plan.id, month)
    room = plan.cap_units - counted - await store.leased(tx, plan.id, month)
    if room <= 0:
        raise cap_reached(plan)
    units = min(LEASE_MAX, max(1, room // 4))
    await store.lease(tx, lease_id, plan.id, month, units)
    return units


def call_event(plan: Plan, actor: Actor, intent: str, at: datetime) -> Event:
    """One call by its intent, which is the same however often it is repeated."""
    return Event(derived("uev", "call", intent), plan.id, actor.key_id or "", month_of(at), at, 1)


def cap_reached(plan: Plan) -> CapReached:
    cap = plan.terms.cap or 0
    return CapReached(cap=f"{cap // 100:,}.{cap % 100:02d}")


async def _alert(tx: Tx, plan: Plan, month: datetime, *, before: int, now: int) -> None:
    cap = plan.cap_units
    if not cap:
        return
    for percent in ALERTS:
        crossed = before * 100 < cap * percent <= now * 100
        if crossed and await store.insert_alert(tx, plan.id, month, percent):
            await tx.record(UsageAlerted(plan.id, plan.terms.subject, month, percent))
