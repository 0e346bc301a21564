"""What operators decide: two of them release a large payout, one stops a payee's payouts and lifts that again."""

from arena.evidence import audit
from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.money.payouts import store
from arena.money.payouts.gates import closed_gates
from arena.money.payouts.model import (
    AccountSwapped,
    GatesClosed,
    NoSuchPayout,
    NoSuchStop,
    NotYourOwn,
    Payout,
    PayoutMovedOn,
    SecondPersonNeeded,
    Stop,
)
from arena.money.payouts.request import tell, there
from arena.people import identity
from arena.people.access import SYSTEM, Actor


async def approve_payout(
    tx: Tx,
    payout_id: str,
    *,
    actor: Actor,
    identity_check: str = "manual",
    request_id: str | None = None,
) -> Payout:
    """The first of two. `identity_check` is the setting of that name; unsaid, the stricter one holds.

    Raises NoSuchPayout, PayoutMovedOn, NotYourOwn, GatesClosed, AccountSwapped."""
    found = await _requested(tx, payout_id, actor, wanted="approved")
    if found.approved_by is not None:
        return found
    await _open(tx, found, identity_check)
    await store.set_approved(tx, payout_id, actor.id)
    moved = await there(tx, payout_id)
    await tell(tx, moved, actor=actor, action="payouts.approve", request_id=request_id)
    return moved


async def release_payout(
    tx: Tx,
    payout_id: str,
    *,
    actor: Actor,
    identity_check: str = "manual",
    request_id: str | None = None,
) -> Payout:
    """The second of two; from then on it is sent. Raises NoSuchPayout, PayoutMovedOn, NotYourOwn, GatesClosed,
    AccountSwapped, SecondPersonNeeded where nobody approved it, or this very operator did."""
    found = await _requested(tx, payout_id, actor, wanted="reserved")
    if found.approved_by is None or found.approved_by == actor.id:
        raise SecondPersonNeeded
    await _open(tx, found, identity_check)
    await store.set_released(tx, payout_id, actor.id)
    await store.set_state(tx, payout_id, "reserved")
    moved = await there(tx, payout_id)
    await tell(tx, moved, actor=actor, action="payouts.release", request_id=request_id)
    return moved


async def stop_payouts(
    tx: Tx, person_id: str, *, reason: str, actor: Actor = SYSTEM, source: str = "operator",
    request_id: str | None = None,
) -> None:  # fmt: skip
    """Nothing is asked for or sent until it is lifted. An operator may stop anew; what else causes it, does so once.

    Raises what `identity.person` raises."""
    part: str | int = source
    if source == "operator":
        await identity.person(tx, person_id)
        part = await tx.fetchval("select count(*) from payout_stop where person_id = $1", person_id)
    new = Stop(derived("pst", person_id, part), person_id, source, reason, tx.now)
    if not await store.insert_stop(tx, new):
        return
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="payouts.stop", object=person_id,
        detail={"source": source}, reason=reason, request_id=request_id,
    )  # fmt: skip


async def lift_stop(
    tx: Tx, stop_id: str, *, actor: Actor, reason: str, request_id: str | None = None
) -> None:
    """Raises NoSuchStop, NotYourOwn."""
    person_id = await store.lift_stop(tx, stop_id, by=actor.id, reason=reason)
    if person_id is None:
        raise NoSuchStop(stop_id=stop_id)
    if person_id == actor.id:
        raise NotYourOwn
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="payouts.lift_stop", object=person_id,
        detail={"stop": stop_id}, reason=reason, request_id=request_id,
    )  # fmt: skip


async def stops(tx: Tx) -> list[Stop]:
    """All that are in force, oldest first."""
    return await store.stops(tx)


async def _open(tx: Tx, found: Payout, identity_check: str) -> None:
    """Weeks may lie between the request and the second yes."""
    account = (await store.papers(tx, found.person_id)).get("account")
    if account is None or account.id != found.account_id:
        raise AccountSwapped(payout_id=found.id)
    closed = await closed_gates(tx, found, identity_check=identity_check)
    if closed:
        gates = ", ".join(f"{gate.name} ({gate.state})" for gate in closed)
        raise GatesClosed(payout_id=found.id, gates=gates)


async def _requested(tx: Tx, payout_id: str, actor: Actor, *, wanted: str) -> Payout:
    found = await store.payout(tx, payout_id, lock=True)
    if found is None:
        raise NoSuchPayout(payout_id=payout_id)
    if found.state != "requested":
        raise PayoutMovedOn(payout_id=payout_id, state=found.state, wanted=wanted)
    if found.person_id == actor.id:
        raise NotYourOwn
    return found
