"""Give money back: bounded by what was charged, the intent first and committed, then the gateway, then the ledger.

tx 1   ask_refund      the refund is written as `sending` and counted against the charge; PostgreSQL holds the bound
no tx  send_refund     the gateway is called with the refund's id as its key; a crash here heals the janitor
tx 2   settle_refund   what the gateway took on is in the ledger in the same transaction
"""

from dataclasses import dataclass, replace

from arena.evidence import audit
from arena.kit.db import Database, Tx
from arena.kit.ids import derived
from arena.kit.money import Money
from arena.money import ledger
from arena.money.billing import book, store, trouble
from arena.money.billing.book import Refund
from arena.money.billing.model import (
    BANK,
    REFUND_MOVES,
    Attempt,
    Gateway,
    NothingToRefund,
    PaymentUnknown,
    RefundAboveCharge,
    Refunded,
    RefundSettled,
    Shares,
)
from arena.people.access import SYSTEM, Actor


@dataclass(frozen=True, slots=True)
class RefundWish:
    """`intent` names the call, a repeat has the same. `amount` None is all that is left. `owed` money comes from what
    the customer's account with us stands at, other from whoever had a share of the charge. `by_hand` goes by the bank
    and not by the charge's gateway: whoever asks for it settles it."""

    attempt_id: str
    intent: str
    reason: str
    amount: Money | None = None
    owed: bool = False
    by_hand: bool = False


async def refund(
    db: Database,
    gateway: Gateway,
    wish: RefundWish,
    *,
    actor: Actor,
    request_id: str | None = None,
) -> Refund:
    """Asks and sends; a repeat of the intent goes on where the first call stopped.

    Raises PaymentUnknown, NothingToRefund, RefundAboveCharge, GatewayUnavailable.
    """
    async with db.transaction() as tx:
        asked = await ask_refund(tx, wish, actor=actor, request_id=request_id)
    return await send_refund(db, gateway, asked.id)


async def ask_refund(
    tx: Tx, wish: RefundWish, *, actor: Actor = SYSTEM, request_id: str | None = None
) -> Refund:
    """Writes the intent. Raises PaymentUnknown, NothingToRefund, RefundAboveCharge, ledger.Overdrawn."""
    attempt = await store.attempt(tx, wish.attempt_id, lock=True)
    if attempt is None:
        raise PaymentUnknown(attempt_id=wish.attempt_id)
    refund_id = derived("ref", wish.intent)
    kept = await book.refund(tx, refund_id)
    if kept is not None:
        return kept
    if attempt.state != "succeeded":
        raise NothingToRefund(attempt_id=attempt.id, state=attempt.state)
    free = await book.left(tx, attempt.id)
    if not wish.owed:
        # What is owed already goes back by itself, and not a second time from the shares; so does what came back.
        free -= await book.promised(tx, attempt)
        whole = attempt.charge.amount.minor
        free = max(min(free, whole - await _taken(tx, attempt)), 0)
    left = Money(free, attempt.charge.amount.currency)
    amount = wish.amount or left
    if not 0 < amount.minor <= left.minor or amount.currency != left.currency:
        raise RefundAboveCharge(attempt_id=attempt.id, left=str(left), asked=str(amount))
    asked = Refund(
        refund_id, attempt.id, amount, owed=wish.owed, state="sending", gateway_refund_id=None, failure=None,
        reason=wish.reason, by_id=actor.id, at=tx.now, by_hand=wish.by_hand,
    )  # fmt: skip
    await book.insert_refund(tx, asked)
    if wish.owed:
        await ledger.set_aside(
            tx, kind=ledger.Kind.REFUND_ISSUED, idem=refund_id, reference=attempt.charge.reference,
            legs=_legs(asked, attempt, [(f"customer:{attempt.charge.person_id}:refund_due", amount.minor)]),
        )  # fmt: skip
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="billing.refund", object=attempt.id,
        detail={"refund": refund_id, "amount": str(amount)}, reason=wish.reason, request_id=request_id,
    )  # fmt: skip
    return asked


async def send_refund(db: Database, gateway: Gateway, refund_id: str) -> Refund:
    """Calls the gateway, in no transaction, and settles. Harmless to repeat: what may have arrived is looked for first,
    because a gateway forgets keys after a day. Raises GatewayUnavailable."""
    async with db.transaction(readonly=True) as tx:
        asked = await book.refund(tx, refund_id)
        assert asked is not None, f"no refund {refund_id}"
        attempt = await store.attempt(tx, asked.attempt_id)
    assert attempt is not None
    assert attempt.charge_id is not None, f"{attempt.id} went through and has no charge"
    if asked.state in ("succeeded", "failed"):
        return asked
    answer = await gateway.find_refund(
        refund_id, charge_id=attempt.charge_id, refund_id=asked.gateway_refund_id
    )
    if answer is None:
        answer = await gateway.refund(refund_id, asked.amount, attempt.charge_id)
    async with db.transaction() as tx:
        return await settle_refund(tx, refund_id, answer)


async def settle_refund(tx: Tx, refund_id: str, answer: Refunded) -> Refund:
    """The refund as it then stands. One that failed late is owed to the customer; repeatable."""
    asked = await book.refund(tx, refund_id, lock=True)
    assert asked is not None, f"no refund {refund_id}"
    if answer.state not in REFUND_MOVES[asked.state]:
        return asked
    if asked.state == "sending" and answer.state == "failed" and answer.refund_id:
        # Nobody heard that the gateway took it on before the bank sent it back: its money went out and came in.
        sent = replace(answer, state="sent", failure=None)
        asked = await settle_refund(tx, refund_id, sent)
    attempt = await store.attempt(tx, asked.attempt_id, lock=True)
    assert attempt is not None
    await book.move_refund(tx, refund_id, answer)
    if asked.owed and answer.state == "failed":
        await trouble.note_refused(tx, attempt.id, answer.failure or "refused")
    elif answer.state == "succeeded":
        await trouble.note_arrived(tx, attempt.id)
    if asked.state == "sending":
        await _part_with(tx, asked, attempt, failed=answer.state == "failed")
    elif answer.state == "failed":
        due = f"customer:{attempt.charge.person_id}:refund_due"
        await ledger.post(
            tx, kind=ledger.Kind.REFUND_FAILED, idem=f"{refund_id}:failed", reference=attempt.charge.reference,
            legs=_legs(asked, attempt, [(due, -asked.amount.minor)]),
        )  # fmt: skip
    charge = attempt.charge
    await tx.record(RefundSettled(
        charge.reference, attempt.id, refund_id, charge.person_id, asked.amount.minor, asked.amount.currency,
        answer.state,
    ))  # fmt: skip
    await audit.record(
        tx, actor="system", actor_kind="system", action=f"billing.refund_{answer.state}", object=refund_id,
        detail={"attempt": attempt.id, "amount": str(asked.amount), "failure": answer.failure},
        reason=None, request_id=None,
    )  # fmt: skip
    settled = await book.refund(tx, refund_id)
    assert settled is not None
    return settled


async def _part_with(tx: Tx, asked: Refund, attempt: Attempt, *, failed: bool) -> None:
    """The gateway has taken the refund on, so the money is gone; or it has refused, and nothing moves."""
    if asked.owed:
        journal_id = await book.set_aside_by(tx, asked.id)
        await (ledger.release if failed else ledger.move_set_aside)(tx, journal_id)
    elif not failed:
        before = await _taken(tx, attempt, but=asked.id)
        parts = part_of_shares(attempt, before, asked.amount.minor)
        await ledger.post(
            tx, kind=ledger.Kind.REFUND_ISSUED, idem=asked.id, reference=attempt.charge.reference,
            legs=_legs(asked, attempt, parts.codes(attempt.charge)),
        )  # fmt: skip


async def _taken(tx: Tx, attempt: Attempt, *, but: str = "") -> int:
    """What a payment's shares have given up so far, so that in the end each gives what it was given."""
    by_hand = await book.taken_from_shares(tx, attempt.id, but=but)
    return by_hand + await book.owed_of_shares(tx, attempt.id)


def part_of_shares(attempt: Attempt, before: int, amount: int) -> Shares:
    """Whose the next `amount` is, so that all parts add up to what each was given."""
    return Shares.of(before + amount, attempt.charge) - Shares.of(before, attempt.charge)


def _legs(asked: Refund, attempt: Attempt, debits: list[tuple[str, int]]) -> list[ledger.Leg]:
    """Those, and the account of whoever parts with the money against them."""
    currency = attempt.charge.amount.currency
    legs = [ledger.Leg(code, amount, currency) for code, amount in debits if amount]
    total = sum(amount for _, amount in debits)
    name = BANK if asked.by_hand else attempt.gateway
    return [*legs, ledger.Leg(f"gateway:{name}:balance", -total, currency)]
