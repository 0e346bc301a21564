"""Settle a payout: what the gateway or the bank said becomes state, ledger and fact, in one transaction, once."""

from arena.kit.db import Tx
from arena.money import ledger
from arena.money.payouts import steps, store
from arena.money.payouts.model import (
    MOVES,
    BadPaper,
    NoSuchPayout,
    Payout,
    PayoutMovedOn,
    Sent,
    State,
    Steps,
)
from arena.money.payouts.request import tell, there
from arena.people.access import SYSTEM, Actor

_CONNECTED, _IN_TRANSIT = "payout:connected", "payout:in_transit"
_STATE: dict[str, State] = {"paid": "paid", "failed": "failed", "refused": "failed"}


async def settle(
    tx: Tx, payout_id: str, sent: Sent, *, actor: Actor = SYSTEM, request_id: str | None = None
) -> Payout:
    """The payout as it then stands. What is settled stays as it is, however often and in whatever order this is
    called."""
    found = await store.payout(tx, payout_id, lock=True)
    assert found is not None, f"no payout {payout_id}"
    through = await steps.steps_of(tx, payout_id, lock=True)
    if through is not None:
        return await _step(tx, found, through, sent)
    if found.state != "in_transit":
        return found
    if sent.state == "accepted":
        if not found.accepted:
            await _accept(tx, found)
        return await there(tx, payout_id)
    state = _STATE[sent.state]
    assert state in MOVES[found.state], f"{payout_id} is {found.state}"
    await (_pay(tx, found) if state == "paid" else _give_back(tx, found))
    return await _now(tx, found, state, sent, actor=actor, request_id=request_id)


async def _step(tx: Tx, found: Payout, through: Steps, sent: Sent) -> Payout:
    """A payout through a connected account takes a step, each with its journal. Where Stripe is further than was
    written down, the steps between are taken, too."""
    if sent.state == "paid" and through.state == "transferred":
        through = await _written(tx, through, Sent("paying", bank_payout_id=sent.bank_payout_id))
    if sent.state == "returned" and through.state in ("transferred", "paying", "paid"):
        await _step(tx, found, through, Sent("bounced", reason=sent.reason))
        found, through = await there(tx, found.id), await _again(tx, found.id)
    if not await steps.move(tx, through, sent):
        return await there(tx, found.id)
    if sent.state == "transferred":
        await ledger.move_set_aside(tx, found.set_aside)
        await _post(tx, found, "transferred", _CONNECTED, _balance(found))
        await store.set_state(tx, found.id, "in_transit", accepted=True)
    elif sent.state == "paid":
        await _post(tx, found, "paid", _IN_TRANSIT, _CONNECTED)
        return await _now(tx, found, "paid", sent)
    elif sent.state == "bounced" and found.state == "paid":
        await _post(tx, found, "bounced", _CONNECTED, _IN_TRANSIT)
    elif sent.state == "returned":
        await _post_return(tx, found)
        return await _now(tx, found, "reversed" if found.state == "paid" else "failed", sent)
    elif sent.state == "refused":
        await ledger.release(tx, found.set_aside)
        return await _now(tx, found, "failed", sent)
    return await there(tx, found.id)


async def _written(tx: Tx, through: Steps, sent: Sent) -> Steps:
    await steps.move(tx, through, sent)
    return await _again(tx, through.payout_id)


async def _again(tx: Tx, payout_id: str) -> Steps:
    found = await steps.steps_of(tx, payout_id)
    assert found is not None, f"{payout_id} takes no steps"
    return found


async def _now(
    tx: Tx, found: Payout, state: State, sent: Sent, *, actor: Actor = SYSTEM, request_id: str | None = None
) -> Payout:  # fmt: skip
    await store.set_state(
        tx, found.id, state, bank_reference=sent.bank_reference, reason=sent.reason
    )
    moved = await there(tx, found.id)
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


_KINDS = {
    "paid": ledger.Kind.PAYOUT_PAID, "transferred": ledger.Kind.PAYOUT_TRANSFERRED,
    "bounced": ledger.Kind.PAYOUT_BOUNCED,
}  # fmt: skip


async def _post(tx: Tx, found: Payout, what: str, debit: str, credit: str) -> None:
    amount, currency = found.amount.minor, found.amount.currency
    await ledger.post(
        tx, kind=_KINDS.get(what, ledger.Kind.PAYOUT_REVERSED), idem=f"{found.id}:{what}", reference=found.id,
        legs=[ledger.Leg(debit, amount, currency), ledger.Leg(credit, -amount, currency)],
    )  # fmt: skip


async def _post_return(tx: Tx, found: Payout) -> None:
    """The transfer was taken back: the gateway has it, and it is its payee's again."""
    amount, currency = found.amount.minor, found.amount.currency
    await ledger.post(
        tx, kind=ledger.Kind.PAYOUT_REVERSED, idem=f"{found.id}:returned", reference=found.id,
        legs=[
            ledger.Leg(_balance(found), amount, currency), ledger.Leg(_IN_TRANSIT, amount, currency),
            ledger.Leg(_CONNECTED, -amount, currency), ledger.Leg(_available(found), -amount, currency),
        ],
    )  # fmt: skip


def _available(found: Payout) -> str:
    return f"creator:{found.person_id}:available"


def _balance(found: Payout) -> str:
    return f"gateway:{found.gateway}:balance"
