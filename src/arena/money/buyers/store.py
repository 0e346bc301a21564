"""Billing details <-> model. Each change is a row of its own."""

from collections.abc import Sequence

from arena.kit.db import Row, Tx
from arena.money.buyers.model import BillingDetails, TaxRate


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


async def insert_rate(tx: Tx, new: TaxRate) -> bool:
    """False where that country has one from that moment on."""
    return bool(
        await tx.execute(
            """insert into tax_rate (country, from_at, rate_bps, reverse_charge, by_id, at)
               values ($1, $2, $3, $4, $5, $6) on conflict do nothing""",
            new.country, new.from_at, new.rate_bps, new.reverse_charge, new.by_id, tx.now,
        )
    )  # fmt: skip


async def rates(tx: Tx) -> list[TaxRate]:
    """All there ever were, by country, the newest first."""
    rows = await tx.fetch("select * from tax_rate order by country, from_at desc limit 2000")
    return [_rate(row) for row in rows]


async def rates_now(tx: Tx) -> dict[str, TaxRate]:
    """Those that hold now, by country."""
    rows = await tx.fetch(
        "select distinct on (country) * from tax_rate where from_at <= $1 order by country, from_at desc",
        tx.now,
    )
    return {row["country"]: _rate(row) for row in rows}


async def newest_details(tx: Tx, person_ids: Sequence[str]) -> dict[str, BillingDetails]:
    """As they stand now, by person; those without any are left out."""
    rows = await tx.fetch(
        """select distinct on (person_id) * from billing_details where person_id = any($1)
           order by person_id, version desc""",
        list(person_ids),
    )
    return {row["person_id"]: _details(row) for row in rows}


def _rate(row: Row) -> TaxRate:
    return TaxRate(
        row["country"], row["from_at"], row["rate_bps"], row["reverse_charge"], row["by_id"]
    )


def _details(row: Row) -> BillingDetails:
    return BillingDetails(
        row["kind"], row["name"], row["address"], row["country"], row["tax_id"], row["version"],
        row["at"],
    )  # fmt: skip
