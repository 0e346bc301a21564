"""Plans: agreed by an operator, capped by the customer, ended by an operator; corrections of what was counted."""

from collections.abc import Mapping
from dataclasses import replace

from arena.evidence import audit
from arena.kit.db import Tx
from arena.kit.ids import derived, fresh
from arena.money.usage import store
from arena.money.usage.count import NEWS, add
from arena.money.usage.model import (
    CorrectionRefused,
    NewPlan,
    NoUsagePlan,
    Plan,
    PlanExists,
    PlanRefused,
    month_of,
)
from arena.money.usage.store import Event
from arena.people.access import SYSTEM, Actor


async def open_plan(tx: Tx, new: NewPlan, *, actor: Actor, request_id: str | None = None) -> Plan:
    """Calls count from now on. Raises PlanExists, PlanRefused."""
    if new.price_micros < 1 or min(new.minimum, new.monthly, new.setup, new.cap or 0) < 0:
        raise PlanRefused(why="a call costs something, and no amount is below zero")
    plan = Plan(fresh("upl"), new, tx.now, None, month_of(tx.now))
    if not await store.insert_plan(tx, plan):
        raise PlanExists(subject=new.subject)
    detail = {
        "price_micros": str(new.price_micros), "minimum": str(new.minimum), "monthly": str(new.monthly),
        "setup": str(new.setup),
    }  # fmt: skip
    await _tell(tx, plan, "open_plan", actor, request_id, detail=detail)
    return plan


async def set_cap(
    tx: Tx, subject: str, cap: int | None, *, actor: Actor, request_id: str | None = None
) -> Plan:
    """What the calls of a month may cost at most, cents; None: as much as they will.

    Raises NoUsagePlan, PlanRefused."""
    if cap is not None and cap < 0:
        raise PlanRefused(why="a cap is not below zero")
    plan = await live_plan(tx, subject, lock=True)
    await store.set_cap(tx, plan.id, cap)
    await _tell(
        tx, plan, "set_cap", actor, request_id, detail={"cap": None if cap is None else str(cap)}
    )
    return replace(plan, terms=replace(plan.terms, cap=cap))


async def end_plan(
    tx: Tx, subject: str, *, reason: str, actor: Actor, request_id: str | None = None
) -> Plan:
    """Nothing counts from now on; the last invoice has a part of the minimum. Raises NoUsagePlan."""
    plan = await live_plan(tx, subject, lock=True)
    await store.end_plan(tx, plan.id, tx.now)
    await _tell(tx, plan, "end_plan", actor, request_id, reason=reason)
    return replace(plan, ends_at=tx.now)


async def block(tx: Tx, subject: str, *, blocked: bool) -> bool:
    """Calls of this subject are refused from now on, or let through again; whether that is news. Without a plan there
    is nothing to refuse."""
    plan = await store.live_plan(tx, subject, lock=True)
    if plan is None or not await store.block(tx, plan.id, tx.now if blocked else None):
        return False
    await _tell(tx, plan, "block" if blocked else "unblock", SYSTEM, None)
    return True


async def correct(
    tx: Tx,
    event_id: str,
    plan_id: str,
    event: Event,
    *,
    actor: Actor,
    request_id: str | None = None,
) -> bool:
    """Adds `event`, whose units are mostly below zero and whose reason says why; what was counted stays as it is.

    Whether it is new: `event_id` makes a repeat harmless. Raises NoUsagePlan, CorrectionRefused.
    """
    plan = (await store.plans_by_id(tx, [plan_id])).get(plan_id)
    if plan is None:
        raise NoUsagePlan(subject=plan_id)
    counted = await store.lock_month(tx, plan_id, event.month)
    corrected = replace(event, id=derived("uev", "correction", event_id), plan_id=plan_id)
    if not await add(tx, [corrected]):
        return False
    if counted + event.units < 0:
        raise CorrectionRefused(units=-event.units, counted=counted)
    await _tell(
        tx, plan, "correct", actor, request_id, reason=event.reason,
        detail={"units": str(event.units), "month": event.month.isoformat()},
    )  # fmt: skip
    return True


async def live_plan(tx: Tx, subject: str, *, lock: bool = False) -> Plan:
    """Raises NoUsagePlan."""
    plan = await store.live_plan(tx, subject, lock=lock)
    if plan is None:
        raise NoUsagePlan(subject=subject)
    return plan


async def _tell(
    tx: Tx,
    plan: Plan,
    act: str,
    actor: Actor,
    request_id: str | None,
    *,
    detail: Mapping[str, object] | None = None,
    reason: str | None = None,
) -> None:
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action=f"usage.{act}", object=plan.id,
        detail={"subject": plan.terms.subject, **(detail or {})}, reason=reason, request_id=request_id,
    )  # fmt: skip
    tx.tell(f"{NEWS}:{plan.terms.subject}")
