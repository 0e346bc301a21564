"""Pay a bill now, by a card of one's own choice; and say that a bank transfer for it has arrived."""

from datetime import timedelta

from arena.evidence import audit
from arena.kit.db import Database, Tx
from arena.kit.ids import derived
from arena.kit.money import Money
from arena.money import billing, invoices, ledger
from arena.money.collecting import store
from arena.money.collecting.collect import RETRY_AFTER, asked, begin, see_through
from arena.money.collecting.model import (
    CHARGE_MIN,
    BankReceipt,
    Bill,
    BillOver,
    NoSuchBill,
    ReceiptDiffers,
    State,
    TooLittleForACard,
)
from arena.money.collecting.settled import next_retry, settle_bill
from arena.people.access import Actor


async def pay(
    db: Database,
    gateway: billing.Gateway,
    wish: tuple[str, str],
    *,
    grace: timedelta,
    actor: Actor,
    request_id: str | None = None,
) -> tuple[Bill, billing.Attempt | None]:
    """`wish` is invoice and payment method. The bill as it then stands, and the attempt; None where it was paid before.

    Raises NoSuchBill, BillOver, TooLittleForACard, PaymentMethodUnknown, GatewayUnavailable, ChargeUnderWay.
    """
    invoice_id, method_id = wish
    async with db.transaction(readonly=True) as tx:
        bill = await own(tx, invoice_id, actor)
        await billing.payment_method(tx, actor.id, method_id)
    if bill.state is State.PAID:
        return bill, None
    # A charge that waits on another card is given up; where it went through meanwhile, it counts.
    await billing.abandon(db, gateway, invoice_id)
    async with db.transaction() as tx:
        bill = await own(tx, invoice_id, actor, lock=True)
        settled = await settle_bill(tx, invoice_id)
        assert settled is not None
        if not settled.owed:
            return settled, None
        if (await asked(tx, settled)).minor < CHARGE_MIN:
            number = (await invoices.invoice_of(tx, invoice_id)).label
            raise TooLittleForACard(number=number, left=str(settled.left))
        attempt = await begin(tx, gateway, settled, method_id)
        later = next_retry(bill.past_due_since, tx.now) if bill.past_due_since else None
        await store.set_charge_at(tx, invoice_id, later or tx.now + RETRY_AFTER)
        await audit.record(
            tx, actor=actor.id, actor_kind=actor.kind, action="collecting.pay", object=invoice_id,
            detail={"attempt": attempt.id, "amount": str(attempt.charge.amount)}, reason=None, request_id=request_id,
        )  # fmt: skip
    settled_attempt = await see_through(db, gateway, attempt, grace=grace)
    async with db.transaction(readonly=True) as tx:
        return await own(tx, invoice_id, actor), settled_attempt


async def receive(
    tx: Tx,
    invoice_id: str,
    amount: Money,
    *,
    bank_reference: str,
    actor: Actor,
    request_id: str | None = None,
) -> Bill:
    """An operator saw a transfer arrive that names this invoice: booked once by the bank's reference, with any gateway.

    What comes beyond what is left settles other bills of its debt, or the next one. Raises NoSuchBill, BillOver,
    ReceiptDiffers.
    """
    bill = await store.one(tx, invoice_id, lock=True)
    if bill is None:
        raise NoSuchBill(invoice_id=invoice_id)
    receipt = BankReceipt(
        derived("brc", invoice_id, bank_reference), invoice_id, amount, bank_reference, actor.id, tx.now
    )  # fmt: skip
    for booked in await store.receipts(tx, invoice_id):
        if booked.id == receipt.id:
            if booked.amount != amount:
                raise ReceiptDiffers(
                    bank_reference=bank_reference, booked=str(booked.amount), amount=str(amount)
                )
            return bill
    if not bill.owed:
        raise BillOver(
            number=(await invoices.invoice_of(tx, invoice_id)).label, state=bill.state.value.replace("_", " ")
        )  # fmt: skip
    await store.insert_receipt(tx, receipt)
    await billing.ManualGateway.book_received(tx, receipt.id, amount, bank_reference)
    await ledger.post(
        tx, kind=ledger.Kind.RECEIVABLE_PAID, idem=receipt.id, reference=bill.debt,
        legs=[
            ledger.Leg(f"gateway:{billing.ManualGateway.name}:balance", amount.minor, amount.currency),
            ledger.Leg(f"receivable:{bill.subject}", -amount.minor, amount.currency),
        ],
    )  # fmt: skip
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="collecting.receive", object=invoice_id,
        detail={"amount": str(amount), "bank_reference": bank_reference}, reason=None, request_id=request_id,
    )  # fmt: skip
    after = await settle_bill(tx, invoice_id)
    assert after is not None
    return after


async def own(tx: Tx, invoice_id: str, actor: Actor, *, lock: bool = False) -> Bill:
    """Raises NoSuchBill, also for those of others, and BillOver for one that was written off."""
    bill = await store.one(tx, invoice_id, lock=lock)
    if bill is None or bill.person_id != actor.id:
        raise NoSuchBill(invoice_id=invoice_id)
    if bill.state is State.WRITTEN_OFF:
        raise BillOver(
            number=(await invoices.invoice_of(tx, invoice_id)).label, state="not asked for any more"
        )
    return bill
