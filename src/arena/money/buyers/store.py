"""Billing details <-> model. Each change is a row of its own."""

from arena.kit.db import Row, Tx
from arena.money.buyers.model import BillingDetails


async def details(tx: Tx, person_id: str) -> BillingDetails | None:
    """As they stand now; None where the person never gave any."""
    found = await versions(tx, person_id, limit=1)
    return found[0] if found else None


async def versions(tx: Tx, person_id: str, *, limit: int = 50) -> list[BillingDetails]:
    """The newest first."""
    rows = await tx.fetch(
        "select * from billing_details where person_id = $1 order by version desc limit $2",
        person_id, limit,
    )  # fmt: skip
    return [_details(row) for row in rows]


async def insert(tx: Tx, person_id: str, new: BillingDetails) -> int:
    """Its version. Two at once come one after the other."""
    await tx.execute(
        "select pg_advisory_xact_lock(hashtextextended($1, 0))", f"billing_details:{person_id}"
    )
    version: int = await tx.fetchval(
        """insert into billing_details (person_id, version, kind, name, address, country, tax_id, at)
           select $1::text, coalesce(max(version), 0) + 1, $2::text, $3::text, $4::text, $5::text, $6::text,
             $7::timestamptz
           from billing_details where person_id = $1 returning version""",
        person_id, new.kind, new.name, new.address, new.country, new.tax_id, tx.now,
    )  # fmt: skip
    return version


def _details(row: Row) -> BillingDetails:
    return BillingDetails(
        row["kind"], row["name"], row["address"], row["country"], row["tax_id"], row["version"],
        row["at"],
    )  # fmt: skip
