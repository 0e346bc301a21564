"""Settle an attempt: what the gateway said becomes state, ledger and fact, in one transaction, once."""

from arena.evidence import audit
from arena.kit.db import Tx
from arena.money import ledger
from arena.money.billing import store
from arena.money.billing.model import (
    MOVES,
    Attempt,
    ChargeFailed,
    ChargeSucceeded,
    NewCharge,
    Outcome,
    Shares,
    State,
)

_STATE: dict[str, State] = {
    "succeeded": "succeeded",
    "declined": "failed",
    "requires_action": "requires_action",
}


async def settle(tx: Tx, attempt_id: str, outcome: Outcome) -> Attempt:
    """The attempt as it then stands. Settled attempts stay as they are, however often this is called."""
    attempt = await store.attempt(tx, attempt_id, lock=True)
    assert attempt is not None, f"no attempt {attempt_id}"
    state = _STATE[outcome.state]
    if state not in MOVES[attempt.state]:
        return attempt
    await store.move(tx, attempt_id, state, outcome)
    charge = attempt.charge
    if state == "succeeded":
        await _book(tx, attempt)
        if outcome.fee:
            await post_fee(tx, attempt, outcome.fee)
        await tx.record(
            ChargeSucceeded(
                charge.reference, attempt_id, charge.period_start, charge.person_id, charge.payee_id,
                charge.amount.minor, charge.amount.currency,
            )
        )  # fmt: skip
    elif state == "failed":
        await tx.record(
            ChargeFailed(
                charge.reference, attempt_id, charge.period_start, charge.person_id,
                outcome.decline_code or "declined",
            )
        )  # fmt: skip
    await audit.record(
        tx, actor="system", actor_kind="system", action=f"billing.charge_{state}", object=attempt_id,
        detail={"reference": charge.reference, "amount": str(charge.amount), "decline_code": outcome.decline_code},
        reason=None, request_id=None,
    )  # fmt: skip
    settled = await store.attempt(tx, attempt_id)
    assert settled is not None
    return settled


async def _book(tx: Tx, attempt: Attempt) -> None:
    """A sale is shared out as it is paid; what pays a debt was shared out when it was invoiced."""
    charge = attempt.charge
    if charge.debt is None:
        await ledger.post(
            tx, kind=ledger.Kind.PAYMENT_CAPTURED, idem=attempt.id, reference=charge.reference,
            legs=captured(charge, attempt.gateway),
        )  # fmt: skip
        return
    amount, currency = charge.amount.minor, charge.amount.currency
    await ledger.post(
        tx, kind=ledger.Kind.RECEIVABLE_PAID, idem=attempt.id, reference=charge.debt.reference,
        legs=[
            ledger.Leg(f"gateway:{attempt.gateway}:balance", amount, currency),
            ledger.Leg(f"receivable:{charge.debt.subject}", -amount, currency),
        ],
    )  # fmt: skip


async def post_fee(tx: Tx, attempt: Attempt, fee: int) -> None:
    """What the gateway kept of a charge, in minor units; the arena bears it. Repeatable."""
    currency = attempt.charge.amount.currency
    await ledger.post(
        tx, kind=ledger.Kind.PROCESSOR_FEE, idem=f"fee:{attempt.id}", reference=attempt.charge.reference,
        legs=[
            ledger.Leg("processor_fees", fee, currency),
            ledger.Leg(f"gateway:{attempt.gateway}:balance", -fee, currency),
        ],
    )  # fmt: skip


def captured(charge: NewCharge, gateway: str) -> list[ledger.Leg]:
    """The legs of payment.captured: tax, then shares by largest remainder, so that no cent is lost or made."""
    amount, currency = charge.amount.minor, charge.amount.currency
    parts = Shares.of(amount, charge).codes(charge)
    return [
        ledger.Leg(f"gateway:{gateway}:balance", amount, currency),
        *(ledger.Leg(code, -part, currency) for code, part in parts if part),
    ]
