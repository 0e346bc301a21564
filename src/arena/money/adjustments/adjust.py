"""Ask for a correction, sign it as another operator, or withdraw it. Only what is signed is posted."""

from arena.evidence import audit
from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.money import ledger
from arena.money.adjustments import store
from arena.money.adjustments.model import (
    MOVES,
    Adjustment,
    AdjustmentDecided,
    NewAdjustment,
    NoSuchAdjustment,
    NothingMoves,
    OtherCurrency,
    SignedByAnother,
    State,
)
from arena.people.access import Actor


async def ask(
    tx: Tx, new: NewAdjustment, *, intent: str, actor: Actor, request_id: str | None = None
) -> Adjustment:
    """Nothing moves yet. `intent` is what the caller names his wish by: one wish is asked for once.

    Raises NothingMoves, OtherCurrency, and UnknownAccount where the chart has no place for a code.
    """
    if new.debit == new.credit or new.amount.minor <= 0:
        raise NothingMoves(debit=new.debit, credit=new.credit)
    for code in (new.debit, new.credit):
        ledger.rule_of(code)
        there = await ledger.balances(tx, code)
        if any(one.code == code and one.currency != new.amount.currency for one in there):
            raise OtherCurrency(code=code, currency=there[0].currency)
    adjustment_id = derived("adj", actor.id, intent)
    if (found := await store.locked(tx, adjustment_id)) is not None:
        return found
    made = Adjustment(
        adjustment_id, new.debit, new.credit, new.amount, new.reference or adjustment_id, new.reason, State.ASKED,
        actor.id, tx.now,
    )  # fmt: skip
    await store.insert(tx, made)
    await _tell(tx, made, "ask", actor, request_id)
    return made


async def sign(
    tx: Tx, adjustment_id: str, *, actor: Actor, request_id: str | None = None
) -> Adjustment:
    """Posts it. Raises NoSuchAdjustment, AdjustmentDecided, SignedByAnother, and Overdrawn where the account that
    gives has less by now; it then stays asked for."""
    found = await _open(tx, adjustment_id, State.POSTED)
    if found.asked_by == actor.id:
        raise SignedByAnother
    amount = found.amount
    journal_id = await ledger.post(
        tx, kind=ledger.Kind.ADJUSTMENT, idem=adjustment_id, reference=found.reference,
        legs=[
            ledger.Leg(found.debit, amount.minor, amount.currency),
            ledger.Leg(found.credit, -amount.minor, amount.currency),
        ],
    )  # fmt: skip
    await store.decide(tx, adjustment_id, State.POSTED, actor.id, journal_id=journal_id)
    return await _decided(tx, adjustment_id, "sign", actor, request_id)


async def withdraw(
    tx: Tx, adjustment_id: str, *, actor: Actor, request_id: str | None = None
) -> Adjustment:
    """Any operator may. Raises NoSuchAdjustment, AdjustmentDecided."""
    await _open(tx, adjustment_id, State.WITHDRAWN)
    await store.decide(tx, adjustment_id, State.WITHDRAWN, actor.id)
    return await _decided(tx, adjustment_id, "withdraw", actor, request_id)


async def adjustments(tx: Tx, *, state: State | None = None, limit: int = 100) -> list[Adjustment]:
    """Newest first."""
    return await store.newest(tx, state=state, limit=limit)


async def _open(tx: Tx, adjustment_id: str, wanted: State) -> Adjustment:
    found = await store.locked(tx, adjustment_id)
    if found is None:
        raise NoSuchAdjustment(adjustment_id=adjustment_id)
    if wanted not in MOVES[found.state]:
        raise AdjustmentDecided(adjustment_id=adjustment_id, state=found.state.value)
    return found


async def _decided(
    tx: Tx, adjustment_id: str, act: str, actor: Actor, request_id: str | None
) -> Adjustment:
    made = await store.locked(tx, adjustment_id)
    assert made is not None, adjustment_id
    await _tell(tx, made, act, actor, request_id)
    return made


async def _tell(tx: Tx, one: Adjustment, act: str, actor: Actor, request_id: str | None) -> None:
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action=f"adjustments.{act}", object=one.id,
        detail={
            "debit": one.debit, "credit": one.credit, "amount": str(one.amount), "reference": one.reference,
            "journal": one.journal_id,
        },
        reason=one.reason, request_id=request_id,
    )  # fmt: skip
