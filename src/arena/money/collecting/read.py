"""What a person owes, and what operators are owed by all."""

from collections.abc import Sequence
from dataclasses import dataclass

from arena.kit.db import Tx
from arena.money.collecting import store
from arena.money.collecting.model import BankReceipt, Bill, NoSuchBill, WriteOff


@dataclass(frozen=True, slots=True)
class BillStanding:
    """A bill with the transfers that came for it and the write-offs that were asked for."""

    bill: Bill
    receipts: Sequence[BankReceipt]
    write_offs: Sequence[WriteOff]

    @property
    def asked(self) -> WriteOff | None:
        """The write-off that waits for a second person."""
        return next((one for one in self.write_offs if one.state == "asked"), None)


async def owed(tx: Tx, person_id: str) -> list[Bill]:
    """What a person is to pay yet, the oldest first."""
    return await store.of_person(tx, person_id)


async def bills(tx: Tx, person_id: str, invoice_ids: Sequence[str]) -> dict[str, Bill]:
    """Those of these invoices that are or were to be paid, by invoice."""
    found = await store.of_person(tx, person_id, invoice_ids)
    return {bill.invoice_id: bill for bill in found}


async def bill_of(tx: Tx, invoice_id: str) -> Bill | None:
    """None for an invoice that was paid before it was made."""
    return await store.one(tx, invoice_id)


async def standing(tx: Tx, invoice_id: str) -> BillStanding:
    """Raises NoSuchBill."""
    bill = await store.one(tx, invoice_id)
    if bill is None:
        raise NoSuchBill(invoice_id=invoice_id)
    return BillStanding(
        bill, await store.receipts(tx, invoice_id), await store.write_offs(tx, invoice_id)
    )


async def unpaid(tx: Tx, *, limit: int = 200) -> list[Bill]:
    """Everybody's, past due first, the oldest first."""
    return await store.unpaid(tx, limit=limit)


async def write_offs_asked(tx: Tx) -> list[WriteOff]:
    """Those that wait for a second person, oldest first."""
    return await store.asked(tx)
