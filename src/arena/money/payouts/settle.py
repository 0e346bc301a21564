"""Settle a payout: what the gateway or the bank said becomes state, ledger and fact, in one transaction, once."""

from arena.kit.db import Tx
from arena.money import ledger
from arena.money.payouts import store
from arena.money.payouts.model import (
    MOVES,
    BadPaper,
    NoSuchPayout,
    Payout,
    PayoutMovedOn,
    Sent,
    State,
)
from arena.money.payouts.request import tell, there
from arena.people.access import SYSTEM, Actor

_STATE: dict[str, State] = {"paid": "paid", "failed": "failed", "refused": "failed"}


async def settle(
    tx: Tx, payout_id: str, sent: Sent, *, actor: Actor = SYSTEM, request_id: str | None = None
) -> Payout:
    """The payout as it then stands. What is settled stays as it is, however often and in whatever order this is
    called."""
    found = await store.payout(tx, payout_id, lock=True)
    assert found is not None, f"no payout {payout_id}"
    if found.state != "in_transit":
        return found
    if sent.state == "accepted":
        if not found.accepted:
            await _accept(tx, found)
        return await there(tx, payout_id)
    state = _STATE[sent.state]
    assert state in MOVES[found.state], f"{payout_id} is {found.state}"
    await (_pay(tx, found) if state == "paid" else _give_back(tx, found))
    await store.set_state(
        tx, payout_id, state, bank_reference=sent.bank_reference, reason=sent.reason
    )
    moved = await there(tx, payout_id)
    await tell(tx, moved, actor=actor, action=f"payouts.{state}", request_id=request_id)
    return moved


async def record_outcome(
    tx: Tx, payout_id: str, sent: Sent, *, actor: Actor, request_id: str | None = None
) -> Payout:
    """An operator says what became of a payout that he makes by hand. Raises NoSuchPayout, PayoutMovedOn, and
    BadPaper where the bank's reference or the reason is missing."""
    found = await store.payout(tx, payout_id, lock=True)
    if found is None:
        raise NoSuchPayout(payout_id=payout_id)
    if found.state != "in_transit" or found.gateway != "manual":
        raise PayoutMovedOn(payout_id=payout_id, state=found.state, wanted=sent.state)
    if not (sent.bank_reference if sent.state == "paid" else sent.reason):
        raise BadPaper(reason="Give the bank's reference of what was sent, or say why it failed.")
    return await settle(tx, payout_id, sent, actor=actor, request_id=request_id)


async def reverse_payout(
    tx: Tx, payout_id: str, *, reason: str, actor: Actor, request_id: str | None = None
) -> Payout:
    """A payout that had arrived came back: the money is available to its payee again.

    Raises NoSuchPayout, PayoutMovedOn.
    """
    found = await store.payout(tx, payout_id, lock=True)
    if found is None:
        raise NoSuchPayout(payout_id=payout_id)
    if "reversed" not in MOVES[found.state]:
        raise PayoutMovedOn(payout_id=payout_id, state=found.state, wanted="reversed")
    await _post(tx, found, "reversed", f"gateway:{found.gateway}:balance", _available(found))
    await store.set_state(tx, payout_id, "reversed", reason=reason)
    moved = await there(tx, payout_id)
    await tell(tx, moved, actor=actor, action="payouts.reversed", request_id=request_id)
    return moved


async def _accept(tx: Tx, found: Payout) -> None:
    await ledger.move_set_aside(tx, found.set_aside)
    await store.set_state(tx, found.id, "in_transit", accepted=True)


async def _pay(tx: Tx, found: Payout) -> None:
    await ledger.move_set_aside(tx, found.set_aside)
    await _post(tx, found, "paid", "payout:in_transit", f"gateway:{found.gateway}:balance")


async def _give_back(tx: Tx, found: Payout) -> None:
    if found.accepted:
        await _post(tx, found, "failed", "payout:in_transit", _available(found))
    else:
        await ledger.release(tx, found.set_aside)


async def _post(tx: Tx, found: Payout, what: str, debit: str, credit: str) -> None:
    kind = ledger.Kind.PAYOUT_PAID if what == "paid" else ledger.Kind.PAYOUT_REVERSED
    amount, currency = found.amount.minor, found.amount.currency
    await ledger.post(
        tx, kind=kind, idem=f"{found.id}:{what}", reference=found.id,
        legs=[ledger.Leg(debit, amount, currency), ledger.Leg(credit, -amount, currency)],
    )  # fmt: skip


def _available(found: Payout) -> str:
    return f"creator:{found.person_id}:available"
