"""Who is billed: name, address and tax number as they stand on invoices, each change a version of its own."""

from arena.money.buyers.details import payer_of, set_details
from arena.money.buyers.model import (
    COUNTRIES,
    EU,
    BillingDetails,
    BillingDetailsRefused,
    TaxIdRefused,
    TaxIdUnknownHere,
)
from arena.money.buyers.store import details, versions
from arena.money.buyers.tax_ids import checked_tax_id, tax_id_name

__all__ = [
    "COUNTRIES",
    "EU",
    "BillingDetails",
    "BillingDetailsRefused",
    "TaxIdRefused",
    "TaxIdUnknownHere",
    "checked_tax_id",
    "details",
    "payer_of",
    "set_details",
    "tax_id_name",
    "versions",
]
