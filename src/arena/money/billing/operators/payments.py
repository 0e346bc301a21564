"""A payment as an operator sees it, and what he confirms by hand where no processor does."""

from dataclasses import dataclass, replace
from datetime import datetime

from arena.evidence import audit
from arena.kit.db import Database, Row, Tx
from arena.kit.money import Money
from arena.money import ledger
from arena.money.billing import book, store
from arena.money.billing.book import Dispute, Refund
from arena.money.billing.manual import ManualGateway
from arena.money.billing.model import (
    BANK,
    Attempt,
    ChargeGivenUp,
    Gateway,
    NotByHand,
    PaymentUnknown,
    State,
)
from arena.money.billing.refund import settle_refund
from arena.money.billing.settle import settle
from arena.people.access import Actor


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment with what became of it; `left` can still be given back. `at` is product time."""

    id: str
    reference: str
    person_id: str
    payee_id: str
    amount: Money
    left: Money
    state: State
    decline_code: str | None
    gateway: str
    gateway_charge_id: str | None
    at: datetime
    refunds: tuple[Refund, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    late_at: datetime | None = None
    """When its money arrived after it had been given up; wall clock."""


async def payment(tx: Tx, attempt_id: str) -> Payment:
    """Raises PaymentUnknown."""
    row = await tx.fetchrow("select * from payment_attempt where id = $1", attempt_id)
    if row is None:
        raise PaymentUnknown(attempt_id=attempt_id)
    late_at = await tx.fetchval(
        "select late_at from manual_charge where idempotency_key = $1", attempt_id
    )
    found = _payment(
        row,
        refunds=tuple(await book.refunds(tx, attempt_id)),
        disputes=tuple(await book.disputes(tx, attempt_id)),
    )
    return replace(found, late_at=late_at)


async def recent(
    tx: Tx, *, needle: str = "", state: State | None = None, limit: int = 50
) -> list[Payment]:
    """The newest payments, without their refunds; `needle` is a payment's, subscription's or person's id, or the
    gateway's id of the charge."""
    rows = await tx.fetch(
        """select * from payment_attempt
           where ($1 = '' or id = $1 or reference = $1 or person_id = $1 or gateway_charge_id = $1)
             and ($2::text is null or state = $2) order by at desc, id desc limit $3""",
        needle, state, limit,
    )  # fmt: skip
    return [_payment(row) for row in rows]


async def received_transfer(
    db: Database,
    gateway: Gateway,
    attempt_id: str,
    *,
    bank_reference: str,
    actor: Actor,
    request_id: str | None = None,
) -> Attempt:
    """An operator saw the money arrive: the charge is through. Repeatable. Raises PaymentUnknown, NotByHand, and
    ChargeGivenUp where it came too late, see `received_late`."""
    async with db.transaction(readonly=True) as tx:
        found = await _by_transfer(tx, attempt_id)
    if not isinstance(gateway, ManualGateway):
        raise NotByHand(attempt_id=attempt_id)
    outcome = await gateway.receive(attempt_id, bank_reference)
    async with db.transaction() as tx:
        settled = await settle(tx, attempt_id, outcome)
        if settled.state == "succeeded":
            await audit.record(
                tx, actor=actor.id, actor_kind=actor.kind, action="billing.received_transfer", object=attempt_id,
                detail={"bank_reference": bank_reference}, reason=None, request_id=request_id,
            )  # fmt: skip
    if settled.state != "succeeded":
        raise ChargeGivenUp(attempt_id=attempt_id, amount=str(found.charge.amount))
    return settled


async def received_late(
    tx: Tx, attempt_id: str, *, bank_reference: str, actor: Actor, request_id: str | None = None
) -> str:
    """The money of a charge arrived that had been given up: the customer, whose id is the answer, is owed it.
    Repeatable. Raises PaymentUnknown, NotByHand."""
    found = await _by_transfer(tx, attempt_id)
    if found.state != "failed":
        raise NotByHand(attempt_id=attempt_id)
    person_id = found.charge.person_id
    if not await ManualGateway.book_late(tx, attempt_id, bank_reference):
        return person_id
    amount, currency = found.charge.amount.minor, found.charge.amount.currency
    await ledger.post(
        tx, kind=ledger.Kind.PAYMENT_LATE, idem=f"{attempt_id}:late", reference=found.charge.reference,
        legs=[
            ledger.Leg(f"gateway:{BANK}:balance", amount, currency),
            ledger.Leg(f"customer:{person_id}:refund_due", -amount, currency),
        ],
    )  # fmt: skip
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="billing.received_late", object=attempt_id,
        detail={"bank_reference": bank_reference, "amount": str(found.charge.amount)}, reason=None,
        request_id=request_id,
    )  # fmt: skip
    return person_id


async def _by_transfer(tx: Tx, attempt_id: str) -> Attempt:
    """Raises PaymentUnknown, NotByHand."""
    found = await store.attempt(tx, attempt_id)
    if found is None:
        raise PaymentUnknown(attempt_id=attempt_id)
    if found.gateway != ManualGateway.name:
        raise NotByHand(attempt_id=attempt_id)
    return found


async def sent_refund(
    db: Database,
    gateway: Gateway,
    refund_id: str,
    *,
    bank_reference: str,
    actor: Actor,
    request_id: str | None = None,
) -> Refund:
    """An operator has sent a refund by his bank. Repeatable. Raises NotByHand."""
    if not isinstance(gateway, ManualGateway):
        raise NotByHand(attempt_id=refund_id)
    answer = await gateway.sent(refund_id, bank_reference)
    async with db.transaction() as tx:
        await audit.record(
            tx, actor=actor.id, actor_kind=actor.kind, action="billing.sent_refund", object=refund_id,
            detail={"bank_reference": bank_reference}, reason=None, request_id=request_id,
        )  # fmt: skip
        return await settle_refund(tx, refund_id, answer)


async def refund_came_back(
    tx: Tx, refund_id: str, *, actor: Actor, request_id: str | None = None
) -> Refund:
    """A transfer back to a customer bounced, or could not be made: he is owed the money again. Repeatable. Raises
    NotByHand."""
    answer = await ManualGateway.book_came_back(tx, refund_id)
    if await book.refund(tx, refund_id) is None:
        raise NotByHand(attempt_id=refund_id)
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="billing.refund_came_back", object=refund_id,
        detail={}, reason=None, request_id=request_id,
    )  # fmt: skip
    return await settle_refund(tx, refund_id, answer)


def _payment(
    row: Row, *, refunds: tuple[Refund, ...] = (), disputes: tuple[Dispute, ...] = ()
) -> Payment:
    left = row["amount"] - row["refunded"] - row["disputed"] if row["state"] == "succeeded" else 0
    return Payment(
        row["id"], row["reference"], row["person_id"], row["payee_id"], Money(row["amount"], row["currency"]),
        Money(left, row["currency"]), row["state"], row["decline_code"], row["gateway"],
        row["gateway_charge_id"], row["at"], refunds, disputes,
    )  # fmt: skip
