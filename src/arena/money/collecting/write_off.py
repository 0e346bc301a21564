"""Write off what will not be paid: one operator asks, another one does it. A credit note says so to the customer."""

from arena.evidence import audit
from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.kit.money import allocate
from arena.money import billing, invoices, ledger
from arena.money.collecting import store
from arena.money.collecting.model import (
    WRITE_OFF_MOVES,
    Bill,
    BillOver,
    NoSuchBill,
    NoWriteOff,
    State,
    TwoPeople,
    WriteOff,
    WriteOffOpen,
    WriteOffState,
)
from arena.money.collecting.settled import end
from arena.people.access import Actor


async def ask_write_off(
    tx: Tx, invoice_id: str, *, reason: str, actor: Actor, request_id: str | None = None
) -> WriteOff:
    """Raises NoSuchBill, BillOver, WriteOffOpen."""
    bill = await _owed(tx, invoice_id)
    before = await store.write_offs(tx, invoice_id)
    for one in before:
        if one.state == "asked":
            number = (await invoices.invoice_of(tx, invoice_id)).label
            raise WriteOffOpen(number=number, asked_by=one.asked_by)
    asked = WriteOff(
        derived("wof", invoice_id, len(before)), invoice_id, bill.left, reason, "asked", actor.id, tx.now
    )  # fmt: skip
    await store.insert_write_off(tx, asked)
    await _tell(tx, asked, "ask_write_off", actor, request_id, reason=reason)
    return asked


async def decide_write_off(
    tx: Tx, invoice_id: str, *, accept: bool, actor: Actor, request_id: str | None = None
) -> WriteOff:
    """Accepting posts it, credits the invoice and ends the bill; whoever asked may take it back, and not accept it.

    Raises NoWriteOff, TwoPeople, BillOver, and ChargeUnderWay while a card may just be paying.
    """
    bill = await _owed(tx, invoice_id)
    open_ones = [one for one in await store.write_offs(tx, invoice_id) if one.state == "asked"]
    if not open_ones:
        raise NoWriteOff(invoice_id=invoice_id)
    asked = open_ones[0]
    state: WriteOffState = "done" if accept else "withdrawn"
    assert state in WRITE_OFF_MOVES[asked.state]
    if accept and asked.asked_by == actor.id:
        raise TwoPeople
    if accept:
        if await billing.under_way(tx, invoice_id) is not None:
            raise billing.ChargeUnderWay(reference=invoice_id)
        await _write_off(tx, bill, asked)
    await store.move_write_off(tx, asked.id, state, actor.id, bill.left.minor)
    await _tell(tx, asked, "write_off" if accept else "withdraw_write_off", actor, request_id)
    return next(one for one in await store.write_offs(tx, invoice_id) if one.id == asked.id)


async def _write_off(tx: Tx, bill: Bill, asked: WriteOff) -> None:
    """From whoever had a share of it when it was invoiced: what was never paid was never theirs."""
    left, currency = bill.left.minor, bill.left.currency
    creator, platform, taxed = _parts(bill, left)
    owing = [
        (f"creator:{bill.payee_id}:pending", creator), ("platform:fee_income", platform),
        (bill.tax.account, taxed),
    ]  # fmt: skip
    legs = [ledger.Leg(f"receivable:{bill.subject}", -left, currency)]
    legs += [ledger.Leg(code, part, currency) for code, part in owing if part]
    await ledger.post(
        tx, kind=ledger.Kind.RECEIVABLE_WAIVED, idem=asked.id, reference=bill.debt,
        legs=legs,
    )  # fmt: skip
    await invoices.credit(
        tx, bill.invoice_id, left, source=asked.id, reason="it is not asked for any more"
    )
    await store.add_credit(tx, bill.invoice_id, left)
    await end(tx, bill, State.WRITTEN_OFF)


def _parts(bill: Bill, left: int) -> tuple[int, int, int]:
    """Creator's, platform's and tax's part of the last `left` of the bill: all parts add up to what each was given."""
    amount = bill.amount.minor
    taxed = allocate(bill.taxed, [amount - left, left])[1]
    weights = [10_000 - bill.platform_bps, bill.platform_bps]
    whole, net = amount - bill.taxed, left - taxed
    shared, kept = allocate(whole, weights), allocate(whole - net, weights)
    return shared[0] - kept[0], shared[1] - kept[1], taxed


async def _owed(tx: Tx, invoice_id: str) -> Bill:
    bill = await store.one(tx, invoice_id, lock=True)
    if bill is None:
        raise NoSuchBill(invoice_id=invoice_id)
    if not bill.owed:
        number = (await invoices.invoice_of(tx, invoice_id)).label
        raise BillOver(number=number, state=bill.state.value.replace("_", " "))
    return bill


async def _tell(
    tx: Tx,
    one: WriteOff,
    act: str,
    actor: Actor,
    request_id: str | None,
    *,
    reason: str | None = None,
) -> None:
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action=f"collecting.{act}", object=one.invoice_id,
        detail={"write_off": one.id, "amount": str(one.amount)}, reason=reason, request_id=request_id,
    )  # fmt: skip
