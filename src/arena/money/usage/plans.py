"""Plans: agreed by an operator, capped by the customer, ended by an operator; corrections of what was counted."""

from collections.abc import Mapping
from dataclasses import replace

from arena.evidence import audit
from arena.kit.db import Tx
from arena.kit.ids import derived, fresh
from arena.money.usage import store
from arena.money.usage.count import NEWS, add, alert, share_used
from arena.money.usage.model import (
    CorrectionRefused,
    NewPlan,
    NoUsagePlan,
    Plan,
    PlanExists,
    PlanRefused,
    UsageCorrected,
    month_of,
)
from arena.money.usage.store import Event
from arena.people import identity
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
    tx: Tx,
    subject: str,
    cap: int | None,
    *,
    actor: Actor,
    request_id: str | None = None,
    reason: str | None = None,
) -> Plan:
    """What the calls of a month may cost at most, cents; None: as much as they will. Whose calls have used more of it
    than of the cap before is told so.

    Raises NoUsagePlan, PlanRefused."""
    if cap is not None and cap < 0:
        raise PlanRefused(why="a cap is not below zero")
    plan = await live_plan(tx, subject, lock=True)
    if cap == plan.terms.cap:
        return plan
    await store.set_cap(tx, plan.id, cap)
    after = replace(plan, terms=replace(plan.terms, cap=cap), cap_number=plan.cap_number + 1)
    # Whoever counts at this moment waits, and looks at the new cap afterwards.
    units = await store.lock_month(tx, plan.id, month_of(tx.now))
    await alert(tx, after, month_of(tx.now), known=share_used(plan, units), units=units)
    await _tell(
        tx, plan, "set_cap", actor, request_id, reason=reason,
        detail={"cap": None if cap is None else str(cap)},
    )  # fmt: skip
    return after


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

    Whether it is new: `event_id` makes a repeat harmless. A plan that has ended can be corrected as well; a month that
    is invoiced has the difference on the next invoice. Whoever pays is told. Raises NoUsagePlan, CorrectionRefused.
    """
    plan = (await store.plans_by_id(tx, [plan_id])).get(plan_id)
    if plan is None:
        raise NoUsagePlan(subject=plan_id)
    _check(tx, plan, event)
    counted = await store.lock_month(tx, plan_id, event.month)
    corrected = replace(event, id=derived("uev", "correction", event_id), plan_id=plan_id)
    if not await add(tx, [corrected]):
        return False
    if counted + event.units < 0:
        raise CorrectionRefused(
            why=f"the month counts {counted:,} calls, of which {-event.units:,} are taken off"
        )
    await _tell(
        tx, plan, "correct", actor, request_id, reason=event.reason,
        detail={"units": str(event.units), "month": event.month.isoformat()},
    )  # fmt: skip
    if event.reason is not None:
        await tx.record(
            UsageCorrected(
                plan.id, plan.terms.subject, corrected.id, event.month, event.units, event.reason,
                invoiced=event.month < plan.invoiced_until,
            )
        )  # fmt: skip
    return True


async def known_subject(tx: Tx, subject: str) -> str:
    """A person's e-mail address, or the id of a person or a collective, as an id. Raises NoSuchPerson,
    NoSuchCollective."""
    if "@" in subject:
        found = await identity.person_by_email(tx, subject)
        if found is None:
            raise identity.NoSuchPerson(person_id=subject)
        return found[0].id
    if subject.startswith("col_"):
        return (await identity.collective(tx, subject)).id
    return (await identity.person(tx, subject)).id


async def subjects_of(tx: Tx, actor: Actor) -> list[str]:
    """Whose usage the actor may see, and cap: his own, and that of the collectives he owns."""
    if actor.kind != "person":
        return [actor.id]
    found, after = [actor.id], None
    while page := await identity.collectives(tx, owner_id=actor.id, after=after, limit=200):
        found += [one.id for one in page]
        after = page[-1].id
    return found


async def own_subject(tx: Tx, actor: Actor, subject: str | None) -> str:
    """The subject, which is the actor himself where none is named. Raises NoUsagePlan where it is not his."""
    if subject is None or subject == actor.id:
        return actor.id
    if subject not in await subjects_of(tx, actor):
        raise NoUsagePlan(subject=subject)
    return subject


async def plan_named(tx: Tx, subject: str, plan_id: str | None) -> Plan:
    """A plan of this subject by its id, or where none is named the one that goes on, or else the last one.

    Raises NoUsagePlan."""
    if plan_id is None:
        found = await store.newest_plan(tx, subject)
    else:
        found = (await store.plans_by_id(tx, [plan_id])).get(plan_id)
    if found is None or found.terms.subject != subject:
        raise NoUsagePlan(subject=subject)
    return found


async def live_plan(tx: Tx, subject: str, *, lock: bool = False) -> Plan:
    """Raises NoUsagePlan."""
    plan = await store.live_plan(tx, subject, lock=lock)
    if plan is None:
        raise NoUsagePlan(subject=subject)
    return plan


def _check(tx: Tx, plan: Plan, event: Event) -> None:
    """Raises CorrectionRefused for what no invoice could ever say."""
    month, first, last = event.month, month_of(plan.starts_at), plan.last_month(tx.now)
    why = None
    if not event.units:
        why = "no calls are taken off or added, so nothing would change"
    elif month < first:
        why = f"the plan began in {first:%B %Y}, so it has no calls of {month:%B %Y}"
    elif month > last and plan.ends_at is not None and month_of(plan.ends_at) < month:
        why = f"the plan ended in {last:%B %Y}, so it has no calls of {month:%B %Y}"
    elif month > last:
        why = f"{month:%B %Y} has not begun"
    if why is not None:
        raise CorrectionRefused(why=why)


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
