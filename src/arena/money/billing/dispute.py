"""What follows from a dispute: the money is held back, the creator's part is set aside, and comes back or is gone.

A gateway's news is how the dispute stands, not what happened to it: whatever order news come in, the end is the same.
"""

from dataclasses import dataclass, replace

from arena.evidence import audit
from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.kit.money import Money, allocate
from arena.money import ledger
from arena.money.billing import book, store
from arena.money.billing.book import Dispute
from arena.money.billing.model import (
    DISPUTE_MOVES,
    Attempt,
    DisputeClosed,
    DisputeOpened,
    DisputeState,
    Shares,
)
from arena.money.billing.refund import part_of_shares


@dataclass(frozen=True, slots=True)
class Told:
    """What the gateway says of a dispute: its own id, the amount, its fee and what came back of it, minor units."""

    gateway_dispute_id: str
    amount: Money
    fee: int
    fee_back: int = 0


async def dispute_stands(tx: Tx, attempt_id: str, told: Told, state: DisputeState) -> Dispute:
    """Repeatable."""
    attempt = await store.attempt(tx, attempt_id, lock=True)
    assert attempt is not None, f"no attempt {attempt_id}"
    new = Dispute(
        derived("dsp", attempt.gateway, told.gateway_dispute_id), attempt_id, told.gateway_dispute_id, told.amount,
        told.fee, "open", tx.now, None,
    )  # fmt: skip
    if await book.insert_dispute(tx, new, attempt.gateway):
        await _open(tx, attempt, new)
    kept = await book.dispute(tx, new.id)
    if state in DISPUTE_MOVES[kept.state]:
        fee_back = told.fee_back if state == "won" else 0
        await book.move_dispute(tx, kept, state, fee_back=fee_back)
        await _close(tx, attempt, replace(kept, fee_back=fee_back), won=state == "won")
    return await book.dispute(tx, new.id)


async def _open(tx: Tx, attempt: Attempt, new: Dispute) -> None:
    charge, amount, currency = attempt.charge, new.amount.minor, new.amount.currency
    creator = (await _parts(tx, attempt, new)).creator
    await _post(tx, ledger.Kind.DISPUTE_OPENED, attempt, f"dispute:{new.gateway_dispute_id}:opened", [
        ("dispute:held", amount), ("processor_fees", new.fee), (f"creator:{charge.payee_id}:pending", creator),
        (f"gateway:{attempt.gateway}:balance", -amount - new.fee), (f"creator:{charge.payee_id}:disputed", -creator),
    ])  # fmt: skip
    await tx.record(
        DisputeOpened(charge.reference, attempt.id, new.id, charge.person_id, amount, currency)
    )
    await _audit(tx, attempt, new, "billing.dispute_opened")


async def _close(tx: Tx, attempt: Attempt, kept: Dispute, *, won: bool) -> None:
    charge, amount = attempt.charge, kept.amount.minor
    parts = await _parts(tx, attempt, kept)
    creator = parts.creator
    payee = f"creator:{charge.payee_id}"
    if won:
        kind, legs = ledger.Kind.DISPUTE_WON, [
            (f"gateway:{attempt.gateway}:balance", amount + kept.fee_back), (f"{payee}:disputed", creator),
            ("dispute:held", -amount), ("processor_fees", -kept.fee_back), (f"{payee}:pending", -creator),
        ]  # fmt: skip
    else:
        # What was owed back of it the customer has from his bank; its part was taken from the shares before.
        owed = min(await book.promised(tx, attempt), amount)
        before = Shares(*allocate(owed, [creator, parts.platform, parts.tax]))
        kind, legs = ledger.Kind.DISPUTE_LOST, [
            (f"{payee}:disputed", creator), ("platform:fee_income", parts.platform - before.platform),
            (charge.tax.account, parts.tax - before.tax), (f"customer:{charge.person_id}:refund_due", owed),
            ("dispute:held", -amount), (f"{payee}:pending", -before.creator),
        ]  # fmt: skip
    name = "won" if won else "lost"
    await _post(tx, kind, attempt, f"dispute:{kept.gateway_dispute_id}:{name}", legs)
    await tx.record(DisputeClosed(charge.reference, attempt.id, kept.id, charge.person_id, won))
    await _audit(tx, attempt, kept, f"billing.dispute_{name}")


async def _parts(tx: Tx, attempt: Attempt, one: Dispute) -> Shares:
    """Whose it is: the creator's part as was set aside when it opened, where it did."""
    opened = await ledger.journal_by_key(tx, f"dispute:{one.gateway_dispute_id}:opened")
    if opened is not None:
        creator = sum(-e.amount for e in opened.entries if e.code.endswith(":disputed"))
        tax = min(attempt.charge.tax.within(one.amount.minor), one.amount.minor - creator)
        return Shares(creator, one.amount.minor - creator - tax, tax)
    before = await book.taken_from_shares(tx, attempt.id, but=one.id)
    return part_of_shares(attempt, before, one.amount.minor)


async def _post(
    tx: Tx, kind: ledger.Kind, attempt: Attempt, idem: str, legs: list[tuple[str, int]]
) -> None:
    currency = attempt.charge.amount.currency
    await ledger.post(
        tx, kind=kind, idem=idem, reference=attempt.charge.reference,
        legs=[ledger.Leg(code, amount, currency) for code, amount in legs if amount],
    )  # fmt: skip


async def _audit(tx: Tx, attempt: Attempt, one: Dispute, action: str) -> None:
    await audit.record(
        tx, actor="system", actor_kind="system", action=action, object=one.id,
        detail={"attempt": attempt.id, "amount": str(one.amount), "fee": str(one.fee)}, reason=None, request_id=None,
    )  # fmt: skip
