"""Ask for a payout: holds that are over end first, the gates are looked at, and the money is set aside."""

from datetime import datetime

import asyncpg

from arena.evidence import audit
from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.kit.money import Money
from arena.kit.settings import Settings
from arena.money import billing, earnings, ledger
from arena.money.payouts import store
from arena.money.payouts.gates import checklist
from arena.money.payouts.model import (
    Checklist,
    NoSuchPayout,
    Payout,
    PayoutBlocked,
    PayoutMoved,
    PayoutMovedOn,
    TooLittle,
)
from arena.people.access import Actor


async def request_payout(
    tx: Tx, settings: Settings, *, actor: Actor, amount: Money | None = None, request_id: str | None = None
) -> Payout:  # fmt: skip
    """Sets the amount aside, all that is payable where none is said. Below the threshold it is reserved at once;
    from there on it waits for two operators. Raises PayoutBlocked, TooLittle."""
    await earnings.mature(tx, actor.id, earnings.Hold.of(settings).wait)
    found = await checklist(tx, actor.id, settings)
    closed = [gate.name for gate in found.gates if not gate.passed]
    if closed:
        raise PayoutBlocked(gates=", ".join(closed))
    wanted = amount or found.payable
    if not found.least.minor <= wanted.minor <= found.payable.minor:
        raise TooLittle(least=str(found.least), payable=str(found.payable))
    number = await store.count(tx, actor.id)
    made = await _reserve(
        tx, derived("pyo", actor.id, number), actor.id, wanted, gateway=settings.payout_gateway
    )
    if wanted.minor < settings.payout_two_people_cents:
        await store.set_state(tx, made.id, "reserved")
    moved = await there(tx, made.id)
    await tell(tx, moved, actor=actor, action="payouts.request", request_id=request_id)
    return moved


async def payouts_of(
    tx: Tx, person_id: str, *, after: tuple[datetime, str] | None = None, limit: int = 50
) -> list[Payout]:
    """Newest first; `after` is (asked_at, id) of the last one seen."""
    return await store.page(tx, person_id, after=after, limit=limit)


async def checklist_of(tx: Tx, person_id: str, settings: Settings) -> Checklist:
    return await checklist(tx, person_id, settings)


async def cancel_payout(
    tx: Tx, payout_id: str, *, actor: Actor, reason: str | None = None, request_id: str | None = None
) -> Payout:  # fmt: skip
    """By its payee, or by an operator with a reason, as long as it has not been sent; what was set aside is free
    again. Raises NoSuchPayout, PayoutMovedOn."""
    found = await store.payout(tx, payout_id, lock=True)
    if found is None or (found.person_id != actor.id and not actor.may("operate")):
        raise NoSuchPayout(payout_id=payout_id)
    if found.state == "cancelled":
        return found
    if found.state not in ("requested", "reserved"):
        raise PayoutMovedOn(payout_id=payout_id, state=found.state, wanted="cancelled")
    await ledger.release(tx, found.set_aside)
    await store.set_state(tx, payout_id, "cancelled", reason=reason)
    moved = await there(tx, payout_id)
    await tell(tx, moved, actor=actor, action="payouts.cancel", request_id=request_id)
    return moved


async def there(tx: Tx, payout_id: str) -> Payout:
    """Raises NoSuchPayout."""
    found = await store.payout(tx, payout_id)
    if found is None:
        raise NoSuchPayout(payout_id=payout_id)
    return found


async def tell(
    tx: Tx, moved: Payout, *, actor: Actor, action: str, request_id: str | None = None
) -> None:
    """The fact and the line in the audit trail, in the transaction of the move."""
    told = PayoutMoved(
        moved.id, moved.person_id, moved.state, moved.amount.minor, moved.amount.currency,
        action.removeprefix("payouts."),
    )  # fmt: skip
    await tx.record(told)
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action=action, object=moved.id,
        detail={"person": moved.person_id, "amount": str(moved.amount), "state": moved.state},
        reason=moved.reason, request_id=request_id,
    )  # fmt: skip


async def _reserve(
    tx: Tx, payout_id: str, person_id: str, amount: Money, *, gateway: str
) -> Payout:
    papers = await store.papers(tx, person_id)
    set_aside = await ledger.set_aside(
        tx, kind=ledger.Kind.PAYOUT_RESERVED, idem=payout_id, reference=payout_id,
        legs=[
            ledger.Leg(f"creator:{person_id}:available", amount.minor, amount.currency),
            ledger.Leg("payout:in_transit", -amount.minor, amount.currency),
        ],
    )  # fmt: skip
    made = Payout(
        payout_id, person_id, amount, gateway, papers["account"].id, set_aside, "requested", tx.now,
        None, None, None, False, None, None, None, await billing.bank_of(tx, person_id, gateway),
    )  # fmt: skip
    try:
        async with tx.savepoint():
            await store.insert(tx, made)
    except asyncpg.UniqueViolationError:  # another request was quicker
        raise PayoutBlocked(gates="interval") from None
    return made
