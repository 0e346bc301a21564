"""Read invoices: one, a person's, everybody's."""

from datetime import datetime

from arena.kit.canonical import canonical_json, sha256_hex
from arena.kit.db import Tx
from arena.money.invoices import store
from arena.money.invoices.model import Invoice, NoSuchInvoice


async def invoice_of(tx: Tx, invoice_id: str) -> Invoice:
    """Whose it is, the caller checks. Raises NoSuchInvoice."""
    found = await store.one(tx, invoice_id)
    if found is None:
        raise NoSuchInvoice(invoice_id=invoice_id)
    return found


async def seen(tx: Tx, invoice_id: str, person_id: str) -> Invoice:
    """The person's own. Raises NoSuchInvoice, also for those of others."""
    found = await store.one(tx, invoice_id)
    if found is None or found.person_id != person_id:
        raise NoSuchInvoice(invoice_id=invoice_id)
    return found


async def of_source(tx: Tx, source: str) -> Invoice | None:
    """The document of a payment (pay_…), a usage invoice (uin_…), a fee (pfs_…), a refund (ref_…)."""
    return await store.of_source(tx, source)


async def credit_notes(tx: Tx, invoice_id: str) -> list[Invoice]:
    """What took back some of it, oldest first."""
    return await store.credit_notes(tx, invoice_id)


async def invoices_of(
    tx: Tx,
    person_id: str,
    *,
    after: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 50,
) -> list[Invoice]:
    """A person's invoices and credit notes, newest first; `after` is the place of the last one seen."""
    return await store.page(
        tx, person_id=person_id, after=after, since=since, until=until, limit=limit
    )


async def invoices_of_all(
    tx: Tx,
    *,
    after: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 50,
) -> list[Invoice]:
    """Everybody's, newest first."""
    return await store.page(tx, after=after, since=since, until=until, limit=limit)


async def find(tx: Tx, needle: str) -> list[Invoice]:
    """By number (INV-2024-000017), id, what it is for, or whose it is; newest first, at most 50."""
    return await store.find(tx, needle.strip())


def intact(found: Invoice) -> bool:
    """Whether the document still has its digest."""
    return sha256_hex(canonical_json(found.document)) == found.sha
